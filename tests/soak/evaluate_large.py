"""Evaluate a labelled set of large parts, and print the memory that `evaluate` took; it may take 2 GiB.

    python tests/soak/evaluate_large.py --count 200 --megapixels 12
    python tests/soak/evaluate_large.py --count 26 --megapixels 12 --exact

Beyond some 300 million pixels a category, pixel figures come from bins; with `--exact`, a second run is made without
bins (at 4 bytes a pixel), and the figures are compared. With fewer pixels the first run is exact, and the second
one counts in bins. Exits with 1 if the first run took too much memory, failed, or its figures differ from
the second's by more than they say. The files are hard links to a few pictures, half of them defective, with masks.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tokenclip_core.measuring.metrics import EXACT_BYTES

MOST = 2 * 2**30
DIFFERENT = 8
PROGRAM = """
import resource, sys
from pathlib import Path
from tokenclip_core.commands.cli import main
from tokenclip_core.measuring import metrics
metrics.EXACT_BYTES = int(sys.argv[1])
code = main(sys.argv[3:])
status = Path("/proc/self/status")
if status.exists():
    peak = 1024 * int(status.read_text().split("VmHWM:")[1].split()[0])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
Path(sys.argv[2]).write_text(str(peak))
sys.exit(code)
"""


def make_part(folder: Path, number: int, width: int, height: int, marked: float) -> tuple[Path, Path]:
    """A picture of a grained surface with a scratch and a stripe where its number is odd, and its mask."""
    random = np.random.default_rng(number)
    coarse = random.integers(90, 150, (height // 16 + 1, width // 16 + 1, 3), np.uint8)
    picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    mask = np.zeros((height, width), np.uint8)
    if number % 2:
        start, end = random.integers(0, min(width, height), (2, 2)).tolist()
        cv2.line(mask, start, end, 255, thickness=max(2, width // 60))
        mask[: round(marked * height)] = 255
        picture[mask > 0] = (20, 20, 20) if number % 4 == 1 else (240, 240, 240)
    files = folder / f"part{number}.jpg", folder / f"mask{number}.png"
    cv2.imwrite(str(files[0]), picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    cv2.imwrite(str(files[1]), mask)
    return files


def make_set(folder: Path, count: int, pixels: float, marked: float) -> Path:
    """So many labelled parts in the layout of MVTec AD, of width : height = 4 : 3."""
    height = round((pixels * 3 / 4) ** 0.5)
    width = round(pixels / height)
    made = [make_part(folder, number, width, height, marked) for number in range(min(count, DIFFERENT))]
    part = folder / "set" / "part"
    for place in ("test/good", "test/scratch", "ground_truth/scratch"):
        (part / place).mkdir(parents=True)
    for number in range(count):
        picture, mask = made[number % len(made)]
        kind = "scratch" if number % len(made) % 2 else "good"
        (part / "test" / kind / f"{number:04}.jpg").hardlink_to(picture)
        if kind == "scratch":
            (part / "ground_truth" / kind / f"{number:04}_mask.png").hardlink_to(mask)
    return folder / "set"


def evaluated(folder: Path, exact_bytes: int, words: list[str]) -> tuple[int, dict[str, Any]]:
    """The bytes that a run of `evaluate` took at most, and its line of all defects.

    Raises:
        RuntimeError: it failed.
    """
    out, peak = folder / f"report{exact_bytes}", folder / "peak"
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(exact_bytes), str(peak), "evaluate", *words, "--out", str(out)],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if process.returncode:
        raise RuntimeError(f"evaluate ended with {process.returncode}")
    return int(peak.read_text()), json.loads((out / "evaluation.json").read_text("utf-8"))["lines"][0]


def farthest(one: dict[str, Any], other: dict[str, Any]) -> float:
    """The largest difference of a figure."""
    return max(abs(one[name] - other[name]) for name, value in one.items() if isinstance(value, float))


def main() -> int:
    """Return 1 if it took too much, failed, or figures differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--marked", type=float, default=0.02, help="share of a defective part that is marked")
    parser.add_argument("--model", default="compact")
    parser.add_argument("--evidence", default="fused")
    parser.add_argument("--exact", action="store_true", help="compare with a second run")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        data = make_set(folder, chosen.count, 1e6 * chosen.megapixels, chosen.marked)
        words = ["--data", str(data), "--model", chosen.model, "--evidence", chosen.evidence]
        memory, line = evaluated(folder, EXACT_BYTES, words)
        within = memory <= MOST
        sys.stdout.write(f"{memory / 2**30:.2f} GiB{'' if within else ' TOO MUCH'}\n{json.dumps(line)}\n")
        sys.stdout.flush()
        equal = True
        if chosen.exact:
            other = sys.maxsize if line["note"] else 0
            memory, second = evaluated(folder, other, words)
            said = [note.split("pixel figures to ")[1].split(",")[0] for note in (line["note"], second["note"]) if note]
            apart = farthest(line, second)
            equal = apart <= max(map(float, said), default=0.0)
            sys.stdout.write(f"other way, {memory / 2**30:.2f} GiB: figures differ by {apart:.2g} of {said}\n")
            sys.stdout.flush()
    return int(not (within and equal))


if __name__ == "__main__":
    sys.exit(main())
