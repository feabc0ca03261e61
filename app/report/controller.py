"""Saves what has been inspected as a report: asks what and where, and follows the worker that writes it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QFileDialog

from app.report.model import KnownPart, ReportChoice, ReportOrder, ReportProgress
from app.report.work import ReportRun
from app.review.state import Reviews
from app.settings.language import language_name
from app.settings.store import SettingsStore
from app.shell.actions import Action, Actions
from app.shell.owners import Owners
from app.shell.views import Views
from app.widgets.places import open_place
from app.work.jobs import Outcome
from app.work.order_of_work import LAST, later

if TYPE_CHECKING:
    from app.report.dialog import ReportDialog

_Lane = Enum("_Lane", "REPORT END")
"""At the last priority, in turns with a run over the folder."""


class ReportController(QObject):
    """Owns the report that is being written.

    It tells what was known when it was asked for, so that other scoring, another threshold or another folder don't
    change or end it. Another model does: the parts with pictures are inspected again.

    Attributes:
        ask_for_place: (suggested path) the file to save, or None.
        show_file: opens a report.
    """

    def __init__(
        self, owners: Owners, settings: SettingsStore, views: Views, actions: Actions, reviews: Reviews
    ) -> None:
        super().__init__(views)
        session, work, store, models = owners.session, owners.work, owners.store, owners.models
        self._session, self._views, self._work = session, views, work
        self._store, self._models, self._reviews = store, models, reviews
        self._settings = settings
        self._bar = views.status.report
        self._run: ReportRun | None = None
        self._request = 0
        self._target = Path()
        self._saved: Path | None = None
        self._dialog: ReportDialog | None = None
        self.ask_for_place: Callable[[Path], Path | None] = self._ask_for_place
        self.show_file: Callable[[Path], object] = open_place
        actions.declare(
            Action(
                "report",
                self.tr("Save a &report…"),
                self.ask,
                keys=("Ctrl+E",),
                icon="report",
                short=self.tr("Report"),
                tip=self.tr(
                    "Save what is inspected as a report with pictures, a table, or regions for annotation tools"
                ),
            )
        )
        self._bar.cancel.clicked.connect(self.cancel)
        self._bar.open.clicked.connect(self._open)
        self._beginning = later(self, self._go_on)

    @property
    def dialog(self) -> ReportDialog | None:
        """The open dialog."""
        return self._dialog

    @property
    def saved(self) -> Path | None:
        """The report that is said to be saved."""
        return self._saved

    @property
    def is_writing(self) -> bool:
        """Whether a report is being written."""
        return self._run is not None

    def ask(self) -> None:
        """Open the dialog, if there is something to report."""
        from app.report.dialog import ReportDialog

        status, parts = self._views.status, self._session.parts
        inspected = sum(part.score is not None for part in parts)
        if self._run is not None:
            status.show_activity(self.tr("A report is being written; wait for it or stop it"))
        elif not inspected or self._models.facts is None:
            status.show_activity(self.tr("There is nothing to report yet: inspect some parts first"))
        else:
            self._dialog = ReportDialog(inspected, len(parts), self._bar.window())
            self._dialog.finished.connect(self._on_closed)
            self._dialog.open()

    def cancel(self) -> None:
        """Stop writing, or take away what is said of the report before."""
        self._give_up()

    def finish(self) -> None:
        """The program ended, and with it the worker's thread: take away what is not finished."""
        if self._run is not None:
            # A thread that could not be ended may still write to it.
            with suppress(ValueError):
                self._run.close()

    def write(self, target: Path, choice: ReportChoice) -> None:
        """Write a report of what is known now."""
        model = self._models.facts
        if model is None:
            return
        parts = self._session.parts
        values = self._settings.values
        order = ReportOrder(
            target=target,
            place=self._store.place,
            total=len(parts),
            parts=[
                KnownPart(part.path, part.scores, part.error)
                for part in parts
                if part.score is not None or part.error is not None
            ],
            reviews=dict(self._reviews.by_path),
            model=model,
            adjustments=self._session.adjustments,
            judgement=self._session.judgement,
            mix=self._store.mix,
            choice=choice,
            language=language_name(values.language),
            history=values.history_store if values.keep_history == "on" else "",
        )
        images = self._store.images
        others_wait = partial(self._work.inference.thread_of_jobs.has_waiting, LAST)
        self._run, self._target = ReportRun(self._models.engine, images, order, others_wait), target
        inspected = sum(part.score is not None for part in order.parts)
        self._saved = None
        self._bar.show_progress(0, inspected if choice.every else min(choice.pictured, inspected))
        self._beginning.start()

    def _save(self, choice: ReportChoice) -> None:
        first = Path(self._session.parts[0].path).parent if self._session.parts else Path.home()
        target = self.ask_for_place(first / f"report{choice.suffix}")
        if target is not None:
            self.write(target if target.suffix else target.with_suffix(choice.suffix), choice)

    def _on_closed(self, result: int) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()
            if result == QDialog.DialogCode.Accepted:
                self._save(dialog.choice)

    def _open(self) -> None:
        self.show_file(self._target)

    def _go_on(self) -> None:
        if self._run is not None:
            self._request = self._work.inference.submit(
                self._run.work, lane=_Lane.REPORT, priority=LAST, keep_others=True, then=self._on_finished
            )

    def _give_up(self) -> None:
        self._beginning.stop()
        self._request = 0
        if self._run is not None:
            run, self._run = self._run, None
            run.stop()
            # Where no slice waits or runs, no slice will remove the unfinished file.
            self._work.inference.submit(
                lambda _cancellation: run.close(), lane=_Lane.END, priority=-1, keep_others=True
            )
        self._saved = None
        self._bar.hide()

    def _on_finished(self, outcome: Outcome) -> None:
        if outcome.request != self._request or self._run is None:
            return
        progress = outcome.value
        if outcome.status == "failed":
            self._run = None
            self._bar.hide()
            text = self.tr("The report could not be saved: {message}").format(message=outcome.error)
            self._views.message.say(text, details="" if outcome.expected else outcome.details)
        elif isinstance(progress, ReportProgress) and progress.finished:
            self._run = None
            # What is called by another name where that was taken is not what a person named.
            self._saved = self._target = self._target.parent / progress.files[0]
            self._bar.show_saved(progress.files)
        elif isinstance(progress, ReportProgress):
            self._bar.show_progress(progress.done, progress.total)
            self._go_on()

    def _ask_for_place(self, suggested: Path) -> Path | None:
        title, kinds = self.tr("Save the report"), f"*{suggested.suffix}"
        chosen, _ = QFileDialog.getSaveFileName(self._bar.window(), title, str(suggested), kinds)
        return Path(chosen) if chosen else None
