"""Every benchmark that needs nothing but a machine, in turn, each in a process of its own: peak memory is its own.

    python tests/benchmarks/run_all.py

The window needs a display; without one it is left out, and the output says so. By themselves are run: `evidence.py`,
which needs a labelled set, `commits.py`, which needs a commit to compare with, `gpu.py`, which needs a CUDA device, and
`live.py`, which takes long.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WINDOWED = ("window.py", "large_folder.py", "history.py")
FOLDER = Path(__file__).resolve().parent
SCRIPTS = (
    "encode.py",
    "engines.py",
    "rescoring.py",
    "consensus_cost.py",
    "inspect_folder.py",
    "inspect_outputs.py",
    "training.py",
    "panning.py",
    "window.py",
    "large_folder.py",
    "history.py",
)


def main() -> int:
    """Run them; 1 if one failed."""
    failed = False
    for script in SCRIPTS:
        print(f"\n=== {script}", flush=True)
        if script in WINDOWED and sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
            print("left out: there is no display; run this under xvfb-run")
            continue
        failed |= subprocess.run([sys.executable, str(FOLDER / script)], check=False).returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
