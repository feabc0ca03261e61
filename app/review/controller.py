"""What the reviewer decided about the shown part: shown, and changed."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.parts.shown import ShownPart
from app.parts.state import Session
from app.review.model import Review
from app.review.state import Reviews
from app.shell.actions import Action, Actions, When
from app.shell.views import Views


class ReviewController(QObject):
    """Between the reviews and the widgets that show them."""

    def __init__(self, session: Session, views: Views, actions: Actions, shown: ShownPart, reviews: Reviews) -> None:
        super().__init__(views)
        self._session, self._views, self._reviews = session, views, reviews
        bar = views.inspection.review
        views.parts.model.set_reviews(reviews.by_path)
        bar.reviewed.connect(self._take)
        shown.changed.connect(self._show)
        reviews.changed.connect(self._on_changed)
        actions.declare(
            Action("accept", self.tr("&Accept"), bar.accept, keys=("A",), when=When.PARTS),
            Action("reject", self.tr("&Reject"), bar.reject, keys=("R",), when=When.PARTS),
            Action("note", self.tr("Write a n&ote"), bar.edit_note, keys=("T",), when=When.PARTS),
        )

    def _take(self, review: Review) -> None:
        part = self._session.current_part
        if part is not None:
            self._reviews.review(part.path, review)

    def _on_changed(self) -> None:
        self._views.parts.view.viewport().update()
        self._show()

    def _show(self) -> None:
        part = self._session.current_part
        self._views.inspection.review.show_review(None if part is None else self._reviews.of(part.path))
