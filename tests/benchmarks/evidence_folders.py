r"""How evidence holds up in folders as people have them: mostly defective ones, all-good ones, and after calibration.

    python tests/benchmarks/evidence_folders.py ROOT [--model NAME] [--splits 50] [--rate 0.01] [--limit N]
        [--together "num_(\d+)"]

ROOT is a data set as `tokenclip evaluate` reads it. Three tables for each category:
- half of the folder defective against a tenth: image AUROC of consensus and fused, the pool taken from that folder;
- all-good folders of 5, 50 and 500 parts: share of DEFECT at the default threshold; where there are fewer, all of them;
- seeded splits of the good parts, those for training as well: calibrated at the rate on one half, the share rejected of
  the other, of each channel. Parts whose names agree in what `--together` finds, several pictures of one object, are
  never on both sides.
Each part is encoded once and judged by text once; only its comparison with a pool is made for each folder. All good
parts fill a folder's pool; of them every one is judged once over all folders of a table.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from statistics import fmean

import numpy as np

from tokenclip_core import Inspector, calibrate, image_metrics, load_image
from tokenclip_core.arrays import FloatArray
from tokenclip_core.data.layouts import Sample, load_layout, read_layout
from tokenclip_core.evidence.channels import EvidenceKind, Raw
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.evidence.typical import Typical
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.judgement.judgement import DEFAULT_THRESHOLD

KINDS: tuple[EvidenceKind, ...] = ("text", "self", "consensus", "fused")
FOLDERS = (5, 50, 500)


@dataclass(frozen=True)
class Part:
    """One encoded part, what its text says, and whether it is defective."""

    encoded: EncodedPart
    text_map: FloatArray
    text: float
    defective: bool
    name: str


def encoded(inspector: Inspector, samples: Sequence[Sample]) -> list[Part]:
    """Encode the samples one by one, and keep what scoring needs."""
    found = []
    for number, sample in enumerate(samples, start=1):
        if number % 50 == 0:
            sys.stderr.write(f"{number} of {len(samples)}\n")
        (part,) = inspector.encode([load_image(sample.image)])
        (text,) = inspector.text_scores([part])
        part = replace(part, patch_features=None)
        found.append(Part(part, text.token_map.reshape(-1), text.score, bool(sample.label), sample.image.stem))
    return found


class Folder:
    """Parts that lie in one folder, and its pools."""

    def __init__(self, inspector: Inspector, parts: Sequence[Part]) -> None:
        pools = inspector.pools_of([part.encoded for part in parts])
        self._evidence: dict[EvidenceKind, Evidence] = {
            kind: inspector.with_evidence(kind, pools=pools).evidence for kind in KINDS
        }

    def scores(self, part: Part) -> dict[EvidenceKind, float]:
        """The part's score under each kind of evidence, by the program's own rule."""
        every = self._evidence["fused"]
        raw = every.raw(part.encoded, part.text_map, part.text)
        typical = every.typical(part.encoded)
        return {kind: self._score(part, evidence, raw, typical) for kind, evidence in self._evidence.items()}

    @staticmethod
    def _score(part: Part, evidence: Evidence, raw: Raw, typical: Typical) -> float:
        fused = evidence.fused(raw, typical)
        if fused is None:
            raise SystemExit("this model has no constants of evidence")
        whole = fused.curve.whole(part.text) if "text" in fused.channels else 0.0
        return max(fused.curve.found(fused.probabilities.reshape(part.encoded.grid)).regional, whole)


def mixed(inspector: Inspector, good: Sequence[Part], bad: Sequence[Part], share: float) -> dict[EvidenceKind, float]:
    """Image AUROC of folders of which a share is defective; every part is judged in one of them."""
    count = max(1, round(share * len(good) / (1 - share)))
    folders = -(-len(bad) // count)
    found: dict[EvidenceKind, list[float]] = {kind: [] for kind in KINDS}
    labels = []
    for number in range(folders):
        judged = bad[number * count : (number + 1) * count]
        folder = Folder(inspector, [*good, *judged, *bad[: count - len(judged)]])
        for part in [*judged, *good[number::folders]]:
            labels.append(int(part.defective))
            for kind, score in folder.scores(part).items():
                found[kind].append(score)
    return {kind: image_metrics(labels, scores)["image_auroc"] or 0.0 for kind, scores in found.items()}


def group_of(name: str, together: str) -> str:
    """What pictures of one object share in their names."""
    found = re.search(together, name)
    return found.group(1) if found else name


def rejected(own: Sequence[float], groups: Sequence[str], splits: int, rate: float) -> float:
    """Share of good parts rejected after calibration on half of the groups, in the mean over seeded splits."""
    shares = []
    names = sorted(set(groups))
    for seed in range(splits):
        order = np.random.default_rng(seed).permutation(len(names))
        measured = {names[place] for place in order[: len(names) // 2]}
        known, other = (
            [score for score, group in zip(own, groups, strict=True) if (group in measured) is half]
            for half in (True, False)
        )
        threshold = calibrate(known, rate, {}).threshold
        shares.append(fmean(score >= threshold for score in other))
    return fmean(shares)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--model", default="compact")
    parser.add_argument("--image-size", type=int, default=None)
    parser.add_argument("--splits", type=int, default=50)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--together", default="(.*)", help="what names of pictures of one object share")
    parser.add_argument("--limit", type=int, default=None, help="parts of each category and kind at most")
    options = parser.parse_args()
    inspector = Inspector.from_pretrained(options.model, image_size=options.image_size)
    for category, members in groupby(read_layout(options.root).samples, key=lambda sample: sample.category):
        kinds = groupby(members, key=lambda sample: sample.kind)
        samples = [one for _, group in kinds for one in list(group)[: options.limit]]
        parts = encoded(inspector, samples)
        good = [part for part in parts if not part.defective]
        bad = [part for part in parts if part.defective]
        print(f"\n{category}: {len(good)} good, {len(bad)} defective parts", flush=True)
        tenth, half = (mixed(inspector, good, bad, share) for share in (0.1, 0.5))
        for kind in ("consensus", "fused"):
            print(
                f"  {kind:<9} image AUROC {100 * tenth[kind]:.1f} at a tenth, {100 * half[kind]:.1f} at half defective"
            )
        own: list[dict[EvidenceKind, float]] = []
        for count in FOLDERS:
            folder = Folder(inspector, good[:count])
            own = [folder.scores(part) for part in good[:count]]
            defects = sum(scores["fused"] >= DEFAULT_THRESHOLD for scores in own)
            print(f"  {len(own)} good parts: {defects} DEFECT ({defects / len(own):.1%})", flush=True)
            if count >= len(good):
                break
        more = [one for one in load_layout(options.root, split="train") if one.category == category and not one.label]
        good += encoded(inspector, more[: options.limit])
        folder = Folder(inspector, good)
        own = [folder.scores(part) for part in good]
        groups = [group_of(part.name, options.together) for part in good]
        print(f"  {len(good)} good parts of {len(set(groups))} objects, {options.splits} splits", flush=True)
        for kind in KINDS:
            share = rejected([scores[kind] for scores in own], groups, options.splits, options.rate)
            print(f"  {kind:<9} {share:.2%} rejected of the other half, calibrated at {options.rate:.0%}", flush=True)


if __name__ == "__main__":
    main()
