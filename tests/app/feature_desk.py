"""What one feature stands on, without the window around it: owners without a model, and all views."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from shiboken6 import delete, isValid
from window_fakes import ENDS_SECONDS, FakeInspector

from app.canvas.display import Display, Look
from app.editing.judging import Judging
from app.editing.undo import History
from app.manage.sections import Sections
from app.models.state import ModelState
from app.parts.shown import ShownPart
from app.parts.state import Part, Session
from app.parts.store import PartStore
from app.review.state import Reviews
from app.shell.actions import Actions
from app.shell.owners import Owners
from app.shell.stage import Place, Stage
from app.shell.views import Views
from app.work.work import Work


@dataclass(frozen=True)
class Desk:
    """Owners and views that a feature's controller is given.

    Attributes:
        owners: of what is inspected; nothing is computed unless a test asks for it.
        views: widgets, in no window.
        stage, actions, display, history, reviews: the other owners.
        owner: Qt's parent of all owners.
    """

    owners: Owners
    views: Views
    stage: Stage
    actions: Actions
    display: Display
    history: History
    reviews: Reviews
    owner: QObject

    @property
    def sections(self) -> Sections:
        """What features add their sections to."""
        return Sections(self.views.manage, self.actions, self.stage)

    def open(self, *parts: Part) -> None:
        """Have these parts in the list, and parts in the middle of the window."""
        self.owners.session.parts = list(parts)
        self.stage.show(Place.PARTS)

    def clear(self) -> None:
        """End threads, and take the widgets apart."""
        self.owners.work.stop()
        assert self.owners.work.join(ENDS_SECONDS)
        for widget in [view for view in vars(self.views).values() if isinstance(view, QWidget)]:
            # What lies in another one went with it.
            if isValid(widget):
                delete(widget)
        delete(self.views)
        delete(self.owner)


def laid_out() -> Desk:
    """An empty desk."""
    owner = QObject()
    session, work, stage = Session(), Work(owner), Stage(owner)
    actions = Actions(stage, owner)
    history = History(actions, stage, owner)
    store = PartStore(session, owner)
    models = ModelState(work, store, "compact", lambda *_given: FakeInspector(), parent=owner)
    shown = ShownPart(session, work, store, models, owner)
    judging = Judging(session, store, history, actions, owner)
    display = Display(Look(), owner)
    reviews = Reviews(work, history, parent=owner)
    owners = Owners(session, work, store, models, shown, judging)
    return Desk(owners, Views(display), stage, actions, display, history, reviews, owner)
