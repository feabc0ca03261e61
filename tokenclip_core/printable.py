"""Text from outside, such as names of files, made safe to show: nothing in it moves a cursor or breaks a line."""

from __future__ import annotations

import re

# Control characters, separators of lines, and marks that turn the direction of what is shown after them.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    r"""Write control characters as escapes such as `\n` or `\x1b`; all else stays as it is."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)
