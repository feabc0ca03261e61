"""The small member of tests/soak/store_kills.py: two kills, nothing lost in the store, nothing there twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from soak.store_kills import main


def test_a_killed_run_leaves_every_result_once_in_the_store(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(2, 12, tmp_path, postgres=False, model=str(tiny_model)) == 0
    said = capsys.readouterr().out
    assert "12 results of 12 parts, 2 decisions, nothing lost, doubled or different" in said
