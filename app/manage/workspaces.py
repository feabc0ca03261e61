"""Goes from one workspace to another: inspecting parts, the live view, and what is looked after."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.parts.shown import ShownPart
from app.parts.state import Session
from app.shell.actions import Action, Actions
from app.shell.stage import Place, Stage
from app.shell.views import Views


class WorkspacesController(QObject):
    """Declares the ways to the parts and to what is looked after; the live view declares its own."""

    def __init__(self, session: Session, shown: ShownPart, views: Views, actions: Actions, stage: Stage) -> None:
        super().__init__(views)
        self._session, self._shown, self._views, self._stage = session, shown, views, stage
        actions.declare(
            Action(
                "to-parts",
                self.tr("&Inspect"),
                self.show_parts,
                keys=("Ctrl+1",),
                icon="previous",
                tip=self.tr("The parts: their list, the picture and the verdict"),
                places=(Place.EMPTY, Place.PARTS),
            ),
            Action(
                "manage",
                self.tr("&Manage"),
                lambda: self._stage.show(Place.MANAGE),
                keys=("Ctrl+3",),
                tip=self.tr("Models, words, training, evaluation and history"),
                places=(Place.MANAGE,),
            ),
        )

    def show_parts(self) -> None:
        """Show the part that was shown last, or what to do where there is none."""
        current = self._session.current
        if current is None:
            self._stage.show(Place.EMPTY)
            self._stage.call("")
        else:
            self._shown.show(current)

    def follow_stage(self) -> None:
        """Tell the page whether it is seen."""
        if self._stage.place is Place.MANAGE:
            self._views.manage.enter()
            self._stage.call(self.tr("Manage"))
        else:
            self._views.manage.leave()
