"""The ``inspect`` command over many pictures against the model alone on the same pictures, in turn.

    python tests/benchmarks/inspect_folder.py [--count 200] [--model compact] [--runs 5] [--evidence text fused]
    python tests/benchmarks/inspect_folder.py --count 1000 --before PATH-OF-A-CHECKOUT

The pictures are procedural parts of 480 x 640 pixels as PNG, so that reading and writing cost what they do in practice.
"The model alone" is `Inspector.inspect_batch` with the same engine, on pictures that are decoded already. The ratio is
of parts a second; that of processor time says more on a machine that others use too. With ``--before`` both programs
run as processes of their own, over the same folder, in turn.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from engines import ROOT, Spent, interleaved
from pools import begin_as_programs_do

from tokenclip_core.commands import cli
from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.images.reading import load_image
from tokenclip_core.inspection.inspector import Inspector

BATCH_SIZE = 8


def command_of(files: list[Path], model: str, evidence: str, folder: Path) -> Callable[[], None]:
    """The command over the files in this process, its results in a new folder each time."""
    numbers = itertools.count()

    def command() -> None:
        results = folder / f"results-{evidence}-{next(numbers)}"
        arguments = ["inspect", *map(str, files), "--model", model, "--evidence", evidence, "--out", str(results)]
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            code = cli.main([*arguments, "--batch-size", str(BATCH_SIZE)])
        if code != 0:
            raise RuntimeError(f"inspect ended with {code}")

    return command


def median_ratio(one: list[Spent], other: list[Spent], less: list[Spent] | None, kind: int) -> float:
    """Median of the run-by-run ratios of two steps' times, a third one's taken off the second."""
    taken_off = [0.0] * len(one) if less is None else [spent[kind] for spent in less]
    return statistics.median(
        mine[kind] / (theirs[kind] - off) for mine, theirs, off in zip(one, other, taken_off, strict=True)
    )


def against_the_model(files: list[Path], model: str, evidence: str, folder: Path, runs: int) -> None:
    """Print rates and ratios."""
    images = [load_image(file) for file in files]
    inspector = Inspector.from_pretrained(model).with_evidence("text" if evidence == "text" else "fused")

    def model_only() -> None:
        for start in range(0, len(images), BATCH_SIZE):
            inspector.inspect_batch(images[start : start + BATCH_SIZE], consensus=False)

    steps: dict[str, Callable[[], object]] = {
        "model only": model_only,
        "inspect": command_of(files, model, evidence, folder),
        "loading the model": lambda: Inspector.from_pretrained(model),
    }
    found = interleaved(steps, runs)
    print(f"\n{model}, {inspector.engine_name}, {evidence} evidence, {len(files)} pictures")
    for name, values in found.items():
        wall, processor = (statistics.median(one[kind] for one in values) for kind in (0, 1))
        print(f"{name:<20} {wall:8.2f} s wall {processor:8.2f} s processor {len(files) / wall:8.1f} parts/s")
    alone, whole, loading = found.values()
    for words, less in (("inspect / model alone", None), ("the same without loading the model", loading)):
        wall, processor = (median_ratio(alone, whole, less, kind) for kind in (0, 1))
        print(f"{words:<36} {wall:.3f} by wall clock, {processor:.3f} by processor time")


def against_before(folder: Path, before: Path, model: str, runs: int) -> None:
    """Print how the same command of another checkout compares, each as a process of its own."""
    found: dict[str, list[Spent]] = {"now": [], "before": []}
    for turn in range(runs + 1):
        for name, root in (("now", ROOT), ("before", before)):
            program = [sys.executable, str(root / "main.py"), "inspect", str(folder), "--model", model]
            environment = {**os.environ, "PYTHONPATH": str(root)}
            clock = os.times()
            subprocess.run(program, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            now = os.times()
            processor = now.children_user + now.children_system - clock.children_user - clock.children_system
            if turn:
                found[name].append((now.elapsed - clock.elapsed, processor))
    print("\nthe command as a process, as it is used without options")
    for name, values in found.items():
        wall, processor = (statistics.median(one[kind] for one in values) for kind in (0, 1))
        print(f"{name:<20} {wall:8.2f} s wall {processor:8.2f} s processor")
    wall, processor = (median_ratio(found["before"], found["now"], None, kind) for kind in (0, 1))
    print(f"parts a second, now / before: {wall:.2f} x by wall clock, {processor:.2f} x by processor time")


def main() -> None:
    """Print times, rates and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--model", default="compact")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--evidence", nargs="+", default=["text", "fused"])
    parser.add_argument("--before", type=Path, help="a checkout of the commit to compare with, instead")
    options = parser.parse_args()
    begin_as_programs_do()
    with tempfile.TemporaryDirectory() as temporary:
        parts = Path(temporary, "parts")
        files = list(write_dataset(parts, count=options.count, size=(480, 640)))
        if options.before is not None:
            against_before(parts, options.before.resolve(), options.model, options.runs)
            return
        for evidence in options.evidence:
            against_the_model(files, options.model, evidence, Path(temporary), options.runs)


if __name__ == "__main__":
    main()
