"""Pretraining: losses in closed form, repeatable data, a run that resumes as if never stopped, and the export."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tokenclip_core.data.procedural import DEFECTS
from tokenclip_core.data.procedural.phrases import defect_words
from tokenclip_core.errors import ModelError
from tokenclip_core.model.fingerprint import file_sha256
from tokenclip_core.pretraining.data import (
    Batch,
    Chunk,
    Sides,
    batches,
    make_chunk,
    sample_texts,
    token_shares,
)
from tokenclip_core.pretraining.export import export
from tokenclip_core.pretraining.losses import (
    ANOMALOUS_TOKEN_WEIGHT,
    StepLosses,
    TextFeatures,
    state_logit,
    state_loss,
    step_losses,
    unit,
)
from tokenclip_core.pretraining.pretrain import PretrainSettings, Trainer
from tokenclip_core.pretraining.validation import ValidationSet, folder_set, validate
from tokenclip_core.scoring.settings import TEMPERATURE
from tokenclip_core.subspaces.vocabulary import default_vocabulary

SETTINGS = PretrainSettings(
    steps=40, decay_steps=10, warmup_steps=5, batch_size=4, chunk_size=8, passes=1, bfloat16=False
)


# --- losses ------------------------------------------------------------------------------------------------------


def test_unit_is_the_feature_over_its_length() -> None:
    torch.testing.assert_close(unit(torch.tensor([[3.0, 4.0], [0.0, -2.0]])), torch.tensor([[0.6, 0.8], [0.0, -1.0]]))


def test_state_logit_is_the_difference_of_cosines_over_the_temperature() -> None:
    pairs = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    tokens = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    torch.testing.assert_close(state_logit(tokens, pairs), torch.tensor([-0.4, 0.8]) / TEMPERATURE)
    own = torch.stack([pairs, pairs.flip(0)])
    torch.testing.assert_close(state_logit(tokens, own), torch.tensor([-0.4, -0.8]) / TEMPERATURE)


def test_state_loss_without_an_opinion() -> None:
    """At logit 0 every entropy is log 2 and every probability a half."""
    share = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
    entropy = math.log(2) * (ANOMALOUS_TOKEN_WEIGHT + 3) / 4
    dice = 1 - (2 * 0.5 + 1) / (2 + 1 + 1)
    assert float(state_loss(torch.zeros(1, 4), share)) == pytest.approx(entropy + dice)


def test_state_loss_of_the_truth_is_nothing_and_of_its_opposite_much() -> None:
    share = torch.tensor([[1.0, 0.0, 1.0, 0.0]])
    sure = (share - 0.5) * 200
    assert float(state_loss(sure, share)) == pytest.approx(0, abs=1e-6)
    # Every logit is wrong by 100; Dice has no overlap: 1 - 1 / (2 + 2 + 1).
    expected = 100 * (2 * ANOMALOUS_TOKEN_WEIGHT + 2) / 4 + 0.8
    assert float(state_loss(-sure, share)) == pytest.approx(expected, rel=1e-5)


def test_total_is_the_weighted_sum() -> None:
    parts = [torch.tensor(value) for value in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)]
    assert float(StepLosses(*parts).total) == pytest.approx(1 + 2 + 4 + 0.5 * (8 + 16) + 0.2 * 32)


def test_losses_of_features_that_are_all_alike() -> None:
    """Where tokens and texts are one vector, nothing can be told apart: uniform classes, log 2 an image."""
    kinds, images, tokens = 3, 2, 4
    same = torch.zeros(5)
    same[0] = 1
    shares = torch.zeros(images, tokens, 1 + kinds)
    shares[..., 0] = 1
    found = step_losses(
        same.expand(images, tokens, 5),
        same.expand(images, 5),
        shares,
        TextFeatures(same.expand(kinds, 2, 5), same.expand(images, 5)),
        torch.tensor(2.0),
        torch.tensor([0, 2]),
    )
    assert float(found.kind) == pytest.approx(math.log(1 + kinds))
    assert float(found.image) == pytest.approx(math.log(2))
    assert float(found.peak) == pytest.approx(math.log(2))
    assert float(found.caption) == pytest.approx(math.log(images))
    undecided = math.log(2) + 1 - 1 / (0.5 * images * tokens + 1)
    assert float(found.single) == pytest.approx(undecided)
    assert float(found.transported) == pytest.approx(undecided)


# --- data --------------------------------------------------------------------------------------------------------


def test_token_shares_of_a_hand_made_map() -> None:
    labels = np.zeros((1, 4, 6), np.uint8)
    labels[0, 0, 0] = 1
    labels[0, 2:, 4:] = [[2, 2], [2, 5]]
    shares = token_shares(labels, 2)
    assert shares.shape == (1, 6, 1 + len(DEFECTS))
    assert shares.dtype == torch.float32
    expected = torch.zeros(6, 1 + len(DEFECTS))
    expected[:, 0] = torch.tensor([0.75, 1, 1, 1, 1, 0])
    expected[0, 1], expected[5, 2], expected[5, 5] = 0.25, 0.75, 0.25
    assert torch.equal(shares[0], expected)


def test_token_shares_sum_to_one() -> None:
    labels = np.random.default_rng(0).integers(0, 1 + len(DEFECTS), (3, 24, 16)).astype(np.uint8)
    torch.testing.assert_close(token_shares(labels, 8).sum(-1), torch.ones(3, 6))


@pytest.fixture(scope="module")
def chunk() -> Chunk:
    return make_chunk(5, 8, (64, 64))


def assert_same_batches(found: list[Batch], expected: list[Batch]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one.pixels, other.pixels)
        assert torch.equal(one.token_labels, other.token_labels)
        assert one.captions == other.captions


def test_chunks_are_repeatable(chunk: Chunk) -> None:
    again = make_chunk(5, 8, (64, 64))
    np.testing.assert_array_equal(chunk.images, again.images)
    np.testing.assert_array_equal(chunk.defect_maps, again.defect_maps)
    assert (chunk.captions, chunk.families) == (again.captions, again.families)
    shifted = make_chunk(6, 7, (64, 64))
    np.testing.assert_array_equal(chunk.images[1:], shifted.images)


def test_every_fourth_chunk_is_large() -> None:
    sides = Sides(128, 192, 4, aspects=(1.0,))
    assert [sides.of(index, 8)[0] for index in range(5)] == [128, 128, 128, 192, 128]
    assert [sides.is_large(index) for index in range(5)] == [False, False, False, True, False]


def test_chunks_take_every_aspect_at_one_area() -> None:
    sides = Sides(192, 256, 5)
    for large, side in ((False, 192), (True, 256)):
        sizes = {sides.of(index, 8) for index in range(100) if sides.is_large(index) == large}
        assert len(sizes) == len(set(sides.aspects))
        for height, width in sizes:
            assert height % 8 == width % 8 == 0
            assert height * width == pytest.approx(side * side, rel=0.05)
        assert max(width / height for height, width in sizes) == pytest.approx(max(sides.aspects), rel=0.1)


def test_batches_are_repeatable_and_use_every_part(chunk: Chunk) -> None:
    made, again, other = (list(batches(chunk, 4, 8, 2, np.random.default_rng(seed))) for seed in (1, 1, 2))
    assert_same_batches(made, again)
    assert not torch.equal(made[0].pixels, other[0].pixels)
    for half in (made[:2], made[2:]):
        assert sorted(caption for batch in half for caption in batch.captions) == sorted(chunk.captions)
    for batch in made:
        assert batch.pixels.shape == (4, 3, 64, 64)
        assert batch.pixels.abs().max() <= 1
        torch.testing.assert_close(batch.token_labels.sum(-1), torch.ones(4, 64))


def test_texts_name_every_defect_in_both_states() -> None:
    texts = sample_texts(np.random.default_rng(3), ["wood", "mesh"], default_vocabulary())
    again = sample_texts(np.random.default_rng(3), ["wood", "mesh"], default_vocabulary())
    assert texts == again
    assert len(texts.anomalous) == len(texts.normal) == len(DEFECTS)
    for defect, anomalous, normal in zip(DEFECTS, texts.anomalous, texts.normal, strict=True):
        assert len(anomalous) == len(normal) == 2
        assert all([*anomalous, *normal])
        assert anomalous[1] in defect_words(defect)
        assert any(words in normal[1] and normal[1] != words for words in defect_words(defect))


# --- validation ---------------------------------------------------------------------------------------------------


def test_the_development_set_keeps_each_part_s_aspect(tmp_path: Path) -> None:
    for kind, size in (("good", (60, 240)), ("scratch", (120, 120))):
        (tmp_path / "test" / kind).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "test" / kind / "1.png"), np.full((*size, 3), 99, np.uint8))
    (tmp_path / "ground_truth" / "scratch").mkdir(parents=True)
    mask = np.zeros((120, 120), np.uint8)
    mask[:60] = 255
    cv2.imwrite(str(tmp_path / "ground_truth" / "scratch" / "1_mask.png"), mask)
    made = folder_set(tmp_path, 64, 8, 5)
    assert [tuple(pixels.shape) for pixels in made.pixels] == [(3, 32, 128), (3, 64, 64)]
    assert [shape.shape for shape in made.masks] == [(4, 16), (8, 8)]
    assert not made.masks[0].any()
    assert made.masks[1][:4].all()
    assert not made.masks[1][4:].any()
    assert list(made.kinds) == ["good", "scratch"]


def test_validation_figures_of_parts_of_several_sizes(tiny_model: Path) -> None:
    trainer = Trainer(SETTINGS, tiny_model)
    generator = torch.Generator().manual_seed(0)
    sizes = [(32, 64), (64, 64), (64, 32), (64, 64)]
    pixels = [torch.rand(3, *size, generator=generator) for size in sizes]
    patch = trainer.backbone.patch_size[0]
    masks = [np.zeros((height // patch, width // patch), bool) for height, width in sizes]
    masks[1][2, 3] = masks[3][0, 0] = True
    figures = validate(trainer.backbone, ValidationSet(pixels, masks, np.array(["good", "dent", "good", "dent"])))
    assert {f"{kind}/{figure}" for kind in ("dent", "mean") for figure in ("pixel", "image", "global")} <= set(figures)
    assert all(0 <= value <= 1 for value in figures.values())
    assert figures["dent/pixel"] == figures["mean/pixel"]


# --- training ----------------------------------------------------------------------------------------------------


def test_rate_warms_up_stays_and_falls() -> None:
    settings = PretrainSettings(steps=100, decay_steps=40, warmup_steps=10)
    assert [settings.rate(step) for step in (0, 4, 9)] == pytest.approx([0.1, 0.5, 1.0])
    assert [settings.rate(step) for step in (10, 35, 60)] == [1.0, 1.0, 1.0]
    assert [settings.rate(step) for step in (70, 80, 90)] == pytest.approx(
        [0.5 + 0.5 * math.cos(math.pi * passed) for passed in (0.25, 0.5, 0.75)]
    )
    assert settings.rate(100) == pytest.approx(0)
    assert settings.rate(150) == pytest.approx(0)


def train(trainer: Trainer, chunk: Chunk, seed: int) -> None:
    generator = np.random.default_rng(seed)
    for batch in batches(chunk, 4, trainer.backbone.patch_size[0], 1, generator):
        trainer.train_step(batch, sorted(set(chunk.families)), generator)


def assert_same_weights(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def test_a_resumed_run_goes_on_as_if_never_stopped(tiny_model: Path, chunk: Chunk, tmp_path: Path) -> None:
    trainer = Trainer(SETTINGS, tiny_model)
    fresh = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    train(trainer, chunk, 0)
    trainer.chunk = 1
    trainer.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["averaged.safetensors", "state.pt"]
    assert_same_weights(load_file(tmp_path / "averaged.safetensors"), trainer.averaged)

    resumed = Trainer(replace(SETTINGS, seed=9), tiny_model)
    assert resumed.resume(tmp_path)
    assert (resumed.step, resumed.chunk) == (2, 1)
    for each in (trainer, resumed):
        train(each, chunk, 1)
    assert trainer.step == resumed.step == 4
    assert_same_weights(trainer.model.state_dict(), resumed.model.state_dict())
    assert_same_weights(trainer.averaged, resumed.averaged)
    moved = {name for name, value in trainer.model.state_dict().items() if not torch.equal(value, fresh[name])}
    assert "visual.conv1.weight" in moved
    assert "logit_scale" in moved
    assert "token_embedding.weight" not in moved  # words that no caption uses keep their place


def test_a_saved_state_has_the_keys_that_other_runs_read(tiny_model: Path, tmp_path: Path) -> None:
    Trainer(SETTINGS, tiny_model).save(tmp_path)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert sorted(state) == ["averaged", "chunk", "model", "optimizer", "step"]


def test_there_is_nothing_to_resume_in_an_empty_folder(tiny_model: Path, tmp_path: Path) -> None:
    assert not Trainer(SETTINGS, tiny_model).resume(tmp_path)


def test_a_run_can_start_from_the_weights_of_another(tiny_model: Path, tmp_path: Path) -> None:
    source, other = Trainer(SETTINGS, tiny_model), Trainer(replace(SETTINGS, seed=2), tiny_model)
    source.save(tmp_path)
    other.start_from(tmp_path / "averaged.safetensors")
    assert_same_weights(other.model.state_dict(), source.model.state_dict())
    assert_same_weights(other.averaged, source.averaged)
    assert other.step == 0


# --- export ------------------------------------------------------------------------------------------------------


@pytest.fixture
def architecture(tmp_path: Path) -> Path:
    folder = tmp_path / "compact"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text("{}")
    return folder


def test_export_stores_half_precision_and_notes_the_hash(architecture: Path, tmp_path: Path) -> None:
    weights = {"matrix": torch.randn(5, 7), "count": torch.arange(4)}
    save_file(weights, tmp_path / "averaged.safetensors")
    (architecture / "model.json").write_text(json.dumps({"image_size": 256, "weights_sha256": "old"}))
    sha256 = export(tmp_path / "averaged.safetensors", architecture)
    stored = load_file(architecture / "model.safetensors")
    assert torch.equal(stored["matrix"], weights["matrix"].half())
    assert torch.equal(stored["count"], weights["count"])
    assert sha256 == file_sha256(architecture / "model.safetensors")
    assert json.loads((architecture / "model.json").read_text()) == {"image_size": 256, "weights_sha256": sha256}


def test_export_begins_a_description_where_there_is_none(architecture: Path, tmp_path: Path) -> None:
    save_file({"vector": torch.ones(3)}, tmp_path / "averaged.safetensors")
    sha256 = export(tmp_path / "averaged.safetensors", architecture)
    assert json.loads((architecture / "model.json").read_text()) == {"weights_sha256": sha256}


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e6])
def test_export_refuses_what_half_precision_can_not_hold(value: float, architecture: Path, tmp_path: Path) -> None:
    save_file({"vector": torch.tensor([1.0, value])}, tmp_path / "averaged.safetensors")
    with pytest.raises(ModelError, match="not finite in half precision"):
        export(tmp_path / "averaged.safetensors", architecture)
    assert not (architecture / "model.safetensors").exists()


def test_export_needs_the_folder_of_an_architecture(tmp_path: Path) -> None:
    save_file({"vector": torch.ones(3)}, tmp_path / "averaged.safetensors")
    with pytest.raises(ModelError, match=r"open_clip_config\.json"):
        export(tmp_path / "averaged.safetensors", tmp_path)
