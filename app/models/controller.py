"""Switching the model: which ones there are, how they are loaded, and what happens when one can't be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.parts.state import ModelChoice, ModelFacts
from app.result.inspection import InspectionController
from app.shell.main_window import MainWindow
from app.work.jobs import Cancellation, Outcome
from app.work.order_of_work import later
from tokenclip_core.model.folders import ModelFolder, available_models, checkpoint_backbone, model_in

_LANE = "models on disk"
_RELOAD_MILLISECONDS = 400
"""Settings of the model that change within this time are taken together."""


class ModelsController(QObject):
    """Fills the tool bar's list and loads what is chosen; a model that can't be loaded leaves the one before in use.

    Attributes:
        key: of the model in use or on its way; see `tokenclip_core.model.folders.ModelFolder`.

    Signals:
        listed: other models are known, or another one is in use.
    """

    listed = Signal()

    def __init__(
        self,
        window: MainWindow,
        inspection: InspectionController,
        key: str,
        search: Callable[[], tuple[ModelFolder, ...]] = available_models,
    ) -> None:
        super().__init__(window)
        self._window, self._inspection, self._search = window, inspection, search
        self.key = self._working_key = key
        self._working: ModelFacts | None = None
        self._models: dict[str, ModelFolder] = {}
        self._names: dict[str, str] = {}
        self._reload = later(self, inspection.reload_model, _RELOAD_MILLISECONDS)
        menu = window.model_menu
        menu.opened.connect(self.look_for_models)
        menu.chosen.connect(self.choose)
        menu.folder_requested.connect(self._ask_for_folder)
        inspection.display.finished.connect(self._on_outcome)
        inspection.prepared.connect(self.look_for_models)
        # After the presentation, which speaks of a start without any model.
        inspection.model_loading.connect(lambda _name: self._name_model())
        inspection.model_loaded.connect(self._on_loaded)
        inspection.model_failed.connect(self._on_failed)

    def look_for_models(self) -> None:
        """List the models on this machine's disks."""

        def look(_cancellation: Cancellation) -> object:
            return self._search()

        self._inspection.display.thread_of_jobs.submit(look, lane=_LANE)

    @property
    def in_use(self) -> ModelChoice:
        """The model in use or on its way."""
        model = self._models.get(self.key)
        return ModelChoice(self._name_of(self.key), self.key, "", 0 if model is None else model.megabytes)

    @property
    def choices(self) -> tuple[ModelChoice, ...]:
        """All models, each followed by what it has learned."""
        return tuple(
            ModelChoice(model.name, model.key, checkpoint, model.megabytes)
            for model in self._models.values()
            for checkpoint in ("", *model.checkpoints)
        )

    def choice_of_folder(self, folder: Path) -> ModelChoice | None:
        """The model of a folder, which is listed from now on; None, and words about it, if there is none."""
        key = str(folder)
        model = model_in(folder, folder.name, key)
        if model is None:
            self._window.message.say(
                self.tr("{folder} is no model folder: it needs open_clip_config.json and model.safetensors.").format(
                    folder=key
                )
            )
            return None
        self._models[key] = model
        self._show()
        return ModelChoice(model.name, key, "", model.megabytes)

    def choice_of_checkpoint(self, file: Path) -> ModelChoice | None:
        """A checkpoint with the model it was learned for; None, and words about it, if it is none."""
        backbone = checkpoint_backbone(file)
        if backbone is None:
            text = self.tr("{file} is no checkpoint: choose one that `tokenclip train` wrote.").format(file=str(file))
            self._window.message.say(text)
            return None
        own = (model for model in self._models.values() if backbone in (model.name, Path(model.key).name))
        model = next(own, None)
        if model is None:
            return replace(self.in_use, checkpoint=str(file))
        return ModelChoice(model.name, model.key, str(file), model.megabytes)

    def choose(self, key: str) -> None:
        """Load another model; parts are inspected anew with it."""
        if key == self.key and self._inspection.model is not None:
            return
        self.key = key
        self._show()
        self._inspection.load_model(key)

    def load_named(self, key: str, name: str) -> None:
        """Load a model that is in no list, also if it is loaded: it may be another one by now."""
        self.key, self._names[key] = key, name
        self._show()
        self._inspection.load_model(key)

    def reload_soon(self) -> None:
        """Load the model anew, with other settings."""
        self._reload.start()

    def _ask_for_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self._window, self.tr("Open a model folder"), self.key)
        if chosen:
            self.take_folder(Path(chosen))

    def take_folder(self, folder: Path) -> None:
        """Load the model of a folder, and list it."""
        choice = self.choice_of_folder(folder)
        if choice is not None:
            self.choose(choice.key)

    def _on_outcome(self, outcome: Outcome) -> None:
        if outcome.lane == _LANE and isinstance(outcome.value, tuple):
            own = {key: model for key, model in self._models.items() if Path(key).is_absolute()}
            self._models = {model.key: model for model in outcome.value} | own
            self._show()

    def _on_loaded(self, facts: ModelFacts) -> None:
        # A folder may be called by a number where the list has a name for people.
        self._working, self._working_key = replace(facts, name=self._name_of(self.key)), self.key
        self._window.status.show_model(self._working)
        self._name_model()

    def _on_failed(self, message: str, details: str) -> None:
        if self._working is None:
            return
        failed, self.key = self._name_of(self.key), self._working_key
        text = self.tr("{failed} could not be loaded, so {working} stays: {message}").format(
            failed=failed, working=self._name_of(self.key), message=message
        )
        self._window.message.say(text, details=details)
        self._inspection.keep_model(self._working, self.key)
        self._window.status.show_model(self._working)
        self._name_model()

    def _name_of(self, key: str) -> str:
        model = self._models.get(key)
        return self._names.get(key, Path(key).name) if model is None else model.name

    def _name_model(self) -> None:
        self._window.show_model_name(self._name_of(self.key))
        self._show()

    def _show(self) -> None:
        rows = [(model.name, model.key, model.megabytes) for model in self._models.values()]
        self._window.model_menu.show_models(rows, self.key)
        self.listed.emit()
