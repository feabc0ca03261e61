"""The tool bar's choice of a model, and what is said of models that are loaded or can't be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QFileDialog

from app.models.state import ModelFailure, ModelState
from app.parts.shown import ShownPart
from app.parts.state import ModelChoice
from app.shell.actions import Action, Actions
from app.shell.views import Views
from app.tracing.trace import milestone


class ModelsController(QObject):
    """Fills the list, and says in words what becomes of a choice."""

    def __init__(self, views: Views, actions: Actions, models: ModelState, shown: ShownPart) -> None:
        super().__init__(views)
        self._views, self._models, self._shown = views, models, shown
        actions.declare(Action("open-model", self.tr("Open a model &folder…"), self._ask_for_folder))
        menu = views.model_menu
        menu.offer(actions["open-model"])
        menu.list.aboutToShow.connect(models.look_for_models)
        menu.chosen.connect(self._choose)
        views.message.retry.clicked.connect(models.reload)
        models.on_trouble(self.show_trouble)
        self.show_list()

    def _choose(self, value: object) -> None:
        if isinstance(value, ModelChoice):
            self._models.take(value)
        else:
            self._models.choose(str(value))

    def take_folder(self, folder: Path) -> None:
        """Load the model of a folder, and list it."""
        choice = self._models.choice_of_folder(folder)
        if choice is None:
            self._views.message.say(no_model_folder(folder))
        else:
            self._models.choose(choice.key)

    def take_checkpoint(self, file: Path) -> None:
        """Inspect with what was learned into a checkpoint."""
        choice = self._models.choice_of_checkpoint(file)
        if choice is not None:
            self._models.take(choice)

    def take_vocabulary(self, file: Path) -> None:
        """Inspect with the subspaces that the words of a file give, in the model of now."""
        self._models.take(replace(self._models.in_use, checkpoint="", vocabulary=str(file)))

    def _ask_for_folder(self) -> None:
        window = self._views.canvas.window()
        chosen = QFileDialog.getExistingDirectory(window, self.tr("Open a model folder"), self._models.key)
        if chosen:
            self.take_folder(Path(chosen))

    def show_loading(self, name: str) -> None:
        """Show that a model is being loaded."""
        self._views.message.hide()
        self._views.status.show_loading(name)

    def show_facts(self) -> None:
        """Say which model is loaded."""
        facts = self._models.shown_facts
        if facts is not None:
            self._views.status.show_model(facts)
            milestone("model_loaded")

    def show_trouble(self, words: str) -> None:
        """Say that the engine of the model failed and another one took over."""
        facts = self._models.shown_facts
        if facts is not None:
            self._views.status.show_model(facts)
        self._views.message.say(words)

    def show_time(self) -> None:
        """Say how long the shown part took."""
        if self._shown.result is not None:
            self._views.status.show_time(self._shown.result.milliseconds)

    def show_failure(self, failure: ModelFailure) -> None:
        """Say why a model could not be loaded."""
        if failure.stays:
            text = self.tr("{failed} could not be loaded, so {working} stays: {message}").format(
                failed=failure.name, working=failure.stays, message=failure.message
            )
            self._views.message.say(text, details=failure.details)
            self.show_facts()
        else:
            self._views.status.show_failed(failure.name)
            text = self.tr("The model could not be loaded: {message}").format(message=failure.message)
            self._views.message.say(text, details=failure.details, retry=True)
        milestone("model_failed", message=failure.message)

    def show_list(self) -> None:
        """List the models that are known."""
        used = self._models.in_use
        choices = self._models.choices
        chosen = next((one for one in choices if (one.key, one.checkpoint) == (used.key, used.checkpoint)), used)
        self._views.model_menu.show_model(used.label)
        self._views.model_menu.show_models(
            [(one.label, _value(one), 0 if one.checkpoint else one.megabytes) for one in choices], _value(chosen)
        )


def _value(choice: ModelChoice) -> object:
    """The list's value for a choice: the model's key, or the whole choice where a checkpoint is chosen."""
    return choice if choice.checkpoint else choice.key


def no_model_folder(folder: Path) -> str:
    """The sentence about a folder that holds no model."""
    return QCoreApplication.translate(
        "ModelsController", "{folder} is no model folder: it needs open_clip_config.json and model.safetensors."
    ).format(folder=str(folder))
