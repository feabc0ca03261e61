"""Time from process start to the window on screen, and to the first heatmap; longest block of the GUI thread meanwhile.

    python tests/benchmarks/window.py [--runs 5]

Needs a display; without one, run it as ``xvfb-run -a python tests/benchmarks/window.py``.
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
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TIME_LIMIT = 180.0
SHOWN, HEATMAP, CLOSED = "window_shown", "first_heatmap", "closed"


def milestones(trace: Path) -> dict[str, dict[str, Any]]:
    """The first line of every milestone in a trace file."""
    found: dict[str, dict[str, Any]] = {}
    for line in trace.read_text("utf-8").splitlines() if trace.exists() else []:
        entry = json.loads(line)
        found.setdefault(entry["name"], entry)
    return found


def wait_for_heatmap(process: subprocess.Popen[bytes], trace: Path) -> None:
    """Wait for the first heatmap of a window that writes a trace.

    Raises:
        RuntimeError: the program ended before, or took too long.
    """
    started = time.monotonic()
    while HEATMAP not in milestones(trace):
        if process.poll() is not None or time.monotonic() - started > TIME_LIMIT:
            raise RuntimeError(f"no heatmap; the program ended with {process.poll()}")
        time.sleep(0.02)


def close_after_heatmap(process: subprocess.Popen[bytes], trace: Path) -> None:
    """Wait for the first heatmap of a window that writes a trace, and ask the window to close.

    Raises:
        RuntimeError: see `wait_for_heatmap`.
    """
    wait_for_heatmap(process, trace)
    process.send_signal(signal.SIGINT)


def one_start(folder: Path) -> dict[str, Any]:
    """Start the demo, wait for the first heatmap, close it; seconds from process start."""
    trace = folder / "trace.jsonl"
    homes = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    started = time.time()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "--demo"], env={**os.environ, **homes, "TOKENCLIP_TRACE": str(trace)}
    )
    try:
        close_after_heatmap(process, trace)
        process.wait(30)
    finally:
        process.kill()
    found = milestones(trace)
    return {
        "window": found[SHOWN]["time"] - started,
        "torch imported before": found[SHOWN]["torch"],
        "heatmap": found[HEATMAP]["time"] - started,
        "longest block": found[CLOSED]["longest_block"],
        "closing": found[CLOSED]["seconds"],
    }


def main() -> None:
    """Print every start and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    starts = []
    for number in range(options.runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            start = one_start(Path(folder))
        print("warm-up" if number == 0 else f"run {number}", start, flush=True)
        starts.append(start)
    for name in ("window", "heatmap", "longest block", "closing"):
        values = [start[name] for start in starts[1:]]
        print(f"{name:<16} median {statistics.median(values):.3f} s   ({min(values):.3f} to {max(values):.3f})")


if __name__ == "__main__":
    main()
