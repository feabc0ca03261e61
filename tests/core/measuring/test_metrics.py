"""Metrics against scikit-learn, against a slow derivation from the definitions, and at their edges."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from tokenclip_core.data.samples import Sample, masked_sample
from tokenclip_core.errors import SettingsError
from tokenclip_core.measuring import metrics as measuring
from tokenclip_core.measuring.evaluation import CategoryScores
from tokenclip_core.measuring.metrics import (
    EXACT_BYTES,
    BinnedPixelScores,
    PixelScores,
    image_metrics,
    mean_metrics,
    merged_scores,
    pixel_metrics,
    pixel_scores,
    undefined_reason,
)

labelled = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9).map(lambda n: n / 9)), min_size=2, max_size=60)


def both_kinds(items: list[tuple[int, float]]) -> bool:
    return {label for label, _ in items} == {0, 1}


@given(labelled.filter(both_kinds))
def test_image_metrics_are_those_of_scikit_learn(items: list[tuple[int, float]]) -> None:
    labels, scores = map(np.array, zip(*items, strict=True))
    precision, recall, _ = precision_recall_curve(labels, scores)
    harmonic = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    metrics = image_metrics(labels, scores)
    assert metrics["image_auroc"] == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert metrics["image_ap"] == pytest.approx(average_precision_score(labels, scores), abs=1e-12)
    assert metrics["image_f1max"] == pytest.approx(harmonic.max(), abs=1e-9)


def random_case(seed: int, levels: int | None) -> tuple[list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    masks, maps = [], []
    for shape in ((12, 17), (20, 9), (8, 8)):
        mask = np.zeros(shape, np.uint8)
        mask[1:3, 2:5] = 255
        # Touches the first only at a corner: one region under 8-connectivity.
        mask[3, 5] = 255
        mask[6:7, 1:8] = 1
        values = rng.random(shape) + 0.4 * (mask > 0) * rng.random()
        values = np.clip(values / 1.4, 0, 1)
        masks.append(mask)
        maps.append((np.round(values * levels) / levels if levels else values).astype(np.float32))
    masks.append(np.zeros((5, 6), np.uint8))
    maps.append(rng.random((5, 6)).astype(np.float32))
    return masks, maps


def regions_of(mask: np.ndarray) -> list[set[tuple[int, int]]]:
    """Flood fill over 8 neighbours, as slow and as plain as can be."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    found = []
    while left:
        region, border = set(), [left.pop()]
        while border:
            y, x = border.pop()
            region.add((y, x))
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            border.extend(near)
        found.append(region)
    return found


def slow_aupro(masks: list[np.ndarray], maps: list[np.ndarray], limit: float = 0.3) -> float:
    thresholds = np.unique(np.concatenate([values.ravel() for values in maps]))[::-1]
    negatives = sum(int((mask == 0).sum()) for mask in masks)
    points = [(0.0, 0.0)]
    for threshold in thresholds:
        false = sum(int(((mask == 0) & (values >= threshold)).sum()) for mask, values in zip(masks, maps, strict=True))
        shares = [
            np.mean([values[pixel] >= threshold for pixel in region])
            for mask, values in zip(masks, maps, strict=True)
            for region in regions_of(mask)
        ]
        points.append((false / negatives, float(np.mean(shares))))
    area = 0.0
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 >= limit:
            break
        if x1 > limit:
            x1, y1 = limit, y0 + (y1 - y0) * (limit - x0) / (x1 - x0)
        area += (x1 - x0) * (y0 + y1) / 2
    return area / limit


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("levels", [None, 3, 50])
def test_pixel_metrics_follow_their_definitions(seed: int, levels: int | None) -> None:
    masks, maps = random_case(seed, levels)
    labels = np.concatenate([mask.ravel() > 0 for mask in masks])
    scores = np.concatenate([values.ravel() for values in maps])
    metrics = pixel_metrics(masks, maps)
    assert metrics["pixel_auroc"] == pytest.approx(roc_auc_score(labels, scores), abs=1e-9)
    assert metrics["pixel_ap"] == pytest.approx(average_precision_score(labels, scores), abs=1e-9)
    assert metrics["aupro"] == pytest.approx(slow_aupro(masks, maps), abs=1e-9)


def test_a_perfect_map_and_its_opposite() -> None:
    mask = np.zeros((10, 10), np.uint8)
    mask[2:4, 2:4] = 1
    assert pixel_metrics([mask], [mask.astype(np.float32)]) == {"pixel_auroc": 1.0, "pixel_ap": 1.0, "aupro": 1.0}
    assert pixel_metrics([mask], [1 - mask.astype(np.float32)])["aupro"] == 0.0


def test_a_constant_map_is_chance() -> None:
    mask = np.zeros((10, 10), np.uint8)
    mask[2:4, 2:4] = 1
    metrics = pixel_metrics([mask], [np.full((10, 10), 0.5, np.float32)])
    assert metrics["pixel_auroc"] == 0.5
    # The curve is the diagonal, whose area up to the limit is half of it.
    assert metrics["aupro"] == pytest.approx(0.15)


def test_small_regions_count_as_much_as_large_ones() -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[:10, :10] = 1
    mask[15, 15] = 1
    values = np.zeros((20, 20), np.float32)
    values[:10, :10] = 1
    metrics = pixel_metrics([mask], [values])
    limit, rest = 0.3, 0.5
    assert metrics["aupro"] == pytest.approx(rest + rest * limit / 2)


@pytest.mark.parametrize("label", [0, 1])
def test_one_kind_alone_defines_nothing(label: int) -> None:
    assert set(image_metrics([label, label], [0.1, 0.9]).values()) == {None}
    assert set(pixel_metrics([np.full((4, 4), label)], [np.zeros((4, 4))]).values()) == {None}


def test_nothing_defines_nothing() -> None:
    assert set(image_metrics([], []).values()) == {None}
    assert pixel_metrics([], []) == {"pixel_auroc": None, "pixel_ap": None, "aupro": None}


def test_reasons_for_undefined_metrics() -> None:
    assert undefined_reason([0, 1]) is None
    assert undefined_reason([0, 0]) == "no defective parts"
    assert undefined_reason([1]) == "no good parts"
    assert undefined_reason([0, 1], missing_masks=2) == "2 defective parts without a mask"


@pytest.mark.parametrize(
    ("labels", "scores", "words"),
    [([0, 1], [0.5], "do not match"), ([0, 2], [0.5, 0.5], "0 .good."), ([0, 1], [0.5, np.nan], "finite")],
)
def test_bad_input_is_refused(labels: list[int], scores: list[float], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        image_metrics(labels, scores)


def test_bad_maps_are_refused() -> None:
    mask, values = np.zeros((4, 4)), np.zeros((4, 4))
    with pytest.raises(SettingsError, match="do not match"):
        pixel_metrics([mask], [np.zeros((4, 5))])
    with pytest.raises(SettingsError, match="do not match"):
        pixel_metrics([mask, mask], [values])
    with pytest.raises(SettingsError, match="finite"):
        pixel_metrics([mask], [np.full((4, 4), np.inf)])


def test_merged_collections_are_one() -> None:
    masks, maps = random_case(0, None)
    first, second = PixelScores(), PixelScores()
    first.add(masks[0], maps[0])
    for mask, values in zip(masks[1:], maps[1:], strict=True):
        second.add(mask, values)
    first.merge(second)
    assert first.metrics() == pytest.approx(pixel_metrics(masks, maps))


def test_means_leave_out_what_is_undefined() -> None:
    assert mean_metrics([{"a": 1.0, "b": None}, {"a": 0.0, "b": None}, {"a": None, "b": 0.5}]) == {"a": 0.5, "b": 0.5}
    assert mean_metrics([{"a": None}]) == {"a": None}


def _made_up(parts: int, seed: int) -> list[tuple[np.ndarray | None, np.ndarray]]:
    """Maps and masks of several sizes, with ties and regions, defects rather higher than the rest."""
    random = np.random.default_rng(seed)
    found: list[tuple[np.ndarray | None, np.ndarray]] = []
    for index in range(parts):
        height, width = random.integers(20, 60, 2)
        scores = np.round(random.beta(1, 6, (height, width)), int(random.integers(2, 6))).astype(np.float32)
        mask = None
        if index % 2:
            mask = np.zeros((height, width), bool)
            mask[3:9, 4:12] = mask[12:16, 2:5] = True
            scores[mask] = np.clip(scores[mask] + random.random(int(mask.sum())) * 0.5, 0, 1)
        found.append((mask, scores))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_bins_are_as_near_to_the_exact_figures_as_they_say(seed: int) -> None:
    exact, binned = PixelScores(), BinnedPixelScores()
    for mask, scores in _made_up(12, seed):
        exact.add(mask, scores)
        binned.add(mask, scores)
    error = binned.largest_error()
    assert 0 < error < 1e-3
    assert exact.largest_error() == 0
    for name, value in exact.metrics().items():
        assert value is not None
        assert binned.metrics()[name] == pytest.approx(value, abs=error + 1e-12)


def test_bins_of_coarse_scores_tell_a_large_error() -> None:
    binned = BinnedPixelScores()
    mask = np.zeros((40, 40), bool)
    mask[:20] = True
    binned.add(mask, np.full((40, 40), 0.5, np.float32))
    assert binned.largest_error() >= 0.5


def test_collections_merge_and_the_number_of_pixels_chooses_them() -> None:
    parts = _made_up(8, 3)
    assert isinstance(pixel_scores(EXACT_BYTES // 4), PixelScores)
    assert isinstance(pixel_scores(EXACT_BYTES // 4 + 1), BinnedPixelScores)
    assert isinstance(pixel_scores(EXACT_BYTES // 8, EXACT_BYTES // 100), PixelScores)
    assert isinstance(pixel_scores(EXACT_BYTES // 8, EXACT_BYTES // 50), BinnedPixelScores)
    for kind in (PixelScores, BinnedPixelScores):
        whole, halves = kind(), (kind(), kind())
        for index, (mask, scores) in enumerate(parts):
            whole.add(mask, scores)
            halves[index // 4].add(mask, scores)
        assert merged_scores(halves).metrics() == pytest.approx(whole.metrics())
    assert BinnedPixelScores().metrics() == PixelScores().metrics()


def test_what_was_collected_exactly_goes_on_in_bins() -> None:
    exact, binned = PixelScores(), BinnedPixelScores()
    for mask, scores in _made_up(6, 4):
        exact.add(mask, scores)
        binned.add(mask, scores)
    assert BinnedPixelScores.of(exact).metrics() == binned.metrics()
    assert exact.metrics() == PixelScores().metrics()


def test_a_category_with_much_that_is_marked_is_counted_in_bins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples, results = [], []
    for number, (mask, scores) in enumerate(_made_up(10, 5)):
        image, file = tmp_path / f"{number}.png", tmp_path / f"{number}_mask.png"
        Image.fromarray((255 * scores).astype(np.uint8)).save(image)
        if mask is not None:
            Image.fromarray(mask).save(file)
        samples.append(
            masked_sample(image, [file], "a", "b") if mask is not None else Sample(image, None, 0, "a", "good")
        )
        height, width = scores.shape
        results.append(SimpleNamespace(height=height, width=width, score=float(scores.max()), anomaly_map=scores))
    lines = []
    for most in (EXACT_BYTES, 4 * sum(result.anomaly_map.size for result in results) + 40 * 100):
        monkeypatch.setattr(measuring, "EXACT_BYTES", most)
        category = CategoryScores("a", samples)
        for sample, result in zip(samples, results, strict=True):
            category.add(sample, [result])
        lines.append(category.lines()[0])
    exact, binned = lines
    assert exact.note is None
    assert binned.note is not None
    error = float(binned.note.removeprefix("pixel figures to ").partition(",")[0])
    for name, value in exact.metrics.items():
        assert binned.metrics[name] == pytest.approx(value, abs=error)


def test_bins_take_no_scores_beyond_one() -> None:
    with pytest.raises(SettingsError, match="must be in"):
        BinnedPixelScores().add(None, np.full((2, 2), 1.5, np.float32))


@pytest.mark.parametrize("collection", [PixelScores, BinnedPixelScores])
def test_saturated_regions_count_as_found_when_enough_of_them_is(
    collection: type[PixelScores | BinnedPixelScores],
) -> None:
    random = np.random.default_rng(3)
    scores = np.round(random.random((20, 20)).astype(np.float32), 1)
    first, second = np.zeros((20, 20), bool), np.zeros((20, 20), bool)
    first[2:8, 2:8] = second[6:15, 6:15] = True
    regions = [(first, 10), (second, 81)]
    pixels = collection()
    pixels.add(first | second, scores, regions)
    whole = np.round(random.random((20, 20)).astype(np.float32), 1)
    pixels.add(None, whole)
    # From the definition: the mean of min(found / enough, 1) over the false positive rate of all good pixels.
    good = np.concatenate([scores[~(first | second)], whole.ravel()])
    points = [(0.0, 0.0)]
    for threshold in np.unique(np.append(scores, good))[::-1]:
        rate = float((good >= threshold).mean())
        found = [min((scores[region] >= threshold).sum() / enough, 1.0) for region, enough in regions]
        points.append((rate, float(np.mean(found))))
    x, y = map(np.array, zip(*points, strict=True))
    limit = 0.3
    inside = x <= limit
    x, y = np.append(x[inside], limit), np.append(y[inside], np.interp(limit, x, y))
    expected = float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2) / limit)
    assert pixels.metrics()["aupro"] == pytest.approx(expected, abs=1e-9)
