"""What the window says of a run over the whole folder; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

RATE_SECONDS = 20.0
"""The rate is that of the last so many seconds: long enough to be calm, short enough to follow."""

LEAST_SECONDS = 1.0
"""Before, a rate would be a guess."""


class BatchPhase(StrEnum):
    """What a run does."""

    NONE = "none"
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    RESTING = "resting"
    STOPPED = "stopped"
    DONE = "done"


@dataclass(frozen=True)
class BatchState:
    """A run as the status line shows it.

    Attributes:
        phase: waiting is for a model, resting is for the live view.
        inspected: parts that have a score or can't be read.
        total: parts of the folder.
        rate: parts a second; None while it is not known.
        seconds_left: at that rate.
        defects: of the folder; only told when the run is over.
        unreadable: of the folder; only told when the run is over.
    """

    phase: BatchPhase = BatchPhase.NONE
    inspected: int = 0
    total: int = 0
    rate: float | None = None
    seconds_left: float | None = None
    defects: int = 0
    unreadable: int = 0
