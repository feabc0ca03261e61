"""Whether a calibration keeps what it says: good parts split by what they were cut from, many times.

    python tests/benchmarks/calibration_splits.py ROOT [--together REGEX] [--model NAME] [--rate 0.05] [--splits 50]

ROOT is a data set as `tokenclip evaluate` reads it; its good parts, those for training and those for tests, are pooled.
Each is scored once by its text evidence, which knows nothing of the other parts. A split puts the pictures of a random
half of the groups on one side, so that no group is on both; the first side is calibrated at the rate, and the share of
the other side that the threshold rejects is compared with the interval that the calibration states: that of the share
itself, and that among as many parts as there are on the other side, which have their own chance.

A group is what the regular expression finds in a picture's name: its first bracket, or all of it. Without one, each
picture is its own group, which is what the promise is about: parts that can be exchanged. Pictures of one object are
alike, so that the groups are the harder question.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from tokenclip_core import Inspector, calibrate, load_image
from tokenclip_core.data.layouts import read_layout

BATCH = 8
PARTS: tuple[Literal["train", "test"], ...] = ("train", "test")


@dataclass(frozen=True)
class Split:
    """One split: how many good parts are on either side, and whether what was stated came true.

    Attributes:
        calibrated, rest: parts on either side.
        rejected: share of the rest that the threshold rejects.
        inside: whether it lies in the interval of the share itself.
        inside_among: whether it lies in the interval among as many parts as the rest.
        margin: width of the interval among them.
    """

    calibrated: int
    rest: int
    rejected: float
    inside: bool
    inside_among: bool
    margin: float


def good_scores(inspector: Inspector, files: Sequence[Path]) -> npt.NDArray[np.float64]:
    """The text score of each file, in their order."""
    found: list[float] = []
    judge = inspector.with_evidence("text")
    for start in range(0, len(files), BATCH):
        images = [load_image(file) for file in files[start : start + BATCH]]
        found += [result.score for result in judge.inspect_batch(images)]
        print(f"\r{len(found)} of {len(files)} scored", end="", flush=True)
    print()
    return np.asarray(found)


def split(
    scores: npt.NDArray[np.float64], groups: npt.NDArray[np.int64], rate: float, seed: int, share: float
) -> Split:
    """One seeded split by groups."""
    kinds = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    first = np.isin(groups, kinds[: round(share * kinds.size)])
    mine, rest = scores[first], scores[~first]
    calibration = calibrate(mine.tolist(), rate, {})
    rejected = float(np.mean(rest >= calibration.threshold))
    low, high = calibration.false_reject_interval
    few, many = calibration.false_reject_interval_among(rest.size)
    return Split(mine.size, rest.size, rejected, low <= rejected <= high, few <= rejected <= many, many - few)


def grouped(files: Sequence[Path], pattern: str) -> npt.NDArray[np.int64]:
    """A number for each file's group, counted from 0; a name without one stands for itself."""
    names = []
    for file in files:
        found = re.search(pattern, file.stem) if pattern else None
        names.append(str(file) if found is None else found.group(1 if found.re.groups else 0))
    return np.asarray(np.unique(names, return_inverse=True)[1], np.int64)


def say(title: str, found: Sequence[Split]) -> None:
    """Print what came of the splits."""
    rejected = np.array([one.rejected for one in found])
    print(
        f"{title}: {np.mean([one.calibrated for one in found]):.0f} calibrated, "
        f"{np.mean([one.rest for one in found]):.0f} left; rejected {rejected.mean():.2%} "
        f"({rejected.min():.2%} to {rejected.max():.2%}); inside the interval among so many in "
        f"{sum(one.inside_among for one in found)} of {len(found)} splits (its width "
        f"{np.mean([one.margin for one in found]):.1%}), inside that of the share itself in "
        f"{sum(one.inside for one in found)}"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--together", default="", metavar="REGEX", help="what of a picture's name says its group")
    parser.add_argument("--model", default="compact")
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--splits", type=int, default=50)
    parser.add_argument("--share", type=float, default=0.5, help="of the groups that are calibrated with")
    parser.add_argument("--scores", type=Path, metavar="FILE", help="scores are kept here, and not made again")
    options = parser.parse_args()
    samples = [sample for part in PARTS for sample in read_layout(options.root, split=part).samples]
    files = sorted({sample.image for sample in samples if not sample.label})
    if options.scores is not None and options.scores.exists():
        scores = np.load(options.scores)
    else:
        scores = good_scores(Inspector.from_pretrained(options.model), files)
        if options.scores is not None:
            np.save(options.scores, scores)
    groups = grouped(files, options.together)
    print(f"{options.model}: {len(files)} good parts in {groups.max() + 1} groups")
    ways = {"by groups": groups, "by pictures": np.arange(len(files))}
    if groups.max() + 1 == len(files):
        del ways["by groups"]
    for title, members in ways.items():
        found = [split(scores, members, options.rate, seed, options.share) for seed in range(options.splits)]
        say(title, found)


if __name__ == "__main__":
    main()
