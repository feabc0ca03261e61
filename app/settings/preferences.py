"""What comes back at the next start: layers, threshold, theme, recent places, window layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QSettings

from app.editing.adjustments import Adjustments
from app.editing.controller import EditingController
from app.parts.state import Layer, ModelFacts, Session, SortBy
from app.result.inspection import InspectionController
from app.result.presentation import layer_shown
from app.settings.judgement import MOST_MODELS, judged_as, judgement_values
from app.settings.store import SettingsStore
from app.shell.main_window import MainWindow
from app.shell.theme import Theme
from tokenclip_core.lru import keep_newest

_GEOMETRY, _LAYOUT = "window/geometry", "window/layout"
LAYOUT_VERSION = 1


class PreferencesController(QObject):
    """Applies the settings at the start, follows their changes, and saves them at the end."""

    def __init__(
        self,
        store: SettingsStore,
        session: Session,
        window: MainWindow,
        theme: Theme,
        editing: EditingController,
        inspection: InspectionController,
    ) -> None:
        super().__init__(window)
        self._store, self._session, self._window, self._theme = store, session, window, theme
        self._editing, self._inspection = editing, inspection
        self._judged = ""
        values = store.values
        editing.apply(
            replace(
                session.adjustments,
                threshold=values.threshold,
                smallest_region=max(1, values.minimum_area),
                names=tuple(sorted(values.subspace_names.items())),
            )
        )
        self.choose_layer(Layer(values.layer))
        window.layer_bar.regions_toggled.connect(self._take_regions)
        window.layer_bar.grid_toggled.connect(self._take_grid)
        window.layer_bar.layer_chosen.connect(self.choose_layer)
        window.canvas.set_regions_shown(values.regions)
        window.canvas.set_grid_shown(values.grid)
        window.layer_bar.show_toggles(regions=values.regions, grid=values.grid)
        window.footer.opacity_changed.connect(self._take_opacity)
        window.footer.set_opacity(values.opacity)
        window.canvas.set_opacity(values.opacity)
        window.parts.sort_changed.connect(self._take_sort)
        window.parts.set_sort(SortBy(values.sort_by))
        editing.adjusted.connect(self._take_adjustments)
        # After the editing, which drops what another model's subspaces had.
        inspection.model_loaded.connect(self._restore_judgement)
        window.theme_toggle_requested.connect(self._toggle_theme)
        window.theme_chosen.connect(self.choose_theme)
        window.language_chosen.connect(self.choose_language)
        theme.changed.connect(window.apply_theme)
        window.menus.show_choices(theme=values.theme, language=values.language)
        window.menus.show_recent(values.recent)
        window.apply_theme()
        self._restore_layout()

    @property
    def last_folder(self) -> str:
        """Where the dialogs open."""
        return self._store.values.last_folder

    def judged(self, facts: ModelFacts) -> Adjustments:
        """How parts are judged with a model, by what is remembered of it."""
        values = self._store.values.judgements.get(facts.key)
        return judged_as(self._editing.now, values if isinstance(values, dict) else {}, facts)

    def choose_layer(self, layer: Layer) -> None:
        """Show a layer and remember it."""
        layer_shown(self._window, layer)
        self._store.values.layer = layer.value

    def remember_opened(self, paths: Sequence[Path]) -> None:
        """Put opened files and folders among the recent ones."""
        if not paths:
            return
        first = Path(paths[0]).absolute()
        self._store.values.last_folder = str(first if first.is_dir() else first.parent)
        if len(paths) == 1:
            self._store.values.remember(str(first))
        self._window.menus.show_recent(self._store.values.recent)

    def save(self) -> None:
        """Write everything that is remembered."""
        self._store.save()
        settings = QSettings(str(self._store.geometry_file), QSettings.Format.IniFormat)
        settings.setValue(_GEOMETRY, self._window.saveGeometry())
        settings.setValue(_LAYOUT, self._window.saveState(LAYOUT_VERSION))
        settings.sync()

    def _restore_layout(self) -> None:
        file = self._store.geometry_file
        geometry = layout = None
        # Anything but a file (a pipe, say) would be waited for.
        if file.is_file():
            settings = QSettings(str(file), QSettings.Format.IniFormat)
            geometry, layout = settings.value(_GEOMETRY), settings.value(_LAYOUT)
        damaged = file.exists() and not (isinstance(geometry, QByteArray) and isinstance(layout, QByteArray))
        if not isinstance(geometry, QByteArray) or not self._window.restoreGeometry(geometry):
            damaged |= geometry is not None
            self._window.take_first_size()
        if isinstance(layout, QByteArray):
            self._window.restoreState(layout, LAYOUT_VERSION)
        if damaged:
            self._store.keep_aside(file)

    def _take_regions(self, shown: bool) -> None:
        self._store.values.regions = shown
        self._window.canvas.set_regions_shown(shown)

    def _take_grid(self, shown: bool) -> None:
        self._store.values.grid = shown
        self._window.canvas.set_grid_shown(shown)

    def _take_opacity(self, opacity: float) -> None:
        self._store.values.opacity = opacity
        self._window.canvas.set_opacity(opacity)

    def _take_sort(self, sort_by: SortBy) -> None:
        self._store.values.sort_by = sort_by.value

    def _take_adjustments(self, adjustments: Adjustments) -> None:
        self._store.values.threshold = adjustments.threshold
        self._store.values.minimum_area = adjustments.smallest_region
        self._store.values.subspace_names = dict(adjustments.names)

        model = self._inspection.model
        if model is not None and model.key == self._judged:
            self._keep_judgement(judgement_values(adjustments))

    def _restore_judgement(self, facts: ModelFacts) -> None:
        """Judge as it was last done with a model; each has its own scoring and own thresholds."""
        if facts.key == self._judged:
            return
        first, self._judged = not self._judged, ""
        adjustments = self.judged(facts)
        if first:
            self._editing.apply(adjustments)
        else:
            self._editing.begin(adjustments)
        self._judged = facts.key
        self._keep_judgement(judgement_values(adjustments))

    def _keep_judgement(self, values: dict[str, Any]) -> None:
        keep_newest(self._store.values.judgements, self._judged, values or None, MOST_MODELS)

    def _toggle_theme(self) -> None:
        self.choose_theme("light" if self._theme.dark else "dark")

    def choose_theme(self, choice: str) -> None:
        """Show a theme and remember it."""
        self._store.values.theme = choice
        self._theme.choose(choice)
        self._window.menus.show_choices(theme=choice, language=self._store.values.language)

    def choose_language(self, language: str) -> None:
        """Remember a language for the next start."""
        self._window.menus.show_choices(theme=self._store.values.theme, language=language)
        self._store.values.language = language
        self._window.status.show_activity(self.tr("The language changes at the next start"))
