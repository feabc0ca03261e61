"""The tools that draw areas, in a strip over the canvas."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QWidget

from app.areas.tools import Tool
from app.shell.actions import Actions
from app.widgets.action_button import ActionButton
from app.widgets.elided_label import ElidedLabel
from app.widgets.icon_strip import IconStrip
from app.widgets.list_button import ListButton
from app.widgets.said import muted

KINDS = ("ignore", "include", "defect")
"""Kinds of areas, each with an action called `area-KIND`."""

TOOLS = (Tool.RECTANGLE, Tool.POLYGON, Tool.BRUSH, Tool.SELECT)
"""Tools of the strip, each with an action called `tool-TOOL`."""

_LEAST_BRUSH, _MOST_BRUSH = 5, 200
"""Widths of the brush in thousandths of the part's width."""


class AreasBar(IconStrip):
    """Lays out the actions of drawing, with the width of the brush and what is drawn by now.

    Attributes:
        brush: its width in thousandths of the part's width.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, ActionButton] = {}
        self._kind = ListButton()
        self._kind.setObjectName("kind")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 2, 4, 4)
        self._row.setSpacing(2)
        self.brush = QSlider(Qt.Orientation.Horizontal)
        self.brush.setRange(_LEAST_BRUSH, _MOST_BRUSH)
        self.brush.setValue(50)
        self.brush.setMinimumWidth(40)
        self.brush.setMaximumWidth(80)
        self.brush.setAccessibleName(self.tr("Width of the brush"))
        self.brush.setToolTip(self.tr("Width of the brush"))
        self._summary = muted(ElidedLabel(0))
        self._summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.show_areas(0, 0.0)

    def lay_out(self, actions: Actions) -> None:
        """Show the buttons of the declared actions."""
        self._kind.offer(*(actions[f"area-{kind}"] for kind in KINDS))
        self._row.addWidget(self._kind)
        self._row.addSpacing(4)
        for tool in TOOLS:
            self._add(actions, f"tool-{tool.value}")
        self._row.addWidget(self.brush)
        self._row.addWidget(self._summary, 1)
        for name in ("remove-area", "clear-areas", "close-areas"):
            self._add(actions, name)

    def show_kind(self, words: str) -> None:
        """Show which kind of areas is drawn."""
        self._kind.setText(words)
        said = self.tr("What is drawn: {kind}").format(kind=words)
        self._kind.setAccessibleName(said)
        self._kind.setToolTip(said)

    def show_tool(self, tool: Tool) -> None:
        """Show what belongs to a tool."""
        self.brush.setVisible(tool is Tool.BRUSH)

    def show_areas(self, count: int, ignored: float) -> None:
        """Say how many areas there are, and which share of the part is ignored."""
        said = (
            self.tr("{share} % of each part ignored").format(share=f"{100 * ignored:.0f}")
            if count
            else self.tr("For the whole folder")
        )
        self._say(said)

    def show_marked(self, count: int) -> None:
        """Say how many defects are marked on the shown part."""
        said = (
            self.tr("{count} marked on this part").format(count=count)
            if count
            else self.tr("For this part, to learn from")
        )
        self._say(said)

    def focus_tool(self, tool: Tool) -> None:
        """Go to a tool with the keyboard."""
        self._buttons[f"tool-{tool.value}"].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _say(self, words: str) -> None:
        self._summary.setText(words)

    def _add(self, actions: Actions, name: str) -> None:
        button = self._buttons[name] = ActionButton(actions[name])
        self._row.addWidget(button)
