"""Fills the page: begins, stops, goes on, and keeps what was learned."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimerEvent
from PySide6.QtWidgets import QFileDialog
from typing_extensions import override

from app.manage.sections import Sections
from app.parts.state import ModelChoice
from app.review.state import Reviews
from app.review.store import data_folder
from app.settings.language import language_name
from app.settings.store import SettingsStore
from app.shell.owners import Owners
from app.shell.views import Views
from app.training.decided import decided_parts
from app.training.learning import LearningRun, Steps, learning
from app.training.model import SUFFIX, DecidedParts, Learned, LearningChoice
from app.work.jobs import Cancellation, Outcome
from tokenclip_core.errors import CheckpointError
from tokenclip_core.files import free_place, replacing
from tokenclip_core.model.folders import checkpoints_folder

if TYPE_CHECKING:
    from app.training.page import TrainingPage

_PROGRESS_MILLISECONDS = 250
_LONGEST_NAME = 60


_Lane = Enum("_Lane", "LEARN KEEP SORT")


class TrainingController(QObject):
    """Owns a training that is on its way; it goes on while other pages are seen, and stops with the program.

    Attributes:
        page: a section of what is looked after; None before it is seen.
        steps: learns.
        ask_for_folder: labelled parts, or None.
    """

    def __init__(
        self, owners: Owners, views: Views, sections: Sections, reviews: Reviews, settings: SettingsStore
    ) -> None:
        super().__init__(views)
        self._session, self._store, self._models = owners.session, owners.store, owners.models
        self._views, self._reviews, self._settings = views, reviews, settings
        self._thread = owners.work.new_thread("training")
        self.page: TrainingPage | None = None
        self._run: LearningRun | None = None
        self._last: LearningRun | None = None
        self._timer = 0
        self.steps: Steps = learning
        self.ask_for_folder: Callable[[], Path | None] = self._ask_for_folder
        sections.add("training", self.tr("&Training"), self._make, self.show_models)

    @property
    def is_learning(self) -> bool:
        """Whether something is being learned."""
        return self._run is not None

    @property
    def has_learned(self) -> bool:
        """Whether something was learned since the start, kept or not."""
        return self._last is not None

    def show_models(self) -> None:
        """Offer the models that are known by now, and the parts as they are decided by now, if the page was seen."""
        if self.page is not None and self._run is None:
            own = [choice for choice in self._models.choices if not choice.checkpoint]
            self.page.show_models(own, self._models.key)
            if isinstance(self.page.data, DecidedParts):
                # People go from here to decide more; nothing is learned from what was decided before.
                self.page.show_data(None)
                self._sort()

    def stop(self) -> None:
        """Stop soon; what was learned so far is on disk."""
        if self._run is not None:
            self._run.stop()

    @override
    def timerEvent(self, event: QTimerEvent) -> None:
        if self._run is not None and self.page is not None:
            self.page.show_learned(self._run.learned, running=True)

    def _make(self) -> TrainingPage:
        from app.training.page import Orders, TrainingPage

        self.page = TrainingPage(Orders(self._choose, self._sort, self._start, self.stop, self._keep))
        return self.page

    def _choose(self) -> None:
        folder = self.ask_for_folder()
        if folder is not None and self.page is not None:
            self.page.show_data(folder)

    def _sort(self) -> None:
        parts, reviews, marks = list(self._session.parts), dict(self._reviews.by_path), dict(self._reviews.marks)
        bits = self._store.images.bits
        self._thread.submit(
            lambda _cancellation: decided_parts((part.path for part in parts), reviews, marks, bits),
            lane=_Lane.SORT,
            keep_others=True,
            then=self._on_sorted,
        )

    def _on_sorted(self, outcome: Outcome) -> None:
        if isinstance(outcome.value, DecidedParts) and self.page is not None and self._run is None:
            self.page.show_data(outcome.value)

    def _start(self) -> None:
        page = self.page
        choice = None if page is None else self._choice(page)
        if page is None or choice is None or self._run is not None:
            return
        self._run = self._last = LearningRun(choice, self.steps)
        self._timer = self.startTimer(_PROGRESS_MILLISECONDS)
        page.show_learned(Learned(), running=True)
        self._thread.submit(self._run.run, lane=_Lane.LEARN, keep_others=True, then=self._on_learned)

    def _choice(self, page: TrainingPage) -> LearningChoice | None:
        name = re.sub(r"[^\w.-]+", "_", page.name.text()).strip("._")[:_LONGEST_NAME]
        model = page.chosen_model
        if not name:
            page.say(self.tr("Give it a name of letters or digits"))
        if not name or model is None or page.data is None:
            return None
        used = self._models.in_use if self._models.key == model.key else model
        out = data_folder() / "training" / f"{name}{SUFFIX}"
        return LearningChoice(
            page.data,
            model.key,
            out,
            used.checkpoint,
            used.vocabulary,
            page.epochs.value(),
            page.subspaces.value(),
            language_name(self._settings.values.language),
        )

    def _on_learned(self, outcome: Outcome) -> None:
        run, self._run = self._run, None
        self.killTimer(self._timer)
        if run is None or self.page is None:
            return
        self.page.show_learned(run.learned, running=False)
        if outcome.status == "failed":
            self.page.say(outcome.error)

    def _keep(self) -> None:
        run = self._last
        if run is not None and run.learned.best and self.page is not None:
            self.page.allow_keeping(False)
            self._thread.submit(
                partial(_kept, run.choice.out), lane=_Lane.KEEP, keep_others=True, then=partial(self._on_kept, run)
            )

    def _on_kept(self, run: LearningRun, outcome: Outcome) -> None:
        if isinstance(outcome.value, Path):
            model = Path(run.choice.model).name
            self._models.look_for_models()
            self._models.take(ModelChoice(model, run.choice.model, str(outcome.value)))
            if self.page is not None:
                self.page.say(self.tr("Kept as {file}, and used from now on").format(file=outcome.value))
        elif outcome.status == "failed" and self.page is not None:
            self.page.allow_keeping(run is self._last and self._run is None)
            self.page.say(outcome.error)

    def _ask_for_folder(self) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(self.page, self.tr("Labelled parts"))
        return Path(chosen) if chosen else None


def _kept(file: Path, _cancellation: Cancellation) -> Path:
    """Copy a checkpoint to where they are kept and listed, beside one that is called like it."""
    kept = free_place(checkpoints_folder() / file.name)
    try:
        with replacing(kept) as partial_file:
            shutil.copyfile(file, partial_file)
    except OSError as error:
        raise CheckpointError(f"{kept} can't be written ({error}); make room") from error
    return kept
