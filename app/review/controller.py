"""What the reviewer decided about the shown part: shown, and changed."""

from __future__ import annotations

import getpass
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog

from app.parts.order import defects
from app.parts.state import Session
from app.review.model import Decision, Review
from app.review.state import Reviews
from app.settings.store import SettingsStore
from app.shell.actions import Action, Actions, When
from app.shell.views import Views
from tokenclip_core.judgement.agreement import Agreement

MOST_NAME_CHARACTERS = 100


class ReviewController(QObject):
    """Between the reviews and the widgets that show them.

    Attributes:
        ask_who: (suggested name) who decides, or None where no one says so.
    """

    def __init__(
        self,
        session: Session,
        settings: SettingsStore,
        views: Views,
        actions: Actions,
        reviews: Reviews,
    ) -> None:
        super().__init__(views)
        self._session, self._settings, self._views, self._reviews = session, settings, views, reviews
        self.ask_who: Callable[[str], str | None] = self._ask_who
        bar = views.inspection.review
        views.parts.model.set_reviews(reviews.by_path)
        bar.reviewed.connect(self._take)
        # Elsewhere a letter is typed into something, perhaps by a scanner of bar codes.
        places = (views.parts.view, views.canvas, views.compare)
        actions.declare(
            Action("accept", self.tr("&Accept"), bar.accept, keys=("A",), when=When.PARTS, within=places),
            Action("reject", self.tr("&Reject"), bar.reject, keys=("R",), when=When.PARTS, within=places),
            Action("note", self.tr("Write a n&ote"), bar.edit_note, keys=("T",), when=When.PARTS, within=places),
            Action("reviewer", self.tr("&Who decides…"), self.choose_who),
            Action("agreement", self.tr("A&greement with the reviewers…"), self.show_agreement, when=When.PARTS),
        )

    def choose_who(self) -> bool:
        """Ask who decides from now on; whether someone does."""
        name = self.ask_who(self._settings.values.reviewer or account_name())
        if name is None or not name.strip():
            return False
        self._settings.values.reviewer = name.strip()[:MOST_NAME_CHARACTERS]
        return True

    def agreement(self) -> Agreement:
        """How verdicts and decisions about the open folder's parts go together."""
        parts, reviews = self._session.parts, self._reviews
        called = defects(parts, self._session.judgement).tolist()
        decided = ((defect, part.score, reviews.of(part.path)) for part, defect in zip(parts, called, strict=True))
        return Agreement.of(
            (defect, review.decision is Decision.REJECTED)
            for defect, score, review in decided
            if score is not None and review.decision is not Decision.NONE
        )

    def show_agreement(self) -> None:
        """Say how the program and the people agree."""
        from app.review.agreement_dialog import AgreementDialog

        agreement = self.agreement()
        inspected = sum(part.score is not None for part in self._session.parts)
        AgreementDialog(agreement, inspected - agreement.decided, self._views.parts.window()).open()

    def _take(self, review: Review) -> None:
        part = self._session.current_part
        if part is None:
            return
        if not self._settings.values.reviewer and not self.choose_who():
            # No decision without someone who makes it.
            self.show()
            return
        before = self._reviews.of(part.path)
        self._reviews.review(part.path, review)
        self._views.status.reviewed.say(self._words(part.name, before, review))

    def _words(self, name: str, before: Review, after: Review) -> str:
        if before.decision is after.decision:
            words = self.tr("{part}: note written")
        else:
            words = {
                Decision.ACCEPTED: self.tr("{part}: accepted"),
                Decision.REJECTED: self.tr("{part}: rejected"),
                Decision.NONE: self.tr("{part}: decision taken back"),
            }[after.decision]
        return words.format(part=name)

    def follow_reviews(self) -> None:
        """Show what else is said of some part."""
        model = self._views.parts.model
        if model.depends_on_reviews:
            model.rearrange()
        self._views.parts.view.viewport().update()
        self.show()

    def show(self) -> None:
        """Show what is said of the shown part."""
        part, bar = self._session.current_part, self._views.inspection.review
        bar.show_review(None if part is None else self._reviews.of(part.path))
        bar.show_opinions(() if part is None else self._reviews.opinions_of(part.path))

    def _ask_who(self, suggested: str) -> str | None:
        name, given = QInputDialog.getText(
            self._views.parts.window(),
            self.tr("Who decides?"),
            self.tr("Decisions are kept with this name and the time:"),
            text=suggested,
        )
        return name if given else None


def account_name() -> str:
    """The name of the account that the program runs in."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "someone"
