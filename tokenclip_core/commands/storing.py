"""A run of a command into the store, beside its files."""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from tokenclip_core.output.rows import ResultRow
    from tokenclip_core.output.store.identity import FileIdentity
    from tokenclip_core.recipes.recipe import Recipe


def stored_recipe(recipe: Recipe) -> tuple[str, str, str]:
    """What a store keeps of a recipe: SHA-256, name and content, see `RunBegins`."""
    return recipe.sha256, recipe.name, json.dumps(recipe.to_mapping(), ensure_ascii=False)


class StoredRun:
    """Puts the rows of one run into a store; a context manager that ends the run.

    Attributes:
        uid: of the run; the same again when it is resumed, so that each row is stored once.
    """

    def __init__(self, url: str, uid: str, begins: Mapping[str, Any]) -> None:
        """Begin a run.

        Args:
            url: of the store, see `store_url`.
            uid: see `new_uid`; of the interrupted run where that goes on.
            begins: for `RunBegins`: run_kind, title, model, threshold, settings, sizes, subspaces, recipe.

        Raises:
            StoreError: the URL is none, its driver is missing, or a newer version made the store.
        """
        from tokenclip_core.output.store.database import Store
        from tokenclip_core.output.store.events import RunBegins
        from tokenclip_core.output.store.writing import StoreWriter

        self.uid = uid
        self._store = Store.connect(url)
        self._writer = StoreWriter(self._store)
        self._position = 0
        self._finished = False
        self._writer.put(RunBegins(uid=self.uid, station=platform.node() or "here", started=time.time(), **begins))

    @property
    def name(self) -> str:
        """The store without its password."""
        return self._store.name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        from tokenclip_core.output.store.events import RunEnds

        self._writer.put(RunEnds(self.uid, time.time(), self._finished))
        self._writer.close()
        if self._writer.problem:
            sys.stderr.write(
                f"tokenclip: {self._writer.problem}; the results wait on this disk and are stored the next time\n"
            )
        self._store.close()

    def finish(self) -> None:
        """Every input has its row."""
        self._finished = True

    def put(self, row: ResultRow, identity: FileIdentity, size_scores: Sequence[float] = ()) -> None:
        """Store a row soon; it never waits for the database.

        Args:
            row: in the order of the run.
            identity: of its file.
            size_scores: of regions of at least each of the run's sizes.
        """
        from tokenclip_core.output.store.result_event import result_event

        # By its name: when a run is resumed, other files may have come before it.
        self._writer.put(result_event(self.uid, self._position, row.path, row, identity, size_scores))
        self._position += 1
