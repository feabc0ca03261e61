"""What is in the middle of the window: what to do, a part, the cameras, or what is looked after."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QObject, Signal


class Place(Enum):
    """What is seen."""

    EMPTY = auto()
    PARTS = auto()
    LIVE = auto()
    MANAGE = auto()


class Stage(QObject):
    """Owns what is seen, and how the window is called.

    Attributes:
        place: what is seen.
        title: of the window, without the program's name.
        sheet: whether the contact sheet is where one part would be.
        comparing: whether two panes are where one part would be.

    Signals:
        changed: another place is seen, or two panes instead of one part.
        titled: the window is called otherwise.
    """

    changed = Signal()
    titled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.place = Place.EMPTY
        self.title = ""
        self.comparing = False
        self.sheet = False

    @property
    def live(self) -> bool:
        """Whether the cameras are seen."""
        return self.place is Place.LIVE

    @property
    def apart(self) -> bool:
        """Whether something is seen that has nothing to do with parts."""
        return self.place in (Place.LIVE, Place.MANAGE)

    def show(self, place: Place) -> None:
        """Let another place be seen."""
        if place is not self.place:
            self.place = place
            self.changed.emit()

    def compare(self, comparing: bool) -> None:
        """Have two panes where one part would be, or one part again."""
        if comparing is not self.comparing:
            self.comparing = comparing
            self.sheet = self.sheet and not comparing
            self.changed.emit()

    def show_sheet(self, shown: bool) -> None:
        """Have the contact sheet where one part would be, or one part again."""
        if shown is not self.sheet:
            self.sheet = shown
            self.changed.emit()

    def call(self, title: str) -> None:
        """Give the window a title."""
        self.title = title
        self.titled.emit()
