"""Packages that only some need: imported when they are used, with a sentence where they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tokenclip_core.errors import SettingsError


def import_extra(module: str, extra: str, what: str) -> Any:
    """Import a module of an optional package.

    Args:
        module: its full name.
        extra: which extra of this program's own package brings it.
        what: needs it, as the beginning of a sentence: "MQTT".

    Raises:
        SettingsError: the package is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise SettingsError(
            f'{what} needs a package that is not installed ({error}); pip install "tokenclip-inspector[{extra}]"'
        ) from error
