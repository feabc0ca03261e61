"""What is learned from what, and how far it is; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tokenclip_core.judgement.areas import Areas

SUFFIX = ".safetensors"


@dataclass(frozen=True)
class DecidedParts:
    """Parts that people decided about: accepted ones are good, rejected ones defective where it is marked.

    Attributes:
        place: name of the folder that they are from.
        good: accepted, with nothing marked.
        defective: rejected, with the areas that mark the defect.
        unmarked: how many were rejected without that, and are left out.
        contradicting: how many were accepted with a marked defect, and are left out.
        bits: of 16-bit pictures, as in `load_image`.
    """

    place: str
    good: tuple[Path, ...]
    defective: tuple[tuple[Path, Areas], ...]
    unmarked: int = 0
    contradicting: int = 0
    bits: int | None = None


@dataclass(frozen=True)
class LearningChoice:
    """What is learned.

    Attributes:
        data: folder of a data set, in a layout that `tokenclip train` reads; or parts that people decided about.
        model: name or folder of the backbone.
        checkpoint, vocabulary: what the model has learned before, to be compared with; "" for its own.
        out: the checkpoint.
        epochs: at most.
        subspaces: K.
        language: of the notes, such as ``zh_CN``.
    """

    data: Path | DecidedParts
    model: str
    out: Path
    checkpoint: str = ""
    vocabulary: str = ""
    epochs: int = 15
    subspaces: int = 12
    language: str = "en"


@dataclass(frozen=True)
class Epoch:
    """Losses of one epoch, means over its parts.

    Attributes:
        number: from 1.
        loss: of the parts that are learned from.
        validation: of those kept apart; None where there are none.
        kept: whether its weights are now those of the checkpoint.
    """

    number: int
    loss: float
    validation: float | None
    kept: bool


Phase = Enum("Phase", "LOADING PREPARING LEARNING COMPARING STOPPED DONE")
"""What is being done in a training."""


@dataclass(frozen=True)
class Figures:
    """How well parts were told apart; shares, None where they are not defined.

    Attributes:
        image: area under the ROC curve of the parts' scores.
        pixel: the same of their pixels.
        region: area under the curve of the regions' overlap, up to 30 % of false pixels.
    """

    image: float | None
    pixel: float | None
    region: float | None


@dataclass(frozen=True)
class Learned:
    """The state of a training.

    Attributes:
        phase: what is being done.
        done, total: of it, parts or batches; 0 of 0 where that is not known.
        epoch, epochs: the present one, from 1; 0 before the first.
        best: epoch whose weights the checkpoint holds; 0 for none yet.
        losses: of the whole epochs of this sitting.
        notes: what a person should know, in the order in which it was found.
        before, after: of the comparison; None before it is made.
        compared: parts that were compared.
        unfinished: whether it was stopped with something on disk that can be gone on with.
    """

    phase: Phase = Phase.LOADING
    done: int = 0
    total: int = 0
    epoch: int = 0
    epochs: int = 0
    best: int = 0
    losses: tuple[Epoch, ...] = ()
    notes: tuple[str, ...] = ()
    before: Figures | None = None
    after: Figures | None = None
    compared: int = 0
    unfinished: bool = False
