"""How evidence holds up in folders as people have them: mostly defective ones, all-good ones, and after calibration.

    python tests/benchmarks/evidence_folders.py ROOT [--model NAME] [--splits 50] [--rate 0.01] [--limit N]

ROOT is a data set as `tokenclip evaluate` reads it. Three tables for each category:
- half of the folder defective against a tenth: image AUROC of consensus and fused, the pool taken from that folder;
- all-good folders of 5, 50 and 500 parts: share of DEFECT at the default threshold; where there are fewer, all of them;
- seeded splits of the good parts: calibrated at the rate on one half, the share rejected of the other, of each channel.
Each part is encoded once.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean

import numpy as np

from tokenclip_core import Inspector, Judgement, calibrate, image_metrics, load_image
from tokenclip_core.data.layouts import Sample, read_layout
from tokenclip_core.evidence.channels import EvidenceKind
from tokenclip_core.inspection.encoded_part import EncodedPart

KINDS: tuple[EvidenceKind, ...] = ("text", "self", "consensus", "fused")
FOLDERS = (5, 50, 500)


@dataclass(frozen=True)
class Part:
    """One encoded part, and whether it is defective."""

    encoded: EncodedPart
    defective: bool


def encoded(inspector: Inspector, samples: Sequence[Sample]) -> list[Part]:
    """Encode the samples one by one, with nothing but what scoring needs."""
    found = []
    for sample in samples:
        (part,) = inspector.encode([load_image(sample.image)], for_texts=False)
        found.append(Part(part, bool(sample.label)))
    return found


def scores(inspector: Inspector, parts: Sequence[Part], kind: EvidenceKind, pool: Sequence[Part]) -> list[float]:
    """The scores of parts under one kind of evidence, with the pool of a folder."""
    pools = inspector.pools_of([part.encoded for part in pool])
    judge = inspector.with_evidence(kind, pools=pools)
    return [judge.score(part.encoded).score for part in parts]


def mixed(inspector: Inspector, good: Sequence[Part], bad: Sequence[Part], share: float, kind: EvidenceKind) -> float:
    """Image AUROC of a folder of which a share is defective; every defective part is measured in some folder of it."""
    count = max(1, round(share * len(good) / (1 - share)))
    found, labels = [], []
    for start in range(0, len(bad), count):
        some = [*bad[start : start + count]]
        if len(some) < count:
            some += bad[: count - len(some)]
        folder = [*good, *some]
        found += scores(inspector, folder, kind, folder)
        labels += [int(part.defective) for part in folder]
    return image_metrics(labels, found)["image_auroc"] or 0.0


def rejected(own: np.ndarray[tuple[int], np.dtype[np.float64]], splits: int, rate: float) -> float:
    """Share of good parts rejected after calibration on the other half, in the mean over seeded splits."""
    shares = []
    for seed in range(splits):
        order = np.random.default_rng(seed).permutation(len(own))
        half = len(own) // 2
        threshold = calibrate(own[order[:half]].tolist(), rate, {}).threshold
        shares.append(float(np.mean(own[order[half:]] >= threshold)))
    return fmean(shares)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--model", default="compact")
    parser.add_argument("--image-size", type=int, default=None)
    parser.add_argument("--splits", type=int, default=50)
    parser.add_argument("--rate", type=float, default=0.01)
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
        for kind in ("consensus", "fused"):
            tenth, half = (mixed(inspector, good, bad, share, kind) for share in (0.1, 0.5))
            print(
                f"  {kind:<9} image AUROC {100 * tenth:.1f} at a tenth, {100 * half:.1f} at half defective", flush=True
            )
        for count in FOLDERS:
            folder = good[:count]
            judge = Judgement()
            pools = inspector.pools_of([part.encoded for part in folder])
            results = [inspector.with_evidence(pools=pools).score(part.encoded) for part in folder]
            defects = sum(judge.verdict(result.part_scores) == "defect" for result in results)
            print(f"  {len(folder)} good parts: {defects} DEFECT ({defects / len(folder):.1%})", flush=True)
            if count >= len(good):
                break
        for kind in KINDS:
            own = np.asarray(scores(inspector, good, kind, good))
            share = rejected(own, options.splits, options.rate)
            print(f"  {kind:<9} {share:.2%} rejected of the other half, calibrated at {options.rate:.0%}", flush=True)


if __name__ == "__main__":
    main()
