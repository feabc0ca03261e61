"""Verdicts in words, in the language of the window, and in colours."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.parts.state import Part, Verdict
from app.shell.theme import Colours


def verdict_word(verdict: Verdict) -> str:
    """A verdict in a word or two."""
    words = {
        Verdict.DEFECT: QCoreApplication.translate("Verdict", "Defect"),
        Verdict.GOOD: QCoreApplication.translate("Verdict", "Good"),
        Verdict.ERROR: QCoreApplication.translate("Verdict", "Unreadable"),
        Verdict.UNKNOWN: QCoreApplication.translate("Verdict", "Not inspected"),
    }
    return words[verdict]


def part_words(part: Part, verdict: Verdict) -> str:
    """A part's verdict; where it was inspected with another mix, that the present one's score is still to come."""
    if verdict is Verdict.UNKNOWN and part.outdated:
        return QCoreApplication.translate("Verdict", "Score out of date")
    return verdict_word(verdict)


def verdict_colour(verdict: Verdict, colours: Colours) -> str:
    """The ground, as #rrggbb, on which a verdict stands in large letters."""
    return {
        Verdict.DEFECT: colours.defect,
        Verdict.GOOD: colours.good,
        Verdict.ERROR: colours.warning,
        Verdict.UNKNOWN: colours.raised,
    }[verdict]
