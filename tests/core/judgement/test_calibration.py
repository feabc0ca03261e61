"""Thresholds from good parts."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.calibration import (
    Calibration,
    calibrate,
    calibration_at,
    channel_limits,
    conformal_rank,
    largest_region,
    parts_needed,
    smallest_region,
)
from tokenclip_core.judgement.findings import Region
from tokenclip_core.judgement.judgement import Judgement

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


def test_the_smallest_region_is_larger_than_those_of_good_parts() -> None:
    # Of 99 good parts the 95th from below must not have one: 80 have none, the others 10, 20, … 190 pixels.
    largest = [0.0] * 80 + [10.0 * number for number in range(1, 20)]
    assert smallest_region(largest, 0.05) == 151
    assert sum(size >= 151 for size in largest) <= 0.05 * 99
    assert smallest_region(largest[::-1], 0.05) == 151, "their order does not matter"
    assert smallest_region(largest, 0.5) == 1, "more than half have none at all"
    assert smallest_region(largest, 1.0) == 1
    assert smallest_region(largest, 0.001) == 191, "too few for that rate, so all pass"
    for none in ([0.0] * 90 + [math.inf] * 9, [math.inf]):
        assert smallest_region(none, 0.05) == 0, "no size leaves out what is the part as a whole"
    assert smallest_region([0.0] * 95 + [math.inf] * 4, 0.05) == 1
    for wrong in ([], [0.0]):
        with pytest.raises(SettingsError):
            smallest_region(wrong, 0.05 if not wrong else 1.5)


def test_at_most_the_rate_of_good_parts_to_come_has_a_region_as_large() -> None:
    random = np.random.default_rng(3)
    shares = []
    for _ in range(400):
        sizes = np.where(random.random(400) < 0.6, 0, random.integers(1, 2000, 400)).astype(float)
        smallest = smallest_region(sizes[:200].tolist(), 0.1)
        shares.append(np.mean(sizes[200:] >= smallest))
    assert 0.08 < np.mean(shares) <= 0.1


def test_a_region_that_is_most_of_the_part_is_the_part_itself() -> None:
    small, large = Region(0, 0, 5, 4, 20, 0.7), Region(0, 0, 10, 10, 51, 0.9)
    assert largest_region([], 10, 10) == 0
    assert largest_region([small, Region(0, 0, 1, 1, 1, 0.9)], 10, 10) == 20
    assert largest_region([small, large], 10, 10) == math.inf


def test_the_smallest_region_is_kept_and_judged_by(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    made = replace(calibration_at(0.5, 0.5, [0.1, 0.6], SETTINGS, chosen_by="hand"), smallest_region=37)
    made.write(file)
    assert Calibration.read(file) == made
    assert made.judgement == Judgement(0.5, smallest_region=37)
    assert replace(made, smallest_region=0).judgement == Judgement(0.5)
    text = file.read_text("utf-8")
    file.write_text(text.replace('"smallest_region": 37', '"smaller": 0'), "utf-8")
    assert Calibration.read(file).smallest_region == 0, "files of before have none"
    for impossible in (-1, 2**50, "many"):
        file.write_text(text.replace("37", json.dumps(impossible)), "utf-8")
        with pytest.raises(SettingsError):
            Calibration.read(file)
