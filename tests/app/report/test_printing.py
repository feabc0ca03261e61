"""`tokenclip report` as PDF: the window's pages, in a process without a window or a display."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tokenclip_core.output.results_file import ResultsWriter, RunRecord
from tokenclip_core.output.rows import ResultRow


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_report_is_printed_without_a_display(tmp_path: Path, project_root: Path, language: str) -> None:
    picture = tmp_path / "part.png"
    Image.fromarray(np.full((48, 64, 3), 90, np.uint8)).save(picture)
    with ResultsWriter(tmp_path / "out", RunRecord({})) as writer:
        row = ResultRow(str(picture), width=64, height=48, score=0.9, threshold=0.5, verdict="defect", model="tiny")
        writer.write(row)
        writer.close(finished=True)
    target = tmp_path / "report.pdf"
    words = ["report", str(tmp_path / "out"), "--to", str(target), "--language", language]
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    ended = subprocess.run(
        [sys.executable, "main.py", *words], cwd=project_root, env=environment, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    content = target.read_bytes()
    assert content.startswith(b"%PDF")
    assert content.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
    # Fonts are embedded: what is written has signs.
    assert b"/FontFile2" in content
