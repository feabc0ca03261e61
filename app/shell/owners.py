"""The owners of what is inspected, which most features are given together."""

from __future__ import annotations

from dataclasses import dataclass

from app.editing.judging import Judging
from app.models.state import ModelState
from app.parts.shown import ShownPart
from app.parts.state import Session
from app.parts.store import PartStore
from app.work.work import Work


@dataclass(frozen=True)
class Owners:
    """Who owns the states of an inspection; a feature takes those that it uses.

    Attributes:
        session: what is open.
        work: the threads.
        store: pictures, results and scores.
        models: the model in use.
        shown: the part that is shown.
        judging: the adjustments in force.
    """

    session: Session
    work: Work
    store: PartStore
    models: ModelState
    shown: ShownPart
    judging: Judging
