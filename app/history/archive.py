"""What the history's page asks of the store; in a thread of its own. No Qt."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.history.work import DAY
from tokenclip_core.files import write_atomically

if TYPE_CHECKING:
    from tokenclip_core.output.store.database import Store
    from tokenclip_core.output.store.summaries import (
        Difference,
        FalseAlarms,
        JudgedAgain,
        RunSummary,
        SpaceTaken,
        StoredResult,
    )

MOST_RUNS = 2000
PAGE = 500
"""Results that are brought at a time; more of them when the last one is scrolled to."""

MOST_PLACES = 2000
"""Results that are looked at for where a run's parts lie."""


@dataclass(frozen=True)
class RunsWanted:
    """Which runs are asked for.

    Attributes:
        text: occurs in the place, station, model or recipe's name.
        days: begun in so many last days; 0 for all.
    """

    text: str = ""
    days: int = 0


@dataclass(frozen=True)
class RunsFound:
    """Runs, the newest first, and what the whole store takes."""

    runs: tuple[RunSummary, ...]
    space: SpaceTaken


@dataclass(frozen=True)
class ResultsWanted:
    """Which results of a run are asked for, and at which threshold they are judged again; see `history.Filter`.

    Regions of fewer patches than `smallest` don't count then. `after` is the position of the last one that is known; -1
    for none.
    """

    run: str
    verdict: str = ""
    decision: str = ""
    text: str = ""
    threshold: float | None = None
    smallest: int = 1
    after: int = -1


@dataclass(frozen=True, eq=False)
class ResultsFound:
    """A page of results of a run, and with the first one all of its verdicts at another threshold.

    Attributes:
        wanted: what was asked.
        results: `PAGE` at most.
        judged: None where no other threshold was asked for.
        again: (position) to the new verdict, ``good`` or ``defect``.
    """

    wanted: ResultsWanted
    results: tuple[StoredResult, ...]
    judged: JudgedAgain | None
    again: Mapping[int, str]


@dataclass(frozen=True)
class AlarmsFound:
    """The false alarms of a run, by its uid, in groups."""

    run: str
    groups: tuple[FalseAlarms, ...]


@dataclass(frozen=True)
class RunToOpen:
    """What opening a run again needs: its places, its recipe's file, and its threshold."""

    places: tuple[Path, ...]
    recipe: Path | None
    threshold: float | None


@dataclass(frozen=True)
class RecipesCompared:
    """What differs between the recipes of two runs, a sentence each, and how the two are called."""

    before: str
    after: str
    differences: tuple[str, ...]


class Archive:
    """Reads a store; every method in one thread only, and raises `StoreError` where it can't be read."""

    def __init__(self, url: str, recipes: Path) -> None:
        """Make it; nothing is opened yet.

        Args:
            url: of the store.
            recipes: folder for the recipes of runs that are opened again.
        """
        self._url, self._recipes = url, recipes

    def runs(self, wanted: RunsWanted) -> RunsFound:
        """The runs, the newest first."""
        from tokenclip_core.output.store.history import History

        since = time.time() - wanted.days * DAY if wanted.days else None
        with _Opened(self._url) as store:
            history = History(store)
            return RunsFound(tuple(history.runs(wanted.text, since=since, limit=MOST_RUNS)), history.space())

    def results(self, wanted: ResultsWanted) -> ResultsFound:
        """Results of a run."""
        from tokenclip_core.output.store.history import History
        from tokenclip_core.output.store.summaries import Filter

        with _Opened(self._url) as store:
            history = History(store)
            chosen = Filter(wanted.verdict, wanted.decision, wanted.text)
            found = tuple(history.results(wanted.run, chosen, after=wanted.after, limit=PAGE))
            judged = None
            again: dict[int, str] = {}
            if wanted.threshold is not None and wanted.after < 0:
                judged = history.judge_again(wanted.run, wanted.threshold, minimum_size=wanted.smallest)
                words = ("defect" if defect else "good" for defect in judged.defect.tolist())
                again = dict(zip(judged.positions.tolist(), words, strict=True))
        return ResultsFound(wanted, found, judged, again)

    def compare(self, before: str, after: str) -> list[Difference]:
        """Parts of both runs whose verdicts differ."""
        from tokenclip_core.output.store.history import History

        with _Opened(self._url) as store:
            return list(History(store).compare(before, after))

    def false_alarms(self, run: str) -> AlarmsFound:
        """Defective parts of a run that a person accepted, by the subspaces that stand out in them."""
        from tokenclip_core.output.store.history import History

        with _Opened(self._url) as store:
            return AlarmsFound(run, History(store).false_alarms(run))

    def compare_recipes(self, before: RunSummary, after: RunSummary, language: str) -> RecipesCompared:
        """What differs between the recipes of two runs, in a language such as ``zh_CN``."""
        from tokenclip_core.output.store.history import History
        from tokenclip_core.recipes.differences import stored_differences

        with _Opened(self._url) as store:
            history = History(store)
            words = stored_differences(history.recipe(before.uid), history.recipe(after.uid), language)
        return RecipesCompared(before.recipe or before.title, after.recipe or after.title, words)

    def forget(self, days: int) -> int:
        """Delete runs that began more than so many days ago; decisions stay. Says how many."""
        from tokenclip_core.output.store.history import History

        with _Opened(self._url) as store:
            return History(store).forget_before(time.time() - days * DAY)

    def to_open(self, run: RunSummary) -> RunToOpen:
        """What opening a run again needs; its recipe is written to a file, as it was then."""
        from tokenclip_core.output.store.history import History

        with _Opened(self._url) as store:
            history = History(store)
            content = history.recipe(run.uid)
            paths = [result.path for result in history.results(run.uid, limit=MOST_PLACES)]
        recipe = None
        if content is not None:
            self._recipes.mkdir(parents=True, exist_ok=True)
            # Named by the run: two recipes of one name may say different things.
            recipe = self._recipes / f"{_file_name(run.recipe)}-{run.uid[:8]}.recipe.json"
            write_atomically(recipe, content.encode("utf-8", "backslashreplace"))
        return RunToOpen(places_of(run.title, paths), recipe, run.threshold)


class _Opened:
    """A store for the time of one question: what was moved or is gone is found again with the next one."""

    def __init__(self, url: str) -> None:
        from tokenclip_core.output.store.database import Store

        self._store = Store.connect(url)

    def __enter__(self) -> Store:
        self._store.prepare()
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()


def places_of(title: str, paths: Sequence[str]) -> tuple[Path, ...]:
    """What is to be opened for a run: what it was called by, where that is there, or the folder of its parts."""
    named = [Path(place) for place in title.split(", ")]
    if named and all(place.is_absolute() and place.exists() for place in named):
        return tuple(named)
    files = [path for path in paths if Path(path).is_absolute()]
    folders = {str(Path(path).parent) for path in files}
    if not folders:
        return ()
    common = Path(os.path.commonpath(folders))
    return (common,) if common.exists() else ()


def _file_name(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_ " else "_" for sign in name)[:80] or "recipe"
