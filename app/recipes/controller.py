"""Opens and saves recipes, and knows which one is in force."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.areas.controller import RegionController
from app.editing.adjustments import Adjustments
from app.editing.controller import EditingController
from app.models.controller import ModelsController
from app.parts.state import ModelFacts, Session
from app.recipes.work import KEY, RecipeOrder, adjustments_of, key_of, recipe_file, write_recipe
from app.result.inspection import InspectionController
from app.settings.store import SettingsStore
from app.shell.main_window import MainWindow
from app.work.jobs import Outcome
from tokenclip_core.recipes.recipe import SUFFIX, Recipe

_READ, _WRITE = "recipe read", "recipe written"


class RecipesController(QObject):
    """Owns the recipe in force: its model is loaded, and parts are judged as it says until a person changes that.

    Attributes:
        ask_for_file: (suggested path) the recipe to open, or None.
        ask_for_place: (suggested path) where to save, or None.

    Signals:
        opened: (Recipe) it is in force, and its model is loaded.
        saved: (Recipe) it is written, and in force.
    """

    opened = Signal(object)
    saved = Signal(object)

    def __init__(
        self,
        session: Session,
        window: MainWindow,
        inspection: InspectionController,
        editing: EditingController,
        models: ModelsController,
        regions: RegionController,
        store: SettingsStore,
        known: dict[str, Recipe],
    ) -> None:
        """Make it.

        Args:
            session: that says which recipe is in force.
            window: where it is shown.
            inspection: whose threads it uses.
            editing: takes what a recipe says.
            models: loads a recipe's model.
            regions: gives a folder its own areas back.
            store: remembers the last recipes.
            known: recipes by the key of their model, for whoever loads it.
        """
        super().__init__(window)
        self._session, self._window, self._inspection = session, window, inspection
        self._editing, self._models, self._regions, self._store = editing, models, regions, store
        self._known = known
        self._pending: Recipe | None = None
        self._clean: Adjustments | None = None
        self._model_before = models.key
        self.ask_for_file: Callable[[Path], Path | None] = self._ask_for_file
        self.ask_for_place: Callable[[Path], Path | None] = self._ask_for_place
        menu = window.recipe_menu
        menu.open_requested.connect(self._choose)
        menu.save_requested.connect(self._save_as)
        menu.leave_requested.connect(self.leave)
        menu.chosen.connect(self.open)
        inspection.inference.finished.connect(self._on_written)
        inspection.display.finished.connect(self._on_read)
        inspection.model_loading.connect(lambda _name: self._on_model_loading())
        # After the preferences, which remember of each model how it judged last.
        inspection.model_loaded.connect(self._on_model_loaded)
        inspection.model_failed.connect(lambda _message, _details: self._on_model_failed())
        editing.adjusted.connect(lambda _adjustments: self._show())
        menu.show_recent(store.values.recent_recipes)

    def open(self, file: Path) -> None:
        """Read a recipe and judge by it; what is wrong with it is said in the message bar."""
        place = file.absolute()
        self._inspection.display.thread_of_jobs.submit(lambda _cancellation: Recipe.load(place), lane=_READ)

    def save(self, file: Path) -> None:
        """Write down how parts are judged now; the recipe is in force then."""
        if self._inspection.model is None:
            self._window.message.say(self.tr("There is no model yet; save the recipe when it is loaded."))
            return
        self._clean = self._editing.now
        order = RecipeOrder(file.absolute(), self._editing.now, self._session.subspaces)
        work = partial(write_recipe, self._inspection.engine, order)
        self._inspection.inference.thread_of_jobs.submit(work, lane=_WRITE)

    def leave(self) -> None:
        """Judge by no recipe any more: with the model of before, and the folder's own areas."""
        if self._session.recipe is None:
            return
        self._forget()
        if self._models.key.startswith(KEY):
            self._models.choose(self._model_before)

    def _on_read(self, outcome: Outcome) -> None:
        if outcome.lane != _READ or outcome.status == "cancelled":
            return
        if isinstance(outcome.value, Recipe):
            self._take(outcome.value)
            return
        # First, since what is said goes away when a model is on its way.
        self._load_without()
        text = self.tr("The recipe could not be opened: {message}").format(message=outcome.error)
        self._window.message.say(text, details="" if outcome.expected else outcome.details)

    def _take(self, recipe: Recipe) -> None:
        if not self._models.key.startswith(KEY):
            self._model_before = self._models.key
        self._pending = recipe
        key = key_of(recipe)
        self._known[key] = recipe
        self._models.load_named(key, recipe.model)

    def _load_without(self) -> None:
        """At the start, the program's own model is still to be loaded then."""
        if self._inspection.model is None and not self._inspection.loading:
            self._inspection.load_model(self._models.key)

    def _on_model_loading(self) -> None:
        if self._pending is None and not self._models.key.startswith(KEY) and self._session.recipe is not None:
            self._forget()

    def _on_model_loaded(self, _facts: ModelFacts) -> None:
        recipe, self._pending = self._pending, None
        if recipe is None or self._models.key != key_of(recipe):
            return
        self._clean = adjustments_of(recipe)
        self._session.recipe = recipe
        self._editing.begin(self._clean)
        self._remember(recipe)
        self._show()
        self.opened.emit(recipe)

    def _on_model_failed(self) -> None:
        """The message is the models' own; what was in force before stays."""
        failed, self._pending = self._pending, None
        if failed is not None and self._inspection.model is None:
            self._models.choose(self._model_before)

    def _on_written(self, outcome: Outcome) -> None:
        if outcome.lane != _WRITE or outcome.status == "cancelled":
            return
        if isinstance(outcome.value, Recipe):
            self._session.recipe = outcome.value
            self._remember(outcome.value)
            self._window.status.show_activity(self.tr("Saved {path}").format(path=outcome.value.file))
            self._show()
            self.saved.emit(outcome.value)
        else:
            text = self.tr("The recipe could not be saved: {message}").format(message=outcome.error)
            self._window.message.say(text, details="" if outcome.expected else outcome.details)

    def _forget(self) -> None:
        self._session.recipe = self._clean = None
        self._regions.take_kept()
        self._show()

    def _remember(self, recipe: Recipe) -> None:
        self._store.values.remember_recipe(str(recipe.file))
        self._window.recipe_menu.show_recent(self._store.values.recent_recipes)

    def _show(self) -> None:
        recipe = self._session.recipe
        changed = recipe is not None and self._clean is not None and self._editing.now != self._clean
        self._window.recipe_menu.show_recipe("" if recipe is None else recipe.name, changed=changed)

    def _choose(self) -> None:
        chosen = self.ask_for_file(self._folder())
        if chosen is not None:
            self.open(chosen)

    def _save_as(self) -> None:
        recipe = self._session.recipe
        name = recipe.name if recipe is not None and recipe.name else self.tr("recipe")
        chosen = self.ask_for_place(self._folder() / f"{name}{SUFFIX}")
        if chosen is not None:
            self.save(recipe_file(str(chosen)))

    def _folder(self) -> Path:
        recent = self._store.values.recent_recipes
        return Path(recent[0]).parent if recent else Path(self._store.values.last_folder or Path.home())

    def _ask_for_file(self, suggested: Path) -> Path | None:
        kinds = self.tr("Recipes ({pattern})").format(pattern="*.json")
        chosen, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open a recipe"), str(suggested), kinds)
        return Path(chosen) if chosen else None

    def _ask_for_place(self, suggested: Path) -> Path | None:
        kinds = self.tr("Recipes ({pattern})").format(pattern="*.json")
        chosen, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save a recipe"), str(suggested), kinds)
        return Path(chosen) if chosen else None
