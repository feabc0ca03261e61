"""Interleaved timing: competing steps run in turn, so that drift hits them alike; medians and their ratios."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

KINDS = 40
SIDE = 64


@dataclass(frozen=True)
class Timing:
    """Seconds of the counted runs of one step."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median in seconds."""
        return statistics.median(self.seconds)

    def ratio(self, other: Timing) -> float:
        """Median of the run-by-run ratios of this step to ``other``."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True))

    def __str__(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        return f"{self.name:<34} {1000 * self.median:9.1f} ms   ({1000 * low:.1f} to {1000 * high:.1f})"


def interleaved(steps: dict[str, Callable[[], object]], runs: int, warm_up: int = 1) -> dict[str, Timing]:
    """Run every step in turn, ``runs`` times after ``warm_up`` rounds that don't count."""
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(warm_up + runs):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            if turn >= warm_up:
                seconds[name].append(time.perf_counter() - started)
    return {name: Timing(name, tuple(values)) for name, values in seconds.items()}


def peak_memory() -> float:
    """Largest resident memory of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def make_folder(folder: Path, count: int) -> None:
    """Fill a folder with `count` names of `KINDS` different small pictures."""
    random = np.random.default_rng(0)
    sources = []
    for kind in range(KINDS):
        pixels = np.full((SIDE, SIDE, 3), 60 + kind, np.uint8) + random.integers(0, 12, (SIDE, SIDE, 1), np.uint8)
        if kind % 3 == 0:
            pixels[20:30, 20:34] = 250
        sources.append(folder.parent / f"source{kind}.png")
        Image.fromarray(pixels).save(sources[-1])
    for number in range(count):
        (folder / f"part_{number}.png").hardlink_to(sources[number % KINDS])
