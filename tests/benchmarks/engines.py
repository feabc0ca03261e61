"""Engines against torch, and against the commit before, in interleaved pairs; processor time beside wall clock.

    python tests/benchmarks/engines.py [--models compact dinov2-small] [--runs 20] [--before PATH-OF-A-CHECKOUT]

Encoding of one part and of eight at the model's own side, scoring of a part, and `inspect one.jpg` as a process, with
its memory. With ``--before`` the last one is compared with the same command of another checkout, in turn. On a machine
that others use too, the processor time (user and system) says more than the clock.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from pools import begin_as_programs_do

from tokenclip_core import Inspector, load_image
from tokenclip_core.images.reading import find_images
from tokenclip_core.inspection.preprocessing import target_size, to_pixels
from tokenclip_core.model.engines.choice import ENGINES
from tokenclip_core.resources import resource_path

ROOT = Path(__file__).resolve().parents[2]
MANY = 8
Spent = tuple[float, float]


def spent(work: Callable[[], object]) -> Spent:
    """Seconds of wall clock and of the processor that some work takes."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def interleaved(steps: dict[str, Callable[[], object]], runs: int) -> dict[str, list[Spent]]:
    """Run every step in turn, ``runs`` times after one round that does not count."""
    found: dict[str, list[Spent]] = {name: [] for name in steps}
    for turn in range(runs + 1):
        for name, step in steps.items():
            one = spent(step)
            if turn:
                found[name].append(one)
    return found


def report(title: str, found: dict[str, list[Spent]], first: str) -> None:
    """Medians in milliseconds, and the median of the run-by-run ratios of the first to each."""
    print(f"\n{title}")
    for name, values in found.items():
        wall, processor = (1000 * statistics.median(one[kind] for one in values) for kind in (0, 1))
        ratios = [
            statistics.median(theirs[kind] / mine[kind] for theirs, mine in zip(found[first], values, strict=True))
            for kind in (0, 1)
        ]
        print(
            f"{name:<24} {wall:9.1f} ms wall {processor:9.1f} ms processor   "
            f"{ratios[0]:5.2f} x, {ratios[1]:5.2f} x faster than {first}"
        )


def encoding(model: str, runs: int) -> None:
    """Every engine that is there on the same pixels; and scoring of a part."""
    inspectors = {}
    for engine in ENGINES[1:]:
        try:
            inspectors[engine] = Inspector.from_pretrained(model, device="cpu", engine=engine)
        except Exception as error:  # An engine that is not installed is left out, whatever it says.
            print(f"{engine}: {error}")
    first = inspectors["torch"]
    images = [load_image(path) for path in list(find_images([resource_path("samples")]))[:MANY]]
    size = target_size(1, 1, first.image_size, first.model.patch_size)
    pixels = np.stack([to_pixels(image, size, first.model.mean, first.model.std) for image in images])
    for title, batch in (("one part", pixels[:1]), (f"{MANY} parts", pixels)):
        steps: dict[str, Callable[[], object]] = {
            name: lambda one=one, batch=batch: one.engine.encode(batch, one.layers, one.first_vv_block)
            for name, one in inspectors.items()
        }
        report(f"{model}, encode {title} at {size[1]} x {size[0]}", interleaved(steps, runs), "torch")
    (encoded,) = first.encode(images[:1])
    text, fused = (first.with_evidence(kind) for kind in ("text", "fused"))
    scoring: dict[str, Callable[[], object]] = {
        "text": lambda: text.score(encoded),
        "fused": lambda: fused.score(encoded),
    }
    report(f"{model}, score one part at {first.image_size} px", interleaved(scoring, 10 * runs), "text")


def one_inspection(root: Path, cache: Path) -> tuple[float, float, float]:
    """Wall clock, processor time and memory in MiB of `inspect one.jpg` in a process of its own."""
    sample = next(iter(find_images([resource_path("samples")])))
    program = [sys.executable, str(root / "main.py"), "inspect", str(sample), "--device", "cpu"]
    environment = {**os.environ, "PYTHONPATH": str(root), "XDG_CACHE_HOME": str(cache)}
    started = time.perf_counter()
    process = subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{root}: inspect ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**10


def starting(before: Path | None, runs: int) -> None:
    """`inspect one.jpg` from nothing, here and in another checkout."""
    roots = {"now": ROOT, **({} if before is None else {"before": before})}
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in roots}
    with tempfile.TemporaryDirectory() as cache:
        for turn in range(runs + 1):
            for name, root in roots.items():
                one = one_inspection(root, Path(cache))
                if turn:
                    found[name].append(one)
    print("\ninspect one.jpg")
    for name, values in found.items():
        wall, processor, memory = (statistics.median(one[kind] for one in values) for kind in range(3))
        print(f"{name:<24} {wall:6.2f} s wall {processor:6.2f} s processor {memory:6.0f} MiB")
    if before is not None:
        pairs = list(zip(found["now"], found["before"], strict=True))
        names = ("wall clock", "processor time", "memory")
        for kind, word in enumerate(names):
            print(f"{word:<24} {statistics.median(mine[kind] / theirs[kind] for mine, theirs in pairs):.3f} x")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["compact"])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--before", type=Path, help="a checkout of the commit to compare with")
    options = parser.parse_args()
    begin_as_programs_do()
    starting(options.before, options.starts)
    for model in options.models:
        encoding(model, options.runs)


if __name__ == "__main__":
    main()
