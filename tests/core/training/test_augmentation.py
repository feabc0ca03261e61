"""Changes of parts: seeded, the same for image and mask, and resumed with the same bits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from quick_training import QUICK
from safetensors.torch import load_file

from tokenclip_core.data.layouts import Sample, load_layout
from tokenclip_core.errors import SettingsError
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary
from tokenclip_core.training.augmentation import Augmentation, Change
from tokenclip_core.training.events import BatchDone, Notice, TrainingEvent
from tokenclip_core.training.token_cache import TokenCache
from tokenclip_core.training.trainer import Trainer
from tokenclip_core.training.training_settings import TrainingSettings

ALL = Augmentation(flips=True, turns=True, light=0.3)
SETTINGS = replace(QUICK, augmentation=ALL)


def changes(augmentation: Augmentation, grid: tuple[int, int] = (4, 4), count: int = 64) -> list[Change]:
    return [Change.draw(augmentation, grid, seed=1, epoch=number, content="part") for number in range(count)]


def test_changes_are_seeded_and_of_what_is_asked_for() -> None:
    assert changes(ALL) == changes(ALL)
    assert Change.draw(ALL, (4, 4), seed=2, epoch=0, content="part") != changes(ALL)[0]
    assert Change.draw(ALL, (4, 4), seed=1, epoch=0, content="other") != changes(ALL)[0]
    assert set(changes(Augmentation())) == {Change()}
    assert not Augmentation()
    turned = changes(Augmentation(turns=True))
    assert {change.quarters for change in turned} == {0, 1, 2, 3}
    assert not any(change.mirrored for change in turned)
    # A quarter turn would change the grid of a part that is not square.
    assert {change.quarters for change in changes(Augmentation(turns=True), (4, 6))} == {0, 2}
    # As is, left to right, top to bottom, and both.
    flipped = {(change.mirrored, change.quarters) for change in changes(Augmentation(flips=True))}
    assert flipped == {(False, 0), (True, 0), (True, 2), (False, 2)}
    light = changes(Augmentation(light=0.2))
    assert all(0.8 <= change.contrast <= 1.2 and abs(change.brightness) <= 0.1 for change in light)
    assert len({change.brightness for change in light}) == len(light)
    with pytest.raises(SettingsError, match="light"):
        Augmentation(light=1.0)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("quarters", range(4))
def test_image_and_target_move_together(mirrored: bool, quarters: int) -> None:
    change = Change(mirrored, quarters)
    image = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    target = torch.from_numpy(image[..., 0].astype(np.float32))
    assert np.array_equal(change.image(image)[..., 0], change.target(target).numpy())
    assert change.image(image).flags.c_contiguous


def test_light_stays_in_range_and_keeps_the_middle() -> None:
    image = np.array([[[0, 127, 255]]], np.uint8)
    assert Change(contrast=1.2, brightness=0.1).image(image).tolist() == [[[0, 152, 255]]]
    assert Change(contrast=0.5).image(image).tolist() == [[[64, 127, 191]]]


@pytest.fixture(scope="module")
def samples(write_parts: Callable[..., Path]) -> list[Sample]:
    return load_layout(write_parts("painted surface", "dead area", count=7, size=(32, 48)))


@pytest.mark.slow
def test_augmented_training_encodes_says_so_and_resumes_with_the_same_bits(
    tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary, samples: list[Sample], tmp_path: Path
) -> None:
    def trainer(name: str, settings: TrainingSettings = SETTINGS) -> Trainer:
        cache, out = TokenCache(tmp_path / "cache"), tmp_path / f"{name}.safetensors"
        return Trainer(tiny_backbone, tiny_vocabulary, settings, out, image_size=32, layers=(2, 4), cache=cache)

    whole = trainer("whole")
    events = list(whole.run(samples))
    assert any("encoder in every epoch" in event.text for event in events if isinstance(event, Notice))
    assert whole.source.encoded == len(samples) * (1 + SETTINGS.epochs)
    plain = trainer("plain", replace(SETTINGS, augmentation=Augmentation()))
    assert not any(isinstance(event, Notice) for event in plain.run(samples))
    assert not torch.equal(load_file(plain.out)["embeddings"], load_file(whole.out)["embeddings"])

    seen: list[TrainingEvent] = []
    run = trainer("cut").run(samples, stop=lambda: sum(isinstance(one, BatchDone) for one in seen) >= 3)
    seen.extend(run)
    resumed = trainer("cut")
    list(resumed.run(samples, resume=True))
    first, second = load_file(resumed.out), load_file(whole.out)
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())
    with pytest.raises(SettingsError, match="another augmentation"):
        list(trainer("cut", replace(SETTINGS, augmentation=Augmentation(flips=True))).run(samples, resume=True))
