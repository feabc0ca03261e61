"""The main window's menus and tool bar: every action, its keys and its icon."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from app.canvas.canvas import ZOOM_STEP
from app.parts.state import Layer
from app.settings.table import LANGUAGES, THEMES
from app.shell.theme import DARK, current_colours, icon

if TYPE_CHECKING:
    from app.canvas.layer_bar import LayerBar
    from app.shell.main_window import MainWindow


THRESHOLD_STEP = 0.01


class Menus(QObject):
    """All actions of the main window; what they do are the window's signals.

    Attributes:
        recent: the menu of places opened last.
        undo, redo: actions whose texts say what they would change.
        shortcut_groups: per menu its title and its (keys, text) pairs.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.shortcut_groups: list[tuple[str, list[tuple[str, str]]]] = []
        self._themed: list[tuple[QAction, str]] = []
        self._build_menus()
        self._build_tool_bar()

    def show_recent(self, places: Sequence[str]) -> None:
        """List the places opened last."""
        self.recent.clear()
        for place in places:
            action = self.recent.addAction(place)
            action.triggered.connect(lambda _checked, chosen=place: self._window.paths_requested.emit([Path(chosen)]))
        self.recent.setEnabled(bool(places))

    def show_choices(self, *, theme: str, language: str) -> None:
        """Check the theme and the language in their menus."""
        self._themes[theme].setChecked(True)
        self._languages[language].setChecked(True)

    def show_history(self, undo: str | None, redo: str | None) -> None:
        """Say what can be undone and redone; None for nothing."""
        for action, word, text in ((self.undo, self.tr("&Undo"), undo), (self.redo, self.tr("&Redo"), redo)):
            action.setEnabled(text is not None)
            action.setText(word if text is None else f"{word}: {text}")

    def apply_theme(self) -> None:
        """Take icons of the theme in force."""
        for action, name in self._themed:
            action.setIcon(icon(name))
        self._toggle_theme.setIcon(icon("sun" if current_colours() is DARK else "moon"))

    def _action(
        self, menu: QMenu, text: str, keys: Sequence[str | QKeySequence.StandardKey], slot: Callable[[], object]
    ) -> QAction:
        action = QAction(text, self._window)
        sequences = [QKeySequence(key) for key in keys]
        action.setShortcuts(sequences)
        action.triggered.connect(lambda: slot())
        menu.addAction(action)
        if sequences:
            shown = ", ".join(_key_words(entry) for entry in sequences)
            plain = _plain(text)
            self.shortcut_groups[-1][1].append((shown, plain))
        return action

    def _menu(self, title: str) -> QMenu:
        self.shortcut_groups.append((_plain(title), []))
        return self._window.menuBar().addMenu(title)

    def _build_menus(self) -> None:
        file = self._menu(self.tr("&File"))
        self._open_image = self._action(
            file, self.tr("Open &image…"), [QKeySequence.StandardKey.Open], self._window.open_images_requested.emit
        )
        self._open_folder = self._action(
            file, self.tr("Open &folder…"), ["Ctrl+Shift+O"], self._window.open_folder_requested.emit
        )
        self.recent = file.addMenu(self.tr("Open &recent"))
        self._samples = self._action(file, self.tr("Show the &samples"), [], self._window.samples_requested.emit)
        self._camera = self._action(file, self.tr("&Camera"), ["Ctrl+L"], self._window.live_stage.enter)
        file.addSeparator()
        file.addActions([self._window.recipe_menu.open_action, self._window.recipe_menu.save_action])
        file.addSeparator()
        self._report = self._action(file, self.tr("Save a &report…"), ["Ctrl+E"], self._window.report_requested.emit)
        self._report.setToolTip(self.tr("Save what is inspected as one HTML file with pictures (Ctrl+E)"))
        self._themed.append((self._report, "report"))
        file.addSeparator()
        self._action(file, self.tr("Se&ttings…"), ["Ctrl+,"], self._window.settings_requested.emit)
        self._action(file, self.tr("&Quit"), ["Ctrl+Q"], self._window.close)
        self._themed += [
            (self._open_image, "open-image"),
            (self._open_folder, "open-folder"),
            (self._samples, "samples"),
            (self._camera, "camera"),
        ]
        edit = self._menu(self.tr("&Edit"))
        self.undo = self._action(edit, self.tr("&Undo"), ["Ctrl+Z"], self._window.undo_requested.emit)
        self.redo = self._action(edit, self.tr("&Redo"), ["Ctrl+Shift+Z", "Ctrl+Y"], self._window.redo_requested.emit)
        self._action(
            edit,
            self.tr("Raise the &threshold"),
            ["Ctrl+Up"],
            lambda: self._window.threshold_stepped.emit(THRESHOLD_STEP),
        )
        self._action(
            edit,
            self.tr("&Lower the threshold"),
            ["Ctrl+Down"],
            lambda: self._window.threshold_stepped.emit(-THRESHOLD_STEP),
        )
        self._action(edit, self.tr("Reset the &judgement"), ["Ctrl+0"], self._window.reset_requested.emit)
        edit.addSeparator()
        copy = QKeySequence.StandardKey.Copy
        window = self._window
        self._of_parts = [
            self._action(edit, self.tr("&Copy the image as shown"), [copy], window.copy_image_requested.emit),
            self._action(edit, self.tr("Copy the &value here"), ["Ctrl+Shift+C"], window.copy_value_requested.emit),
        ]
        go = self._menu(self.tr("&Parts"))
        self._action(go, self.tr("&Next part"), ["Down"], lambda: self._window.step_requested.emit(1))
        self._action(go, self.tr("&Previous part"), ["Up"], lambda: self._window.step_requested.emit(-1))
        self._action(go, self.tr("Next &defect"), ["N"], lambda: self._window.defect_requested.emit(1))
        self._action(go, self.tr("Previous d&efect"), ["P"], lambda: self._window.defect_requested.emit(-1))
        self._action(go, self.tr("&Filter the list"), ["Ctrl+F"], self._window.parts.focus_filter)
        self._action(go, self.tr("&Accept"), ["A"], self._window.inspection.review.accept)
        self._action(go, self.tr("&Reject"), ["R"], self._window.inspection.review.reject)
        self._action(go, self.tr("Write a n&ote"), ["T"], self._window.inspection.review.edit_note)
        self._action(go, self.tr("&Inspect again"), ["F5"], self._window.inspect_again_requested.emit)
        self._inspect_all = self._action(
            go, self.tr("Inspec&t all"), ["Shift+F5"], self._window.inspect_all_requested.emit
        )
        self._inspect_all.setToolTip(self.tr("Inspect every part that has no score yet (Shift+F5)"))
        self._themed.append((self._inspect_all, "inspect-all"))
        self._action(go, self.tr("Find patches &like the pinned one"), ["E"], self._window.search_requested.emit)
        layers = self._menu(self.tr("&Layers"))
        for layer, key, text in (
            (Layer.ORIGINAL, "1", self.tr("&Original")),
            (Layer.HEATMAP, "2", self.tr("&Heatmap")),
            (Layer.SUBSPACES, "3", self.tr("&Subspaces")),
        ):
            self._action(layers, text, [key], partial(self._window.layer_bar.layer_chosen.emit, layer))
        self._action(layers, self.tr("Outline &regions"), ["4"], self._window.layer_bar.toggle_regions)
        self._action(layers, self.tr("Patch &grid"), ["G"], self._window.layer_bar.toggle_grid)
        roi = self._action(layers, self.tr("Region of &interest"), ["I"], self._window.layer_bar.toggle_region_tools)
        self._of_parts.append(roi)
        point = self._action(layers, self.tr("&Point with the keyboard"), ["K"], self._window.canvas.point_by_keys)
        self._of_parts.append(point)
        for keys, text in (
            (self.tr("Arrows"), self.tr("Point or draw on the canvas; with Shift faster")),
            (self.tr("Enter, Backspace"), self.tr("Pin a patch, or set a corner and take it back")),
        ):
            self.shortcut_groups[-1][1].append((keys, text))
        self._action(layers, self.tr("&Unmute all subspaces"), ["U"], self._window.subspaces.unmute_all)
        self.shortcut_groups[-1][1].append((self.tr("Space"), self.tr("Flip between part and layer")))
        live = self._build_live_menu()
        self._build_view_menu()
        self._window.live_stage.take_menus(of_parts=[go], of_live=[live], also_of_parts=self._of_parts)

    def _build_live_menu(self) -> QMenu:
        live, controls = self._menu(self.tr("Li&ve")), self._window.live.controls
        self._action(live, self.tr("&Add camera…"), ["Ctrl+Shift+A"], self._window.live.add_requested.emit)
        self._action(live, self.tr("&Step"), ["."], controls.step_requested.emit)
        self._action(live, self.tr("Sna&pshot"), ["Ctrl+S"], controls.snapshot_requested.emit)
        self._action(live, self.tr("&Record"), ["Ctrl+R"], controls.record_requested.emit)
        self._action(live, self.tr("&Verdict over the whole screen"), ["F11"], controls.operator_requested.emit)
        self.shortcut_groups[-1][1].append((self.tr("Space"), self.tr("Freeze the picture, or go on")))
        return live

    def _build_view_menu(self) -> None:
        view = self._menu(self.tr("&View"))
        self._action(view, self.tr("&Fit the window"), ["F"], lambda: self._bar.fit_requested.emit())
        self._action(view, self.tr("&Actual size"), ["0"], lambda: self._bar.actual_size_requested.emit())
        self._action(view, self.tr("Zoom &in"), ["+", "="], lambda: self._bar.zoom_requested.emit(ZOOM_STEP))
        self._action(view, self.tr("Zoom &out"), ["-"], lambda: self._bar.zoom_requested.emit(1 / ZOOM_STEP))
        before = self._window.compare_previous_requested.emit
        self._of_parts += [
            self._action(view, self.tr("&Compare two layers"), ["C"], self._window.compare_layers_requested.emit),
            self._action(view, self.tr("Compare with the &previous part"), ["Shift+C"], before),
            self._action(view, self.tr("Compare two &models"), ["M"], self._window.compare_models_requested.emit),
            self._action(view, self.tr("&Gallery"), ["Ctrl+G"], self._window.toggle_gallery),
        ]
        view.addSeparator()
        panels = view.addMenu(self.tr("&Panels"))
        for dock in self._window.docks:
            panels.addAction(dock.toggleViewAction())
        names = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        self._themes = self._choices(view.addMenu(self.tr("&Theme")), THEMES, names, self._window.theme_chosen.emit)
        names = {"system": self.tr("As the system"), "en": "English", "zh_CN": "简体中文"}
        menu = view.addMenu(self.tr("&Language"))
        self._languages = self._choices(menu, LANGUAGES, names, self._window.language_chosen.emit)
        self._toggle_theme = self._action(
            view, self.tr("&Dark or light"), ["Ctrl+D"], self._window.theme_toggle_requested.emit
        )
        helping = self._menu(self.tr("&Help"))
        self._action(helping, self.tr("&Manual"), ["Shift+F1"], self._window.show_manual)
        self._help = self._action(helping, self.tr("Keyboard &shortcuts"), ["F1"], self._window.show_shortcuts)
        self._themed.append((self._help, "help"))

    @property
    def _bar(self) -> LayerBar:
        return self._window.live.layer_bar if self._window.live_stage.is_shown else self._window.layer_bar

    def _choices(
        self, menu: QMenu, values: Sequence[str], names: dict[str, str], slot: Callable[[str], object]
    ) -> dict[str, QAction]:
        group = QActionGroup(self._window)
        actions = {}
        for value in values:
            action = QAction(names[value], self._window)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked, chosen=value: slot(chosen))
            group.addAction(action)
            menu.addAction(action)
            actions[value] = action
        return actions

    def _build_tool_bar(self) -> None:
        bar = QToolBar(self.tr("Tools"))
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setIconSize(QSize(20, 20))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for action, text in (
            (self._open_image, self.tr("Open image")),
            (self._open_folder, self.tr("Open folder")),
            (self._samples, self.tr("Samples")),
            (self._camera, self.tr("Camera")),
        ):
            action.setIconText(text)
            bar.addAction(action)
        bar.addSeparator()
        bar.addWidget(self._window.model_menu)
        bar.addWidget(self._window.recipe_menu)
        bar.addSeparator()
        self._inspect_all.setIconText(self.tr("Inspect all"))
        bar.addAction(self._inspect_all)
        self._report.setIconText(self.tr("Report"))
        bar.addAction(self._report)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(space)
        for action in (self._toggle_theme, self._help):
            bar.addAction(action)
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._window.addToolBar(bar)
        # What a narrow window has no room for is behind Qt's own button at the end.
        for more in bar.findChildren(QToolButton, "qt_toolbar_ext_button"):
            more.setToolTip(self.tr("More"))
            more.setAccessibleName(self.tr("More"))


def _plain(text: str) -> str:
    """A menu's text without its mnemonic, which Chinese puts in brackets behind the words."""
    return re.sub(r"\(&.\)|&|…", "", text)


def _key_words(keys: QKeySequence) -> str:
    """Keys as they are written on the keyboard."""
    words = keys.toString(QKeySequence.SequenceFormat.PortableText)
    for name, arrow in (("Down", "↓"), ("Up", "↑")):
        if words.rpartition("+")[2] == name:
            return words.removesuffix(name) + arrow
    return keys.toString(QKeySequence.SequenceFormat.NativeText)
