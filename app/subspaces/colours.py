"""Subspaces in the colours that a person gave them; no Qt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.parts.state import Colour


def colours_of(kept: Mapping[str, Any]) -> dict[str, Colour]:
    """Colours by the subspaces' names, from #rrggbb each; what is none is left out."""
    found = {}
    for name, value in kept.items():
        if isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            red, green, blue = bytes.fromhex(value[1:])
            found[name] = (red, green, blue)
    return found


def dress(inspector: Any, colours: Mapping[str, Colour]) -> None:
    """Give a loaded model's subspaces other colours, by their names; what they say stays the same."""
    subspaces = inspector.subspaces
    dressed = tuple(replace(one, colour=colours.get(one.name, one.colour)) for one in subspaces.subspaces)
    if dressed != tuple(subspaces.subspaces):
        inspector.subspaces = replace(subspaces, subspaces=dressed)
