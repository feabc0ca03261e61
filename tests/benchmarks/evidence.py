"""What each channel of evidence is worth on a labelled folder: pixel and image AUROC of every kind of defect.

python tests/benchmarks/evidence.py ROOT [--model NAME] [--image-size N] [--shots 1,4,16] [--seeds 3]

ROOT is a data set as `tokenclip evaluate` reads it. Consensus looks at the test parts themselves, unlabelled; good
parts come from the train split, chosen by chance. Each part is encoded once; every row is the program's own rule.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np
import numpy.typing as npt

from tokenclip_core import Inspector, load_image
from tokenclip_core.data.layouts import Sample, load_layout, load_mask
from tokenclip_core.evidence.channels import Channel, Raw
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.evidence.fusion import EvidenceScale
from tokenclip_core.evidence.typical import Typical
from tokenclip_core.inspection import comparing
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.measuring.metrics import PixelScores, image_metrics
from tokenclip_core.scoring.anomaly_map import map_operator
from tokenclip_core.scoring.map_axes import resize_map

ROWS: tuple[tuple[Channel, ...], ...] = (
    ("text",),
    ("self",),
    ("consensus",),
    ("text", "self"),
    ("text", "self", "consensus"),
)
OF_GOOD: tuple[tuple[Channel, ...], ...] = (("reference",), ("text", "self", "consensus", "reference"))


@dataclass
class Part:
    """One encoded part, its mask, and what the channels say of it."""

    sample: Sample
    encoded: EncodedPart
    mask: npt.NDArray[np.bool_] | None
    raw: dict[Channel, npt.NDArray[np.float64]]
    text: float
    typical: Typical


def encoded_parts(inspector: Inspector, samples: Sequence[Sample]) -> Iterator[tuple[Sample, EncodedPart]]:
    """Encode the samples one by one."""
    for number, sample in enumerate(samples, start=1):
        if number % 50 == 0:
            sys.stderr.write(f"{number} of {len(samples)}\n")
        (encoded,) = inspector.encode([load_image(sample.image)])
        yield sample, replace(encoded, patch_features=None)


def measured_parts(inspector: Inspector, samples: Sequence[Sample]) -> tuple[Inspector, list[Part]]:
    """Encode the test parts, and let them be compared with each other; the inspector that has their pools comes too."""
    pairs = list(encoded_parts(inspector, samples))
    pools = inspector.pools_of([encoded for _, encoded in pairs])
    inspector = inspector.with_evidence(pools=pools)
    evidence = inspector.evidence
    found = []
    for sample, encoded in pairs:
        (text,) = inspector.text_scores([encoded])
        raw = evidence.raw(encoded, text.token_map.reshape(-1), text.score)
        mask = load_mask(sample, (encoded.height, encoded.width)) if sample.label else None
        found.append(Part(sample, encoded, mask, raw, text.score, evidence.typical(encoded)))
    silent = sum("consensus" not in part.raw for part in found)
    sys.stderr.write(f"{len(pools)} pools; consensus is silent about {silent} of {len(found)} parts\n")
    return inspector, found


def row(scale: EvidenceScale, parts: Sequence[Part], channels: tuple[Channel, ...]) -> dict[str, tuple[float, float]]:
    """Pixel and image AUROC of each kind, and the mean, and the share of good parts at the default threshold."""
    pixels: dict[str, PixelScores] = {}
    scores: dict[str, list[float]] = {}
    for part in parts:
        own: Raw = {channel: part.raw[channel] for channel in channels if channel in part.raw}
        fused = scale.fused(own or {"text": part.raw["text"]}, part.typical)
        token_map = fused.probabilities.reshape(part.encoded.grid)
        whole = fused.curve.whole(part.text) if "text" in own else 0.0
        scores.setdefault(part.sample.kind, []).append(max(fused.curve.found(token_map).regional, whole))
        operator = map_operator(part.encoded.grid, part.encoded.input_size, 4.0)
        smooth = resize_map(
            np.asarray(operator.enlarge(token_map), np.float32), part.encoded.height, part.encoded.width
        )
        pixels.setdefault(part.sample.kind, PixelScores()).add(part.mask, smooth)
    good = scores.pop("good")
    of_good = pixels.pop("good")
    found = {}
    for kind, own_scores in scores.items():
        both = PixelScores()
        both.merge(of_good)
        both.merge(pixels[kind])
        labels = [0] * len(good) + [1] * len(own_scores)
        image = image_metrics(labels, good + own_scores)["image_auroc"]
        found[kind] = (both.metrics()["pixel_auroc"] or 0.0, image or 0.0)
    found["found / rejected at 0.5"] = (
        fmean(score >= 0.5 for own_scores in scores.values() for score in own_scores),
        fmean(score >= 0.5 for score in good),
    )
    return found


def shown(name: str, values: dict[str, tuple[float, float]]) -> str:
    """One line of the table."""
    return f"{name:<36}" + "  ".join(f"{kind} {100 * a:.1f} / {100 * b:.1f}" for kind, (a, b) in values.items())


def with_good(
    inspector: Inspector, parts: Sequence[Part], good: Sequence[EncodedPart]
) -> tuple[EvidenceScale, list[Part]]:
    """The scale and the parts' channels when some good parts are given."""
    compared = inspector.with_references(good)
    pools = compared.with_typical(inspector.evidence.pools, [part.encoded for part in parts])
    evidence: Evidence = compared.with_evidence(pools=pools).evidence
    moved_scale = evidence.scale
    if moved_scale is None or evidence.shelf is None:
        raise SystemExit("this model has no constants of evidence")
    found = []
    for part in parts:
        tokens = comparing.pool_part(part.encoded).tokens
        distances = evidence.shelf.distances(tokens, part.encoded.sha256)
        raw = dict(part.raw)
        if distances is not None:
            raw["reference"] = np.log(np.maximum(np.asarray(distances, np.float64), 1e-4))
        found.append(replace(part, raw=raw, typical=evidence.typical(part.encoded)))
    return moved_scale, found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--model", default="compact")
    parser.add_argument("--image-size", type=int, default=None)
    parser.add_argument("--shots", default="1,4,16")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    inspector = Inspector.from_pretrained(options.model, image_size=options.image_size)
    scale = inspector.evidence.scale
    if scale is None:
        raise SystemExit("this model has no constants of evidence")
    inspector, parts = measured_parts(inspector, load_layout(options.root))
    for channels in ROWS:
        print(shown("+".join(channels), row(scale, parts, channels)), flush=True)
    train = load_layout(options.root, split="train")
    for shots in (int(word) for word in options.shots.split(",")):
        each: dict[tuple[Channel, ...], list[dict[str, tuple[float, float]]]] = {}
        for seed in range(options.seeds):
            chosen = np.random.default_rng(seed).permutation(len(train))[:shots]
            good = [encoded for _, encoded in encoded_parts(inspector, [train[place] for place in chosen])]
            moved, compared = with_good(inspector, parts, good)
            for channels in OF_GOOD:
                each.setdefault(channels, []).append(row(moved, compared, channels))
        for channels, found in each.items():
            mean = {
                kind: (fmean(one[kind][0] for one in found), fmean(one[kind][1] for one in found)) for kind in found[0]
            }
            print(shown(f"{'+'.join(channels)}, {shots} good", mean), flush=True)


if __name__ == "__main__":
    main()
