"""Opens and saves recipes, and knows which one is in force."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.editing.adjustments import Adjustments
from app.recipes.work import (
    KEY,
    RecipeOrder,
    adjustments_of,
    compare_with_recipe,
    key_of,
    recipe_file,
    write_recipe,
)
from app.settings.language import language_name
from app.settings.store import SettingsStore
from app.shell.actions import Action, Actions
from app.shell.owners import Owners
from app.shell.views import Views
from app.work.jobs import Outcome
from tokenclip_core.recipes.recipe import SUFFIX, Recipe

if TYPE_CHECKING:
    from app.recipes.differences_dialog import DifferencesDialog

_Lane = Enum("_Lane", "READ WRITE COMPARE")


class RecipesController(QObject):
    """Owns the recipe in force: its model is loaded, and parts are judged as it says until a person changes that.

    Attributes:
        dialog: what differed between two recipes when it was last asked, or None.
        ask_for_file: (suggested path) the recipe to open, or None.
        ask_for_place: (suggested path) where to save, or None.

    Signals:
        opened: (Recipe) it is in force, and its model is loaded.
        saved: (Recipe) it is written, and in force.
        left: none is in force any more.
    """

    opened = Signal(object)
    saved = Signal(object)
    left = Signal()

    def __init__(
        self, owners: Owners, views: Views, actions: Actions, settings: SettingsStore, known: dict[str, Recipe]
    ) -> None:
        """Make it.

        Args:
            owners: of what is inspected.
            views: where it is shown.
            actions: where it declares what a person can do with recipes.
            settings: remembers the last recipes.
            known: recipes by the key of their model, for whoever loads it.
        """
        super().__init__(views)
        session, work, models, judging = owners.session, owners.work, owners.models, owners.judging
        self._session, self._views, self._actions, self._settings = session, views, actions, settings
        self._work, self._models, self._judging, self._known = work, models, judging, known
        self._pending: Recipe | None = None
        self._clean: Adjustments | None = None
        self._model_before = models.key
        self.dialog: DifferencesDialog | None = None
        self.ask_for_file: Callable[[Path], Path | None] = self._ask_for_file
        self.ask_for_place: Callable[[Path], Path | None] = self._ask_for_place
        actions.declare(
            Action("open-recipe", self.tr("Open a &recipe…"), self._choose),
            Action("save-recipe", self.tr("Save a recip&e…"), self._save_as),
            Action("compare-recipe", self.tr("Co&mpare with a recipe…"), self._choose_other),
            Action("leave-recipe", self.tr("&Leave the recipe"), self.leave),
        )
        names = ("open-recipe", "save-recipe", "compare-recipe", "leave-recipe")
        views.recipe_menu.offer(*(actions[name] for name in names))
        views.recipe_menu.chosen.connect(self.open)
        views.recipe_menu.show_recent(settings.values.recent_recipes)
        self.show()

    def open(self, file: Path) -> None:
        """Read a recipe and judge by it; what is wrong with it is said in the message bar."""
        place = file.absolute()
        self._work.display.submit(lambda _cancellation: Recipe.load(place), lane=_Lane.READ, then=self._on_read)

    def save(self, file: Path) -> None:
        """Write down how parts are judged now; the recipe is in force then."""
        if self._models.facts is None:
            self._views.message.say(self.tr("There is no model yet; save the recipe when it is loaded."))
            return
        self._clean = self._judging.now
        work = partial(write_recipe, self._models.engine, self._order(file))
        self._work.inference.submit(work, lane=_Lane.WRITE, then=self._on_written)

    def compare(self, file: Path) -> None:
        """Say what differs between how parts are judged now and another recipe."""
        if self._models.facts is None:
            self._views.message.say(self.tr("There is no model yet; compare the recipe when it is loaded."))
            return
        language = language_name(self._settings.values.language)
        work = partial(compare_with_recipe, self._models.engine, self._order(file), language)
        then = partial(self._on_compared, file)
        self._work.inference.submit(work, lane=_Lane.COMPARE, then=then)

    def _order(self, file: Path) -> RecipeOrder:
        """A recipe of how parts are judged now, and a file."""
        session, now = self._session, self._judging.now
        measured = session.calibration_in_force
        return RecipeOrder(file.absolute(), now, session.subspaces, measured, compared=session.compared)

    def _on_compared(self, file: Path, outcome: Outcome) -> None:
        if isinstance(outcome.value, tuple):
            from app.recipes.differences_dialog import DifferencesDialog

            mine, other = self._views.recipe_menu.said or self.tr("How parts are judged now"), file.name
            window = self._views.recipe_menu.window()
            self.dialog = DifferencesDialog(mine, other.removesuffix(SUFFIX), outcome.value, window)
            self.dialog.open()
        elif outcome.status == "failed":
            text = self.tr("The recipe could not be compared: {message}").format(message=outcome.error)
            self._views.message.say(text, details="" if outcome.expected else outcome.details)

    def leave(self) -> None:
        """Judge by no recipe any more: with the model of before, and the folder's own areas."""
        if self._session.recipe is None:
            return
        self._forget()
        if self._models.key.startswith(KEY):
            self._models.choose(self._model_before)

    def _on_read(self, outcome: Outcome) -> None:
        if outcome.status == "cancelled":
            return
        if isinstance(outcome.value, Recipe):
            self._take(outcome.value)
            return
        # First, since what is said goes away when a model is on its way.
        self._load_without()
        text = self.tr("The recipe could not be opened: {message}").format(message=outcome.error)
        self._views.message.say(text, details="" if outcome.expected else outcome.details)

    def _take(self, recipe: Recipe) -> None:
        if not self._models.key.startswith(KEY):
            self._model_before = self._models.key
        self._pending = recipe
        key = key_of(recipe)
        self._known[key] = recipe
        self._models.load_named(key, recipe.model)

    def _load_without(self) -> None:
        """At the start, the program's own model is still to be loaded then."""
        if self._models.facts is None and not self._models.is_loading:
            self._models.reload()

    def follow_loading(self) -> None:
        """Forget the recipe in force when a model is on its way that is not its own."""
        if self._pending is None and not self._models.key.startswith(KEY) and self._session.recipe is not None:
            self._forget()

    def follow_model(self) -> None:
        """Judge by the recipe whose model is loaded now."""
        recipe, self._pending = self._pending, None
        if recipe is None or self._models.key != key_of(recipe):
            return
        self._clean = adjustments_of(recipe)
        self._session.recipe = recipe
        self._judging.begin(self._clean)
        self._remember(recipe)
        self.show()
        self.opened.emit(recipe)

    def follow_failure(self) -> None:
        """The models' own message says why; the recipe that was in force before stays."""
        failed, self._pending = self._pending, None
        if failed is not None and self._models.facts is None:
            self._models.choose(self._model_before)

    def _on_written(self, outcome: Outcome) -> None:
        if outcome.status == "cancelled":
            return
        if isinstance(outcome.value, Recipe):
            self._session.recipe = outcome.value
            self._remember(outcome.value)
            self._views.status.show_activity(self.tr("Saved {path}").format(path=outcome.value.file))
            self.show()
            self.saved.emit(outcome.value)
        else:
            text = self.tr("The recipe could not be saved: {message}").format(message=outcome.error)
            self._views.message.say(text, details="" if outcome.expected else outcome.details)

    def _forget(self) -> None:
        self._session.recipe = self._clean = None
        self.left.emit()
        self.show()

    def _remember(self, recipe: Recipe) -> None:
        self._settings.values.remember_recipe(str(recipe.file))
        self._views.recipe_menu.show_recent(self._settings.values.recent_recipes)

    def show(self) -> None:
        """Say which recipe is in force, and whether something is judged otherwise by now."""
        recipe = self._session.recipe
        changed = recipe is not None and self._clean is not None and self._judging.now != self._clean
        self._views.recipe_menu.show_recipe("" if recipe is None else recipe.name, changed=changed)
        self._actions.allow("leave-recipe", recipe is not None)

    def _choose(self) -> None:
        chosen = self.ask_for_file(self._folder())
        if chosen is not None:
            self.open(chosen)

    def _choose_other(self) -> None:
        chosen = self.ask_for_file(self._folder())
        if chosen is not None:
            self.compare(chosen)

    def _save_as(self) -> None:
        recipe = self._session.recipe
        name = recipe.name if recipe is not None and recipe.name else self.tr("recipe")
        chosen = self.ask_for_place(self._folder() / f"{name}{SUFFIX}")
        if chosen is not None:
            self.save(recipe_file(str(chosen)))

    def _folder(self) -> Path:
        recent = self._settings.values.recent_recipes
        return Path(recent[0]).parent if recent else Path(self._settings.values.last_folder or Path.home())

    def _ask_for_file(self, suggested: Path) -> Path | None:
        kinds = self.tr("Recipes ({pattern})").format(pattern="*.json")
        chosen, _ = QFileDialog.getOpenFileName(
            self._views.recipe_menu.window(), self.tr("Open a recipe"), str(suggested), kinds
        )
        return Path(chosen) if chosen else None

    def _ask_for_place(self, suggested: Path) -> Path | None:
        kinds = self.tr("Recipes ({pattern})").format(pattern="*.json")
        chosen, _ = QFileDialog.getSaveFileName(
            self._views.recipe_menu.window(), self.tr("Save a recipe"), str(suggested), kinds
        )
        return Path(chosen) if chosen else None
