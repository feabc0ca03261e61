"""Nothing that is written on a control is cut off, on small and on large screens, in both languages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("clipped.py")
PATIENCE = 180


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [(1024, 600, "1"), (1366, 768, "1"), (1920, 1080, "1.5"), (2560, 1440, "2")],
    ids=["1024x600", "1366x768", "1920x1080 at 150 %", "2560x1440 at 200 %"],
)
def test_no_control_is_clipped(
    parts: Path, project_root: Path, tmp_path: Path, width: int, height: int, scale: str, language: str
) -> None:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": scale,
        "PYTHONPATH": str(project_root),
        "TOKENCLIP_CONFIG_DIR": str(tmp_path / "config"),
        "TOKENCLIP_DATA_DIR": str(tmp_path / "data"),
    }
    run = subprocess.run(
        [sys.executable, str(PROGRAM), str(parts), language, str(width), str(height)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout.splitlines()[-1])
    assert said.pop("scale") == float(scale)
    least = said.pop("least")
    assert least[0] <= width
    assert least[1] <= height
    assert {name: clipped for name, clipped in said.items() if clipped} == {}
