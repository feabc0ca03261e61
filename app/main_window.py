"""The main window: docks, menus, tool bar, status line. What they do is wired elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeySequence,
    QPaintEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QTabWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.heat_colours import heat_colours
from app.settings.table import LANGUAGES, THEMES
from app.state import Layer
from app.theme import current_colours, icon
from app.views.canvas import ZOOM_STEP, Canvas
from app.views.canvas_footer import CanvasFooter
from app.views.canvas_notice import CanvasNotice
from app.views.compare_view import CompareView
from app.views.empty_state import EmptyState
from app.views.gallery_panel import GalleryPanel
from app.views.inspection_panel import InspectionPanel
from app.views.layer_bar import LayerBar
from app.views.live_page import LivePage
from app.views.live_stage import LiveStage
from app.views.message_bar import MessageBar
from app.views.model_menu import ModelMenu
from app.views.page_stack import PageStack
from app.views.parts_panel import PartsPanel
from app.views.patch_panel import PatchPanel
from app.views.roi_bar import RegionBar
from app.views.shortcuts_dialog import ShortcutsDialog
from app.views.status_line import StatusLine
from app.views.subspaces_panel import SubspacesPanel
from app.views.titled_dock import TitledDock

_SIDE_WIDTH = 272
_RIGHT_WIDTH = 372
_ROOMY = 1500
_GALLERY_FROM = 860
"""Height in pixels from which on the gallery is open at the first start."""

_STACKED_FROM = 900
"""Height in pixels from which on subspaces and patch have room below each other; else they share it as tabs."""


class MainWindow(QMainWindow):
    """Everything that is seen.

    Attributes:
        parts, canvas, layer_bar, region_bar, footer, notice, message, inspection, subspaces, patch, gallery, status,
            empty: the views.
        live, live_stage: the cameras, and what makes room for them.
        model_name: of the model that is loaded or on its way.

    Signals:
        first_painted: the window was painted for the first time.
        closing: the window is being closed.
        open_images_requested, open_folder_requested, samples_requested: no arguments.
        paths_requested: ([Path]) by drag and drop or among the recent places.
        step_requested, defect_requested: (-1 or 1).
        undo_requested, redo_requested, settings_requested: no arguments.
        inspect_again_requested, search_requested, theme_toggle_requested: no arguments.
        compare_layers_requested, compare_previous_requested, copy_image_requested, copy_value_requested: no arguments.
        theme_chosen, language_chosen: (name).
    """

    first_painted = Signal()
    closing = Signal()
    open_images_requested = Signal()
    open_folder_requested = Signal()
    samples_requested = Signal()
    paths_requested = Signal(object)
    step_requested = Signal(int)
    defect_requested = Signal(int)
    settings_requested = Signal()
    undo_requested = Signal()
    redo_requested = Signal()
    inspect_again_requested = Signal()
    search_requested = Signal()
    compare_layers_requested = Signal()
    compare_previous_requested = Signal()
    copy_image_requested = Signal()
    copy_value_requested = Signal()
    theme_toggle_requested = Signal()
    theme_chosen = Signal(str)
    language_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._painted = False
        self.model_name = ""
        self.setWindowTitle("TokenCLIP Inspector")
        self.setAcceptDrops(True)
        self.parts = PartsPanel()
        self.canvas = Canvas()
        self.compare = CompareView()
        self.layer_bar = LayerBar()
        self.region_bar = RegionBar()
        self.footer = CanvasFooter(heat_colours())
        self.notice = CanvasNotice(self.canvas)
        self.message = MessageBar()
        self.inspection = InspectionPanel()
        self.subspaces = SubspacesPanel()
        self.patch = PatchPanel()
        self.gallery = GalleryPanel()
        self.empty = EmptyState()
        self.live = LivePage()
        self.status = StatusLine()
        self.model_menu = ModelMenu()
        self.setStatusBar(self.status)
        self._themed: list[tuple[QAction, str]] = []
        self._shortcut_groups: list[tuple[str, list[tuple[str, str]]]] = []
        self._build_middle()
        self._docks = [
            self._dock("parts", self.tr("Parts"), self.parts, Qt.DockWidgetArea.LeftDockWidgetArea),
            self._dock("inspection", self.tr("Inspection"), self.inspection, Qt.DockWidgetArea.RightDockWidgetArea),
            self._dock("subspaces", self.tr("Subspaces"), self.subspaces, Qt.DockWidgetArea.RightDockWidgetArea),
            self._dock("patch", self.tr("Patch"), self.patch, Qt.DockWidgetArea.RightDockWidgetArea),
        ]
        self._gallery = self._dock("gallery", self.tr("Gallery"), self.gallery, Qt.DockWidgetArea.BottomDockWidgetArea)
        self._gallery.setTitleBarWidget(self.gallery.header)
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
        ):
            self.setCorner(corner, area)
        self.setTabPosition(Qt.DockWidgetArea.RightDockWidgetArea, QTabWidget.TabPosition.North)
        self.live_stage = LiveStage(self, self._middle, self.live, ("inspection", "subspaces"))
        self._build_menus()
        self._build_tool_bar()
        self._connect_own()
        self.parts.view.setFocus()

    def show_canvas(self) -> None:
        """Show a part in the middle."""
        self._middle.setCurrentIndex(1)

    def show_empty(self) -> None:
        """Show what to do in the middle."""
        self._middle.setCurrentIndex(0)

    def show_patch_panel(self) -> None:
        """Bring the patch to the front of its tabs."""
        self._docks[3].raise_()

    def show_compare(self, shown: bool) -> None:
        """Show two panes in place of the canvas, or the canvas again."""
        self._canvases.setCurrentIndex(int(shown))
        (self.compare.panes[1].canvas if shown else self.canvas).setFocus()

    def show_gallery(self) -> None:
        """Open the gallery."""
        self._gallery.show()

    def toggle_gallery(self) -> None:
        """Open the gallery and go there, or close it."""
        self._gallery.setVisible(not self._gallery.isVisible())
        if self._gallery.isVisible():
            self.gallery.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_part_name(self, name: str) -> None:
        """Say which part is shown."""
        self.setWindowTitle(f"{name} – TokenCLIP Inspector" if name else "TokenCLIP Inspector")

    def show_model_name(self, name: str) -> None:
        """Say which model is loaded."""
        self.model_name = name
        self.model_menu.show_model(name)

    def show_recent(self, places: Sequence[str]) -> None:
        """List the places opened last."""
        self._recent.clear()
        for place in places:
            action = self._recent.addAction(place)
            action.triggered.connect(lambda _checked, chosen=place: self.paths_requested.emit([Path(chosen)]))
        self._recent.setEnabled(bool(places))

    def show_choices(self, *, theme: str, language: str) -> None:
        """Check the theme and the language in their menus."""
        self._themes[theme].setChecked(True)
        self._languages[language].setChecked(True)

    def show_history(self, undo: str | None, redo: str | None) -> None:
        """Say what can be undone and redone; None for nothing."""
        for action, word, text in ((self._undo, self.tr("&Undo"), undo), (self._redo, self.tr("&Redo"), redo)):
            action.setEnabled(text is not None)
            action.setText(word if text is None else f"{word}: {text}")

    def apply_theme(self) -> None:
        """Take icons and colours of the theme in force."""
        for action, name in self._themed:
            action.setIcon(icon(name))
        dark = current_colours().window < "#8"
        self._toggle_theme.setIcon(icon("sun" if dark else "moon"))
        self.setWindowIcon(icon("app", current_colours().accent))
        self.canvas.apply_theme()

    def take_first_size(self) -> None:
        """A size for the first start: most of the screen, but no larger than is useful."""
        available = self.screen().availableGeometry()
        self.resize(min(1500, available.width() - 40), min(940, available.height() - 60))
        if available.width() < _ROOMY:
            self.setWindowState(self.windowState() | Qt.WindowState.WindowMaximized)
        self._gallery.setVisible(available.height() >= _GALLERY_FROM)
        self.resizeDocks([self._gallery], [1], Qt.Orientation.Vertical)
        self.resizeDocks([self._docks[0], self._docks[1]], [_SIDE_WIDTH, _RIGHT_WIDTH], Qt.Orientation.Horizontal)
        if available.height() < _STACKED_FROM:
            self.tabifyDockWidget(self._docks[2], self._docks[3])
            self._docks[2].raise_()
        self.resizeDocks(self._docks[1:], [310, 330, 240], Qt.Orientation.Vertical)

    def show_shortcuts(self) -> None:
        """List the keys."""
        dialog = ShortcutsDialog(self._shortcut_groups, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            # After this event the pixels are on their way to the screen.
            QTimer.singleShot(0, self, self.first_painted.emit)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self.live_stage.restore_panels()
        self.closing.emit()
        super().closeEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.paths_requested.emit(paths)

    def _build_middle(self) -> None:
        view = QWidget()
        column = QVBoxLayout(view)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.layer_bar)
        column.addWidget(self.region_bar)
        self._canvases = QStackedWidget()
        self._canvases.addWidget(self.canvas)
        self._canvases.addWidget(self.compare)
        column.addWidget(self._canvases, 1)
        column.addWidget(self.footer)
        self._middle = PageStack()
        self._middle.addWidget(self.empty)
        self._middle.addWidget(view)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.message)
        layout.addWidget(self._middle, 1)
        self.setCentralWidget(whole)

    def _dock(self, name: str, title: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = TitledDock(name, title, content, self)
        self.addDockWidget(area, dock)
        return dock

    def _action(
        self, menu: QMenu, text: str, keys: Sequence[str | QKeySequence.StandardKey], slot: Callable[[], object]
    ) -> QAction:
        action = QAction(text, self)
        sequences = [QKeySequence(key) for key in keys]
        action.setShortcuts(sequences)
        action.triggered.connect(lambda: slot())
        menu.addAction(action)
        if sequences:
            shown = ", ".join(entry.toString(QKeySequence.SequenceFormat.NativeText) for entry in sequences)
            plain = _plain(text)
            self._shortcut_groups[-1][1].append((shown, plain))
        return action

    def _menu(self, title: str) -> QMenu:
        self._shortcut_groups.append((_plain(title), []))
        return self.menuBar().addMenu(title)

    def _build_menus(self) -> None:
        file = self._menu(self.tr("&File"))
        self._open_image = self._action(
            file, self.tr("Open &image…"), [QKeySequence.StandardKey.Open], self.open_images_requested.emit
        )
        self._open_folder = self._action(
            file, self.tr("Open &folder…"), ["Ctrl+Shift+O"], self.open_folder_requested.emit
        )
        self._recent = file.addMenu(self.tr("Open &recent"))
        self._samples = self._action(file, self.tr("Show the &samples"), [], self.samples_requested.emit)
        self._camera = self._action(file, self.tr("&Camera"), ["Ctrl+L"], self.live_stage.enter)
        file.addSeparator()
        self._action(file, self.tr("Se&ttings…"), ["Ctrl+,"], self.settings_requested.emit)
        self._action(file, self.tr("&Quit"), ["Ctrl+Q"], self.close)
        self._themed += [
            (self._open_image, "open-image"),
            (self._open_folder, "open-folder"),
            (self._samples, "samples"),
            (self._camera, "camera"),
        ]
        edit = self._menu(self.tr("&Edit"))
        self._undo = self._action(edit, self.tr("&Undo"), ["Ctrl+Z"], self.undo_requested.emit)
        self._redo = self._action(edit, self.tr("&Redo"), ["Ctrl+Shift+Z", "Ctrl+Y"], self.redo_requested.emit)
        edit.addSeparator()
        copy = QKeySequence.StandardKey.Copy
        self._action(edit, self.tr("&Copy the image as shown"), [copy], self.copy_image_requested.emit)
        self._action(edit, self.tr("Copy the &value here"), ["Ctrl+Shift+C"], self.copy_value_requested.emit)
        go = self._menu(self.tr("&Parts"))
        self._action(go, self.tr("&Next part"), ["Down"], lambda: self.step_requested.emit(1))
        self._action(go, self.tr("&Previous part"), ["Up"], lambda: self.step_requested.emit(-1))
        self._action(go, self.tr("Next &defect"), ["N"], lambda: self.defect_requested.emit(1))
        self._action(go, self.tr("Previous d&efect"), ["P"], lambda: self.defect_requested.emit(-1))
        self._action(go, self.tr("&Filter the list"), ["Ctrl+F"], self.parts.focus_filter)
        self._action(go, self.tr("&Accept"), ["A"], self.inspection.review.accept)
        self._action(go, self.tr("&Reject"), ["R"], self.inspection.review.reject)
        self._action(go, self.tr("Write a n&ote"), ["T"], self.inspection.review.edit_note)
        self._action(go, self.tr("&Inspect again"), ["F5"], self.inspect_again_requested.emit)
        self._action(go, self.tr("Find patches &like the pinned one"), ["E"], self.search_requested.emit)
        layers = self._menu(self.tr("&Layers"))
        for layer, key, text in (
            (Layer.ORIGINAL, "1", self.tr("&Original")),
            (Layer.HEATMAP, "2", self.tr("&Heatmap")),
            (Layer.SUBSPACES, "3", self.tr("&Subspaces")),
        ):
            self._action(layers, text, [key], partial(self.layer_bar.layer_chosen.emit, layer))
        self._action(layers, self.tr("Outline &regions"), ["4"], self.layer_bar.toggle_regions)
        self._action(layers, self.tr("Patch &grid"), ["G"], self.layer_bar.toggle_grid)
        self._action(layers, self.tr("Region of &interest"), ["I"], self.layer_bar.toggle_region_tools)
        self._action(layers, self.tr("&Unmute all subspaces"), ["U"], self.subspaces.unmute_all)
        self._shortcut_groups[-1][1].append((self.tr("Space"), self.tr("Flip between part and layer")))
        live = self._build_live_menu()
        self.live_stage.take_menus(of_parts=[go], of_live=[live])
        self._build_view_menu()

    def _build_live_menu(self) -> QMenu:
        live, controls = self._menu(self.tr("Li&ve")), self.live.controls
        self._action(live, self.tr("&Add camera…"), ["Ctrl+Shift+A"], self.live.add_requested.emit)
        self._action(live, self.tr("&Step"), ["."], controls.step_requested.emit)
        self._action(live, self.tr("Sna&pshot"), ["Ctrl+S"], controls.snapshot_requested.emit)
        self._action(live, self.tr("&Record"), ["Ctrl+R"], controls.record_requested.emit)
        self._action(live, self.tr("&Verdict over the whole screen"), ["F11"], controls.operator_requested.emit)
        self._shortcut_groups[-1][1].append((self.tr("Space"), self.tr("Hold the picture, or go on")))
        return live

    def _build_view_menu(self) -> None:
        view = self._menu(self.tr("&View"))
        self._action(view, self.tr("&Fit the window"), ["F"], lambda: self._bar.fit_requested.emit())
        self._action(view, self.tr("&Actual size"), ["0"], lambda: self._bar.actual_size_requested.emit())
        self._action(view, self.tr("Zoom &in"), ["+", "="], lambda: self._bar.zoom_requested.emit(ZOOM_STEP))
        self._action(view, self.tr("Zoom &out"), ["-"], lambda: self._bar.zoom_requested.emit(1 / ZOOM_STEP))
        self._action(view, self.tr("&Compare two layers"), ["C"], self.compare_layers_requested.emit)
        self._action(view, self.tr("Compare with the part &before"), ["Shift+C"], self.compare_previous_requested.emit)
        self._action(view, self.tr("&Gallery"), ["Ctrl+G"], self.toggle_gallery)
        view.addSeparator()
        panels = view.addMenu(self.tr("&Panels"))
        for dock in (*self._docks, self._gallery):
            panels.addAction(dock.toggleViewAction())
        names = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        self._themes = self._choices(view.addMenu(self.tr("&Theme")), THEMES, names, self.theme_chosen.emit)
        names = {"system": self.tr("As the system"), "en": "English", "zh_CN": "简体中文"}
        menu = view.addMenu(self.tr("&Language"))
        self._languages = self._choices(menu, LANGUAGES, names, self.language_chosen.emit)
        self._toggle_theme = self._action(view, self.tr("&Dark or light"), ["Ctrl+D"], self.theme_toggle_requested.emit)
        helping = self._menu(self.tr("&Help"))
        self._help = self._action(helping, self.tr("Keyboard &shortcuts"), ["F1"], self.show_shortcuts)
        self._themed.append((self._help, "help"))

    @property
    def _bar(self) -> LayerBar:
        return self.live.layer_bar if self.live_stage.is_shown else self.layer_bar

    def _choices(
        self, menu: QMenu, values: Sequence[str], names: dict[str, str], slot: Callable[[str], object]
    ) -> dict[str, QAction]:
        group = QActionGroup(self)
        actions = {}
        for value in values:
            action = QAction(names[value], self)
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
        bar.addWidget(self.model_menu)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(space)
        for action in (self._toggle_theme, self._help):
            bar.addAction(action)
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.addToolBar(bar)

    def _connect_own(self) -> None:
        self.empty.open_images_requested.connect(self.open_images_requested)
        self.empty.open_folder_requested.connect(self.open_folder_requested)
        self.empty.samples_requested.connect(self.samples_requested)
        self.layer_bar.fit_requested.connect(self.canvas.fit)
        self.layer_bar.actual_size_requested.connect(self.canvas.actual_size)
        self.layer_bar.zoom_requested.connect(self.canvas.zoom_by)
        self.canvas.step_requested.connect(self.step_requested)
        self.gallery.close_requested.connect(self._gallery.hide)
        # Elsewhere the space bar presses buttons.
        for widget in (self.canvas, self.parts.view):
            shortcut = QShortcut(QKeySequence("Space"), widget)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(self.canvas.flip)


def _plain(text: str) -> str:
    """A menu's text without its mnemonic, which Chinese puts in brackets behind the words."""
    return re.sub(r"\(&.\)|&|…", "", text)
