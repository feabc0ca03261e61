"""The small members of tests/soak/kills.py: a few kills, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from soak.kills import inspect, train, window


def test_a_killed_run_that_is_gone_on_with_equals_one_left_alone(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inspect(2, 12, tmp_path, str(tiny_model)) == 0
    assert "2 kills: nothing lost, finished True" in capsys.readouterr().out


def test_a_killed_training_that_is_gone_on_with_equals_one_left_alone(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(1, 6, tmp_path, str(tiny_model), 0) == 0
    assert "1 kills: 12 epochs, checkpoint the same, log the same" in capsys.readouterr().out


def test_a_killed_window_that_is_opened_again_has_lost_nothing(
    bundled_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("PySide6", reason="the window needs PySide6")
    assert bundled_model
    assert window(1, 8, tmp_path) == 0
    assert "1 kills of the window: results of 8 of 8 parts, each once a run" in capsys.readouterr().out
