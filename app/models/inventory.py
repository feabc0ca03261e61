"""Which models there are and could be, and what is known of them; no Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from app.parts.state import ModelChoice
from tokenclip_core.errors import ModelError
from tokenclip_core.model.folders import ModelFolder

if TYPE_CHECKING:
    from tokenclip_core.model.catalog import KnownBackbone


class State(Enum):
    """Whether a model can be used."""

    BUNDLED = auto()
    INSTALLED = auto()
    ELSEWHERE = auto()
    """Another program has downloaded it, or it is a folder that was opened."""
    PARTLY = auto()
    ABSENT = auto()


@dataclass(frozen=True)
class Row:
    """A model, or what one has learned.

    Attributes:
        choice: what is inspected with, if it is here.
        state: whether it is.
        licence: of its weights; "" where it is not known.
        megabytes: of its weights.
        held: bytes that an unfinished download has left.
        known: what the catalogue says of it; None for others.
    """

    choice: ModelChoice
    state: State
    licence: str = ""
    megabytes: int = 0
    held: int = 0
    known: KnownBackbone | None = None

    @property
    def name(self) -> str:
        """The model with what it has learned."""
        return self.choice.label

    @property
    def usable(self) -> bool:
        """Whether parts can be inspected with it now."""
        return self.state not in (State.PARTLY, State.ABSENT)

    @property
    def can_be_got(self) -> bool:
        """Whether it can be downloaded."""
        return not self.usable and self.known is not None

    @property
    def can_be_removed(self) -> bool:
        """Whether it is the user's own."""
        return self.state is State.INSTALLED


def inventory(folders: Iterable[ModelFolder]) -> tuple[Row, ...]:
    """The models on this machine's disks, each followed by what it has learned, and those that could be got.

    Args:
        folders: the models that are known to the window.
    """
    from tokenclip_core.model.catalog import KNOWN_BACKBONES
    from tokenclip_core.model.downloads.installing import installed_names, partly_here

    known = {backbone.name: backbone for backbone in KNOWN_BACKBONES}
    own = set(installed_names())
    rows: list[Row] = []
    here = set()
    for folder in folders:
        entry = known.get(folder.key)
        here.add(folder.key)
        bundled = entry is not None and entry.bundled
        installed = State.INSTALLED if folder.key in own else State.ELSEWHERE
        state = State.BUNDLED if bundled else installed
        licence = "" if entry is None else entry.licence
        choice = ModelChoice(folder.name, folder.key, "", folder.megabytes)
        rows.append(Row(choice, state, licence, folder.megabytes, known=entry))
        for checkpoint in folder.checkpoints:
            learned = ModelChoice(folder.name, folder.key, checkpoint, folder.megabytes)
            # By path they are the user's own, by name they came with the model.
            state = State.INSTALLED if Path(checkpoint).is_absolute() else State.BUNDLED
            rows.append(Row(learned, state, licence if state is State.BUNDLED else ""))
    for entry in KNOWN_BACKBONES:
        if entry.name not in here:
            held = partly_here(entry.name)
            state = State.PARTLY if held else State.ABSENT
            choice = ModelChoice(entry.name, entry.name, "", entry.megabytes)
            rows.append(Row(choice, state, entry.licence, entry.megabytes, held, entry))
    return tuple(rows)


def space(rows: Iterable[Row]) -> int:
    """Megabytes that the user's own models take."""
    return sum(row.megabytes for row in rows if row.state is State.INSTALLED)


def removed(row: Row) -> int:
    """Delete a model, what it has learned, or what a download has left.

    Returns:
        Bytes that are free now.

    Raises:
        ModelError: it can't be deleted.
    """
    from tokenclip_core.model.downloads.installing import forget_partial, remove_model

    if not row.choice.checkpoint:
        return remove_model(row.choice.key) if row.can_be_removed else forget_partial(row.choice.key)
    file = Path(row.choice.checkpoint)
    try:
        size = file.stat().st_size
        file.unlink()
    except OSError as error:
        raise ModelError(f"{file} could not be removed ({error}); close what uses it") from error
    return size
