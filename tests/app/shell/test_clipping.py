"""Nothing that is written on a control is cut off, on small and on large screens, in both languages.

Screens are those that are sold for their scale: 1024 x 600 at 200 % would have the room of 512 x 300.
"""

from __future__ import annotations

import json
import os
import sys
from itertools import product
from pathlib import Path

import pytest
from programs import said_by

PROGRAM = Path(__file__).with_name("clipped.py")


@pytest.mark.parametrize(
    ("scale", "sizes"),
    [("1", ["1024x600", "1366x768"]), ("1.5", ["1920x1080"]), ("2", ["2560x1440"])],
    ids=["100 %", "150 %", "200 %"],
)
def test_no_control_is_clipped(parts: Path, project_root: Path, tmp_path: Path, scale: str, sizes: list[str]) -> None:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": scale,
        "PYTHONPATH": str(project_root),
        "TOKENCLIP_CONFIG_DIR": str(tmp_path / "config"),
        "TOKENCLIP_DATA_DIR": str(tmp_path / "data"),
    }
    told = said_by(sys.executable, PROGRAM, parts, *sizes, environment=environment)
    said = json.loads(told.splitlines()[-1])
    assert [(one["language"], one["size"]) for one in said] == list(product(("en", "zh_CN"), sizes))
    for one in said:
        assert one["scale"] == float(scale)
        width, height = map(int, one["size"].split("x"))
        assert one["least"][0] <= width
        assert one["least"][1] <= height
    assert [one for one in said if one["clipped"]] == []
