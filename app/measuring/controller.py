"""Asks for parts, has them inspected, and puts the measured threshold in force; opens and saves calibrations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog
from shiboken6 import isValid

from app.batch.pipeline import Judged
from app.batch.work import BatchReport, BatchRun
from app.editing.adjustments import NOTHING_ELSE, Mix
from app.evidence.names import limit_words
from app.measuring.model import HAND, MeasureChoice, Measured
from app.measuring.work import Listed, MeasuredPart, list_parts, measure, read_calibration, with_smallest_region
from app.result.folder_scores import FolderGroups, Group
from app.review.state import Reviews
from app.shell.actions import Action, Actions, When
from app.shell.owners import Owners
from app.shell.views import Views
from app.work.jobs import Outcome
from app.work.order_of_work import LAST
from tokenclip_core.errors import TokenClipError
from tokenclip_core.judgement.calibration import Calibration
from tokenclip_core.output.rows import ResultRow

if TYPE_CHECKING:
    from app.measuring.dialog import MeasureDialog

_Lane = Enum("_Lane", "LIST SLICE READ")


class MeasuringController(QObject):
    """Owns a measurement that is on its way.

    It is of the model and the settings that were in force when it began: where they change, it ends.

    Attributes:
        dialog: the open dialog, or None.
        ask_for_folder: (title) a folder of parts, or None.
        ask_for_file: the calibration to open, or None.
        ask_for_place: where to save one, or None.
    """

    def __init__(self, owners: Owners, views: Views, actions: Actions, reviews: Reviews) -> None:
        super().__init__(views)
        self._session, self._views, self._work = owners.session, views, owners.work
        self._store, self._models, self._judging = owners.store, owners.models, owners.judging
        self._reviews = reviews
        self._open_dialog: MeasureDialog | None = None
        self._choice = MeasureChoice()
        self._mix, self._asked = Mix(), 0
        self._run: BatchRun | None = None
        self._files, self._total = Listed((), (), ()), 0
        self._scores: dict[str, MeasuredPart] = {}
        self._rows: dict[str, ResultRow] = {}
        self._errors: list[str] = []
        self._measured: Measured | None = None
        # What still lacks its smallest region.
        self._unsized: Measured | None = None
        self.ask_for_folder: Callable[[str], Path | None] = self._ask_for_folder
        self.ask_for_file: Callable[[], Path | None] = self._ask_for_file
        self.ask_for_place: Callable[[], Path | None] = self._ask_for_place
        actions.declare(
            Action(
                "measure",
                self.tr("&Measure from good parts…"),
                self.ask,
                short=self.tr("Measure…"),
                tip=self.tr("Measure a threshold from parts that are known to be good"),
                when=When.PARTS,
            ),
            Action("open-calibration", self.tr("Open a cali&bration…"), self._choose_file),
        )

    @property
    def dialog(self) -> MeasureDialog | None:
        """The open dialog."""
        dialog = self._open_dialog
        return dialog if dialog is not None and isValid(dialog) else None

    def ask(self) -> None:
        """Open the dialog."""
        from app.measuring.dialog import MeasureDialog, Orders

        if self._models.facts is None:
            self._views.status.show_activity(self.tr("There is no model yet"))
            return
        if self.dialog is not None:
            self.dialog.raise_()
            return
        known = FolderGroups().scores(self._session.parts, self._reviews.by_path)
        orders = Orders(
            self.measure,
            self.use,
            self.save,
            lambda: self.ask_for_folder(self.tr("A folder of good parts")),
            lambda: self.ask_for_folder(self.tr("A folder of defective parts")),
        )
        good, defective = len(known.of(Group.GOOD)), len(known.of(Group.DEFECTIVE))
        self._open_dialog = MeasureDialog(good, defective, orders, self._views.parts.window())
        self._open_dialog.show()

    def measure(self) -> None:
        """Begin as the dialog says."""
        dialog = self.dialog
        if dialog is None:
            return
        self._choice = replace(dialog.choice, threshold=self._session.threshold)
        self._mix, self._asked = self._store.mix, self._models.asked
        self._scores, self._rows, self._errors, self._measured, self._unsized = {}, {}, [], None, None
        dialog.show_progress(self.tr("Looking for parts…"))
        listing = partial(list_parts, self._choice)
        self._work.inference.submit(listing, lane=_Lane.LIST, priority=LAST, then=self._on_listed)

    def stop(self) -> None:
        """Inspect nothing more for a measurement."""
        run, self._run = self._run, None
        if run is not None:
            run.end()

    def use(self) -> None:
        """Judge by the measured threshold, unless it is another model's by now, or of other settings."""
        if self._measured is None:
            return
        # Another folder's parts are judged by it, too.
        if self._models.asked == self._asked and _own(self._store.mix) == _own(self._mix):
            self._put_in_force(self._measured.calibration)
        elif self.dialog is not None:
            self.dialog.show_problem(self._outdated)

    def save(self) -> None:
        """Write the calibration, as `calibrate` does."""
        if self._measured is None:
            return
        file = self.ask_for_place()
        if file is None:
            return
        try:
            self._measured.calibration.write(file if file.suffix else file.with_suffix(".json"))
        except TokenClipError as error:
            self._views.message.say(str(error))
        else:
            self._views.status.show_activity(self.tr("Saved {path}").format(path=file))

    def open(self, file: Path) -> None:
        """Judge by a calibration's threshold; one of another model or other settings is refused, with the reason."""
        if self._models.facts is None:
            self._views.message.say(self.tr("There is no model yet; open the calibration when it is loaded."))
            return
        read = partial(read_calibration, self._models.engine, self._store.mix, file)
        self._work.inference.submit(read, lane=_Lane.READ, then=self._on_read)

    def _on_read(self, outcome: Outcome) -> None:
        if isinstance(outcome.value, tuple):
            calibration, notes = outcome.value
            self._put_in_force(calibration)
            if notes:
                self._views.message.say(notes[0])
        elif outcome.status == "failed":
            text = self.tr("The calibration is not used: {message}").format(message=outcome.error)
            self._views.message.say(text, details="" if outcome.expected else outcome.details)

    def _put_in_force(self, calibration: Calibration) -> None:
        before, self._session.calibration = self._session.calibration_in_force, calibration
        smallest = calibration.smallest_region
        if before is not None and self._session.adjustments.smallest_region == before.smallest_region:
            # What an earlier calibration measured goes with it; what a person chose stays.
            smallest = max(1, smallest)
        self._judging.set_measured(calibration.threshold, calibration.channel_limits, smallest)
        words = self.tr("Threshold {threshold}, measured from {count} good parts")
        if calibration.chosen_by == HAND:
            words = self.tr("Threshold {threshold}, set by hand; what it does was measured from {count} good parts")
        said = words.format(threshold=f"{calibration.threshold:.6f}", count=f"{calibration.good_parts:,}")
        if calibration.channel_limits:
            limits = self.tr("limits of the evidence: {limits}").format(limits=limit_words(calibration.channel_limits))
            said = f"{said}; {limits}"
        if calibration.smallest_region:
            region = self.tr("smallest region: {pixels} px").format(pixels=f"{calibration.smallest_region:,}")
            said = f"{said}; {region}"
        self._views.status.show_activity(said)

    def _on_listed(self, outcome: Outcome) -> None:
        if not isinstance(outcome.value, Listed):
            self._end(outcome)
            return
        self._files = outcome.value
        self._inspect((*self._files.good, *self._files.defective))

    def _inspect(self, files: Sequence[str]) -> None:
        """Inspect files; when all are through, it goes on by itself."""
        self.stop()
        thread = self._work.inference.thread_of_jobs
        self._run, self._total = BatchRun(self._models.engine, partial(thread.has_waiting, LAST)), len(files)
        self._run.refill(enumerate(files))
        self._go_on()

    def _go_on(self) -> None:
        run, dialog = self._run, self.dialog
        if run is None or dialog is None:
            self.stop()
            return
        if not self._is_current:
            self.stop()
            dialog.show_progress("")
            dialog.show_problem(self._outdated)
        elif run.left:
            words = self.tr("{count} of {total} inspected")
            if self._judged is not None:
                words = self.tr("{count} of {total} rejected good parts inspected again")
            dialog.show_progress(words.format(count=f"{self._total - run.left:,}", total=f"{self._total:,}"))
            slice_of_work = partial(run.work, self._mix, judged=self._judged)
            self._work.inference.submit(
                slice_of_work, lane=_Lane.SLICE, priority=LAST, keep_others=True, then=self._on_slice
            )
        elif self._unsized is not None:
            self.stop()
            self._show(with_smallest_region(self._unsized, self._choice.rate, self._rows))
        else:
            self.stop()
            good, defective = (
                self._known(self._files.good, Group.GOOD),
                self._known(self._files.defective, Group.DEFECTIVE),
            )
            work = partial(measure, self._models.engine, self._mix, self._choice, good, defective)
            self._work.inference.submit(work, lane=_Lane.LIST, priority=LAST, then=self._on_measured)

    @property
    def _judged(self) -> Judged:
        """How parts are judged that are inspected again for their regions; None where their scores are asked for."""
        return None if self._unsized is None else (self._unsized.calibration.judgement, "")

    @property
    def _is_current(self) -> bool:
        return self._store.mix == self._mix and self._models.asked == self._asked

    @property
    def _outdated(self) -> str:
        return self.tr("The model or its settings changed meanwhile; measure again.")

    def _known(self, files: Sequence[str], group: Group) -> list[MeasuredPart]:
        """What is known of measured files, or of the open folder's parts where no folder was chosen."""
        choice = self._choice
        if (choice.good if group is Group.GOOD else choice.defective) is not None:
            return [self._scores[path] for path in files if path in self._scores]
        if group is Group.DEFECTIVE and not choice.with_defective:
            return []
        found = FolderGroups().scores(self._session.parts, self._reviews.by_path)
        parts = [self._session.parts[number] for number in found.numbers[found.groups == group].tolist()]
        return [MeasuredPart(part.score, part.path, part.channels) for part in parts if part.score is not None]

    def _on_slice(self, outcome: Outcome) -> None:
        report = outcome.value
        if not isinstance(report, BatchReport):
            self.stop()
            self._end(outcome)
            return
        scores = {found.path: MeasuredPart(found.score, found.path, found.channels) for found in report.summaries}
        self._scores.update(scores)
        self._rows.update({row.path: row for row in report.rows})
        self._errors += [failure.error for failure in report.failures]
        self._go_on()

    def _on_measured(self, outcome: Outcome) -> None:
        dialog = self.dialog
        if not isinstance(outcome.value, Measured) or dialog is None:
            self._end(outcome)
            return
        if not self._is_current:
            # Its scores may be of one model, and what it says of the model of another.
            dialog.show_progress("")
            dialog.show_problem(self._outdated)
            return
        if self._choice.smallest_region:
            self._unsized = outcome.value
            self._inspect(self._unsized.rejected)
        else:
            self._show(outcome.value)

    def _show(self, measured: Measured) -> None:
        dialog, self._measured, self._unsized = self.dialog, measured, None
        if dialog is None:
            return
        dialog.show_progress("")
        dialog.show_measured(measured)
        notes = [*self._files.notes, *self._errors]
        if notes:
            self._views.message.say(notes[0], details="\n".join(notes) if len(notes) > 1 else "")

    def _end(self, outcome: Outcome) -> None:
        dialog = self.dialog
        if dialog is not None:
            dialog.show_progress("")
            if outcome.status == "failed":
                dialog.show_problem(outcome.error)

    def _choose_file(self) -> None:
        chosen = self.ask_for_file()
        if chosen is not None:
            self.open(chosen)

    def _ask_for_folder(self, title: str) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(self.dialog, title)
        return Path(chosen) if chosen else None

    def _ask_for_file(self) -> Path | None:
        kinds = self.tr("Calibrations ({pattern})").format(pattern="*.json")
        chosen, _ = QFileDialog.getOpenFileName(self._views.parts.window(), self.tr("Open a calibration"), "", kinds)
        return Path(chosen) if chosen else None

    def _ask_for_place(self) -> Path | None:
        kinds = self.tr("Calibrations ({pattern})").format(pattern="*.json")
        chosen, _ = QFileDialog.getSaveFileName(self.dialog, self.tr("Save the calibration"), "calibration.json", kinds)
        return Path(chosen) if chosen else None


def _own(mix: Mix) -> Mix:
    """A mix, whatever parts are compared with."""
    return replace(mix, compared=NOTHING_ELSE)
