"""The main window's menus, tool bar and list of keys: which of the declared actions lie where."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QMenuBar, QSizePolicy, QToolBar, QToolButton, QWidget

from app.settings.table import LANGUAGES, THEMES
from app.shell.actions import Actions, key_words, plain, with_own_letters
from app.shell.workspace_switch import WORKSPACES, WorkspaceSwitch
from app.widgets.menu import Menu

_FILE = (
    "open-image",
    "open-folder",
    "open-recent",
    "samples",
    "",
    "open-recipe",
    "save-recipe",
    "compare-recipe",
    "",
    "report",
    "outputs",
    "",
    "settings",
    "quit",
)
_EDIT = (
    "undo",
    "redo",
    "raise-threshold",
    "lower-threshold",
    "reset-judgement",
    "assignment",
    "tiles",
    "measure",
    "open-calibration",
    "part-size",
    "",
    "copy-image",
    "copy-value",
)
_PARTS = (
    "next-part",
    "previous-part",
    "next-defect",
    "previous-defect",
    "worst-first",
    "filter",
    "accept",
    "reject",
    "note",
    "reviewer",
    "agreement",
    "",
    "inspect-again",
    "inspect-all",
    "search",
    "",
    "good-parts",
    "mark-good",
    "same-place",
)
_LAYERS = (
    "layer-original",
    "layer-heatmap",
    "layer-subspaces",
    "regions",
    "grid",
    "areas",
    "point",
    "unmute",
    "",
    "evidence-text",
    "evidence-self",
    "evidence-consensus",
    "evidence-reference",
    "evidence-fused",
)
_LIVE = (
    "add-camera",
    "sign-in",
    "bring-back-camera",
    "",
    "step",
    "snapshot",
    "last-good",
    "record",
    "show-recordings",
    "operator-screen",
)
_MANAGE = ("models", "vocabulary", "training", "evaluate", "history")
_VIEW = (
    *WORKSPACES,
    "",
    "fit",
    "actual-size",
    "zoom-in",
    "zoom-out",
    "compare-layers",
    "compare-previous",
    "compare-models",
    "contact-sheet",
    "histogram-of-part",
    "gallery",
    "details",
    "",
    "panels",
    "theme",
    "language",
    "toggle-theme",
)
_HELP = ("manual", "shortcuts")
_BAR = ("workspaces", "", "open-image", "open-folder", "", "models", "recipes", "", "inspect-all", "report")
_BAR_END = ("shortcuts",)


class Menus(QObject):
    """Lays out actions by their names.

    Attributes:
        recent: the menu of places opened last.
        shortcut_groups: per menu its title and its (keys, text) pairs.
    """

    def __init__(
        self,
        window: QMainWindow,
        actions: Actions,
        models: QWidget,
        recipes: QWidget,
        docks: Sequence[QDockWidget],
        open_place: Callable[[str], object],
    ) -> None:
        """Fill the window's menu bar and give it a tool bar.

        Args:
            window: whose bars are filled.
            actions: all that are declared.
            models: the choice of the model, in the tool bar.
            recipes: the choice of the recipe there.
            docks: the panels.
            open_place: opens a place that was opened before.
        """
        super().__init__(window)
        self._window, self._actions, self._docks = window, actions, docks
        self.shortcut_groups: list[tuple[str, list[tuple[str, str]]]] = []
        self.recent = Menu(self.tr("Open &recent"), window)
        self.recent.triggered.connect(lambda chosen: open_place(chosen.text()))
        self._lay_out_menus()
        self._lay_out_bar(models, recipes)

    def show_recent(self, places: Sequence[str]) -> None:
        """List the places opened last."""
        self.recent.clear()
        for place in places:
            self.recent.addAction(place)
        self.recent.setEnabled(bool(places))

    def _lay_out_menus(self) -> None:
        space = self.tr("Space")
        for title, names, others in (
            (self.tr("&File"), _FILE, ()),
            (self.tr("&Edit"), _EDIT, ()),
            (
                self.tr("&Parts"),
                _PARTS,
                ((self.tr("Home, End, Page Up, Page Down"), self.tr("First or last part, or ten parts on or back")),),
            ),
            (
                self.tr("&Layers"),
                _LAYERS,
                (
                    (self.tr("Arrows"), self.tr("Point or draw on the canvas; with Shift faster")),
                    (self.tr("Enter, Backspace"), self.tr("Pin a patch, or set a corner and take it back")),
                    (space, self.tr("Flip between part and layer")),
                ),
            ),
            (self.tr("Li&ve"), _LIVE, ((space, self.tr("Freeze the picture, or go on")),)),
            (self.tr("&Manage"), _MANAGE, ()),
            (self.tr("&View"), _VIEW, ()),
            (self.tr("&Help"), _HELP, ()),
        ):
            menu = Menu(title, self._window)
            self._window.menuBar().addMenu(menu)
            rows = [row for name in names if (row := self._add(menu, name)) is not None]
            _give_letters(menu)
            self.shortcut_groups.append((plain(title), [*rows, *others]))
        _give_letters(self._window.menuBar())

    def _add(self, menu: QMenu, name: str) -> tuple[str, str] | None:
        """Put one entry into a menu; its keys and words, where it has keys."""
        if not name:
            menu.addSeparator()
        elif name == "open-recent":
            menu.addMenu(self.recent)
        elif name == "panels":
            panels = Menu(self.tr("&Panels"), menu)
            menu.addMenu(panels)
            panels.addActions([dock.toggleViewAction() for dock in self._docks])
        elif name == "theme":
            self._add_choices(menu, self.tr("&Theme"), [f"theme-{choice}" for choice in THEMES])
        elif name == "language":
            self._add_choices(menu, self.tr("&Language"), [f"language-{choice}" for choice in LANGUAGES])
        elif name == "assignment":
            self._add_choices(menu, self.tr("&Assignment to subspaces"), self._begins("assign-"))
        elif name == "tiles":
            self._add_choices(menu, self.tr("T&iles of large parts"), self._begins("tiles-"))
        else:
            action = self._actions[name]
            menu.addAction(action)
            keys = ", ".join(key_words(entry) for entry in action.shortcuts())
            return (keys, plain(action.text())) if keys else None
        return None

    def _begins(self, prefix: str) -> list[str]:
        return [name for name in self._actions.names if name.startswith(prefix)]

    def _add_choices(self, owner: QMenu, title: str, names: Sequence[str]) -> None:
        menu = Menu(title, owner)
        owner.addMenu(menu)
        group = QActionGroup(menu)
        for name in names:
            group.addAction(self._actions[name])
            menu.addAction(self._actions[name])

    def _lay_out_bar(self, models: QWidget, recipes: QWidget) -> None:
        bar = QToolBar(self.tr("Tools"))
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setIconSize(QSize(20, 20))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for name in _BAR:
            if not name:
                bar.addSeparator()
            elif name == "workspaces":
                bar.addWidget(WorkspaceSwitch(self._actions))
            elif name == "models":
                bar.addWidget(models)
            elif name == "recipes":
                bar.addWidget(recipes)
            else:
                bar.addAction(self._actions[name])
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(space)
        for name in _BAR_END:
            bar.addAction(self._actions[name])
            button = bar.widgetForAction(self._actions[name])
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._window.addToolBar(bar)
        # In a narrow window, Qt puts what does not fit behind a button of its own at the end.
        for more in bar.findChildren(QToolButton, "qt_toolbar_ext_button"):
            more.setToolTip(self.tr("More"))
            more.setAccessibleName(self.tr("More"))


def _give_letters(menu: QMenu | QMenuBar) -> None:
    entries = menu.actions()
    for entry, text in zip(entries, with_own_letters([entry.text() for entry in entries]), strict=True):
        entry.setText(text)
