"""Accept, reject, note: what the reviewer says about the shown part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QDateTime, QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.review.model import MOST_NOTE_CHARACTERS, NO_REVIEW, Decision, Opinion, Review
from app.shell.theme import current_colours, icon
from app.widgets.elided_label import ElidedLabel
from app.widgets.layouts import fill
from app.widgets.popup import Popup
from app.widgets.said import Said, muted
from app.widgets.themed import Themed


def _button(tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("review")
    button.setCheckable(True)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button


class NoteEditor(Popup):
    """A popup to write a note in; what is written counts when it closes."""

    def __init__(self, take: Callable[[str], object], parent: QWidget) -> None:
        """Make it; `take` is given what was written."""
        super().__init__(parent, Qt.KeyboardModifier.ControlModifier)
        self._take = take
        self.setFixedSize(280, 150)
        self._text = QPlainTextEdit()
        self._text.setAccessibleName(self.tr("Note"))
        self._text.setPlaceholderText(self.tr("What should others know about this part?"))
        self._text.setTabChangesFocus(True)
        hint = muted(QLabel(self.tr("Ctrl+Enter keeps it")))
        fill(QVBoxLayout(self), (self._text, 1), hint, margins=(10, 10, 10, 8), spacing=4)

    def open_at(self, text: str, place: QPoint) -> None:
        """Show a note to be changed, at a place of the screen."""
        self._text.setPlainText(text)
        self.show_at(place)
        self._text.setFocus()
        self._text.selectAll()

    @override
    def take_entry(self) -> None:
        self._take(self._text.toPlainText().strip()[:MOST_NOTE_CHARACTERS])


class ReviewBar(Themed):
    """Two buttons in words and one for a note; the icon of the note is filled with the accent where there is one.

    Signals:
        reviewed: (Review).
    """

    reviewed = Signal(object)

    who = Said("_who")
    """Who is said to have decided."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._review = NO_REVIEW
        self._latest: Review | None = None
        self._reason = ""
        self._editor = NoteEditor(self._take_note, self)
        self._accept = _button(self.tr("Accept this part (A)"))
        self._reject = _button(self.tr("Reject this part (R)"))
        self._note = _button(self.tr("Write a note (T)"))
        self._note.setCheckable(False)
        for button, run in ((self._accept, self.accept), (self._reject, self.reject), (self._note, self.edit_note)):
            button.clicked.connect(run)
        self._who = muted(ElidedLabel())
        self._who.setAccessibleName(self.tr("Who decided"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for button, words in ((self._accept, self.tr("Accept")), (self._reject, self.tr("Reject"))):
            button.setText(words)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            layout.addWidget(button)
        layout.addWidget(self._who, 1)
        layout.addWidget(self._note)
        self.show_review(None)
        self.show_opinions(())

    def show_review(self, review: Review | None) -> None:
        """Show what was said; None where there is no part to review."""
        self._latest = review
        self.setEnabled(review is not None and not self._reason)
        self._review = review if review is not None and not self._reason else NO_REVIEW
        self._accept.setChecked(self._review.decision is Decision.ACCEPTED)
        self._reject.setChecked(self._review.decision is Decision.REJECTED)
        self._show_tips()
        self._draw_icons()

    def show_opinions(self, opinions: Sequence[Opinion]) -> None:
        """Say who said what, the latest first; a second opinion leaves the first one to be seen."""
        words = [self._opinion_words(opinion) for opinion in reversed(opinions) if opinion.review]
        self._who.setText(" · ".join(words))

    def _opinion_words(self, opinion: Opinion) -> str:
        said = {
            Decision.ACCEPTED: self.tr("accepted by {who}, {when}"),
            Decision.REJECTED: self.tr("rejected by {who}, {when}"),
            Decision.NONE: self.tr("noted by {who}, {when}"),
        }[opinion.review.decision]
        when = QDateTime.fromSecsSinceEpoch(int(opinion.moment)).toString("yyyy-MM-dd HH:mm")
        return said.format(who=opinion.who, when=when)

    def take_away(self, reason: str) -> None:
        """Let nothing be reviewed, and say why; an empty reason gives the buttons back."""
        self._reason = reason
        self.show_review(self._latest)

    def accept(self) -> None:
        """Say that the part is accepted, or take that back."""
        self._decide(Decision.ACCEPTED)

    def reject(self) -> None:
        """Say that the part is rejected, or take that back."""
        self._decide(Decision.REJECTED)

    def edit_note(self) -> None:
        """Open the note."""
        if self.isEnabled():
            self._editor.open_at(self._review.note, self._note.mapToGlobal(QPoint(0, self._note.height() + 2)))

    @override
    def apply_theme(self) -> None:
        self._draw_icons()

    def _show_tips(self) -> None:
        for button, tip in (
            (self._accept, self.tr("Accept this part (A)")),
            (self._reject, self.tr("Reject this part (R)")),
            (self._note, self.tr("Write a note (T)")),
        ):
            button.setToolTip(self._reason or tip)
        if self._review.note and not self._reason:
            self._note.setToolTip(f"{self._note.toolTip()}\n\n{self._review.note}")

    def _draw_icons(self) -> None:
        colours = current_colours()
        decision = self._review.decision
        self._accept.setIcon(icon("accept", colours.accent if decision is Decision.ACCEPTED else None))
        self._reject.setIcon(icon("reject", colours.accent if decision is Decision.REJECTED else None))
        self._note.setIcon(icon("note", colours.accent if self._review.note else None))

    def _decide(self, decision: Decision) -> None:
        if self.isEnabled():
            taken = Decision.NONE if self._review.decision is decision else decision
            self._say(Review(taken, self._review.note))

    def _take_note(self, note: str) -> None:
        if note != self._review.note:
            self._say(Review(self._review.decision, note))

    def _say(self, review: Review) -> None:
        self.show_review(review)
        self.reviewed.emit(review)
