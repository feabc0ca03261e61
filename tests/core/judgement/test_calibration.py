"""Thresholds from good parts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.calibration import Calibration, calibrate, channel_limits, conformal_rank, parts_needed

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
    assert calibration.good_rejected == max(0, len(good) - conformal_rank(len(good), rate))


def test_rates_are_shares() -> None:
    good = [number / 100 for number in range(30)]
    assert calibrate(good, 0.1, SETTINGS).good_rejected == 2
    assert calibrate([*good, 0.3], 0.1, SETTINGS).good_rejected == 2
    assert calibrate([number / 100 for number in range(39)], 0.1, SETTINGS).good_rejected == 3
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
    assert calibration.check_fits(SETTINGS) == ()
    with pytest.raises(SettingsError, match="another model, image_size"):
        calibration.check_fits(SETTINGS | {"model_sha256": "x", "image_size": 320})


@pytest.mark.parametrize(
    ("made_with", "now", "words"),
    [
        ({"engine": "torch", "precision": "fp32"}, {"engine": "torch", "precision": "fp32"}, ""),
        ({"engine": "torch", "precision": "fp32"}, {"engine": "openvino", "precision": "fp32"}, "differ by 0.001"),
        ({"engine": "torch", "precision": "fp32"}, {"engine": "torch", "precision": "bf16"}, "not measured at bf16"),
        ({"engine": "torch", "precision": "bf16"}, {"engine": "openvino", "precision": "fp32"}, "add --precision bf16"),
        ({"precision": "fp32"}, {"engine": "openvino", "precision": "fp32"}, ""),
        ({}, {"engine": "openvino", "precision": "fp32"}, "does not say at which precision"),
    ],
)
def test_what_it_was_measured_with_is_said(made_with: dict[str, str], now: dict[str, str], words: str) -> None:
    said = calibrate([0.1], 0, SETTINGS | made_with).check_fits(SETTINGS | now)
    assert len(said) == bool(words)
    assert words in "".join(said)


@pytest.mark.parametrize("changed", [{"evidence": {"kind": "text"}}, {"bits": 12}, {"tiling": {"tile": 64}}])
def test_other_evidence_bits_and_tiles_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=f"another {next(iter(changed))}"):
        calibrate([0.1], 0, SETTINGS).check_fits(SETTINGS | changed)


@pytest.mark.parametrize(("rate", "needed"), [(0.05, 19), (0.01, 99), (0.1, 9), (0.5, 1), (1.0, 0), (0.0, 0)])
def test_how_many_parts_a_rate_needs(rate: float, needed: int) -> None:
    assert parts_needed(rate) == needed
    if 0 < rate < 1:
        assert conformal_rank(needed, rate) <= needed
        assert conformal_rank(needed - 1, rate) > needed - 1


@pytest.mark.parametrize(("good_parts", "rate"), [(40, 0.05), (99, 0.01), (25, 0.2)])
def test_the_promise_holds(good_parts: int, rate: float) -> None:
    """On average no more are rejected, and the share lies in the interval as often as is said."""
    generator, rejected, inside, among, runs = np.random.default_rng(7), [], 0, 0, 1500
    for _ in range(runs):
        # Of a beta distribution the true share is known.
        drawn = generator.beta(2, 9, good_parts)
        calibration = calibrate(drawn.tolist(), rate, SETTINGS)
        share = float(np.mean(calibration.threshold <= REFERENCE))
        rejected.append(share)
        low, high = calibration.false_reject_interval
        inside += low <= share <= high
        few = float(np.mean(generator.beta(2, 9, 60) >= calibration.threshold))
        low, high = calibration.false_reject_interval_among(60)
        among += low <= few <= high
    assert among / runs >= 0.93, "of sixty parts the share has a chance of its own"
    assert np.mean(rejected) <= rate + 3 * np.std(rejected) / np.sqrt(runs)
    assert inside / runs == pytest.approx(0.95, abs=0.02)


REFERENCE = np.random.default_rng(1).beta(2, 9, 100_000)


def test_drift_is_seen_and_noise_is_not() -> None:
    generator = np.random.default_rng(3)
    calibration = calibrate(generator.beta(2, 20, 300).tolist(), 0.01, SETTINGS)
    assert calibration.drift(generator.beta(4, 20, 100).tolist()) == "higher"
    assert calibration.drift(generator.beta(1, 40, 100).tolist()) == "lower"
    assert calibration.drift(generator.beta(4, 20, 10).tolist()) == "", "ten parts say nothing"
    same = sum(bool(calibration.drift(generator.beta(2, 20, 100).tolist())) for _ in range(200))
    assert same <= 2


def test_files_of_before_are_read(tmp_path: Path) -> None:
    content = calibrate([0.1, 0.2], 0.5, SETTINGS).to_mapping()
    del content["chosen_by"], content["good_scores"]
    (tmp_path / "old.json").write_text(json.dumps(content))
    old = Calibration.read(tmp_path / "old.json")
    assert old.good_scores == ()
    assert old.drift([0.9] * 50) == ""


def test_many_scores_are_kept_in_part() -> None:
    good = np.random.default_rng(0).random(5000) * 0.9
    kept = calibrate(good.tolist(), 0.01, SETTINGS).good_scores
    assert len(kept) == 500
    assert (kept[0], kept[-1]) == (good.min(), good.max())
    assert kept == tuple(sorted(kept))


def test_each_channel_has_its_own_limit(tmp_path: Path) -> None:
    good = [
        (("text", number / 200), ("self", number / 100), ("reference", 0.5))[: 3 if number else 2]
        for number in range(99)
    ]
    limits = dict(channel_limits(good, 0.05))
    # The 95th of 99, as the threshold has it; a channel that did not speak of every part has none.
    assert limits == {
        "text": calibrate([part[0][1] for part in good], 0.05, {}).threshold,
        "self": calibrate([part[1][1] for part in good], 0.05, {}).threshold,
    }
    assert limits["self"] == pytest.approx(0.94)
    file = tmp_path / "calibration.json"
    made = replace(calibrate([0.1, 0.2], 0.5, {}), channel_limits=tuple(limits.items()))
    made.write(file)
    assert Calibration.read(file) == made
    file.write_text(file.read_text("utf-8").replace('"channel_limits": [', '"channel_limits": [["self", 7],'), "utf-8")
    with pytest.raises(SettingsError, match="impossible"):
        Calibration.read(file)
