"""Thresholds from good parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.calibration import Calibration, calibrate

SETTINGS = {"model_sha256": "abc", "subspaces_sha256": "def", "image_size": 160, "scoring": {"top_k": 2}}
scores = st.lists(st.floats(0, 0.99), min_size=1, max_size=50)


@given(scores, st.floats(0, 1))
def test_no_more_good_parts_are_rejected_than_allowed(good: list[float], rate: float) -> None:
    calibration = calibrate(good, rate, SETTINGS)
    rejected = sum(score >= calibration.threshold for score in good)
    assert rejected == calibration.good_rejected
    assert rejected <= rate * len(good) + 1e-9
    assert 0 <= calibration.threshold <= 1


@given(scores.filter(lambda good: len(set(good)) == len(good)), st.floats(0, 1))
def test_the_threshold_is_as_low_as_it_can_be(good: list[float], rate: float) -> None:
    calibration = calibrate(good, rate, SETTINGS)
    assert calibration.good_rejected == int(rate * len(good) + 1e-9)


def test_rates_are_shares() -> None:
    good = [number / 100 for number in range(30)]
    assert calibrate(good, 0.1, SETTINGS).good_rejected == 3
    assert calibrate(good, 0, SETTINGS).threshold == pytest.approx(0.29)
    assert calibrate(good, 1, SETTINGS).threshold == 0


def test_defective_parts_are_counted() -> None:
    calibration = calibrate([0.1, 0.2], 0, SETTINGS, defective=[0.2, 0.3, 0.9])
    assert (calibration.defective_found, calibration.defective_parts) == (2, 3)


@pytest.mark.parametrize(
    ("good", "rate", "words"),
    [([], 0, "needs good parts"), ([0.5], 1.5, "rate"), ([1.5], 0, "not in 0 to 1"), ([1.0], 0, "score 1")],
)
def test_what_cannot_be_calibrated(good: list[float], rate: float, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        calibrate(good, rate, SETTINGS)


def test_files_hold_all(tmp_path: Path) -> None:
    calibration = calibrate([0.1, 0.2, 0.3], 0.34, SETTINGS, defective=[0.5])
    calibration.write(tmp_path / "new" / "line.json")
    assert Calibration.read(tmp_path / "new" / "line.json") == calibration


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "tokenclip-calibration", "version": 1}'])
def test_other_files_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "line.json").write_text(content)
    with pytest.raises(SettingsError, match="tokenclip calibrate"):
        Calibration.read(tmp_path / "line.json")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="check the name"):
        Calibration.read(tmp_path / "line.json")


def test_a_threshold_out_of_range_is_refused(tmp_path: Path) -> None:
    calibrate([0.1], 0, SETTINGS).write(tmp_path / "line.json")
    content = json.loads((tmp_path / "line.json").read_text()) | {"threshold": 7}
    (tmp_path / "line.json").write_text(json.dumps(content))
    with pytest.raises(SettingsError, match="0 to 1"):
        Calibration.read(tmp_path / "line.json")


def test_a_calibration_fits_only_its_own_settings() -> None:
    calibration = calibrate([0.1], 0, SETTINGS)
    calibration.check_fits(SETTINGS | {"precision": "bf16"})
    with pytest.raises(SettingsError, match="another model, image_size"):
        calibration.check_fits(SETTINGS | {"model_sha256": "x", "image_size": 320})
