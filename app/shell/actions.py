"""What a person can do: each feature declares its actions here, menus and bars only lay out their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from string import ascii_uppercase

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.shell.stage import Place, Stage
from app.shell.theme import icon


class When(Enum):
    """Where an action means something."""

    ALWAYS = auto()
    PARTS = auto()
    LIVE = auto()


@dataclass(frozen=True)
class Action:
    """One thing that a person can do.

    Attributes:
        name: by which it is laid out.
        text: in a menu, with its mnemonic.
        run: does it.
        keys: that do it.
        icon: name of a bundled icon, or "".
        short: its words on a button; "" for those of the menu.
        tip: what a pointer that rests on its button says, without the keys; "" for the words.
        when: where it means something.
        checkable: it is on or off.
        within: its keys count only while one of these has the focus; none for the whole window.
        places: it leads to these, and is on while one of them is seen.
    """

    name: str
    text: str
    run: Callable[[], object]
    keys: Sequence[str | QKeySequence.StandardKey] = ()
    icon: str = ""
    short: str = ""
    tip: str = ""
    when: When = When.ALWAYS
    checkable: bool = False
    within: Sequence[QWidget] = ()
    places: Sequence[Place] = ()


class Actions(QObject):
    """The registry. An action is enabled where it means something and its feature does not forbid it."""

    def __init__(self, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self._declared: dict[str, Action] = {}
        self._actions: dict[str, QAction] = {}
        self._forbidden: set[str] = set()
        stage.changed.connect(self._follow_stage)

    def __getitem__(self, name: str) -> QAction:
        """An action as Qt knows it."""
        return self._actions[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Of all actions, in the order of their declaration."""
        return tuple(self._actions)

    def declare(self, *declared: Action, when: When = When.ALWAYS) -> None:
        """Take a feature's actions, all of which mean something there; each may say for itself where."""
        for action in declared:
            if action.when is When.ALWAYS:
                action = replace(action, when=when)
            made = QAction(action.text, self)
            made.setShortcuts([QKeySequence(key) for key in action.keys])
            made.setCheckable(action.checkable or bool(action.places))
            if action.within:
                made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            for widget in action.within:
                widget.addAction(made)
            made.setIconText(action.short or plain(action.text))
            words = [key_words(keys) for keys in made.shortcuts()]
            tip = action.tip or plain(action.text)
            made.setToolTip(f"{tip} ({words[0]})" if words else tip)
            made.triggered.connect(lambda _checked, name=action.name: self._do(name))
            self._declared[action.name], self._actions[action.name] = action, made
            self._enable(action.name)
            self._take_icon(action.name)

    def run(self, name: str) -> None:
        """Do it as if it were chosen in a menu; nothing where it is not enabled."""
        self._actions[name].trigger()

    def _do(self, name: str) -> None:
        self._declared[name].run()
        # Qt has taken the mark away where the place was seen already.
        self._enable(name)

    def allow(self, name: str, allowed: bool) -> None:
        """Offer an action, or not for the time being."""
        (self._forbidden.discard if allowed else self._forbidden.add)(name)
        self._enable(name)

    def check(self, name: str, checked: bool) -> None:
        """Say whether something is on; does nothing else."""
        self._actions[name].setChecked(checked)

    def dress(self, name: str, icon_name: str) -> None:
        """Give an action another icon, in the colours of the theme in force from now on."""
        self._actions[name].setProperty("iconName", icon_name)
        self._actions[name].setIcon(icon(icon_name))

    def apply_theme(self) -> None:
        """Take icons of the theme in force."""
        for name in self._actions:
            self._take_icon(name)

    def _take_icon(self, name: str) -> None:
        icon_name = self._actions[name].property("iconName") or self._declared[name].icon
        if icon_name:
            self._actions[name].setIcon(icon(str(icon_name)))

    def _follow_stage(self) -> None:
        for name in self._actions:
            self._enable(name)

    def _enable(self, name: str) -> None:
        declared, stage = self._declared[name], self._stage
        fits = {When.ALWAYS: True, When.LIVE: stage.live, When.PARTS: not stage.apart}[declared.when]
        self._actions[name].setEnabled(fits and name not in self._forbidden)
        if declared.places:
            self._actions[name].setChecked(stage.place in declared.places)


def plain(text: str) -> str:
    """A menu's text without its mnemonic, which Chinese puts in brackets behind the words."""
    return re.sub(r"\(&.\)|&|…", "", text)


def with_own_letters(texts: Sequence[str]) -> list[str]:
    """Texts of one menu, in which no two have the same letter for the keyboard (the one behind ``&``).

    The first to ask for a letter has it; another one takes a free letter, of its words where it has one. A letter that
    two entries share would choose neither.
    """
    taken: set[str] = set()
    given = []
    for text in texts:
        asked = re.search(r"(\()?&(\w)", text)
        if asked is None:
            given.append(text)
            continue
        bracketed, letter = asked[1] is not None, asked[2].upper()
        if letter in taken:
            words = plain(text).upper()
            beginnings = [word[0] for word in words.split()]
            free = (other for other in (*beginnings, *words, *ascii_uppercase) if other in ascii_uppercase)
            letter = next(other for other in free if other not in taken)
            text = (
                f"{text[: asked.start()]}(&{letter}){text[asked.end() + 1 :]}" if bracketed else _marked(text, letter)
            )
        taken.add(letter)
        given.append(text)
    return given


def _marked(text: str, letter: str) -> str:
    """The text with another letter for the keyboard: where a word begins with it, else where it first stands."""
    words = text.replace("&", "")
    found = re.search(rf"\b{letter}", words, re.IGNORECASE) or re.search(letter, words, re.IGNORECASE)
    return f"{words} (&{letter})" if found is None else f"{words[: found.start()]}&{words[found.start() :]}"


def key_words(keys: QKeySequence) -> str:
    """Keys as they are written on the keyboard."""
    words = keys.toString(QKeySequence.SequenceFormat.PortableText)
    for name, arrow in (("Down", "↓"), ("Up", "↑")):
        if words.rpartition("+")[2] == name:
            return words.removesuffix(name) + arrow
    return keys.toString(QKeySequence.SequenceFormat.NativeText)
