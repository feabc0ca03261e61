"""What several windows changed about the same settings, put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PLACES = ("recent", "recent_recipes")
MOST_ENTRIES = 512
"""Entries of a dictionary that two windows fill; the ones that were there first leave first."""


def merged(before: Mapping[str, Any], mine: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are to be written: what this window changed, and else what is there.

    Args:
        before: what this window wrote or read last.
        mine: what it has now.
        there: what is in the file, which another window may have written; unknown names are kept.
    """
    values = {**mine, **there}
    for name, value in mine.items():
        known = before.get(name)
        if value == known:
            continue
        other = there.get(name)
        if isinstance(value, dict) and isinstance(known, dict) and isinstance(other, dict):
            values[name] = _entries(known, value, other)
        elif name in _PLACES and isinstance(known, list) and isinstance(other, list):
            # The last one first: none that another window opened is lost.
            values[name] = [*value, *(entry for entry in other if entry not in value and entry not in known)]
        else:
            values[name] = value
    return values


def _entries(before: Mapping[str, Any], mine: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    gone = before.keys() - mine.keys()
    values = {name: value for name, value in there.items() if name not in gone}
    for name, value in mine.items():
        if name not in before or before[name] != value:
            # Behind the others: it was used last.
            values.pop(name, None)
            values[name] = value
    for name in list(values)[:-MOST_ENTRIES]:
        del values[name]
    return values
