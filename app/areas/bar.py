"""The tools that draw areas, in a strip over the canvas."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget

from app.areas.tools import Tool
from app.editing.adjustments import AreaKind
from app.widgets.icon_strip import IconStrip

_LEAST_BRUSH, _MOST_BRUSH = 5, 200
"""In thousandths of the part's width."""


class AreasBar(IconStrip):
    """Which tool, for which kind of area.

    Signals:
        tool_chosen: (Tool).
        kind_chosen: ("include" or "ignore").
        brush_changed: (width in units of the part's width).
        remove_requested, clear_requested, close_requested: no arguments.
    """

    tool_chosen = Signal(object)
    kind_chosen = Signal(str)
    brush_changed = Signal(float)
    remove_requested = Signal()
    clear_requested = Signal()
    close_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 4)
        layout.setSpacing(2)
        self._by_kind: dict[str, QToolButton] = {}
        kinds: tuple[tuple[AreaKind, str, str], ...] = (
            ("ignore", self.tr("Ignore"), self.tr("Draw areas that are never inspected")),
            ("include", self.tr("Include"), self.tr("Draw areas; only they are inspected")),
        )
        for kind, text, tip in kinds:
            button = self._choice(text, tip)
            button.clicked.connect(lambda _checked, chosen=kind: self._take_kind(chosen))
            button.setChecked(kind == "ignore")
            self._by_kind[kind] = button
            layout.addWidget(button)
        layout.addSpacing(8)
        self._by_tool: dict[Tool, QToolButton] = {}
        for tool, text, tip in (
            (
                Tool.RECTANGLE,
                self.tr("Rectangle"),
                self.tr("Rectangle: drag from corner to corner; or arrows and Enter"),
            ),
            (
                Tool.POLYGON,
                self.tr("Polygon"),
                self.tr(
                    "Polygon: click its corners; Enter or a double click closes it; or arrows and Enter, twice to close"
                ),
            ),
            (Tool.BRUSH, self.tr("Brush"), self.tr("Brush: paint with the mouse; or arrows between two Enters")),
            (Tool.SELECT, self.tr("Choose"), self.tr("Choose an area, to remove it with Delete")),
        ):
            button = self._choice("", tip)
            button.setAccessibleName(text)
            button.clicked.connect(lambda _checked, chosen=tool: self._take_tool(chosen))
            self.set_icon(button, tool.value)
            self._by_tool[tool] = button
            layout.addWidget(button)
        self._brush = QSlider(Qt.Orientation.Horizontal)
        self._brush.setRange(_LEAST_BRUSH, _MOST_BRUSH)
        self._brush.setValue(50)
        self._brush.setMinimumWidth(40)
        self._brush.setMaximumWidth(80)
        self._brush.setAccessibleName(self.tr("Width of the brush"))
        self._brush.setToolTip(self.tr("Width of the brush"))
        self._brush.valueChanged.connect(lambda value: self.brush_changed.emit(value / 1000))
        layout.addWidget(self._brush)
        self._summary = QLabel()
        self._summary.setObjectName("muted")
        self._summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout.addWidget(self._summary, 1)
        self._remove = QToolButton()
        self._remove.setToolTip(self.tr("Remove the chosen area, or the one drawn last (Delete)"))
        self._remove.setAccessibleName(self.tr("Remove an area"))
        self._remove.clicked.connect(self.remove_requested)
        self.set_icon(self._remove, "remove")
        self._clear = QToolButton()
        self._clear.setText(self.tr("Clear"))
        self._clear.setToolTip(self.tr("Inspect the whole part again"))
        self._clear.clicked.connect(self.clear_requested)
        done = QToolButton()
        done.setText(self.tr("Done"))
        done.setToolTip(self.tr("Close these tools; the areas stay (Escape)"))
        done.clicked.connect(self.close_requested)
        for button in (self._remove, self._clear, done):
            layout.addWidget(button)
        self.show_tool(Tool.RECTANGLE)
        self.show_areas(0, 0.0)

    def show_tool(self, tool: Tool) -> None:
        """Check the button of a tool."""
        for other, button in self._by_tool.items():
            button.setChecked(other is tool)
        self._brush.setVisible(tool is Tool.BRUSH)

    def show_areas(self, count: int, ignored: float) -> None:
        """Say how many areas there are, and which share of the part is ignored."""
        said = (
            self.tr("{share} % of each part ignored").format(share=f"{100 * ignored:.0f}")
            if count
            else self.tr("For the whole folder")
        )
        self._summary.setText(said)
        self._summary.setToolTip(said)  # a narrow window has no room for it
        self._remove.setEnabled(count > 0)
        self._clear.setEnabled(count > 0)

    def focus_tools(self) -> None:
        """Go to the tool in force with the keyboard."""
        for button in self._by_tool.values():
            if button.isChecked():
                button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _take_tool(self, tool: Tool) -> None:
        self.show_tool(tool)
        self.tool_chosen.emit(tool)

    def _take_kind(self, kind: AreaKind) -> None:
        for other, button in self._by_kind.items():
            button.setChecked(other == kind)
        self.kind_chosen.emit(kind)

    def _choice(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setCheckable(True)
        return button
