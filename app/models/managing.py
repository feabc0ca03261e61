"""Fills the page of the models: lists, measures, downloads, adds and removes them."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimerEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox
from typing_extensions import override

from app.manage.sections import Sections
from app.models.inventory import Row, State, inventory, removed, space
from app.models.speed import Speed, SpeedRun, keep_speed, read_speeds
from app.models.state import ModelState
from app.models.transfer import Got, Transfer, add_folder, fetched
from app.models.words import progress_words, size_words
from app.parts.state import ModelChoice
from app.review.store import data_folder
from app.shell.views import Views
from app.work.engine import InspectorFactory
from app.work.jobs import Outcome
from app.work.order_of_work import LAST
from app.work.work import Work
from tokenclip_core.model.folders import models_folder

if TYPE_CHECKING:
    from app.models.page import ModelsPage
    from app.models.transfer import Fetch

_PROGRESS_MILLISECONDS = 200


_Lane = Enum("_Lane", "LIST SPEED GET ADD REMOVE KEEP")


_Wish = Enum("_Wish", "PAUSE CANCEL")
"""What becomes of a download that is stopped."""


class ManagingController(QObject):
    """Owns the page and a download that is on its way.

    Attributes:
        page: a section of what is looked after; None before it is seen.
        fetch: gets a model.
        confirm: (question) whether something is to be deleted.
        ask_for_folder: a model folder to add, or None.
    """

    def __init__(
        self, work: Work, views: Views, sections: Sections, models: ModelState, load: InspectorFactory
    ) -> None:
        super().__init__(views)
        self._work, self._sections, self._models, self._load = work, sections, models, load
        self._downloads, self._thread = work.new_thread("downloads"), work.new_thread("models")
        self.page: ModelsPage | None = None
        self._speeds_file = data_folder() / "speeds.json"
        self._measured: dict[str, Speed] = {}
        self._transfer: Transfer | None = None
        self._wish: _Wish | None = None
        self._timer = 0
        self.fetch: Fetch = fetched
        self.confirm: Callable[[str], bool] = self._confirm
        self.ask_for_folder: Callable[[], Path | None] = self._ask_for_folder
        sections.add("models", self.tr("&Models"), self._make, self.look)

    @property
    def seen(self) -> bool:
        """Whether the page is in front of the person."""
        return self._sections.seen("models")

    @property
    def is_getting(self) -> bool:
        """Whether a model is being downloaded."""
        return self._transfer is not None

    def stop(self) -> None:
        """The program ends: what was downloaded is kept."""
        if self._transfer is not None:
            self._transfer.stop()

    def look(self) -> None:
        """Look again which models there are."""
        self._models.look_for_models()

    def show_list(self) -> None:
        """List the models that are known by now, if the page was ever seen."""
        if self.page is not None:
            folders, file = self._models.folders, self._speeds_file
            self._work.display.submit(
                lambda _cancellation: (inventory(folders), read_speeds(file)), lane=_Lane.LIST, then=self._on_rows
            )

    def add(self, folder: Path) -> None:
        """Copy a model folder to where models are kept."""
        self._say(self.tr("{folder} is being checked and copied…").format(folder=folder.name))
        self._thread.submit(
            lambda _cancellation: add_folder(folder), lane=_Lane.ADD, keep_others=True, then=self._on_added
        )

    @override
    def timerEvent(self, event: QTimerEvent) -> None:
        transfer = self._transfer
        if self.page is not None and transfer is not None and transfer.progress is not None:
            progress = transfer.progress
            share = progress.done / max(1, progress.total)
            self.page.show_progress(transfer.known.name, share, progress_words(transfer.known.name, progress))

    def _make(self) -> ModelsPage:
        from app.models.page import ModelsPage, Orders

        orders = Orders(
            self._use, self._measure, self._download, self._pause, self._cancel, self._remove, self._choose_folder
        )
        self.page = ModelsPage(orders)
        return self.page

    def _on_rows(self, outcome: Outcome) -> None:
        if self._work.say(outcome) or self.page is None or not isinstance(outcome.value, tuple):
            return
        rows: tuple[Row, ...] = outcome.value[0]
        # On a disk that is full, they are known at least until the program ends.
        known: dict[str, Speed] = outcome.value[1] | self._measured
        speeds = [known[row.name].words if row.name in known else "" for row in rows]
        taken = size_words(space(rows))
        words = self.tr("Your own models take {size} in {folder}").format(size=taken, folder=models_folder())
        self.page.show_rows(rows, speeds, self._models.in_use.label, words if taken else "")

    def _chosen(self) -> Row | None:
        return None if self.page is None else self.page.chosen

    def _use(self) -> None:
        row = self._chosen()
        if row is not None and row.usable:
            self._models.take(row.choice)

    def _measure(self) -> None:
        row = self._chosen()
        if row is not None and row.usable:
            self._say(self.tr("The speed of {name} is being measured…").format(name=row.name))
            thread = self._work.inference.thread_of_jobs
            self._go_on(row.choice, SpeedRun(row.choice, self._load, partial(thread.has_waiting, LAST)))

    def _go_on(self, choice: ModelChoice, run: SpeedRun) -> None:
        self._work.inference.submit(
            run.work, lane=_Lane.SPEED, priority=LAST, then=partial(self._on_measured, choice, run)
        )

    def _on_measured(self, choice: ModelChoice, run: SpeedRun, outcome: Outcome) -> None:
        speed = outcome.value
        if isinstance(speed, Speed):
            self._measured[choice.label] = speed
            keep = partial(keep_speed, self._speeds_file, choice.label, speed)
            self._thread.submit(lambda _cancellation: keep(), lane=_Lane.KEEP, keep_others=True, then=self._work.say)
            self._say(self.tr("{name}: {speed} for one part").format(name=choice.label, speed=speed.words))
            self.show_list()
        elif outcome.status == "failed":
            self._say(outcome.error)
        elif outcome.status == "done":
            self._go_on(choice, run)

    def _download(self) -> None:
        row = self._chosen()
        if self._transfer is None and row is not None and row.known is not None and self.page is not None:
            self._transfer = Transfer(row.known, self.page.mirror.text().strip(), self.fetch)
            self._wish = None
            self._timer = self.startTimer(_PROGRESS_MILLISECONDS)
            self.page.show_progress(row.name, 0, self.tr("{name}: asking for the list of files…").format(name=row.name))
            self._downloads.submit(self._transfer.run, lane=_Lane.GET, keep_others=True, then=self._on_got)

    def _pause(self) -> None:
        self._stop(_Wish.PAUSE)

    def _cancel(self) -> None:
        self._stop(_Wish.CANCEL)

    def _stop(self, wish: _Wish) -> None:
        if self._transfer is not None:
            self._wish = wish
            self._transfer.stop()

    def _on_got(self, outcome: Outcome) -> None:
        transfer, wish = self._transfer, self._wish
        self.killTimer(self._timer)
        self._transfer = self._wish = None
        if transfer is None:
            return
        name = transfer.known.name
        if isinstance(outcome.value, Got):
            words = self.tr("{name} is installed; {proof}").format(name=name, proof=self._proof(outcome.value))
        elif wish is _Wish.CANCEL:
            words = self.tr("{name}: given up; what came is deleted").format(name=name)
            self._delete(Row(ModelChoice(name, name), State.PARTLY))
        elif wish is _Wish.PAUSE:
            words = self.tr("{name}: paused; what came is kept").format(name=name)
        else:
            words = f"{name}: {outcome.error}"
        if self.page is not None:
            self.page.show_progress("", 0, "")
            self.page.say(words)
        self.look()

    def _proof(self, got: Got) -> str:
        return {
            Got.PINNED: self.tr("its files are those that its makers state"),
            Got.KEPT: self.tr("its files are those of the installation before"),
            Got.HUB: self.tr("its files have the hashes that the hub states"),
            Got.MIRROR: self.tr("its files arrived whole, but only the mirror says that they are the published ones"),
        }[got]

    def _choose_folder(self) -> None:
        folder = self.ask_for_folder()
        if folder is not None:
            self.add(folder)

    def _on_added(self, outcome: Outcome) -> None:
        if isinstance(outcome.value, tuple):
            name, folder = outcome.value
            self._say(self.tr("{name} is installed in {folder}").format(name=name, folder=folder))
            self.look()
        elif outcome.status == "failed":
            self._say(outcome.error)

    def _remove(self) -> None:
        row = self._chosen()
        if row is None or self._is_used(row):
            self._say(self.tr("A model that inspects can't be removed; use another one first"))
            return
        size = size_words(row.megabytes if row.can_be_removed else row.held // 10**6)
        question = self.tr("Remove {name} from this computer? {size} become free.").format(
            name=row.name, size=size or self.tr("A few MB")
        )
        if self.confirm(question):
            self._delete(row)

    def _is_used(self, row: Row) -> bool:
        used = self._models.in_use
        return row.choice.key == used.key and row.choice.checkpoint in ("", used.checkpoint)

    def _delete(self, row: Row) -> None:
        self._thread.submit(
            lambda _cancellation: removed(row), lane=_Lane.REMOVE, keep_others=True, then=self._on_removed
        )

    def _on_removed(self, outcome: Outcome) -> None:
        if isinstance(outcome.value, int):
            self._say(self.tr("{size} MB are free now").format(size=f"{outcome.value / 1e6:,.1f}"))
        elif outcome.status == "failed":
            self._say(outcome.error)
        self.look()

    def _say(self, words: str) -> None:
        if self.page is not None:
            self.page.say(words)

    def _confirm(self, question: str) -> bool:
        answer = QMessageBox.question(self.page, self.tr("Remove a model"), question)
        return answer == QMessageBox.StandardButton.Yes

    def _ask_for_folder(self) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(self.page, self.tr("Add a model folder"))
        return Path(chosen) if chosen else None
