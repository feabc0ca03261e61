"""A recipe in force whose model sees nothing, for tests of what a station does around it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from tokenclip_core.errors import ImageError
from tokenclip_core.station.line import LineKeeper


def refuse(_pixels: Any) -> Any:
    # What a result is made of is not these tests'; a part that can't be inspected has a result too.
    raise ImageError("a stand-in sees nothing")


def stand_in_line(inspect: Callable[[Any], Any] = refuse) -> LineKeeper:
    """What a station asks for its recipe; `inspect` stands for the model."""
    recipe = SimpleNamespace(checkpoint=None, judgement=SimpleNamespace(threshold=0.5), name="stand-in", sha256="")
    line = SimpleNamespace(recipe=recipe, inspector=SimpleNamespace(model_name="stand-in", inspect=inspect))
    lines = SimpleNamespace(current=lambda: line, recipe=recipe, problem="", changes=0, run="run", close=lambda: None)
    return cast("LineKeeper", lines)
