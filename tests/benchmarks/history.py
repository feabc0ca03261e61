"""A history of 1,000 runs and 1,000,000 results: how soon it opens and is judged again, and whether scrolling stalls.

    python tests/benchmarks/history.py [--runs 1000] [--results 1000] [--again 100000] [--file FILE]

The store is made first, in a temporary folder unless a file is given. Needs a display; without one, run it as
``xvfb-run -a python tests/benchmarks/history.py``. Processor time is printed beside the time that passed: on a busy
machine only the first says something.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QEventLoop, QModelIndex
from PySide6.QtWidgets import QApplication

from app.history.archive import Archive, ResultsFound, RunsFound
from app.history.page import HistoryPage, Orders
from app.tracing.watchdog import EventLoopWatchdog
from app.work.jobs import Outcome
from app.work.work import Work
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.history import History
from tokenclip_core.output.store.summaries import Filter

PATIENCE_SECONDS = 120.0
SUBSPACES = 4
SIZES = 9
SCROLL_STEPS = 200


def fill(store: Store, runs: int, results: int, first: int = 0) -> None:
    """Runs of so many results each, written as the program would have them, past its batches."""
    random = np.random.default_rng(first)
    now = time.time()
    with store.engine.begin() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("INSERT OR IGNORE INTO stations (id, name) VALUES (1, 'bench')")
        for run in range(first, first + runs):
            raw.execute(
                "INSERT INTO runs (id, uid, station_id, kind, title, started, finished, model, threshold, "
                "settings_sha256, settings, sizes, subspaces, good, defect, inspected, error) "
                "VALUES (?, ?, 1, 'inspect', ?, ?, 1, 'compact', 0.5, ?, '{}', ?, ?, ?, ?, 0, 0)",
                (
                    run + 1,
                    f"run-{run:08d}",
                    f"/parts/line {run % 7}",
                    now - 60.0 * run,
                    f"{run % 3:064d}",
                    json.dumps(list(range(SIZES))),
                    json.dumps([f"s{k}" for k in range(SUBSPACES)]),
                    results,
                    0,
                ),
            )
            scores = random.random(results)
            base = run * 10_000_000
            raw.executemany(
                "INSERT INTO parts (id, path, sha256, size, modified) VALUES (?, ?, ?, 1000, 1)",
                (
                    (base + k, f"/parts/line {run % 7}/run {run}/part_{k}.png", f"{base + k:064x}")
                    for k in range(results)
                ),
            )
            levels = random.random((results, SUBSPACES)).astype("<f4")
            sizes = random.random((results, SIZES)).astype("<f8")
            raw.executemany(
                "INSERT INTO results (id, uid, run_id, part_id, position, moment, score, threshold, verdict, width, "
                "height, milliseconds, levels, size_scores, details) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, 0.5, ?, 640, 480, 5.0, ?, ?, '{}')",
                (
                    (
                        base + k,
                        f"run-{run:08d}:{k}",
                        run + 1,
                        base + k,
                        k,
                        now,
                        float(scores[k]),
                        "defect" if scores[k] >= 0.5 else "good",
                        levels[k].tobytes(),
                        sizes[k].tobytes(),
                    )
                    for k in range(results)
                ),
            )


@contextmanager
def timed(what: str) -> Iterator[None]:
    passed, computed = time.perf_counter(), time.process_time()
    yield
    passed, computed = time.perf_counter() - passed, time.process_time() - computed
    sys.stdout.write(f"{what}: {1000 * passed:,.0f} ms passed, {1000 * computed:,.0f} ms computed\n")
    sys.stdout.flush()


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while not condition():
        if time.perf_counter() > deadline:
            raise SystemExit("it takes too long")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)


def ask_store(store: Store, again: int, number: int) -> None:
    history = History(store)
    with timed("runs, newest first"):
        runs = history.runs(limit=2000)
    with timed("what it takes"):
        history.space()
    with timed("runs by text"):
        history.runs("line 3", limit=2000)
    with timed("first page of a run"):
        history.results(runs[0].uid)
    with timed("its parts by text"):
        history.results(runs[0].uid, Filter(text="part_77"))
    if again:
        with timed(f"{again:,} results judged again"):
            history.judge_again(f"run-{number:08d}", 0.4)
        with timed("with the smallest region"):
            history.judge_again(f"run-{number:08d}", 0.4, minimum_size=3)
        with timed("with own thresholds"):
            history.judge_again(f"run-{number:08d}", 0.4, own_thresholds={"s1": 0.9})


class Browser:
    """The page, with its questions asked in a thread as the window asks them."""

    def __init__(self, file: Path) -> None:
        self.application = QApplication([sys.argv[0]])
        self.watchdog = EventLoopWatchdog()
        self.work = Work()
        self.thread = self.work.new_thread("archive")
        self.waiting = 0
        self.archive = Archive(str(file), file.parent / "recipes")
        archive = self.archive
        self.page = HistoryPage(
            Orders(
                lambda wanted: self._ask(partial(archive.runs, wanted)),
                lambda wanted: self._ask(partial(archive.results, wanted)),
                lambda _before, _after: None,
                lambda _before, _after: None,
                lambda _run: None,
                lambda _run: None,
            )
        )

    def measure(self) -> None:
        page = self.page
        with self._watched("the page opens with its runs and the newest one's results"):
            page.show()
            page.ask()
            wait(lambda: page.results_view.model().rowCount() > 0)
        with self._watched("the runs are scrolled through"):
            bar = page.runs_view.verticalScrollBar()
            for step in range(SCROLL_STEPS):
                bar.setValue(bar.maximum() * step // SCROLL_STEPS)
                QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
        with self._watched("the results are scrolled to the end"):
            bar = page.results_view.verticalScrollBar()
            model = page.results_view.model()
            # The view asks for more by itself where all that it has can be seen.
            wait(lambda: self.waiting == 0)
            while model.canFetchMore(QModelIndex()):
                bar.setValue(0)
                bar.setValue(bar.maximum())
                wait(partial(self._has_more_than, model.rowCount()))
        sys.stdout.write(f"    {model.rowCount():,} results in the list\n")
        with self._watched("another run is chosen"):
            page.runs_view.selectRow(page.runs_view.model().rowCount() // 2)
            wait(lambda: page.results_view.model().rowCount() > 0)

    def _has_more_than(self, rows: int) -> bool:
        """Whether there are further results in the list, or none to come."""
        model = self.page.results_view.model()
        return self.waiting == 0 and (model.rowCount() > rows or not model.canFetchMore(QModelIndex()))

    def _ask(self, question: Callable[[], object]) -> None:
        self.waiting += 1
        self.thread.submit(lambda _cancellation: question(), lane="all", keep_others=True, then=self._on_answer)

    def _on_answer(self, outcome: Outcome) -> None:
        self.waiting -= 1
        if isinstance(outcome.value, RunsFound):
            self.page.show_runs(outcome.value)
        elif isinstance(outcome.value, ResultsFound):
            self.page.show_results(outcome.value)
        elif outcome.status == "failed":
            raise SystemExit(outcome.error)

    @contextmanager
    def _watched(self, what: str) -> Iterator[None]:
        self.watchdog.reset()
        with timed(what):
            yield
            wait_a_beat()
        block, work = 1000 * self.watchdog.longest_block, 1000 * self.watchdog.longest_work
        sys.stdout.write(f"    longest block {block:.0f} ms, longest work at a time {work:.0f} ms\n")

    def close(self) -> None:
        self.watchdog.stop()
        self.page.close()
        self.work.stop()
        self.work.join(10)


def wait_a_beat() -> None:
    until = time.perf_counter() + 0.05
    wait(lambda: time.perf_counter() >= until)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--results", type=int, default=1000, help="of each run")
    parser.add_argument("--again", type=int, default=100_000, help="results of one further run, judged again")
    parser.add_argument("--file", type=Path, help="a store that is kept; made only if it is not there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        file = given.file or Path(place) / "history.sqlite"
        made = file.exists()
        store = Store.open(str(file))
        if not made:
            with timed(f"{given.runs:,} runs of {given.results:,} results are made"):
                fill(store, given.runs, given.results)
                if given.again:
                    fill(store, 1, given.again, given.runs)
        sys.stdout.write(f"{file.stat().st_size / 1e6:,.0f} MB; load {os.getloadavg()[0]:.1f}\n")
        ask_store(store, given.again, given.runs)
        store.close()
        browser = Browser(file)
        try:
            browser.measure()
        finally:
            browser.close()


if __name__ == "__main__":
    main()
