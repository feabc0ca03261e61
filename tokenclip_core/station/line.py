"""What parts are inspected with at the moment: a recipe and its inspector, exchanged between two parts."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenclip_core.errors import TokenClipError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.output.store.events import RunBegins, RunEnds, new_uid
from tokenclip_core.publish.messages import store_message
from tokenclip_core.publish.spool import Spool, SpoolError
from tokenclip_core.recipes.recipe import MAX_FILE_BYTES, Recipe
from tokenclip_core.small_files import TooLargeError, read_small

LOOK_SECONDS = 1.0
"""How often the recipe's file is looked at."""

_RUN_FACT = "run"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """What parts are inspected with.

    Attributes:
        recipe: how parts are looked at and judged.
        inspector: of the recipe.
        begins: all that the store is told of a run with them, but for its uid and time; see `RunBegins`.
    """

    recipe: Recipe
    inspector: Inspector
    begins: Mapping[str, Any]


class LineKeeper:
    """Knows the recipe in force, looks at its file, and has the next one ready when it changes.

    Attributes:
        problem: why a changed recipe is not in force, in words; "" for nothing.
        run: uid of the run that results belong to.
        changes: how often the recipe was exchanged.
    """

    def __init__(self, file: Path, load: Callable[[], Line], spool: Spool) -> None:
        """Load the recipe, which takes seconds, and begin a run.

        Args:
            file: of the recipe.
            load: reads that file, and makes the rest of it; called in another thread when the file changes.
            spool: where runs are noted.

        Raises:
            TokenClipError: it can't be followed.
        """
        self.problem, self.changes = "", 0
        self._file, self._load, self._spool = file, load, spool
        self._seen = _fingerprint(file)
        self._line = load()
        # A recipe that is ready, and the uid of its run.
        self._next: tuple[Line, str] | None = None
        self._next_try = 0.0
        self._exchanging = threading.Lock()
        self._looking = threading.Thread(target=self._look, name="recipe", daemon=True)
        self._ended = threading.Event()
        before = spool.fact(_RUN_FACT)
        if before:
            # The program was killed: nobody said that the run is over.
            self._end(before, finished=False)
        self.run = new_uid()
        self._begin(self.run, self._line)
        self._looking.start()

    def current(self) -> Line:
        """What the next part is inspected with; a recipe that is ready comes into force here, with a run of its own.

        While the spool can't be written, the recipe that is in force stays so.
        """
        if self._next is not None and time.monotonic() >= self._next_try:
            with self._exchanging:
                self._exchange(*self._next)
        return self._line

    def _exchange(self, line: Line, run: str) -> None:
        try:
            self._end(self.run, finished=True)
            self._begin(run, line)
        except SpoolError as error:
            # Tried again under the same names, so that nothing of it is there twice.
            self._next_try = time.monotonic() + LOOK_SECONDS
            self._fail(str(error))
            return
        self._next, self.problem = None, ""
        self._line, self.run = line, run
        self.changes += 1
        _log.info("the recipe %s is in force", line.recipe.name)

    @property
    def recipe(self) -> Recipe:
        """The recipe in force."""
        return self._line.recipe

    def close(self) -> None:
        """End the run; where the spool fails, the next start does."""
        self._ended.set()
        try:
            self._end(self.run, finished=True)
        except SpoolError as error:
            _log.error("%s", error)

    def _begin(self, uid: str, line: Line) -> None:
        event = RunBegins(uid=uid, started=time.time(), **line.begins)
        self._spool.add(store_message(event, f"begin {uid}"))
        self._spool.note(_RUN_FACT, uid)

    def _end(self, uid: str, *, finished: bool) -> None:
        self._spool.add(store_message(RunEnds(uid, time.time(), finished), f"end {uid}"))
        self._spool.note(_RUN_FACT, "")

    def _look(self) -> None:
        while not self._ended.is_set():
            self._ended.wait(LOOK_SECONDS)
            seen = _fingerprint(self._file)
            if seen == self._seen or self._ended.is_set():
                continue
            self._seen = seen
            try:
                line = self._load()
                with self._exchanging:
                    self._next, self.problem = (line, new_uid()), ""
            except TokenClipError as error:
                self._fail(str(error))
            except Exception as error:
                # The parts go on with the recipe that they have, whatever is wrong with the next one.
                _log.exception("the changed recipe can't be loaded")
                self._fail(f"the changed recipe can't be loaded ({type(error).__name__})")

    def _fail(self, reason: str) -> None:
        problem = f"{reason}; the recipe of before stays in force"
        if problem != self.problem:
            _log.error("%s", problem)
        self.problem = problem


def _fingerprint(file: Path) -> str:
    """Of the content; "" while it can't be read, as while another program writes it anew."""
    try:
        return hashlib.sha256(read_small(file, MAX_FILE_BYTES)).hexdigest()
    except (OSError, TooLargeError):
        return ""
