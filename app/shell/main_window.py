"""The main window: where panels, menus and bars lie. What they do is declared by the features."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStackedWidget, QTabWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.dropping.highlight import DropHighlight
from app.shell.actions import Actions
from app.shell.menus import Menus
from app.shell.stage import Place, Stage
from app.shell.theme import current_colours, icon
from app.shell.titled_dock import TitledDock
from app.shell.views import Views
from app.widgets.page_stack import PageStack

_SIDE_WIDTH = 272
_RIGHT_WIDTH = 372
_NARROW_SIDE, _NARROW_RIGHT = 236, 346
"""On a screen of 1366 pixels, where the layers and the zoom just fit between the panels then."""

_ROOMY = 1500
_STACKED_FROM = 900
"""Height in pixels from which on subspaces and patch have room below each other; else they share it as tabs."""


_KEPT_IN_LIVE = ("inspection", "subspaces")
"""Panels about the selected camera; the others are about parts."""


class Host(Protocol):
    """What the window belongs to."""

    def begin(self) -> None:
        """The window was painted for the first time."""
        ...

    def close(self) -> None:
        """The window is being closed."""
        ...

    def open(self, paths: Sequence[Path]) -> None:
        """Open files and folders that were opened before."""
        ...

    def take(self, paths: Sequence[Path]) -> None:
        """Take files and folders that were dropped, whatever they are."""
        ...


class MainWindow(QMainWindow):
    """Lays out the views, and follows the stage.

    Attributes:
        docks: of the panels, the gallery's last.
    """

    def __init__(self, views: Views, stage: Stage) -> None:
        super().__init__()
        self._views, self._stage = views, stage
        views.setParent(self)
        self._painted = False
        self._host: Host | None = None
        self._hidden: list[QDockWidget] = []
        self.setStatusBar(views.status)
        self._build_middle()
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self._docks = [
            self._dock("parts", self.tr("Parts"), views.parts, left),
            self._dock("inspection", self.tr("Inspection"), views.inspection, right),
            self._dock("subspaces", self.tr("Subspaces"), views.subspaces, right),
            self._dock("patch", self.tr("Patch"), views.patch, right),
        ]
        self._gallery = self._dock("gallery", self.tr("Gallery"), views.gallery, Qt.DockWidgetArea.BottomDockWidgetArea)
        self._gallery.setTitleBarWidget(views.gallery.header)
        self.setCorner(Qt.Corner.BottomLeftCorner, left)
        self.setCorner(Qt.Corner.BottomRightCorner, right)
        self.setTabPosition(right, QTabWidget.TabPosition.North)
        self._places = {
            Place.EMPTY: views.empty,
            Place.PARTS: self._of_parts,
            Place.LIVE: views.live,
            Place.MANAGE: views.manage,
        }
        stage.changed.connect(self._follow_stage)
        stage.titled.connect(self._show_title)
        self._show_title()
        self._highlight = DropHighlight(self)
        self._take_all_drops()
        views.parts.view.setFocus()

    def lay_out(self, actions: Actions, host: Host) -> Menus:
        """Show the menus and bars of the declared actions, and tell a host what becomes of the window."""
        self._host = host
        menus = Menus(
            self,
            actions,
            self._views.model_menu,
            self._views.recipe_menu,
            self.docks,
            lambda place: host.open([Path(place)]),
        )
        self._views.layer_bar.lay_out(actions, areas=True)
        self._views.evidence.lay_out(actions)
        self._views.areas_bar.lay_out(actions)
        self._views.gallery.lay_out(actions)
        self._views.compare.lay_out(actions)
        self._views.empty.lay_out(actions)
        self._views.inspection.lay_out(actions)
        self._views.status.batch.lay_out(actions)
        self._views.status.reviewed.lay_out(actions)
        self._views.live.lay_out(actions)
        return menus

    def apply_theme(self) -> None:
        """Take icons and colours of the theme in force."""
        self.setWindowIcon(icon("app", current_colours().accent))
        self._views.canvas.apply_theme()

    @property
    def docks(self) -> tuple[QDockWidget, ...]:
        """The docks of the panels, the gallery's last."""
        return (*self._docks, self._gallery)

    def toggle_details(self) -> None:
        """Fold the panels of subspaces and patches away, or show them again; the layout remembers it."""
        details = self._docks[2:]
        shown = any(not dock.isHidden() for dock in details)
        if shown:
            for dock in details:
                dock.hide()
        else:
            self._show_together(details)

    def take_first_size(self) -> None:
        """A size for the first start: most of the screen, but no larger than is useful."""
        available = self.screen().availableGeometry()
        self.resize(min(1500, available.width() - 40), min(940, available.height() - 60))
        if available.width() < _ROOMY:
            self.setWindowState(self.windowState() | Qt.WindowState.WindowMaximized)
        # What an expert plays with is folded away until it is asked for.
        for dock in (*self._docks[2:], self._gallery):
            dock.hide()
        self.resizeDocks([self._gallery], [1], Qt.Orientation.Vertical)
        widths = [_SIDE_WIDTH, _RIGHT_WIDTH] if available.width() >= _ROOMY else [_NARROW_SIDE, _NARROW_RIGHT]
        self.resizeDocks([self._docks[0], self._docks[1]], widths, Qt.Orientation.Horizontal)
        if available.height() < _STACKED_FROM:
            self.tabifyDockWidget(self._docks[2], self._docks[3])
            self._docks[2].raise_()
            self.resizeDocks(self._docks[1:3], [310, 330], Qt.Orientation.Vertical)
        else:
            self.resizeDocks(self._docks[1:], [310, 330, 240], Qt.Orientation.Vertical)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted and self._host is not None:
            self._painted = True
            # After this event the pixels are on their way to the screen.
            QTimer.singleShot(0, self, self._host.begin)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._bring_panels_back([dock.objectName() for dock in self.docks])
        if self._host is not None:
            self._host.close()
        super().closeEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._highlight.appear()

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._highlight.hide()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self._highlight.hide()
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths and self._host is not None:
            event.acceptProposedAction()
            self._host.take(paths)

    def _take_all_drops(self) -> None:
        """Fields would write a dropped file's name down, and views refuse it; the window takes it wherever it falls."""
        for child in self.findChildren(QWidget):
            child.setAcceptDrops(False)
        self.setAcceptDrops(True)

    def _build_middle(self) -> None:
        views = self._views
        self._of_parts = QWidget()
        column = _column(self._of_parts)
        column.addWidget(views.layer_bar)
        column.addWidget(views.evidence)
        column.addWidget(views.areas_bar)
        self._canvases = QStackedWidget()
        self._canvases.addWidget(views.canvas)
        self._canvases.addWidget(views.compare)
        self._canvases.addWidget(views.sheet)
        column.addWidget(self._canvases, 1)
        column.addWidget(views.footer)
        self._middle = PageStack()
        for page in (views.empty, self._of_parts, views.live, views.manage):
            self._middle.addWidget(page)
        whole = QWidget()
        layout = _column(whole)
        layout.addWidget(views.message)
        layout.addWidget(self._middle, 1)
        self.setCentralWidget(whole)

    def _follow_stage(self) -> None:
        stage, page = self._stage, self._places[self._stage.place]
        if page is not self._middle.currentWidget():
            # A page is never seen beside the panels of another: both together would widen the window for good.
            self._hide_other_panels()
            self._middle.show_page(page)
            self._bring_panels_back(self._own_panels())
        seen = 2 if stage.sheet else int(stage.comparing)
        if self._canvases.currentIndex() != seen:
            self._views.sheet.take(stage.sheet)
            self._canvases.setCurrentIndex(seen)

    def _own_panels(self) -> frozenset[str]:
        """Names of the panels that have to do with what is seen."""
        if self._stage.live:
            return frozenset(_KEPT_IN_LIVE)
        return frozenset() if self._stage.apart else frozenset(dock.objectName() for dock in self.docks)

    def _hide_other_panels(self) -> None:
        own = self._own_panels()
        for dock in self.docks:
            if dock.objectName() not in own and not dock.isHidden():
                self._hidden.append(dock)
                dock.hide()

    def _bring_panels_back(self, names: Collection[str]) -> None:
        """Show panels that were hidden for another workspace, such as all of them before the layout is saved."""
        back = [dock for dock in self._hidden if dock.objectName() in names]
        self._hidden = [dock for dock in self._hidden if dock not in back]
        self._show_together(back)

    def _show_together(self, docks: Sequence[QDockWidget]) -> None:
        """Show panels, with titles only when all of them are there: a title that a tab replaces grows the window."""
        titled = [dock for dock in self.docks if isinstance(dock, TitledDock)] if docks else []
        for one in titled:
            one.hide_title()
        for dock in docks:
            dock.show()
        for one in titled:
            one.show_title()

    def _show_title(self) -> None:
        title = self._stage.title
        self.setWindowTitle(f"{title} – TokenCLIP Inspector" if title else "TokenCLIP Inspector")

    def _dock(self, name: str, title: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = TitledDock(name, title, content, self)
        self.addDockWidget(area, dock)
        return dock


def _column(widget: QWidget) -> QVBoxLayout:
    """Things below each other without room between them."""
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    return layout
