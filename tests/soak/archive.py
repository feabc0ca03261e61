"""Inspects very many tiny parts with `--ray` and without, in turn; compares speed and rows, and follows the memory.

    PYTHONPATH=tests python tests/soak/archive.py --parts 100000 --workers 2

Prints, for each run, the parts a second with the start and without it, the load, and the memory of the process that
gathers the rows, from its first rows to its last. Exits with 1 where rows of the two differ, a part has none or
several, or that memory grew by more than 200 MiB. Needs the extra `cluster`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from processes import processor_seconds, resident_mebibytes

from tokenclip_core.data.procedural.dataset import write_dataset

ROOT = Path(__file__).resolve().parents[2]
DISTINCT = 48
SIDE = 96
MOST_GROWTH = 200
"""MiB."""


@dataclass(frozen=True)
class Ran:
    """One run.

    Attributes:
        seconds: from its start to its end.
        steady: parts a second from the first quarter of the rows to the end.
        own: milliseconds that the process which gathers the rows computed for a part meanwhile, which says how many
            workers it can serve.
        memory: MiB, as rows came.
        rows: what came of each part.
    """

    seconds: float
    steady: float
    own: float
    memory: list[float]
    rows: list[dict[str, object]]


def make_parts(folder: Path, count: int) -> None:
    """So many names of a few tiny pictures, which differ from each other."""
    made = write_dataset(folder / "made", count=DISTINCT, seed=7, size=SIDE)
    files = list(made)
    (folder / "parts").mkdir()
    for number in range(count):
        os.link(files[number % len(files)], folder / "parts" / f"{number:06}.png")


def inspect(folder: Path, out: Path, words: list[str]) -> Ran:
    """Inspect all parts, and look at the process meanwhile."""
    line = [sys.executable, str(ROOT / "main.py"), "inspect", str(folder / "parts"), "--evidence", "text"]
    begun = time.monotonic()
    seen: list[tuple[float, int, float]] = []
    memory: list[float] = []
    with subprocess.Popen([*line, "--threshold", "0.5", "--out", str(out), *words], stdout=subprocess.DEVNULL) as run:
        while run.poll() is None:
            size, held = written(out / "results.jsonl"), resident_mebibytes(run.pid)
            if size and held:
                seen.append((time.monotonic(), size, processor_seconds(run.pid)))
                memory.append(held)
            time.sleep(0.5)
    ended = time.monotonic()
    if run.returncode:
        raise SystemExit(f"inspect ended with {run.returncode}")
    rows = [json.loads(row) for row in (out / "results.jsonl").read_text("utf-8").splitlines()]
    whole = written(out / "results.jsonl")
    since, size, computed = next(one for one in seen if one[1] >= whole / 4)
    left = len(rows) * (1 - size / whole)
    own = 1000 * (seen[-1][2] - computed) / left
    return Ran(ended - begun, left / (ended - since), own, memory, rows)


def written(file: Path) -> int:
    """Bytes in a file that may not be there yet."""
    return file.stat().st_size if file.exists() else 0


def told(name: str, ran: Ran) -> str:
    """What is said of a run."""
    first, last = ran.memory[0], ran.memory[-1]
    return (
        f"{name}: {len(ran.rows)} parts in {ran.seconds:.0f} s, {len(ran.rows) / ran.seconds:.1f} a second, "
        f"{ran.steady:.1f} without the start, {ran.own:.1f} ms a part computed by the process that gathers the rows; "
        f"load {os.getloadavg()[0]:.0f}; memory of that process {first:.0f} MiB at the first rows, "
        f"{max(ran.memory):.0f} at most, {last:.0f} at the end"
    )


def faults(plain: Ran, cluster: Ran, count: int) -> list[str]:
    """What must not be, in words."""
    found = []
    judged = [
        [(row["path"], row["score"], row["verdict"], row["error"]) for row in ran.rows] for ran in (plain, cluster)
    ]
    if judged[0] != judged[1] or len({path for path, *_ in judged[1]}) != count:
        found.append("the rows differ, or are not one for each part")
    if max(cluster.memory) - cluster.memory[0] > MOST_GROWTH:
        found.append(f"the memory grew by more than {MOST_GROWTH} MiB")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        make_parts(Path(place), given.parts)
        for number in range(given.rounds):
            plain = inspect(Path(place), Path(place) / f"plain{number}", [])
            sys.stdout.write(f"{told('plain', plain)}\n")
            words = ["--ray", "--workers", str(given.workers)]
            cluster = inspect(Path(place), Path(place) / f"ray{number}", words)
            sys.stdout.write(f"{told(' '.join(words), cluster)}\n")
            sys.stdout.write(
                f"ratio {plain.seconds / cluster.seconds:.2f}, without the starts {cluster.steady / plain.steady:.2f}\n"
            )
            wrong += faults(plain, cluster, given.parts)
    sys.exit("; ".join(wrong) or None)
