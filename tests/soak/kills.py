"""Kills `inspect` again and again, goes on with --resume, and compares the rows with those of a run left alone.

    python tests/soak/kills.py --kills 40 --parts 400

Prints how many rows differ in which fields beyond their milliseconds; exits with 1 if a row is lost or torn, or a score
differs by more than rounding: after a kill, batches hold other parts together, and float32 sums round otherwise (3e-8).
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tokenclip_core.commands.cli import main as command

ROUNDING = 1e-6
PROGRAM = "import sys; from tokenclip_core.commands.cli import main; sys.exit(main(sys.argv[1:]))"


def started(words: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE, text=True)


def rows_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text("utf-8").splitlines()]


def killed_runs(words: list[str], kills: int, parts: int) -> Iterator[int]:
    """Run until done, killing after a random number of new rows; yields how many kills there were."""
    chance = random.Random(1)
    for done in range(kills + 1):
        process = started([*words, "--resume", "--json"])
        last = parts if done == kills else chance.randint(1, max(2, parts * (done + 1) // (kills + 1)))
        for _, _line in zip(range(last), process.stdout or (), strict=False):
            continue
        if done < kills:
            process.kill()
        process.communicate()
        yield done


def compare(alone: list[dict[str, Any]], killed: list[dict[str, Any]]) -> tuple[bool, Counter[str], float]:
    """Whether the same parts have rows in the same order, which fields differ, and by how much scores do."""
    fields: Counter[str] = Counter()
    farthest = 0.0
    for one, other in zip(alone, killed, strict=False):
        fields.update(name for name in one if name != "milliseconds" and one[name] != other.get(name))
        farthest = max(farthest, abs((one["score"] or 0) - (other["score"] or 0)))
    return [row["path"] for row in alone] == [row["path"] for row in killed], fields, farthest


def main(kills: int, parts: int, folder: Path, model: str = "compact") -> int:
    command(["samples", str(folder / "parts"), "--count", str(parts)])
    words = ["inspect", str(folder / "parts"), "--model", model, "--threshold", "0.5"]
    if command([*words, "--out", str(folder / "alone")]) not in (0, 3):
        return 1
    for _ in killed_runs([*words, "--out", str(folder / "killed")], kills, parts):
        continue
    same, fields, farthest = compare(rows_in(folder / "alone"), rows_in(folder / "killed"))
    record = json.loads((folder / "killed" / "run.json").read_text("utf-8"))
    sys.stdout.write(
        f"{kills} kills: {'nothing lost' if same else 'ROWS LOST'}, finished {record['finished']}, "
        f"differing fields {dict(fields)}, scores by at most {farthest:.3g}\n"
    )
    return 0 if same and record["finished"] and farthest <= ROUNDING else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--parts", type=int, default=400)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        sys.exit(main(given.kills, given.parts, Path(place)))
