"""Real parts through every engine: scores, regions and verdicts side by side, and what must be the same to the bit.

    python tests/benchmarks/equality.py FOLDER [--models compact dinov2-small] [--parts 200] [--evidence text fused]

FOLDER is searched for pictures; so many of them, spread evenly over their sorted names, go through torch and each other
engine that is there; each is encoded once, and scored by each evidence, without consensus. It prints the largest
differences of scores and maps, how many verdicts at 0.5 and how many lists of regions differ, whether parts of a batch
score as single ones, and whether the same part gives the same bytes twice. It ends with 1 where scores differ by more
than `SCORE_TOLERANCE`, or the same part does not give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pools import begin_as_programs_do

from tokenclip_core import InspectionResult, Inspector, Judgement, load_image
from tokenclip_core.errors import DeviceError
from tokenclip_core.evidence.channels import EvidenceKind
from tokenclip_core.images.reading import find_images
from tokenclip_core.judgement.calibration import SCORE_TOLERANCE
from tokenclip_core.model.engines.choice import ENGINES

BATCH_SIZE = 8
THRESHOLD = Judgement(0.5)
Results = dict[EvidenceKind, list[InspectionResult]]


def spread(files: Sequence[Path], count: int) -> list[Path]:
    """So many files, evenly over all of them."""
    places = np.linspace(0, len(files) - 1, min(count, len(files))).round().astype(int)
    return [files[place] for place in sorted(set(places.tolist()))]


def scored(inspector: Inspector, files: Sequence[Path], batch_size: int, kinds: Sequence[EvidenceKind]) -> Results:
    """Every file's results, in batches, by evidence."""
    judges = {kind: inspector.with_evidence(kind) for kind in kinds}
    results: Results = {kind: [] for kind in kinds}
    for start in range(0, len(files), batch_size):
        encoded = inspector.encode_batch([load_image(file) for file in files[start : start + batch_size]])
        for kind, judge in judges.items():
            results[kind] += judge.score_batch(encoded)
    return results


def boxes(result: InspectionResult) -> list[object]:
    """Where the regions of a result are."""
    return [(region.x, region.y, region.width, region.height) for region in result.judged_regions(THRESHOLD)[0]]


def compare(title: str, mine: Sequence[InspectionResult], theirs: Sequence[InspectionResult]) -> float:
    """Print how far two engines are apart; returns the largest difference of scores."""
    pairs = list(zip(mine, theirs, strict=True))
    scores = max(abs(one.score - other.score) for one, other in pairs)
    maps = max(float(np.abs(one.anomaly_map - other.anomaly_map).max()) for one, other in pairs)
    verdicts = sum((one.score >= 0.5) != (other.score >= 0.5) for one, other in pairs)
    regions = sum(boxes(one) != boxes(other) for one, other in pairs)
    print(
        f"{title:<40} score {scores:.1e}, map {maps:.1e} at most; of {len(pairs)} parts {verdicts} verdicts and "
        f"{regions} lists of regions differ",
        flush=True,
    )
    return scores


def same_bytes(one: InspectionResult, other: InspectionResult) -> bool:
    """Whether two results are the same to the bit."""
    return one.score == other.score and one.anomaly_map.tobytes() == other.anomaly_map.tobytes()


def check_model(model: str, files: Sequence[Path], kinds: Sequence[EvidenceKind]) -> bool:
    """Compare all engines for one model; whether they are within the tolerance."""
    inspectors = {}
    for engine in ENGINES[1:]:
        try:
            inspectors[engine] = Inspector.from_pretrained(model, device="cpu", engine=engine)
        except DeviceError as error:
            print(f"{engine}: {error}")
    found = {name: scored(inspector, files, BATCH_SIZE, kinds) for name, inspector in inspectors.items()}
    fine = True
    few = spread(files, 2 * BATCH_SIZE)
    for name, results in found.items():
        inspector = inspectors[name]
        single, again = (scored(inspector, few, 1, kinds) for _ in range(2))
        together = scored(inspector, few, BATCH_SIZE, kinds)
        for kind in kinds:
            words = f"{model}, {kind}, {name}"
            if name != "torch":
                fine &= compare(f"{words} and torch", results[kind], found["torch"][kind]) <= SCORE_TOLERANCE
            fine &= compare(f"{words}: batch and single", together[kind], single[kind]) <= 1e-5
            same = sum(same_bytes(one, other) for one, other in zip(single[kind], again[kind], strict=True))
            print(f"{words}: {same} of {len(few)} parts give the same bytes twice", flush=True)
            fine &= same == len(few)
    return fine


def main() -> int:
    """Print all figures; 1 where engines are too far apart."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", nargs="+", default=["compact", "dinov2-small"])
    parser.add_argument("--parts", type=int, default=200)
    parser.add_argument("--evidence", nargs="+", choices=("text", "fused"), default=["text", "fused"])
    options = parser.parse_args()
    begin_as_programs_do()
    files = spread(sorted(find_images([options.folder])), options.parts)
    if not files:
        print(f"there are no pictures in {options.folder}")
        return 1
    print(f"{len(files)} parts, {' and '.join(options.evidence)} evidence, without consensus", flush=True)
    fine = [check_model(model, files, options.evidence) for model in options.models]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
