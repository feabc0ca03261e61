"""Procedural parts: repeatable, whole in every family and defect, with masks where the defect is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tokenclip_core.data.procedural import (
    DEFECTS,
    FAMILIES,
    HELD_OUT_DEFECTS,
    HELD_OUT_FAMILIES,
    generate,
    write_dataset,
)
from tokenclip_core.data.procedural import generator as generator_module
from tokenclip_core.data.procedural.phrases import defect_phrase, defect_words, normal_phrase
from tokenclip_core.data.procedural.samples import SAMPLES
from tokenclip_core.errors import DataLayoutError, SettingsError
from tokenclip_core.resources import resource_path

seeds = st.integers(0, 2**40)


@given(seed=seeds, height=st.integers(32, 120), width=st.integers(32, 120))
@settings(max_examples=25, deadline=None)
def test_same_seed_same_bytes_and_consistent_labels(seed: int, height: int, width: int) -> None:
    part = generate(seed, (height, width), defect_probability=0.8)
    again = generate(seed, (height, width), defect_probability=0.8)
    assert part.image.shape == (height, width, 3)
    assert part.image.dtype == part.mask.dtype == part.defect_map.dtype == np.uint8
    assert part.image.tobytes() == again.image.tobytes()
    assert part.defect_map.tobytes() == again.defect_map.tobytes()
    assert part.caption == again.caption != ""
    assert np.array_equal(part.mask > 0, part.defect_map > 0)
    assert {DEFECTS[label - 1] for label in np.unique(part.defect_map[part.defect_map > 0])} == set(part.defects)


def test_different_seeds_differ() -> None:
    assert len({generate(seed, 48).image.tobytes() for seed in range(20)}) == 20


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_renders_good_parts_without_marks(family: str) -> None:
    for seed in range(4):
        part = generate(seed, 96, families=[family], defect_probability=0)
        assert part.family == family
        assert not part.mask.any()
        assert part.defects == ()
        assert part.image.std() > 0.5


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_defect_is_seen_where_its_mask_is(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without camera, the picture differs from the one before the defect inside the mask, and hardly outside it."""
    befores: list[NDArray[np.float32]] = []
    draw = generator_module._draw

    def remember(random: Any, name: str, image: Any, *others: Any) -> Any:
        if not befores:
            befores.append(image.copy())
        return draw(random, name, image, *others)

    def plain(random: Any, image: Any, labels: Any) -> tuple[Any, Any]:
        return np.clip(image * 255, 0, 255).astype(np.uint8), labels

    monkeypatch.setattr(generator_module, "_draw", remember)
    monkeypatch.setattr(generator_module, "photograph", plain)
    shown = 0
    for seed in range(12):
        befores.clear()
        part = generate(seed, 128, defects=[defect], defect_probability=1)
        if not part.defects:
            continue
        shown += 1
        before = np.clip(befores[0] * 255, 0, 255)
        change = np.abs(part.image.astype(float) - before).max(-1)
        inside = part.mask > 0
        near = cv2.dilate(part.mask, np.ones((9, 9), np.uint8)) > 0
        assert change[inside].mean() > 8, seed
        assert change[~near].mean() < 0.5 * change[inside].mean(), seed
    assert shown >= 8


def test_held_out_names_appear_only_when_asked_for() -> None:
    parts = [generate(seed, 40, defect_probability=1) for seed in range(300)]
    assert {part.family for part in parts} == set(FAMILIES) - set(HELD_OUT_FAMILIES)
    assert {name for part in parts for name in part.defects} <= set(DEFECTS) - set(HELD_OUT_DEFECTS)
    asked = generate(0, 64, families=HELD_OUT_FAMILIES, defects=HELD_OUT_DEFECTS, defect_probability=1)
    assert asked.family in HELD_OUT_FAMILIES


def test_enough_families_and_defects() -> None:
    assert len(FAMILIES) >= 15
    assert len(DEFECTS) >= 15
    assert min(len(HELD_OUT_FAMILIES), len(HELD_OUT_DEFECTS)) >= 3


@pytest.mark.parametrize(
    "arguments",
    [{"families": ["wod"]}, {"defects": ["scratc"]}, {"families": []}, {"size": 8}, {"defect_probability": 1.5}],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        generate(0, **arguments)
    if "families" in arguments:
        assert "brushed metal" in str(caught.value)


def test_phrases_are_varied_and_never_empty() -> None:
    random = np.random.default_rng(0)
    for defect in DEFECTS:
        assert len(set(defect_words(defect))) >= 8
        assert len({defect_phrase(defect, "wood", random) for _ in range(50)}) > 15
    assert len({normal_phrase("wood", random) for _ in range(50)}) > 15


def test_data_set_has_the_layout_of_mvtec_with_a_mask_for_every_defect(tmp_path: Path) -> None:
    paths = list(write_dataset(tmp_path, count=24, seed=3, size=64, families=["wood", "mesh"]))
    assert len(set(paths)) == 24
    assert {path.relative_to(tmp_path).parts[0] for path in paths} == {"wood", "mesh"}
    for path in paths:
        category, split, kind = path.relative_to(tmp_path).parts[:3]
        image = cv2.imread(str(path))
        assert image.shape == (64, 64, 3)
        mask = tmp_path / category / "ground_truth" / kind / f"{path.stem}_mask.png"
        assert mask.exists() == (kind != "good")
        if mask.exists():
            assert split == "test"
            assert set(np.unique(cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE))) == {0, 255}
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.parametrize(("count", "families"), [(1, 1), (4, 1), (11, 2), (40, 10)])
def test_few_parts_are_good_and_defective_ones_of_few_families(tmp_path: Path, count: int, families: int) -> None:
    paths = list(write_dataset(tmp_path, count=count, size=48))
    assert len(set(paths)) == count
    kinds: dict[str, list[bool]] = {}
    for path in paths:
        category, _, kind = path.relative_to(tmp_path).parts[:3]
        kinds.setdefault(category, []).append(kind == "good")
    assert len(kinds) == families
    for good in kinds.values():
        assert sum(good) == (len(good) + 1) // 2, "a good one first, then in turn"


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(DataLayoutError, match="file"):
        list(write_dataset(blocked, count=1))


def test_bundled_samples_are_those_of_the_listed_seeds() -> None:
    files = sorted(resource_path("samples").glob("*.jpg"))
    assert len(files) == len(SAMPLES) >= 12
    for file, sample in zip(files, SAMPLES, strict=True):
        defective = sample.defect is not None
        part = generate(
            sample.seed,
            sample.size,
            families=[sample.family],
            defects=[sample.defect] if sample.defect else None,
            defect_probability=float(defective),
        )
        assert bool(part.defects) == defective, file.name
        stored = cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB)
        # Compression and other builds of OpenCV move single pixels; the picture stays.
        smooth = [
            cv2.blur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(float), (9, 9)) for pixels in (stored, part.image)
        ]
        assert np.abs(smooth[0] - smooth[1]).mean() < 4, file.name
