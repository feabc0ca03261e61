"""The bundled `dinov2-small`: an ordinary open_clip model with a dense head over several blocks."""

from __future__ import annotations

import pytest
import torch
from open_clip.factory import create_model

import tokenclip_core.model.dinov2_small as dinov2_small
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.loading import load_backbone
from tokenclip_core.resources import resource_path

FOLDER = resource_path("models", "dinov2-small")


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone("dinov2-small")


@pytest.fixture(scope="module")
def pixels() -> torch.Tensor:
    return torch.randn((2, 3, 56, 84), generator=torch.Generator().manual_seed(3))


def test_open_clip_builds_it_as_any_other_model(backbone: Backbone, pixels: torch.Tensor) -> None:
    assert backbone.depth == dinov2_small.DEPTH
    model = create_model(f"local-dir:{FOLDER}").eval()
    with torch.inference_mode():
        own = model.encode_image(pixels)
        tokens = backbone.encode_image(pixels)
    torch.testing.assert_close(tokens.global_feature, own, atol=2e-5, rtol=1e-4)


def test_the_head_speaks_by_default_and_the_plain_path_by_option(backbone: Backbone, pixels: torch.Tensor) -> None:
    with torch.inference_mode():
        headed = backbone.encode_image(pixels)
        plain = backbone.encode_image(pixels, (9,), 4)
        both = backbone.encode_image(pixels, (6, 9), 9)
    assert headed.patch_features[-1].shape == plain.patch_features[-1].shape == (2, 24, 192)
    assert not torch.allclose(headed.patch_features[-1], plain.patch_features[-1], atol=1e-2)
    assert torch.allclose(both.patch_features[-1], headed.patch_features[-1], atol=1e-5)
    assert torch.allclose(plain.global_feature, headed.global_feature, atol=1e-5), (
        "the global feature is the model's own"
    )
    assert [tuple(block.shape) for block in headed.evidence_features] == [(2, 24, 384)] * 2


def test_the_bundle_is_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 55e6
