"""The main window: docks, menus, tool bar, status line. What they do is wired elsewhere."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
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
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.areas.bar import RegionBar
from app.canvas.canvas import Canvas
from app.canvas.footer import CanvasFooter
from app.canvas.layer_bar import LayerBar
from app.canvas.notice import CanvasNotice
from app.compare.view import CompareView
from app.gallery.panel import GalleryPanel
from app.live.page import LivePage
from app.live.stage import LiveStage
from app.models.menu import ModelMenu
from app.parts.panel import PartsPanel
from app.recipes.menu import RecipeMenu
from app.result.panel import InspectionPanel
from app.result.patch_panel import PatchPanel
from app.shell.empty_state import EmptyState
from app.shell.manual_dialog import ManualDialog
from app.shell.menus import Menus
from app.shell.message_bar import MessageBar
from app.shell.page_stack import PageStack
from app.shell.shortcuts_dialog import ShortcutsDialog
from app.shell.status_line import StatusLine
from app.shell.theme import current_colours, icon
from app.shell.titled_dock import TitledDock
from app.subspaces.panel import SubspacesPanel
from tokenclip_core.output.layers import heat_colours
from tokenclip_core.resources import resource_path

_SIDE_WIDTH = 272
_RIGHT_WIDTH = 372
_NARROW_SIDE, _NARROW_RIGHT = 236, 346
"""On a screen of 1366 pixels, where the layers and the zoom just fit between the panels then."""

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
        menus: all actions.
        docks: of the panels, the gallery's last.
        live, live_stage: the cameras, and what makes room for them.
        model_name: of the model that is loaded or on its way.

    Signals:
        first_painted: the window was painted for the first time.
        closing: the window is being closed.
        open_images_requested, open_folder_requested, samples_requested: no arguments.
        paths_requested: ([Path]) by drag and drop or among the recent places.
        step_requested, defect_requested: (-1 or 1).
        undo_requested, redo_requested, reset_requested, settings_requested: no arguments.
        threshold_stepped: (by how much).
        inspect_all_requested, report_requested: no arguments.
        inspect_again_requested, search_requested, theme_toggle_requested: no arguments.
        compare_layers_requested, compare_previous_requested, compare_models_requested: no arguments.
        copy_image_requested, copy_value_requested: no arguments.
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
    reset_requested = Signal()
    threshold_stepped = Signal(float)
    inspect_all_requested = Signal()
    report_requested = Signal()
    inspect_again_requested = Signal()
    search_requested = Signal()
    compare_layers_requested = Signal()
    compare_previous_requested = Signal()
    compare_models_requested = Signal()
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
        self.recipe_menu = RecipeMenu()
        self.setStatusBar(self.status)
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
        self.menus = Menus(self)
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

    def apply_theme(self) -> None:
        """Take icons and colours of the theme in force."""
        self.menus.apply_theme()
        self.setWindowIcon(icon("app", current_colours().accent))
        self.canvas.apply_theme()

    @property
    def docks(self) -> tuple[QDockWidget, ...]:
        """Of the panels, the gallery's last."""
        return (*self._docks, self._gallery)

    def take_first_size(self) -> None:
        """A size for the first start: most of the screen, but no larger than is useful."""
        available = self.screen().availableGeometry()
        self.resize(min(1500, available.width() - 40), min(940, available.height() - 60))
        if available.width() < _ROOMY:
            self.setWindowState(self.windowState() | Qt.WindowState.WindowMaximized)
        self._gallery.setVisible(available.height() >= _GALLERY_FROM)
        self.resizeDocks([self._gallery], [1], Qt.Orientation.Vertical)
        widths = [_SIDE_WIDTH, _RIGHT_WIDTH] if available.width() >= _ROOMY else [_NARROW_SIDE, _NARROW_RIGHT]
        self.resizeDocks([self._docks[0], self._docks[1]], widths, Qt.Orientation.Horizontal)
        if available.height() < _STACKED_FROM:
            self.tabifyDockWidget(self._docks[2], self._docks[3])
            self._docks[2].raise_()
            self.resizeDocks(self._docks[1:3], [310, 330], Qt.Orientation.Vertical)
        else:
            self.resizeDocks(self._docks[1:], [310, 330, 240], Qt.Orientation.Vertical)

    def show_shortcuts(self) -> None:
        """List the keys."""
        dialog = ShortcutsDialog(self.menus.shortcut_groups, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_manual(self) -> None:
        """Open the manual beside the work."""
        dialog = ManualDialog(resource_path("manual"), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

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
