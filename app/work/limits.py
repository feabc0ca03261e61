"""Limits that the window does not judge by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenclip_core.errors import SettingsError


def refuse_channel_limits(file: Path, limits: Sequence[tuple[str, float]]) -> None:
    """Refuse a recipe or a calibration with limits of single channels of evidence, rather than judge otherwise by it.

    Args:
        file: that has them.
        limits: (name of a channel, its limit).

    Raises:
        SettingsError: there are some.
    """
    if limits:
        names = ", ".join(name for name, _ in limits)
        raise SettingsError(
            f"{file.name} limits single channels of evidence ({names}), which the window does not judge by; "
            "`tokenclip inspect` does"
        )
