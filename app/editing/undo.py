"""Undo and redo of what changes data: one stack, one kind of command for values that can be set."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand, QUndoStack
from typing_extensions import override

from app.shell.actions import Action, Actions
from app.shell.stage import Stage

MOST_STEPS = 200
MERGED_SECONDS = 1.0
"""Steps of one slider that follow each other this closely are undone together."""

_MERGEABLE = 1

Value = TypeVar("Value")


class SetCommand(QUndoCommand, Generic[Value]):
    """Sets a value, and sets it back."""

    def __init__(
        self, text: str, before: Value, after: Value, apply: Callable[[Value], object], *, merge: str = ""
    ) -> None:
        """Make a command that the stack then runs.

        Args:
            text: what is done, for the menu.
            before: the value that undoing sets.
            after: the value that is set.
            apply: sets a value.
            merge: commands of the same such name, close after each other, become one; "" for never.
        """
        super().__init__(text)
        self._before, self._after, self._apply, self._merge = before, after, apply, merge
        self._when = time.monotonic()

    @override
    def id(self) -> int:
        return _MERGEABLE if self._merge else -1

    @override
    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SetCommand) or other._merge != self._merge:
            return False
        if other._when - self._when > MERGED_SECONDS:
            return False
        self._after, self._when = other._after, other._when
        self.setObsolete(self._before == self._after)
        return True

    @override
    def redo(self) -> None:
        self._apply(self._after)

    @override
    def undo(self) -> None:
        self._apply(self._before)


class History(QObject):
    """Owns the stack.

    Attributes:
        stack: the commands.
    """

    def __init__(self, actions: Actions, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions, self._stage = actions, stage
        self._first_in_live = 0
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(MOST_STEPS)
        actions.declare(
            Action("undo", self.tr("&Undo"), self.stack.undo, keys=("Ctrl+Z",)),
            Action("redo", self.tr("&Redo"), self.stack.redo, keys=("Ctrl+Shift+Z", "Ctrl+Y")),
        )
        self.stack.indexChanged.connect(self._show)
        stage.changed.connect(self._on_stage)
        self._show()

    def change(
        self, text: str, before: Value, after: Value, apply: Callable[[Value], object], *, merge: str = ""
    ) -> None:
        """Set a value so that it can be undone; see `SetCommand`. Does nothing where nothing changes."""
        if before != after:
            self.stack.push(SetCommand(text, before, after, apply, merge=merge))

    def forget(self) -> None:
        """Begin anew: what was done belongs to other parts."""
        self.stack.clear()

    def _on_stage(self) -> None:
        """What was changed about the stills is not seen in other workspaces, and can't be undone there."""
        self._first_in_live = self.stack.index() if self._stage.apart else 0
        self._show()

    def _show(self) -> None:
        stack = self.stack
        seen = stack.index() > self._first_in_live
        for name, word, text, possible in (
            ("undo", self.tr("&Undo"), stack.undoText(), stack.canUndo() and seen),
            ("redo", self.tr("&Redo"), stack.redoText(), stack.canRedo()),
        ):
            self._actions[name].setText(f"{word}: {text}" if possible else word)
            self._actions.allow(name, possible)
