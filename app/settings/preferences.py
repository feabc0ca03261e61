"""What comes back at the next start: layers, threshold, recent places, window layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QSettings, Qt
from PySide6.QtWidgets import QMainWindow

from app.canvas.display import Display, Look
from app.editing.adjustments import Adjustments
from app.parts.state import Layer, ModelFacts, SortBy
from app.settings.judgement import MOST_MODELS, judged_as, judgement_values
from app.settings.store import SettingsStore
from app.settings.table import MOST_RECENT
from app.shell.owners import Owners
from app.shell.views import Views
from app.work.order_of_work import LAST, later
from tokenclip_core.lru import keep_newest

GEOMETRY, LAYOUT = "window/geometry", "window/layout"
LAYOUT_VERSION = 1

_SAVE_MILLISECONDS = 500
"""A slider passes many values on its way."""


_Lane = Enum("_Lane", "SAVE")


def remembered_look(store: SettingsStore) -> Look:
    """How parts were looked at last."""
    values = store.values
    return Look(Layer(values.layer), values.regions, values.grid, values.opacity)


def restore_layout(store: SettingsStore, window: QMainWindow) -> bool:
    """Give a window the size and layout it had, as far as the file is whole; whether there was one."""
    file = store.geometry_file
    geometry = layout = None
    # Anything but a file (a pipe, say) would be waited for.
    if file.is_file():
        settings = QSettings(str(file), QSettings.Format.IniFormat)
        geometry, layout = settings.value(GEOMETRY), settings.value(LAYOUT)
    damaged = file.exists() and not (isinstance(geometry, QByteArray) and isinstance(layout, QByteArray))
    known = isinstance(geometry, QByteArray) and window.restoreGeometry(geometry)
    damaged |= geometry is not None and not known
    if isinstance(layout, QByteArray):
        _restore_docks(window, layout)
    if damaged:
        store.keep_aside(file)
    return known


def save_layout(store: SettingsStore, window: QMainWindow) -> None:
    """Keep a window's size and layout for `restore_layout`."""
    settings = QSettings(str(store.geometry_file), QSettings.Format.IniFormat)
    settings.setValue(GEOMETRY, window.saveGeometry())
    settings.setValue(LAYOUT, window.saveState(LAYOUT_VERSION))
    settings.sync()


def _restore_docks(window: QMainWindow, layout: QByteArray) -> None:
    """Give a window's docks the places and sizes they had.

    Qt keeps a layout that is restored for a maximized window until it fits, and lays all docks out anew meanwhile, with
    new tab bars each time, which itself asks for the next time: where the screen is too small for it, that took a
    second of every start. There the window is maximized after its docks are restored.
    """
    least, there = window.minimumSizeHint(), window.screen().availableGeometry().size()
    state = window.windowState()
    too_large = there.expandedTo(least) != there
    if too_large:
        window.setWindowState(Qt.WindowState.WindowNoState)
    window.restoreState(layout, LAYOUT_VERSION)
    if too_large:
        window.setWindowState(state)


class PreferencesController(QObject):
    """Applies the settings at the start, follows their changes, and saves them soon after each."""

    def __init__(self, owners: Owners, store: SettingsStore, views: Views, display: Display) -> None:
        super().__init__(views)
        session, models, judging = owners.session, owners.models, owners.judging
        self._work = owners.work
        self._store, self._views, self._display, self._session = store, views, display, session
        self._models, self._judging = models, judging
        self._judged = ""
        values = store.values
        judging.apply(
            replace(
                session.adjustments,
                threshold=values.threshold,
                smallest_region=max(1, values.minimum_area),
                names=tuple(sorted(values.subspace_names.items())),
            )
        )
        views.parts.set_sort(SortBy(values.sort_by))
        views.parts.sort_changed.connect(self._take_sort)
        display.changed.connect(self._take_look)
        self._saving = later(self, self._save_soon, _SAVE_MILLISECONDS)
        store.watch(self._saving.start)

    @property
    def last_folder(self) -> str:
        """Where the dialogs open."""
        return self._store.values.last_folder

    @property
    def recent(self) -> tuple[str, ...]:
        """Places opened last, the latest first."""
        return tuple(self._store.values.recent)

    def judged(self, facts: ModelFacts) -> Adjustments:
        """How parts are judged with a model, by what is remembered of it."""
        values = self._store.values.judgements.get(facts.key)
        return judged_as(self._judging.now, values if isinstance(values, dict) else {}, facts)

    def remember_opened(self, paths: Sequence[Path]) -> None:
        """Put opened files and folders among the recent ones, and know them for the next start."""
        if not paths:
            return
        self._store.values.opened = [str(Path(path).absolute()) for path in paths[:MOST_RECENT]]
        first = Path(paths[0]).absolute()
        self._store.values.last_folder = str(first if first.is_dir() else first.parent)
        if len(paths) == 1:
            self._store.values.remember(str(first))

    def save(self, window: QMainWindow) -> None:
        """Write everything that is remembered, and the window's layout."""
        self._saving.stop()
        part = self._session.current_part
        self._store.values.shown_part = "" if part is None else str(Path(part.path).absolute())
        self._store.save()
        save_layout(self._store, window)

    def restore_layout(self, window: QMainWindow) -> bool:
        """Give the window the size and layout it had; whether there was one."""
        return restore_layout(self._store, window)

    def _save_soon(self) -> None:
        snapshot = self._store.snapshot()
        self._work.display.submit(
            lambda _cancellation: self._store.write(snapshot), lane=_Lane.SAVE, priority=LAST, then=self._work.say
        )

    def _take_look(self) -> None:
        values, look = self._store.values, self._display.look
        values.layer, values.regions, values.grid, values.opacity = (
            look.layer.value,
            look.regions,
            look.grid,
            look.opacity,
        )

    def _take_sort(self, sort_by: SortBy) -> None:
        self._store.values.sort_by = sort_by.value

    def take_adjustments(self, adjustments: Adjustments) -> None:
        """Remember how parts are judged."""
        self._store.values.threshold = adjustments.threshold
        self._store.values.minimum_area = adjustments.smallest_region
        self._store.values.subspace_names = dict(adjustments.names)
        model = self._models.facts
        if model is not None and model.key == self._judged:
            self._keep_judgement(judgement_values(adjustments))

    def restore_judgement(self, facts: ModelFacts) -> None:
        """Judge as it was last done with a model; each has its own scoring and own thresholds."""
        if facts.key == self._judged:
            return
        first, self._judged = not self._judged, ""
        adjustments = self.judged(facts)
        if first:
            self._judging.apply(adjustments)
        else:
            self._judging.begin(adjustments)
        self._judged = facts.key
        self._keep_judgement(judgement_values(adjustments))

    def _keep_judgement(self, values: dict[str, Any]) -> None:
        kept = dict(self._store.values.judgements)
        keep_newest(kept, self._judged, values or None, MOST_MODELS)
        self._store.values.judgements = kept
