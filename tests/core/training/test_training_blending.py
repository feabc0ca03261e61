"""Learned subspaces and the descriptors that they began as, averaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from tokenclip_core.data.layouts import load_layout
from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.errors import SettingsError
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.subspaces.checkpoint import load_checkpoint
from tokenclip_core.subspaces.textual import from_descriptors
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary
from tokenclip_core.training.blending import blended
from tokenclip_core.training.trainer import Trainer
from tokenclip_core.training.training_settings import TrainingSettings


def pairs(count: int, seed: int) -> torch.Tensor:
    values = torch.randn(count, 2, 8, generator=torch.Generator().manual_seed(seed))
    return functional.normalize(values, dim=-1)


def test_the_shares_are_those_of_the_average() -> None:
    learned, start = pairs(3, 1), pairs(3, 2)
    assert torch.equal(blended(learned, start, 0.0), learned)
    torch.testing.assert_close(blended(learned, start, 1.0), start)
    half = blended(learned, start, 0.5)
    torch.testing.assert_close(half, functional.normalize(learned + start, dim=-1))
    torch.testing.assert_close(half.norm(dim=-1), torch.ones(3, 2))


def test_every_family_belongs_to_a_subspace() -> None:
    start = pairs(5, 3)
    single = blended(pairs(1, 1), start, 1.0)
    torch.testing.assert_close(single[0], functional.normalize(start.mean(dim=0), dim=-1))
    two = blended(pairs(2, 1), start, 1.0)
    torch.testing.assert_close(two[1], functional.normalize(start[[1, 3]].mean(dim=0), dim=-1))
    more = blended(pairs(7, 1), start, 1.0)
    torch.testing.assert_close(more, start[[0, 1, 2, 3, 4, 0, 1]])


def test_the_checkpoint_has_the_blend_and_the_prompts_do_not(
    tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary, tmp_path: Path
) -> None:
    list(write_dataset(tmp_path / "parts", count=5, size=48, seed=3, families=["painted surface"], defects=["scratch"]))
    settings = TrainingSettings(subspaces=2, epochs=1, validation_share=0.0, enlargement=1, descriptor_share=0.25)
    trainer = Trainer(
        tiny_backbone, tiny_vocabulary, settings, tmp_path / "learned.safetensors", image_size=32, layers=(2, 4)
    )
    list(trainer.run(load_layout(tmp_path / "parts")))
    checkpoint = load_checkpoint(trainer.out, tiny_backbone)
    with torch.no_grad():
        learned = trainer.learner()
    start = torch.from_numpy(from_descriptors(tiny_backbone, tiny_vocabulary).embeddings)
    np.testing.assert_allclose(checkpoint.embeddings, blended(learned, start, 0.25).numpy(), atol=1e-6)
    assert not np.allclose(checkpoint.embeddings, learned.numpy(), atol=1e-3)
    assert np.array_equal(checkpoint.prompts["base"], trainer.learner.base.detach().numpy())


def test_random_prompts_have_nothing_to_be_blended_with() -> None:
    assert TrainingSettings(initialisation="random").descriptor_share == 0
    with pytest.raises(SettingsError, match="descriptor_share"):
        TrainingSettings(descriptor_share=1.0)
