"""Prints the packages that an installation without torch needs, one a line, from the project's own list.

    python resources/packaging/requirements.py [--window] > requirements.txt

With `--window` those of the window too.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"

NEED_TORCH = frozenset({"torch", "open_clip_torch", "timm"})
WINDOW = frozenset({"pyside6-essentials"})


def requirements(project: Path = PROJECT, *, window: bool = False) -> list[str]:
    """The packages, with their ranges: the program's and the station's, without torch and what needs it."""
    content = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    left_out = NEED_TORCH if window else NEED_TORCH | WINDOW
    wanted = [*content["dependencies"], *content["optional-dependencies"]["station"]]
    return [one for one in wanted if re.split(r"[<>=\[; ]", one)[0].lower() not in left_out]


if __name__ == "__main__":
    sys.stdout.write("\n".join(requirements(window="--window" in sys.argv)) + "\n")
