"""Sections of the page of what is looked after: each has an action that shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from app.manage.page import ManagePage
from app.shell.actions import Action, Actions, plain
from app.shell.stage import Place, Stage


class Sections:
    """What features add their sections to."""

    def __init__(self, page: ManagePage, actions: Actions, stage: Stage) -> None:
        """Make it without sections."""
        self._page, self._actions, self._stage = page, actions, stage

    def add(
        self,
        name: str,
        text: str,
        make: Callable[[], QWidget],
        opened: Callable[[], object] = lambda: None,
        *,
        keys: Sequence[str] = (),
        short: str = "",
        tip: str = "",
    ) -> None:
        """Add a section, and declare the action that shows it.

        Args:
            name: of both.
            text: the action's, with its mnemonic; without it, the section's title.
            make: makes the section's content, when it is seen for the first time.
            opened: called whenever the section comes to be seen.
            keys: that do the same, see `Action`.
            short: the words on the action's button; "" for those of `text`.
            tip: what a pointer that rests on the button says; "" for the words.
        """
        self._page.add(name, plain(text), make, opened)
        self._actions.declare(Action(name, text, lambda: self.show(name), keys=keys, short=short, tip=tip))

    def show(self, name: str) -> None:
        """Show a section."""
        self._page.choose(name)
        self._stage.show(Place.MANAGE)

    def seen(self, name: str) -> bool:
        """Whether a section is in front of the person."""
        return self._stage.place is Place.MANAGE and self._page.section == name
