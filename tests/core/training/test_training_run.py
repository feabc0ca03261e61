"""Training from parts to checkpoint: what learns, what stays, and that interruptions change nothing."""

from __future__ import annotations

import csv
import dataclasses
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from open_clip.tokenizer import SimpleTokenizer
from PIL import Image
from quick_training import QUICK
from safetensors.torch import load_file
from tiny_model import TINY_CONFIG

from tokenclip_core.data.layouts import Sample, load_layout, load_mask
from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.errors import CheckpointError, DataLayoutError, DeviceError, SettingsError
from tokenclip_core.images.reading import load_image
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.measuring.metrics import pixel_metrics
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.subspaces.checkpoint import load_checkpoint, read_info
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary
from tokenclip_core.training import steps as steps_module
from tokenclip_core.training.events import (
    BatchDone,
    EpochDone,
    Notice,
    PartPrepared,
    TrainingDone,
    TrainingEvent,
    UnusablePart,
)
from tokenclip_core.training.losses import visual_losses
from tokenclip_core.training.token_cache import TokenCache
from tokenclip_core.training.trainer import Trainer
from tokenclip_core.training.trainer_state import load_state, log_path, state_path
from tokenclip_core.training.training_settings import TrainingSettings

SETTINGS = replace(QUICK, subspaces=3, epochs=3, descriptor_share=0.0)


@pytest.fixture(scope="module")
def samples(write_parts: Callable[..., Path]) -> list[Sample]:
    return load_layout(write_parts("painted surface", "dead area", count=7, size=48))


@dataclass
class Bench:
    backbone: Backbone
    vocabulary: DescriptorVocabulary
    folder: Path

    def trainer(self, settings: TrainingSettings = SETTINGS, name: str = "learned", **options: Any) -> Trainer:
        out = self.folder / f"{name}.safetensors"
        return Trainer(self.backbone, self.vocabulary, settings, out, image_size=32, layers=(2, 4), **options)

    def cache(self, max_bytes: int = 2**24) -> TokenCache:
        return TokenCache(self.folder / "cache", max_bytes)


@pytest.fixture
def bench(tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary, tmp_path: Path) -> Bench:
    return Bench(tiny_backbone, tiny_vocabulary, tmp_path)


def of_kind(events: list[TrainingEvent], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def same_checkpoints(one: Path, other: Path) -> bool:
    """Bit for bit; only the order of a safetensors header's entries is left to chance."""
    tensors, others = load_file(one), load_file(other)
    return (
        read_info(one) == read_info(other)
        and tensors.keys() == others.keys()
        and all(torch.equal(tensor, others[name]) for name, tensor in tensors.items())
    )


def run_until(trainer: Trainer, samples: list[Sample], batches: int) -> list[TrainingEvent]:
    events: list[TrainingEvent] = []
    run = trainer.run(samples, stop=lambda: len(of_kind(events, BatchDone)) >= batches)
    while not events or not isinstance(events[-1], TrainingDone):
        events.append(next(run))
    return events


def test_events_files_and_what_they_say(bench: Bench, samples: list[Sample]) -> None:
    trainer = bench.trainer(cache=bench.cache(), data_names=["parts/painted"])
    frozen = {name: value.clone() for name, value in bench.backbone.model.state_dict().items()}
    events = list(trainer.run(samples))
    assert [(event.done, event.total) for event in of_kind(events, PartPrepared)] == [
        (number, len(samples)) for number in range(1, len(samples) + 1)
    ]
    batches = -(-len(samples) // 2)
    assert [(event.epoch, event.batch) for event in of_kind(events, BatchDone)] == [
        (epoch, batch) for epoch in (1, 2, 3) for batch in range(1, batches + 1)
    ]
    assert [event.epoch for event in of_kind(events, EpochDone)] == [1, 2, 3]
    assert events[-1] == TrainingDone("finished", 3, 3, trainer.out, 0)
    with log_path(trainer.out).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["total"]) for row in rows] == [event.losses.total for event in of_kind(events, EpochDone)]

    checkpoint = load_checkpoint(trainer.out, bench.backbone)
    assert checkpoint.info.training_data == ("parts/painted",)
    assert checkpoint.info.layers == (2, 4)
    assert checkpoint.info.scoring == SETTINGS.scoring
    assert set(checkpoint.info.names) < {family.name for family in bench.vocabulary.families}
    with torch.no_grad():
        assert np.array_equal(checkpoint.embeddings, trainer.learner().numpy())
    inspector = Inspector(bench.backbone, checkpoint.subspaces, checkpoint.info.scoring, image_size=32, layers=(2, 4))
    assert 0 <= inspector.inspect(load_image(samples[0].image)).score <= 1
    # Only prompts train.
    assert all(torch.equal(frozen[name], value) for name, value in bench.backbone.model.state_dict().items())
    assert not any(parameter.requires_grad for parameter in bench.backbone.model.parameters())


@pytest.mark.parametrize("start", ["random", "descriptors"])
def test_every_subspace_learns_in_the_first_epoch(bench: Bench, samples: list[Sample], start: Any) -> None:
    # Without orthogonality, and with one subspace per token: only transport spreads the gradient.
    scoring = replace(SETTINGS.scoring, top_k=1)
    settings = replace(
        SETTINGS, subspaces=6, epochs=1, orthogonality_weight=0.0, initialisation=start, scoring=scoring, batch_size=1
    )
    trainer = bench.trainer(settings, cache=bench.cache())
    with torch.no_grad():
        before = trainer.learner()
    heads = trainer.learner.heads.detach().clone()
    list(trainer.run(samples))
    with torch.no_grad():
        after = trainer.learner()
    assert ((after - before).abs().amax(dim=-1) > 1e-6).all()
    assert ((trainer.learner.heads - heads).abs().flatten(2).amax(dim=-1) > 0).all()


def test_initial_prompts_from_descriptors_hold_the_words(bench: Bench) -> None:
    settings = replace(SETTINGS, subspaces=4, initialisation="descriptors")
    learner = bench.trainer(settings).learner
    context = learner.context().detach().view(4, 2, learner.base.shape[1], -1)
    table = bench.backbone.model.token_embedding.weight
    # The second family is "stain", anomalous phrase "a stain", in the tiny vocabulary.
    ids = SimpleTokenizer()(["a stain"])[0, 1:3]
    assert torch.allclose(context[1, 1, -2:], table[ids], atol=1e-6)
    random = bench.trainer(replace(settings, initialisation="random")).learner
    assert torch.equal(context[1, 1, :-2], random.context().detach().view_as(context)[1, 1, :-2])
    # Families that share their normal words don't begin equal.
    assert not torch.equal(context[0, 0], context[2, 0])


@pytest.mark.slow
@pytest.mark.parametrize("batches", [1, 4, 7])
def test_resuming_gives_the_bits_of_an_uninterrupted_training(
    bench: Bench, samples: list[Sample], batches: int
) -> None:
    settings = replace(SETTINGS, validation_share=0.3)
    whole = bench.trainer(settings, "whole", cache=bench.cache())
    expected = list(whole.run(samples))
    seen = run_until(bench.trainer(settings, "cut", cache=bench.cache()), samples, batches)
    assert isinstance(seen[-1], TrainingDone)
    assert seen[-1].outcome == "cancelled"
    resumed = bench.trainer(settings, "cut", cache=bench.cache())
    rest = list(resumed.run(samples, resume=True))
    losses = [event.losses for event in of_kind(expected, BatchDone)]
    assert [event.losses for event in of_kind(seen + rest, BatchDone)] == losses
    assert of_kind(seen + rest, EpochDone) == of_kind(expected, EpochDone)
    assert same_checkpoints(resumed.out, whole.out)
    assert log_path(resumed.out).read_bytes() == log_path(whole.out).read_bytes()
    one, other = load_state(state_path(whole.out)), load_state(state_path(resumed.out))
    for name in ("prompts", "optimiser"):
        for key, value in getattr(one, name).items():
            assert torch.equal(value, getattr(other, name)[key]), key


def test_a_longer_training_goes_on_from_a_finished_one(bench: Bench, samples: list[Sample]) -> None:
    whole = bench.trainer(SETTINGS, "whole", cache=bench.cache())
    list(whole.run(samples))
    list(bench.trainer(replace(SETTINGS, epochs=1), "short", cache=bench.cache()).run(samples))
    longer = bench.trainer(SETTINGS, "short", cache=bench.cache())
    list(longer.run(samples, resume=True))
    assert same_checkpoints(longer.out, whole.out)
    again = list(bench.trainer(SETTINGS, "short", cache=bench.cache()).run(samples, resume=True))
    assert not of_kind(again, BatchDone)
    assert again[-1] == TrainingDone("finished", 3, 3, longer.out, 0)


def test_what_can_not_be_resumed_is_refused(bench: Bench, samples: list[Sample]) -> None:
    run_until(bench.trainer(), samples, 5)
    with pytest.raises(SettingsError, match="--resume"):
        list(bench.trainer().run(samples))
    with pytest.raises(SettingsError, match="another learning_rate"):
        list(bench.trainer(replace(SETTINGS, learning_rate=0.5)).run(samples, resume=True))
    with pytest.raises(SettingsError, match="another data"):
        list(bench.trainer().run(samples[1:], resume=True))
    out = bench.folder / "learned.safetensors"
    shutil.move(out, bench.folder / "elsewhere")
    with pytest.raises(CheckpointError, match="gone"):
        list(bench.trainer().run(samples, resume=True))
    shutil.move(bench.folder / "elsewhere", out)
    file = state_path(out)
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(CheckpointError, match="can't be resumed"):
        list(bench.trainer().run(samples, resume=True))
    with pytest.raises(SettingsError, match="name it so"):
        Trainer(bench.backbone, bench.vocabulary, SETTINGS, bench.folder / "learned.pt", image_size=32)


def test_epochs_from_the_cache_encode_nothing_and_have_the_same_losses(bench: Bench, samples: list[Sample]) -> None:
    without = bench.trainer(name="without")
    expected = of_kind(list(without.run(samples)), BatchDone)
    assert without.source.encoded == len(samples) * SETTINGS.epochs
    first = bench.trainer(name="first", cache=bench.cache())
    found = of_kind(list(first.run(samples)), BatchDone)
    assert first.source.encoded == len(samples)
    second = bench.trainer(name="second", cache=bench.cache())
    again = of_kind(list(second.run(samples)), BatchDone)
    assert second.source.encoded == 0
    assert again == found
    for event, reference in zip(found, expected, strict=True):
        mine, theirs = dataclasses.asdict(event.losses), dataclasses.asdict(reference.losses)
        # Relative where a loss is above 1, since a total is a weighted sum of some ten of them.
        assert mine == pytest.approx(theirs, rel=1e-3, abs=1e-3)


def test_without_room_in_the_cache_the_bits_are_the_same(bench: Bench, samples: list[Sample]) -> None:
    roomy = bench.trainer(name="roomy", cache=bench.cache())
    list(roomy.run(samples))
    entry = roomy.source.cache.nbytes // len(samples)
    tight = bench.trainer(name="tight", cache=TokenCache(bench.folder / "small", 3 * entry))
    events = list(tight.run(samples))
    assert any("encoded anew" in notice.text for notice in of_kind(events, Notice))
    assert tight.source.encoded > len(samples)
    assert tight.source.cache.nbytes <= 3 * entry
    assert same_checkpoints(tight.out, roomy.out)


def test_training_stops_early_and_keeps_the_best_epoch(bench: Bench, samples: list[Sample]) -> None:
    settings = replace(SETTINGS, epochs=12, learning_rate=0.3, validation_share=0.4, patience=2)
    trainer = bench.trainer(settings, cache=bench.cache())
    events = list(trainer.run(samples))
    epochs, done = of_kind(events, EpochDone), events[-1]
    assert isinstance(done, TrainingDone)
    assert done.outcome == "stopped early"
    assert done.epochs == done.best_epoch + 2
    validated = [epoch.validation.total for epoch in epochs]
    assert validated.index(min(validated)) + 1 == done.best_epoch
    scores = load_checkpoint(trainer.out, bench.backbone).info.scores
    assert scores["validation_loss"] == min(validated)


def test_lack_of_memory_halves_the_batch_with_a_message(
    bench: Bench, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(SETTINGS, batch_size=4, epochs=1)
    reference = of_kind(list(bench.trainer(settings, "reference").run(samples)), BatchDone)

    def small(embeddings: torch.Tensor, features: torch.Tensor, *others: Any) -> Any:
        if len(features) > limit:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes.")
        return visual_losses(embeddings, features, *others)

    monkeypatch.setattr(steps_module, "visual_losses", small)
    limit = 1
    events = list(bench.trainer(settings, "small").run(samples))
    notices = [notice.text for notice in of_kind(events, Notice)]
    assert [text for text in notices if "computing 2 parts" in text or "computing 1 part" in text] == notices
    assert len(notices) == 2
    for event, expected in zip(of_kind(events, BatchDone), reference, strict=True):
        assert event.losses.total == pytest.approx(expected.losses.total, rel=1e-3)
    limit = 0
    with pytest.raises(DeviceError, match="single part"):
        list(bench.trainer(settings, "none").run(samples))


def test_unusable_parts_are_listed_not_guessed(bench: Bench, samples: list[Sample], tmp_path: Path) -> None:
    defective = [sample for sample in samples if sample.label]
    broken = tmp_path / "broken.png"
    broken.write_bytes(defective[0].image.read_bytes()[:200])
    bad = [replace(defective[0], mask=None), replace(defective[0], image=broken), replace(defective[0], image=tmp_path)]
    events = list(bench.trainer(replace(SETTINGS, epochs=1)).run([*bad, *samples]))
    assert [event.path for event in of_kind(events, UnusablePart)] == [sample.image for sample in bad]
    assert events[-1].unusable == 3
    with pytest.raises(DataLayoutError, match="no defective part"):
        list(bench.trainer(name="good").run([sample for sample in samples if not sample.label]))


def test_a_training_stopped_while_it_prepares_can_begin_again(bench: Bench, samples: list[Sample]) -> None:
    events = list(bench.trainer().run(samples, stop=lambda: True))
    assert events == [TrainingDone("cancelled", 0, 0, None, 0)]
    assert list(bench.trainer(replace(SETTINGS, epochs=1)).run(samples, resume=True))[-1].outcome == "finished"


def test_parts_of_unlike_shapes_train_together(bench: Bench, samples: list[Sample], tmp_path: Path) -> None:
    list(write_dataset(tmp_path / "wide", count=4, size=(32, 80), seed=5, families=["wood"], defects=["hole"]))
    events = list(bench.trainer(replace(SETTINGS, epochs=1)).run([*samples, *load_layout(tmp_path / "wide")]))
    assert events[-1].outcome == "finished"


@pytest.mark.parametrize(
    "change", [{"subspaces": 0}, {"learning_rate": 0.0}, {"epochs": 0}, {"validation_share": 1.0}, {"seed": -1}]
)
def test_settings_out_of_range_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(change))):
        replace(SETTINGS, **change)


def eight_parts(root: Path) -> list[Sample]:
    """Four good and four defective parts of 128 px; a defect is a dark rectangle of whole patches."""
    random = np.random.default_rng(3)
    for number in range(8):
        pixels = random.normal(180, 12, (128, 128, 1)).repeat(3, axis=2)
        mask = np.zeros((128, 128), np.uint8)
        if number % 2:
            top, left = 8 * random.integers(1, 6, 2)
            mask[top : top + 56, left : left + 48] = 255
            pixels[mask > 0] -= 120
        kind = "hole" if number % 2 else "good"
        for file, values in (
            (root / "part" / "test" / kind / f"{number}.png", pixels.clip(0, 255).astype(np.uint8)),
            (root / "part" / "ground_truth" / kind / f"{number}_mask.png", mask),
        ):
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(values).save(file)
    return load_layout(root)


@pytest.mark.slow
def test_eight_parts_can_be_learned_by_heart(tiny_vocabulary: DescriptorVocabulary, tmp_path: Path) -> None:
    """Eight parts with large dead areas, one target per patch: the whole loss falls by 90 %, and the maps find them.

    The backbone has random weights, so that what is learned is learned by the prompts alone.
    """
    eight = eight_parts(tmp_path / "data")
    assert {sample.label for sample in eight} == {0, 1}
    towers = {name: {**TINY_CONFIG[name], "width": 64} for name in ("vision_cfg", "text_cfg")}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = open_clip.CLIP(embed_dim=64, **towers)
        with torch.no_grad():
            for parameter in model.visual.transformer.parameters():
                parameter.mul_(3.0)
    backbone = Backbone.from_open_clip(model, SimpleTokenizer(), name="tiny", layers=(1,), first_vv_block=1)
    settings = TrainingSettings(
        subspaces=4,
        epochs=160,
        learning_rate=5e-3,
        descriptor_share=0.0,
        validation_share=0.0,
        enlargement=1,
        orthogonality_weight=0.1,
        scoring=ScoringSettings(temperature=0.01, sigma=0.0),
    )
    trainer = Trainer(
        backbone,
        tiny_vocabulary,
        settings,
        tmp_path / "o.safetensors",
        image_size=128,
        cache=TokenCache(tmp_path / "c"),
    )
    epochs = of_kind(list(trainer.run(eight)), EpochDone)
    assert epochs[-1].losses.total < 0.1 * epochs[0].losses.total
    subspaces = load_checkpoint(trainer.out, backbone).subspaces
    inspector = Inspector(backbone, subspaces, settings.scoring, image_size=128, layers=(1,), first_vv_block=1)
    maps = [inspector.inspect(load_image(sample.image)).anomaly_map for sample in eight]
    masks = [np.asarray(load_mask(sample, (128, 128))) for sample in eight]
    auroc = pixel_metrics(masks, maps)["pixel_auroc"]
    assert auroc is not None
    assert auroc > 0.98
