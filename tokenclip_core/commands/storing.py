"""A run of a command into the store, and to other programs, beside its files."""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tokenclip_core.commands.command import say

if TYPE_CHECKING:
    from tokenclip_core.output.rows import ResultRow
    from tokenclip_core.output.store.identity import FileIdentity
    from tokenclip_core.output.store.result_event import PartLevels
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

    def put(self, row: ResultRow, identity: FileIdentity, levels: PartLevels | None = None) -> None:
        """Store a row soon; it never waits for the database.

        Args:
            row: in the order of the run.
            identity: of its file.
            levels: by what it can be judged again; None where that is not known.
        """
        from tokenclip_core.output.store.result_event import UNKNOWN_LEVELS, result_event

        known = UNKNOWN_LEVELS if levels is None else levels
        # By its name: when a run is resumed, other files may have come before it.
        self._writer.put(result_event(self.uid, self._position, row.path, row, identity, known))
        self._position += 1


class PublishedRun:
    """Sends the rows of one run to other programs, see `tokenclip_core.publish`; a context manager that sends the rest.

    What can't be sent waits on this disk, and goes out with the next run to the same outputs.
    """

    def __init__(self, outputs: Sequence[str], uid: str, *, has_kept: bool = False) -> None:
        """Begin to send.

        Args:
            outputs: as a person names them, see `tokenclip_core.publish.addresses.output_of`.
            uid: of the run; the same again when it is resumed, so that each row is sent once.
            has_kept: whether every row that the run kept from before went to these outputs; otherwise they go again.

        Raises:
            SettingsError: one of them is none, or another run sends to the same ones now.
        """
        from tokenclip_core.output.store.database import data_folder
        from tokenclip_core.publish.publisher import Publisher

        self.uid = uid
        self._publisher = Publisher.to(outputs, f"inspect-{platform.node()}", data_folder() / "published")
        self._position = 0
        self._has_kept = has_kept

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for output in self._publisher.close():
            for words in output.left_over("the next run"):
                say(words)

    def put(self, row: ResultRow, *, kept: bool = False) -> None:
        """Send a row soon; it is safe on disk when this returns.

        Args:
            row: in the order of the run.
            kept: whether it is a row that a resumed run keeps, which is not sent again if it was sent before.
        """
        if kept and self._has_kept:
            self._position += 1
            return
        from tokenclip_core.output.store.identity import FileIdentity
        from tokenclip_core.output.store.result_event import result_event
        from tokenclip_core.publish.messages import result_message

        # A part that could not be inspected before is another result when it could.
        key = row.path if row.error is None else f"{row.path}\0error"
        event = result_event(self.uid, self._position, key, row, FileIdentity(row.path))
        self._publisher.add(result_message(row, event, {"station": platform.node(), "part": row.path}))
        self._position += 1
