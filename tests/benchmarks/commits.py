"""Two commits side by side: starting, the window on screen, `inspect`, and scoring a part anew.

    python tests/benchmarks/commits.py BEFORE [AFTER] [--runs 5] [--pictures 40]

Each commit is checked out into a folder of its own, and its programs are run in turn, one of each, so that both meet
the same machine. Wall time is what is felt; processor time, of the process and all its threads, tells it on a busy
machine, too. A ratio is the median of after / before over the pairs: above 1, the later commit is slower. The window
needs a display or ``QT_QPA_PLATFORM=offscreen``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from measure import Timing
from window import SHOWN, close_after_heatmap, milestones

from tokenclip_core.data.procedural import write_dataset

ROOT = Path(__file__).resolve().parents[2]
RESCORING = """
import sys, time
from tokenclip_core import Inspector, load_image
inspector = Inspector.from_pretrained("compact", device="cpu")
encoded = inspector.encode([load_image(sys.argv[1])])[0]
changes = [{"top_k": 3}, {"epsilon": 0.002}, {"epsilon": 0.1}, {"sigma": 9.0}, {"assignment": "softmax"}]
for counted in (False, True):
    wall, busy = time.perf_counter(), time.process_time()
    for change in changes * 10:
        inspector.score(encoded, inspector.settings.replace(**change))
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
print(wall / 50, busy / 50)
"""
"""Seconds of one scoring in wall and processor time; only names that both commits export."""

Seconds = tuple[float, float]
"""Wall and processor time of one run."""


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """A commit's files in a folder, for the time of the block."""
    subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "--quiet", "--detach", str(folder), commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(folder)], check=True)


def environment(tree: Path, home: Path) -> dict[str, str]:
    """A process's environment in which it imports from a tree and keeps its files in a folder."""
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"), str(home))
    return {**os.environ, **homes, "PYTHONPATH": str(tree)}


def ended(process: subprocess.Popen[bytes], started: float) -> Seconds:
    """Wait for a process; seconds since the start, and of the processor.

    Raises:
        RuntimeError: it failed.
    """
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime


def command(tree: Path, home: Path, *words: str) -> Seconds:
    """Run a command of the program."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "main.py", *words],
        cwd=tree,
        env=environment(tree, home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return ended(process, started)


def window(tree: Path, home: Path) -> Seconds:
    """Open the demo until its first heatmap: wall time to the window on screen, processor time to the end.

    Raises:
        RuntimeError: it failed, or took too long.
    """
    trace = home / f"trace-{time.monotonic_ns()}.jsonl"
    started, clock = time.perf_counter(), time.time()
    process = subprocess.Popen(
        [sys.executable, "main.py", "--demo"],
        cwd=tree,
        env={**environment(tree, home), "TOKENCLIP_TRACE": str(trace)},
        stderr=subprocess.DEVNULL,
    )
    try:
        close_after_heatmap(process, trace)
        _, busy = ended(process, started)
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()
    return milestones(trace)[SHOWN]["time"] - clock, busy


def rescoring(tree: Path, home: Path, picture: Path) -> Seconds:
    """Score one part again and again under changed settings."""
    done = subprocess.run(
        [sys.executable, "-c", RESCORING, str(picture)],
        cwd=tree,
        env=environment(tree, home),
        capture_output=True,
        check=True,
        text=True,
    )
    wall, busy = map(float, done.stdout.split())
    return wall, busy


def compare(name: str, steps: tuple[Callable[[], Seconds], Callable[[], Seconds]], runs: int) -> dict[str, object]:
    """Run both in turn, once without counting, and print medians and ratios."""
    seconds: list[list[Seconds]] = [[], []]
    for turn in range(runs + 1):
        # The one that goes first changes, so that neither always finds the machine as the other left it.
        for place in (0, 1) if turn % 2 else (1, 0):
            taken = steps[place]()
            if turn:
                seconds[place].append(taken)
    found: dict[str, object] = {"name": name}
    for kind, index in (("wall", 0), ("processor", 1)):
        before, after = (Timing(kind, tuple(taken[index] for taken in side)) for side in seconds)
        ratio = after.ratio(before)
        found[kind] = [before.median, after.median, ratio]
        print(
            f"{name:<24} {kind:<10} {1000 * before.median:10.1f} ms {1000 * after.median:10.1f} ms   x {ratio:.3f}",
            flush=True,
        )
    return found


def main() -> None:
    """Print a line for each step and kind of time, and all of them as JSON at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", metavar="BEFORE", help="a commit")
    parser.add_argument("after", metavar="AFTER", nargs="?", default="HEAD", help="another one (default: HEAD)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        parts = sorted(write_dataset(place / "parts", count=options.pictures, size=(480, 640)))
        with (
            checked_out(options.before, place / "before") as before,
            checked_out(options.after, place / "after") as after,
        ):
            sides = [(before, place / "home-before"), (after, place / "home-after")]
            for _, home in sides:
                home.mkdir()

            def both(
                step: Callable[..., Seconds], *more: object
            ) -> tuple[Callable[[], Seconds], Callable[[], Seconds]]:
                first, second = sides
                return (lambda: step(*first, *more), lambda: step(*second, *more))

            print(f"{'':<35} {'before':>13} {'after':>13}", flush=True)
            found = [compare("--help", both(command, "--help"), options.runs)]
            numbers = iter(range(10**6))

            def inspect(tree: Path, home: Path) -> Seconds:
                out = home / f"results{next(numbers)}"
                return command(tree, home, "inspect", *map(str, parts), "--model", "compact", "--out", str(out))

            found.append(compare(f"inspect, {len(parts)} pictures", both(inspect), options.runs))
            found.append(compare("one scoring", both(rescoring, parts[0]), options.runs))
            if sys.platform != "linux" or {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"} & set(os.environ):
                found.append(compare("window on screen", both(window), options.runs))
            else:
                print("the window is left out: there is no display; run this under xvfb-run")
            print(json.dumps(found))


if __name__ == "__main__":
    main()
