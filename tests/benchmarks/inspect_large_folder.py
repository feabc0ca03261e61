"""`inspect` of a folder of 100,000 small pictures: processor time before the first row, and memory while it goes on.

    python tests/benchmarks/inspect_large_folder.py [--count 100000] [--rows 4000] [--before COMMIT] [--runs 2]

Prints what the first row took, whether the listing said how far it was, and the memory after each 500 rows of those
that are waited for; then the command is asked to end, which must leave whole rows and exit code 1. With ``--before``,
another commit looks for its first row in turn with this one, and the ratios of processor time are printed. Exits with
1 if memory grew by more than 64 MiB, the end was not in order, or nothing was said while it listed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from commits import ROOT, checked_out, environment
from measure import make_folder

SETTLED_ROWS = 500
MOST_GROWTH = 64
"""MiB."""

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Run:
    """A command that was started, and what was seen of it.

    Attributes:
        process: its standard output is read here, its error stream goes to a file.
        said: that file.
        first: processor seconds until the first row.
        memory: MiB after so many rows.
    """

    process: subprocess.Popen[bytes]
    said: Path
    began: float = field(default_factory=time.perf_counter)
    first: float = 0.0
    wall: float = 0.0
    memory: dict[int, float] = field(default_factory=dict)

    def busy(self) -> float:
        """Processor seconds of its threads, and of processes that it has waited for."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, words[11:15])) / _TICKS

    def resident(self) -> float:
        """MiB now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def until(self, rows: int) -> None:
        """Read so many rows, noting when the first one came and the memory that is held meanwhile."""
        for number in range(1, rows + 1):
            if self.process.stdout is None or not self.process.stdout.readline():
                raise RuntimeError(f"it ended after {number - 1} rows: {self.said.read_text()[-500:]}")
            if number == 1:
                self.first, self.wall = self.busy(), time.perf_counter() - self.began
            if number % SETTLED_ROWS == 0:
                self.memory[number] = self.resident()

    def end(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()
        return self.process.returncode


def started(tree: Path, home: Path, words: list[str]) -> Run:
    """Begin a command of a tree."""
    home.mkdir(exist_ok=True)
    said = home / "said"
    with said.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "main.py", "inspect", *words],
            cwd=tree,
            env=environment(tree, home),
            stdout=subprocess.PIPE,
            stderr=stream,
        )
    return Run(process, said)


def first_row(tree: Path, home: Path, words: list[str]) -> float:
    """Processor seconds until the first row."""
    run = started(tree, home, words)
    run.until(1)
    run.process.kill()
    run.process.communicate()
    return run.first


def compared(before: Path, place: Path, words: list[str], evidence: str, runs: int) -> None:
    """Print the ratio of processor time before the first row."""
    pairs = []
    for turn in range(runs):
        sides = [(before, place / "home-before", words), (ROOT, place / "home", [*words, "--evidence", evidence])]
        found = {side[0]: first_row(*side) for side in (sides if turn % 2 else reversed(sides))}
        pairs.append((found[before], found[ROOT]))
    ratios = [now / then for then, now in pairs]
    print(f"{evidence}: processor time to the first row, before and now {pairs}, x {statistics.median(ratios):.2f}")


def whole_rows(out: Path) -> int:
    """How many rows a folder of results has; each must be whole."""
    return len([json.loads(line) for line in (out / "results.jsonl").read_text("utf-8").splitlines()])


def main() -> int:
    """Return 1 if something was not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--evidence", nargs="+", default=["fused", "text"], help="which to compare; the first one runs")
    parser.add_argument("--before", help="a commit")
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        place = Path(temporary)
        (place / "parts").mkdir()
        make_folder(place / "parts", options.count)
        words = [str(place / "parts"), "--model", "compact", "--json"]
        if options.before:
            before = stack.enter_context(checked_out(options.before, place / "before"))
            for evidence in options.evidence:
                compared(before, place, words, evidence, options.runs)
        out = place / "results"
        run = started(ROOT, place / "home", [*words, "--evidence", options.evidence[0], "--out", str(out)])
        run.until(options.rows)
        code, said = run.end(), run.said.read_text()
        rows, progress = whole_rows(out), [line for line in said.splitlines() if line.startswith("found ")]
        held = list(run.memory.values())
        print(f"first row after {run.wall:.1f} s, {run.first:.1f} s of processor time; while listing: {progress}")
        print(f"MiB by rows {run.memory}; asked to end: exit code {code}, {rows} whole rows")
    grown = bool(held) and held[-1] - held[0] > MOST_GROWTH
    return int(grown or code != 1 or rows < options.rows or not progress)


if __name__ == "__main__":
    sys.exit(main())
