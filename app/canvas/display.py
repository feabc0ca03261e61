"""How parts are looked at: one observable value that canvases, bars and menus mirror."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.parts.state import Layer
from tokenclip_core.output.layers import OPACITY


@dataclass(frozen=True)
class Look:
    """What lies over a part.

    Attributes:
        layer: laid over the part.
        regions: whether regions are outlined.
        grid: whether the patch grid is drawn.
        opacity: of the layer, in [0, 1].
    """

    layer: Layer = Layer.HEATMAP
    regions: bool = True
    grid: bool = False
    opacity: float = OPACITY


class Display(QObject):
    """Owns the look.

    Attributes:
        look: the present one.

    Signals:
        changed: it is another one.
    """

    changed = Signal()

    def __init__(self, look: Look | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.look = look or Look()

    def take(self, **changes: Any) -> None:
        """Change some of the look's attributes."""
        look = replace(self.look, **changes)
        if look != self.look:
            self.look = look
            self.changed.emit()
