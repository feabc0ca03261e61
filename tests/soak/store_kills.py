"""Kills `inspect --store` at random moments, goes on, and compares what the store has with a run left alone.

    python tests/soak/store_kills.py --kills 50 --parts 2000 [--postgres] [--outage SECONDS]

One run is killed again and again, each time by a SIGKILL at a random moment, and gone on with by `--resume`: the kills
are spread over all its parts. Beside the run a person decides about some of the parts, in a process that is killed as
well, right after the decision was taken. At the end the store must have one result for each part, equal to the run left
alone but for the milliseconds and for rounding, and every decision once. With `--outage`, the PostgreSQL server is
stopped that long in the middle of the last run. Exits with 1 where anything is lost, doubled or different.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from postgres_server import PostgresServer, why_not
from soak.kills import ROUNDING, started

from tokenclip_core.commands.cli import main as command
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.history import History
from tokenclip_core.output.store.summaries import StoredResult
from tokenclip_core.output.store.writing import StoreWriter

MOST_DECISIONS = 50
"""Parts that a person decides about."""

MOST_SECONDS_ON = 0.3
"""So long a run may go on after the row that it is killed behind."""

DECIDE = """
import sys, time, threading
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.events import Decided
from tokenclip_core.output.store.identity import FileIdentity
from tokenclip_core.output.store.writing import StoreWriter
from pathlib import Path
url, uid, path = sys.argv[1:]
found = FileIdentity.of(path, Path(path))
writer = StoreWriter(Store.connect(url))
writer.put(Decided(uid, found.path, "Ada", time.time(), "rejected", "", found.sha256, found.size, found.modified))
# In the database, or safe on disk: what the window waits for as well.
writer.flush(60)
print("taken", flush=True)
threading.Event().wait()
"""


def decide(url: str, uid: str, path: Path) -> None:
    """Take a decision in a process that is killed when it says that it was taken."""
    process = subprocess.Popen([sys.executable, "-c", DECIDE, url, uid, str(path)], stdout=subprocess.PIPE, text=True)
    if process.stdout is None or process.stdout.readline() != "taken\n":
        raise SystemExit("a decision was not taken")
    process.kill()
    process.communicate()


@contextmanager
def database(postgres: bool, folder: Path) -> Iterator[tuple[str, PostgresServer | None]]:
    """The store's URL, and its server, if it has one."""
    if not postgres:
        yield str(folder / "killed.sqlite"), None
        return
    reason = why_not()
    if reason:
        raise SystemExit(reason)
    server = PostgresServer()
    try:
        server.start()
        yield server.url, server
    finally:
        server.close()


def run_with_kills(words: list[str], kills: int, parts: int, seed: int) -> list[int]:
    """Go on with a run, killing it so many times before its end; how many rows there were at each kill."""
    chance = random.Random(seed)
    killed = []
    for last in sorted(chance.randint(1, max(1, parts - 1)) for _ in range(kills)):
        process = started([*words, "--resume", "--json"])
        # Rows that are kept from before come at once, so that it is rows in all that count.
        for _, _line in zip(range(last), process.stdout or (), strict=False):
            continue
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, MOST_SECONDS_ON))
        if process.poll() is None:
            killed.append(last)
        process.kill()
        process.communicate()
    return killed


def stored(url: str, *, spooled: bool = True) -> list[StoredResult]:
    """All results of a store with one run; what waits on disk is delivered before."""
    store = Store.open(url)
    try:
        if spooled:
            StoreWriter(store).close()
        history = History(store)
        (run,) = history.runs()
        return history.results(run.uid, limit=10**6)
    finally:
        store.close()


def differences(alone: list[StoredResult], killed: list[StoredResult]) -> list[str]:
    """What is lost, doubled or different, in words."""
    found = []
    paths = [result.path for result in killed]
    if len(paths) != len(set(paths)):
        found.append(f"{len(paths) - len(set(paths))} results doubled")
    lost = {result.path for result in alone} - set(paths)
    if lost:
        found.append(f"{len(lost)} results lost")
    by_path = {result.path: result for result in killed}
    for result in alone:
        other = by_path.get(result.path)
        if other is None:
            continue
        same = (result.sha256, result.verdict, result.error) == (other.sha256, other.verdict, other.error)
        if not same or abs((result.score or 0) - (other.score or 0)) > ROUNDING:
            found.append(f"{result.path}: {result.score} {result.verdict} alone, {other.score} {other.verdict} killed")
    return found


def outage(server: PostgresServer, seconds: float, words: list[str], parts: int) -> None:
    """Finish the run, with the server away for a while in the middle of it."""
    process = started([*words, "--resume", "--json"])
    for number, _line in enumerate(process.stdout or ()):
        if number == parts // 2:
            server.stop()
            back = threading.Timer(seconds, server.start)
            back.start()
    process.communicate()
    back.join()


def main(kills: int, parts: int, folder: Path, *, postgres: bool, away: float = 0.0, model: str = "compact") -> int:
    """Return 1 if something was lost, doubled or differs."""
    # Small, since it is the store that is tried: a kill at any of very many parts.
    if not (folder / "parts").is_dir():
        command(["samples", str(folder / "parts"), "--count", str(parts), "--size", "64"])
    words = ["inspect", str(folder / "parts"), "--model", model, "--threshold", "0.5", "--evidence", "text"]
    words += ["--image-size", "64"]
    alone = str(folder / "alone.sqlite")
    if command([*words, "--out", str(folder / "alone"), "--store", alone, "--resume"]) not in (0, 3):
        return 1
    with database(postgres, folder) as (url, server):
        out = folder / f"killed {'in PostgreSQL' if postgres else 'in SQLite'}"
        killed = [*words, "--out", str(out), "--store", url]
        began = time.perf_counter()
        files = [Path(result.path) for result in stored(alone)]
        looked_at = files[:: max(10, len(files) // MOST_DECISIONS)]
        deciding = threading.Thread(
            target=lambda: [decide(url, f"decision-{number}", path) for number, path in enumerate(looked_at)]
        )
        deciding.start()
        at = run_with_kills(killed, kills, parts, seed=1)
        deciding.join()
        if server is not None and away:
            outage(server, away, killed, parts)
        elif command([*killed, "--resume"]) not in (0, 3):
            return 1
        found = differences(stored(alone), results := stored(url))
        store = Store.open(url)
        history = History(store)
        decided = sum(len(history.decisions(str(path))) for path in looked_at)
        store.close()
        if decided != len(looked_at):
            found.append(f"{decided} decisions of {len(looked_at)}")
    sys.stdout.write(
        f"{'PostgreSQL' if postgres else 'SQLite'}: {len(at)} kills in {time.perf_counter() - began:.0f} s, "
        f"behind rows {', '.join(map(str, at))}: "
        f"{len(results)} results of {len(files)} parts, {decided} decisions, "
        f"{'; '.join(found) or 'nothing lost, doubled or different'}\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--parts", type=int, default=2000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--outage", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--folder", type=Path, help="where parts and the run left alone are kept, for the next time")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) if given.folder is None else given.folder
        folder.mkdir(parents=True, exist_ok=True)
        sys.exit(main(given.kills, given.parts, folder, postgres=given.postgres, away=given.outage))
