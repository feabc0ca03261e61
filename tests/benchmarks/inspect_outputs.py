"""What store, CSV and overlays cost `inspect`: with all of them and with none, side by side, rows are counted.

    python tests/benchmarks/inspect_outputs.py [--count 400] [--model compact] [--pairs 3]

Both processes start at once and share the machine; rows are counted from when both have passed the first ones until the
first of the two is through. The ratio of the two counts says what the outputs cost, whatever else the machine does; the
ratio of processor times includes the start, which both have.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tokenclip_core.commands.cli import main as command

PROGRAM = "import sys; from tokenclip_core.commands.cli import main; sys.exit(main(sys.argv[1:]))"
FIRST = 24
"""Rows that are not counted: libraries are loaded and networks compiled until then."""


class Run:
    """One `inspect` in a process of its own, with the times of its rows.

    Attributes:
        times: of each row, in seconds.
        computed: processor seconds of the whole process, when it is through.
    """

    def __init__(self, words: list[str]) -> None:
        self.times: list[float] = []
        self.computed = 0.0
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        for _ in self._process.stdout or ():
            self.times.append(time.perf_counter())
        _, _, usage = os.wait4(self._process.pid, 0)
        self.computed = usage.ru_utime + usage.ru_stime

    def join(self) -> None:
        self._thread.join()


def pair(parts: Path, place: Path, model: str) -> tuple[float, float]:
    """Rows with all outputs over rows with none in the same time; processor time with none over that with all."""
    words = ["inspect", str(parts), "--model", model, "--threshold", "0.5", "--evidence", "text", "--json"]
    outputs = ["--out", str(place / "results"), "--save", "overlays", "--store", str(place / "history.sqlite")]
    runs = [Run(words), Run([*words, *outputs])]
    for run in runs:
        run.join()
    plain, full = runs
    if min(len(run.times) for run in runs) <= FIRST:
        raise SystemExit("too few rows; look at what `inspect` says")
    begin = max(run.times[FIRST] for run in runs)
    end = min(run.times[-1] for run in runs)
    counts = [sum(begin < moment <= end for moment in run.times) for run in runs]
    return counts[1] / max(1, counts[0]), plain.computed / full.computed


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--model", default="compact")
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        parts = Path(folder) / "parts"
        command(["samples", str(parts), "--count", str(given.count)])
        ratios = []
        for number in range(given.pairs):
            place = Path(folder) / str(number)
            place.mkdir()
            ratios.append(pair(parts, place, given.model))
            rows, computed = ratios[-1]
            sys.stdout.write(f"rows {rows:.3f}, processor time {computed:.3f}, load {os.getloadavg()[0]:.1f}\n")
            sys.stdout.flush()
        rows, computed = (statistics.median(values) for values in zip(*ratios, strict=True))
        sys.stdout.write(f"median of {given.pairs}: rows {rows:.3f}, processor time {computed:.3f}\n")


if __name__ == "__main__":
    main()
