"""What one feature stands on, without the window around it: owners, views, and a frame for those that are looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QHBoxLayout, QWidget
from shiboken6 import delete, isValid
from window_fakes import ENDS_SECONDS, FakeInspector

from app.canvas.controller import CanvasController
from app.canvas.display import Display, Look
from app.canvas.own_map import OwnMapController
from app.editing.judging import Judging
from app.editing.undo import History
from app.manage.sections import Sections
from app.models.state import ModelState
from app.parts.controller import LibraryController
from app.parts.shown import ShownPart
from app.parts.state import Part, Session
from app.parts.store import PartStore
from app.result.presentation import PresentationController
from app.review.state import Reviews
from app.shell.actions import Actions
from app.shell.owners import Owners
from app.shell.sequences import Features, Sequences
from app.shell.stage import Place, Stage
from app.shell.views import Views
from app.subspaces.controller import SubspacesController
from app.work.inspector_like import InspectorLike
from app.work.work import Work


class Silent:
    """Stands for whoever has nothing to do in a test: it takes every call and answers with itself."""

    def __getattr__(self, _name: str) -> Silent:
        return self

    def __call__(self, *_given: object, **_named: object) -> Silent:
        return self


@dataclass(frozen=True, repr=False)
class Desk:
    """Owners and views that a feature's controller is given.

    Attributes:
        owners: of what is inspected; nothing is computed unless a test asks for it.
        views: widgets, in no window.
        stage, actions, display, history, reviews: the other owners.
        owner: Qt's parent of all owners.
        window: a bare frame for views, with the keys of all actions; see `lay`.
        features: those that follow the owners; each is an attribute as well.
        failures: (message, details) of what went wrong in a thread, which the window would say.
    """

    owners: Owners
    views: Views
    stage: Stage
    actions: Actions
    display: Display
    history: History
    reviews: Reviews
    owner: QObject
    window: QWidget
    features: dict[str, Any] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        if name in self.features:
            return self.features[name]
        if name in Owners.__dataclass_fields__:
            return getattr(self.owners, name)
        raise AttributeError(f"nobody follows the owners as {name}")

    def follow(self, *, second: Any = None, **features: Any) -> None:
        """Have features follow the owners in the window's own order; all others are silent.

        Args:
            second: the owner of a second model.
            features: by their names in `Features`; others are attributes of the desk alone.
        """
        silent = Silent()
        self.features.update(features, second=second)
        follower = cast("Any", Features)(**{one.name: features.get(one.name, silent) for one in fields(Features)})
        Sequences(self.owners, self.reviews, silent if second is None else second, self.stage, follower, self.owner)
        self.work.failed.connect(lambda message, details: self.failures.append((message, details)))

    def present(self, settings: Any = None, **features: Any) -> None:
        """Have the panels and the canvas tell of the shown part, and further features follow."""
        settings = self.features["settings"] = Silent() if settings is None else settings
        CanvasController(self.views, self.actions, self.stage, self.display)
        panels = {
            "presentation": PresentationController(self.owners, self.views, self.stage),
            "subspaces": SubspacesController(self.views, self.judging, self.actions, self.models, settings),
            "own_map": OwnMapController(self.owners, self.views, self.display),
        }
        self.follow(**panels, **features)

    def list_parts(self, settings: Any = None, **features: Any) -> None:
        """Like `present`, and the list takes folders (`LibraryController.open`) and keys."""
        library = LibraryController(self.owners, self.views, self.actions, self.stage)
        self.present(settings, library=library, **features)

    def inspect(self, *files: Path, shown: int = 0) -> None:
        """Have files or a folder's files in the list, load the model, and show one of them."""
        found = [one for file in files for one in (sorted(file.iterdir()) if file.is_dir() else [file])]
        self.open(*(Part(str(file)) for file in found))
        self.views.parts.model.set_parts(self.session.parts)
        self.models.reload()
        self.shown.show(shown)

    def lay(self, *shown: QWidget, width: int = 1000, height: int = 600) -> None:
        """Show views beside each other, and have keys run actions, as in the window."""
        row = QHBoxLayout(self.window)
        for view in shown:
            row.addWidget(view)
        for name in self.actions.names:
            self.window.addAction(self.actions[name])
        self.window.resize(width, height)
        self.window.show()
        self.window.activateWindow()
        if self.views.canvas in shown:
            # As in the window, no field for text takes the keys.
            self.views.canvas.setFocus()

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
        if "library" in self.features:
            self.features["library"].stop()
        self.owners.work.stop()
        assert self.owners.work.join(ENDS_SECONDS)
        for widget in [view for view in vars(self.views).values() if isinstance(view, QWidget)]:
            # What lies in another one went with it.
            if isValid(widget):
                delete(widget)
        delete(self.window)
        delete(self.views)
        delete(self.owner)


def laid_out(factory: Callable[[], InspectorLike] = FakeInspector) -> Desk:
    """An empty desk; the factory makes the model where one is asked for."""
    owner = QObject()
    session, work, stage = Session(), Work(owner), Stage(owner)
    actions = Actions(stage, owner)
    history = History(actions, stage, owner)
    store = PartStore(session, owner)
    models = ModelState(work, store, "compact", lambda *_given: factory(), parent=owner)
    shown = ShownPart(session, work, store, models, owner)
    judging = Judging(session, store, history, actions, owner)
    display = Display(Look(), owner)
    reviews = Reviews(work, history, parent=owner)
    owners = Owners(session, work, store, models, shown, judging)
    return Desk(owners, Views(display), stage, actions, display, history, reviews, owner, QWidget())
