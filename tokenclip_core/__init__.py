"""Zero-shot anomaly detection with CLIP and textual subspaces chosen by optimal transport.

    from tokenclip_core import Inspector, load_image
    result = Inspector.from_pretrained("compact").inspect(load_image("part.png"))

Importing the package loads no torch; its names are fetched when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenclip_core.image_io import load_image
    from tokenclip_core.inspector import Inspector

__all__ = ["Inspector", "load_image"]

_ORIGINS = {"Inspector": "tokenclip_core.inspector", "load_image": "tokenclip_core.image_io"}


def __getattr__(name: str) -> Any:
    if name not in _ORIGINS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_ORIGINS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
