"""Text stays readable in both themes, and every control has a name for those who can't see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QPaintEvent, QRegion
from PySide6.QtWidgets import (
    QApplication,
    QWidget,
)
from pytestqt.qtbot import QtBot
from typing_extensions import override
from window_fakes import WAIT, Start
from window_steps import nameless

from app.parts.state import Verdict
from app.result.panel import VerdictBadge
from app.shell.assembly import Assembly
from app.shell.theme import DARK, LIGHT, Colours

READABLE = 4.5
SEEN = 3.0
"""What the border of a control with the focus, or a mark, needs against what is beside it."""


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2 of #rrggbb."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_what_the_rule_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable(colours: Colours) -> None:
    pairs = [
        (text, background)
        for text in ("text", "muted", "defect", "good", "warning", "accent")
        for background in ("window", "surface", "raised", "selection")
        # What is chosen or pointed at has words in these two, and marks in the others.
        if background not in ("raised", "selection") or text in ("text", "muted", "defect")
    ]
    pairs += [("text", "canvas"), ("text", "notice"), ("warning", "notice"), ("muted", "notice")]
    pairs += [("on_accent", background) for background in ("accent", "defect", "good", "warning")]
    found = {pair: contrast(getattr(colours, pair[0]), getattr(colours, pair[1])) for pair in pairs}
    assert {pair: round(value, 2) for pair, value in found.items() if value < READABLE} == {}


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_focus_is_seen(colours: Colours) -> None:
    for background in ("window", "surface", "raised", "border", "canvas"):
        assert contrast(colours.accent, getattr(colours, background)) >= SEEN


def opened(assembly: Assembly, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)


def test_every_control_has_a_name(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    opened(assembly, qtbot)
    assembly.actions.run("settings")
    assembly.actions.run("shortcuts")
    assert nameless(assembly.window) == []
    for dialog in (child for child in assembly.window.children() if isinstance(child, QWidget) and child.isWindow()):
        dialog.close()


def test_the_badge_is_one_colour_after_every_verdict(qtbot: QtBot, qapp: QApplication) -> None:
    badge = VerdictBadge()
    qtbot.addWidget(badge)
    badge.resize(140, 28)
    painted: list[QRegion] = []

    class Listener(QObject):
        @override
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if isinstance(event, QPaintEvent):
                painted.append(event.region())
            return False

    listener = Listener()
    badge.installEventFilter(listener)
    badge.show_verdict(Verdict.UNKNOWN)
    badge.show()
    qtbot.waitUntil(lambda: bool(painted), timeout=WAIT)
    painted.clear()
    badge.show_verdict(Verdict.DEFECT)
    qtbot.waitUntil(lambda: bool(painted), timeout=WAIT)
    assert painted[0].boundingRect() == badge.rect()
