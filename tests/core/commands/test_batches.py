"""Files through the model while the next ones are decoded and encoded: the same results to the bit, in order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tokenclip_core import Inspector, Tiling, load_image
from tokenclip_core.commands.batches import encode_batch, inspect_files, score_batch
from tokenclip_core.commands.progress import Progress
from tokenclip_core.inspection.encoding import PreparedPart
from tokenclip_core.inspection.result import InspectionResult

BATCH = 3
SIZES = [(64, 64), (64, 64), (48, 96), (64, 64), (200, 140), (96, 48), (64, 64)]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    generator = np.random.default_rng(5)
    made = []
    for number, size in enumerate(SIZES):
        made.append(tmp_path / f"{number}.png")
        Image.fromarray(generator.integers(0, 256, (*size, 3), np.uint8)).save(made[-1])
    (tmp_path / "broken.png").write_bytes(b"no picture")
    return [*made[:4], tmp_path / "broken.png", *made[4:]]


def assert_same_to_the_bit(one: InspectionResult, other: InspectionResult) -> None:
    assert one.score == other.score
    for name in ("anomaly_map", "token_map", "assignment", "transport_plan", "similarities", "subspace_maps"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("tiling", [None, Tiling(tile=96, overlap=16)])
def test_working_ahead_changes_nothing(tiny_inspector: Inspector, files: list[Path], tiling: Tiling | None) -> None:
    found = list(inspect_files(tiny_inspector, files, BATCH, Progress(len(files)), tiling=tiling))
    assert [one.path for one in found] == files
    assert [one.path.name for one in found if one.error] == ["broken.png"]
    # The same batches one after the other, in this thread; the broken file has its place in the second one.
    for start in range(0, len(files), BATCH):
        batch = found[start : start + BATCH]
        images = [load_image(one.path) for one in batch if one.error is None]
        expected = tiny_inspector.inspect_batch(images, tiling=tiling, consensus=False)
        results = [one.result for one in batch if one.result is not None]
        for mine, theirs in zip(results, expected, strict=True):
            assert_same_to_the_bit(mine, theirs)


def test_further_inspectors_score_what_the_first_encodes(tiny_inspector: Inspector, files: list[Path]) -> None:
    other = tiny_inspector.with_subspaces(tiny_inspector.subspaces)
    other.settings = other.settings.replace(top_k=1)
    for one in inspect_files(tiny_inspector, files, BATCH, Progress(len(files)), [other]):
        if one.result is not None:
            expected = other.inspect(load_image(one.path)).score
            assert one.others[0].score == pytest.approx(expected, abs=1e-6)


def test_what_is_prepared_in_another_thread_is_what_the_model_makes_itself(
    tiny_inspector: Inspector, files: list[Path]
) -> None:
    images = [load_image(file) for file in files if file.name != "broken.png"]
    prepared = [tiny_inspector.prepare(image) for image in images]
    assert all(isinstance(one, PreparedPart) and one.nbytes == one.pixels.nbytes for one in prepared)
    for mine, theirs in zip(
        score_batch(tiny_inspector, encode_batch(tiny_inspector, prepared)),
        score_batch(tiny_inspector, encode_batch(tiny_inspector, images)),
        strict=True,
    ):
        assert isinstance(mine, InspectionResult)
        assert isinstance(theirs, InspectionResult)
        assert_same_to_the_bit(mine, theirs)


def test_one_refused_image_costs_no_other(tiny_inspector: Inspector, files: list[Path]) -> None:
    images = [load_image(file) for file in files[:2]]
    grey = np.zeros((8, 8), np.uint8)
    encoded = encode_batch(tiny_inspector, [images[0], grey, images[1]])
    assert [isinstance(one, str) for one in encoded] == [False, True, False]
    assert "expected (height, width, 3)" in str(score_batch(tiny_inspector, encoded)[1])
