"""Kills a program again and again, goes on with what it left, and compares the results with those of one left alone.

    python tests/soak/kills.py inspect --kills 40 --parts 400
    python tests/soak/kills.py train --kills 20 --parts 12
    python tests/soak/kills.py window --kills 20 --parts 60

* `inspect` goes on with --resume. Prints how many rows differ in which fields beyond their milliseconds; exits with 1
  if a row is lost or torn, or a score differs by more than rounding: after a kill, batches hold other parts together,
  and float32 sums round otherwise (3e-8).
* `train` is killed after its first epoch, and goes on with --resume; checkpoint and log must be the same.
* `window` is the real program, without a screen unless there is one, that inspects all parts of a folder while a
  reviewer rejects one in each sitting; the store must hold the same results, each once, and every decision.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from tokenclip_core.commands.cli import main as command
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.history import History

ROUNDING = 1e-6
MOST_SECONDS = 3.0
PROGRAM = "import sys; from tokenclip_core.commands.cli import main; sys.exit(main(sys.argv[1:]))"


def started(words: list[str], stderr: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE, stderr=stderr, text=True)


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


def inspect(kills: int, parts: int, folder: Path, model: str = "compact") -> int:
    """Return 1 if a row was lost or differs."""
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


def train(kills: int, parts: int, folder: Path, model: str = "compact", seconds: float = MOST_SECONDS) -> int:
    """Return 1 if the checkpoint or the log differs; kills come up to so many seconds after a whole epoch."""
    command(["samples", str(folder / "parts"), "--count", str(parts), "--size", "64"])
    words = ["train", "--data", str(folder / "parts"), "--model", model, "--image-size", "64", "--heads", "3"]
    # Some epochs for each sitting, however quick.
    words += ["--batch-size", "2", "--epochs", str(4 * kills + 8), "--cache", str(folder / "cache")]
    if command([*words, "--out", str(folder / "alone.safetensors")]):
        return 1
    chance = random.Random(1)
    going_on = [*words, "--out", str(folder / "killed.safetensors"), "--resume"]
    killed = sum(killed_in_training(going_on, chance.uniform(0, seconds)) for _ in range(kills))
    last = started(going_on)
    last.communicate()
    alone, other = (load_file(folder / f"{name}.safetensors") for name in ("alone", "killed"))
    logs = [(folder / f"{name}.training.csv").read_text("utf-8") for name in ("alone", "killed")]
    same = alone.keys() == other.keys() and all(bool((alone[name] == other[name]).all()) for name in alone)
    epochs = logs[1].count("\n") - 1
    sys.stdout.write(
        f"{killed} kills: {epochs} epochs, checkpoint {'the same' if same else 'DIFFERS'}, "
        f"log {'the same' if logs[0] == logs[1] else 'DIFFERS'}\n"
    )
    return 0 if same and logs[0] == logs[1] and killed == kills and last.returncode == 0 else 1


def killed_in_training(words: list[str], seconds: float) -> bool:
    """Train until a whole epoch and a moment more; whether it had to be killed."""
    process = started(words, stderr=subprocess.PIPE)
    for line in process.stderr or ():
        if line.startswith("epoch ") and ": loss" in line:
            break
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    killed = process.poll() is None
    process.kill()
    process.communicate()
    return killed


def window(kills: int, parts: int, folder: Path, model: str = "") -> int:
    """Return 1 if a result or a decision was lost, or differs."""
    del model
    command(["samples", str(folder / "parts"), "--count", str(parts), "--size", "128"])
    chance = random.Random(1)
    for name, sittings in (("alone", 0), ("killed", kills)):
        for number in range(sittings):
            # What it says: that it is listed, has a model, keeps the decision, and each slice of the run.
            sitting(folder, name, number, chance.randint(1, 6))
        if sitting(folder, name, sittings, None):
            return 1
    alone, killed = (kept(folder / name) for name in ("alone", "killed"))
    same = bool(alone.scores) and alone.scores.keys() == killed.scores.keys() and not killed.doubled
    pairs = [(score, other) for path in alone.scores for score in alone.scores[path] for other in killed.scores[path]]
    farthest = max(abs(score - other) for score, other in pairs) if same else float("inf")
    verdicts = same and all(alone.verdicts[path] == killed.verdicts[path] for path in alone.verdicts)
    said = set((folder / "killed" / "said").read_text("utf-8").split())
    decisions = said <= killed.rejected
    sys.stdout.write(
        f"{kills} kills of the window: results of {len(killed.scores)} of {len(alone.scores)} parts, "
        f"{'DOUBLED' if killed.doubled else 'each once a run'}, scores by at most {farthest:.3g}, "
        f"verdicts {'the same' if verdicts else 'DIFFER'}, {len(said)} decisions {'kept' if decisions else 'LOST'}\n"
    )
    return 0 if same and verdicts and decisions and farthest <= ROUNDING else 1


@dataclass
class Kept:
    """What a window's store and reviews hold.

    Attributes:
        scores: all that were stored of each part, by its path, of all starts.
        verdicts: all that were stored of each part.
        doubled: one start stored a part twice.
        rejected: names of the parts that a person rejected.
    """

    scores: dict[str, set[float]] = field(default_factory=dict)
    verdicts: dict[str, set[str]] = field(default_factory=dict)
    doubled: bool = False
    rejected: set[str] = field(default_factory=set)


def sitting(folder: Path, name: str, number: int, last: int | None) -> int:
    """One start of the window in a home of its own, killed after so many lines; None for until all is inspected."""
    from app.review.store import DATA_VARIABLE
    from app.settings.store import CONFIG_VARIABLE

    home = folder / name
    home.mkdir(exist_ok=True)
    places = {"HOME": home, DATA_VARIABLE: home / "data", CONFIG_VARIABLE: home / "settings"}
    environment = {**os.environ, **{variable: str(place) for variable, place in places.items()}}
    words = [sys.executable, str(Path(__file__).with_name("window_program.py")), str(folder / "parts"), str(number)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)
    for seen, line in enumerate(process.stdout or (), start=1):
        if line.startswith("said "):
            with (home / "said").open("a", encoding="utf-8") as stream:
                stream.write(line.removeprefix("said "))
        if last is not None and seen >= last:
            process.kill()
            break
    process.communicate()
    return process.returncode


def kept(home: Path) -> Kept:
    """Read what a window left."""
    from app.review.store import ReviewStore

    found = Kept()
    store = Store.connect(f"sqlite:///{home / 'data' / 'history.sqlite'}")
    history = History(store)
    for run in history.runs():
        results = history.results(run.uid, limit=sys.maxsize >> 32)
        found.doubled |= len({result.path for result in results}) < len(results)
        for result in results:
            found.scores.setdefault(result.path, set()).add(result.score or 0.0)
            found.verdicts.setdefault(result.path, set()).add(str(result.verdict))
    store.close()
    said = ReviewStore(home / "data" / "reviews.sqlite").read()
    found.rejected = {Path(path).name for path, review in said.items() if review}
    return found


PROGRAMS = {"inspect": inspect, "train": train, "window": window}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", choices=PROGRAMS)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--parts", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        sys.exit(PROGRAMS[given.program](given.kills, given.parts, Path(place)))
