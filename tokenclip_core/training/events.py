"""What training reports while it runs: typed events, the same for the command line and the window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tokenclip_core.training.losses import LossValues

Outcome = Literal["finished", "stopped early", "cancelled"]


@dataclass(frozen=True)
class PartPrepared:
    """One part of the training set is ready, its visual tokens at hand or known to be encoded anew every epoch.

    Attributes:
        done: parts looked at so far, the unusable ones counted.
        total: parts of the set.
    """

    done: int
    total: int


@dataclass(frozen=True)
class Notice:
    """Something the user should know, in one line; a `tokenclip_core.languages.Phrase`."""

    text: str


@dataclass(frozen=True)
class UnusablePart:
    """A part that is left out of the training.

    Attributes:
        path: its image.
        reason: one line that names the file and says what is wrong with it.
    """

    path: Path
    reason: str


@dataclass(frozen=True)
class BatchDone:
    """One optimisation step.

    Attributes:
        epoch: which epoch, from 1.
        batch: batches done in it.
        batches: batches that it has.
        losses: means over the batch.
    """

    epoch: int
    batch: int
    batches: int
    losses: LossValues


@dataclass(frozen=True)
class EpochDone:
    """One epoch; its weights and the trainer's state are on disk.

    Attributes:
        epoch: which epoch, from 1.
        epochs: how many there are at most.
        losses: means over the epoch's training parts.
        validation: means over the validation parts, or None where there are none.
        improved: whether its weights are now the ones in the checkpoint.
    """

    epoch: int
    epochs: int
    losses: LossValues
    validation: LossValues | None
    improved: bool


@dataclass(frozen=True)
class TrainingDone:
    """The last event.

    Attributes:
        outcome: ``finished`` all epochs; ``stopped early`` since the validation loss no longer fell; ``cancelled``, to
            be resumed.
        epochs: whole epochs done, those before a resumption included.
        best_epoch: whose weights the checkpoint holds, from 1; 0 if there is none yet.
        checkpoint: the file, or None if there is none yet.
        unusable: parts that were left out.
    """

    outcome: Outcome
    epochs: int
    best_epoch: int
    checkpoint: Path | None
    unusable: int


TrainingEvent = PartPrepared | Notice | UnusablePart | BatchDone | EpochDone | TrainingDone
