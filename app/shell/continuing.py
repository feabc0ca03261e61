"""What a window that makes room for one in another language leaves to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.parts.state import ModelChoice


@dataclass(frozen=True)
class Continuation:
    """Where the next window goes on.

    Attributes:
        paths: what is open.
        part: absolute path of the part that is shown, or "".
        model: in use.
        managing: whether what is looked after is seen.
    """

    paths: tuple[Path, ...]
    part: str
    model: ModelChoice
    managing: bool
