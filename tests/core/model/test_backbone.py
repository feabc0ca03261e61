"""The dense path, checked against the published formulas derived here in float64 without any of the model's modules."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import open_clip
import pytest
import torch
from open_clip.model import CLIPTextCfg, CLIPVisionCfg
from torch import Tensor, nn

from tokenclip_core.errors import ModelError, SettingsError
from tokenclip_core.model.backbone import Backbone, reference_first_vv_block, reference_layers

PATCH, WIDTH, HEADS, DIMENSION = 8, 64, 4, 48

# With equal weights the published encoder and ours may differ by float32 rounding alone.
TOLERANCE = 2e-5


def make_clip(depth: int, seed: int, *, side: int = 32, **vision: Any) -> nn.Module:
    torch.manual_seed(seed)
    model = open_clip.CLIP(
        DIMENSION,
        CLIPVisionCfg(
            layers=depth, width=WIDTH, head_width=WIDTH // HEADS, patch_size=PATCH, image_size=side, **vision
        ),
        CLIPTextCfg(width=32, heads=2, layers=4),
        quick_gelu=True,
    )
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(std=0.05)  # a fresh model has zero biases, which would hide a forgotten one
    return model.eval()


def make_backbone(model: nn.Module, interpolation: str = "bilinear", **options: Any) -> Backbone:
    return Backbone.from_open_clip(model, open_clip.tokenize, interpolation, **options)


def layer_norm(tokens: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    mean = tokens.mean(-1, keepdim=True)
    variance = ((tokens - mean) ** 2).mean(-1, keepdim=True)
    return (tokens - mean) / (variance + 1e-5).sqrt() * weight + bias


def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Scaled dot-product attention over heads, written out: (B, N, W) each."""

    def split(tokens: Tensor) -> Tensor:
        return tokens.reshape(*tokens.shape[:2], HEADS, -1).permute(0, 2, 1, 3)

    scores = split(query) @ split(key).transpose(-1, -2) / math.sqrt(query.shape[-1] / HEADS)
    weights = scores.exp() / scores.exp().sum(-1, keepdim=True)
    return (weights @ split(value)).permute(0, 2, 1, 3).flatten(2)


def bilinear(plane: Tensor, height: int, width: int) -> Tensor:
    """Bilinear resampling of (gh, gw, W) with half-pixel centres, as a product of two matrices."""

    def matrix(old: int, new: int) -> Tensor:
        position = ((torch.arange(new, dtype=torch.float64) + 0.5) * old / new - 0.5).clamp(min=0)
        low = position.floor().long().clamp(max=old - 1)
        high = (low + 1).clamp(max=old - 1)
        share = position - low
        weights = torch.zeros(new, old, dtype=torch.float64)
        weights[torch.arange(new), low] += 1 - share
        weights[torch.arange(new), high] += share
        return weights

    rows, columns = matrix(plane.shape[0], height), matrix(plane.shape[1], width)
    return torch.einsum("hi,wj,ijc->hwc", rows, columns, plane)


def published_tokens(
    model: nn.Module, pixels: Tensor, taps: tuple[int, ...], first: int
) -> tuple[list[Tensor], Tensor]:
    """AnomalyCLIP's visual encoder from the formulas: patch tokens of every tap, and the class token, in float64."""
    weights = {name: value.double() for name, value in model.visual.state_dict().items()}
    pixels = pixels.double()
    batch, _, height, width = pixels.shape
    gh, gw = height // PATCH, width // PATCH
    patches = pixels.reshape(batch, 3, gh, PATCH, gw, PATCH).permute(0, 2, 4, 1, 3, 5).reshape(batch, gh * gw, -1)
    tokens = patches @ weights["conv1.weight"].reshape(WIDTH, -1).T
    positions = weights["positional_embedding"]
    side = math.isqrt(len(positions) - 1)
    grid = bilinear(positions[1:].reshape(side, side, WIDTH), gh, gw).reshape(gh * gw, WIDTH)
    class_token = (weights["class_embedding"] + positions[0]).expand(batch, 1, WIDTH)
    tokens = torch.cat([class_token, tokens + grid], dim=1)
    original = layer_norm(tokens, weights["ln_pre.weight"], weights["ln_pre.bias"])
    dense, tapped = None, []
    for index in range(len(model.visual.transformer.resblocks)):
        block = {
            name.split(".", 3)[3]: value
            for name, value in weights.items()
            if name.startswith(f"transformer.resblocks.{index}.")
        }
        normed = layer_norm(original, block["ln_1.weight"], block["ln_1.bias"])
        query, key, value = (normed @ block["attn.in_proj_weight"].T + block["attn.in_proj_bias"]).chunk(3, dim=-1)
        project, shift = block["attn.out_proj.weight"].T, block["attn.out_proj.bias"]
        if index >= first:
            dense = (original if dense is None else dense) + attention(value, value, value) @ project + shift
        original = original + attention(query, key, value) @ project + shift
        hidden = layer_norm(original, block["ln_2.weight"], block["ln_2.bias"])
        hidden = hidden @ block["mlp.c_fc.weight"].T + block["mlp.c_fc.bias"]
        hidden = hidden / (1 + (-1.702 * hidden).exp())
        original = original + hidden @ block["mlp.c_proj.weight"].T + block["mlp.c_proj.bias"]
        if index + 1 in taps:
            tapped.append(original if dense is None else dense)

    def into_joint_space(rows: Tensor) -> Tensor:
        return layer_norm(rows, weights["ln_post.weight"], weights["ln_post.bias"]) @ weights["proj"]

    return [into_joint_space(rows)[:, 1:] for rows in tapped], into_joint_space(original)[:, 0]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    ("depth", "taps", "first"),
    [(4, (1, 2, 3, 4), 1), (6, (6,), 2), (12, (3, 6, 9, 12), 2), (3, (1, 3), 3), (5, (2, 4), 0)],
)
@pytest.mark.parametrize("size", [(32, 32), (48, 48), (40, 72)])
def test_patch_tokens_equal_the_published_formulas(
    seed: int, depth: int, taps: tuple[int, ...], first: int, size: tuple[int, int]
) -> None:
    model = make_clip(depth, seed)
    pixels = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        found = make_backbone(model).encode_image(pixels, taps, first)
        expected, class_token = published_tokens(model, pixels, taps, first)
    assert found.grid == (size[0] // PATCH, size[1] // PATCH)
    assert found.layers == taps
    for ours, theirs in zip(found.patch_features, expected, strict=True):
        assert (ours - theirs).abs().max() <= TOLERANCE * theirs.abs().max()
    assert (found.global_feature - class_token).abs().max() <= TOLERANCE * class_token.abs().max()


def test_global_feature_is_the_models_own_and_positions_stay_untouched() -> None:
    model = make_clip(6, 0)
    before = model.visual.positional_embedding.clone()
    backbone = make_backbone(model, "bicubic")
    pixels = torch.randn(3, 3, 32, 32)
    with torch.inference_mode():
        found = backbone.encode_image(pixels).global_feature
        backbone.encode_image(torch.randn(1, 3, 64, 48))
        expected = model.encode_image(pixels)
    torch.testing.assert_close(found, expected)
    assert torch.equal(before, model.visual.positional_embedding)


def test_bicubic_and_bilinear_positions_differ_only_away_from_the_native_grid() -> None:
    model = make_clip(4, 0)
    smooth, plain = make_backbone(model, "bicubic"), make_backbone(model, "bilinear")
    native, larger = torch.randn(1, 3, 32, 32), torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(smooth.encode_image(native).patch_features[0], plain.encode_image(native).patch_features[0])
        difference = smooth.encode_image(larger).patch_features[0] - plain.encode_image(larger).patch_features[0]
    assert difference.abs().max() > 1e-3


def test_average_pooling_and_layer_scale_are_respected() -> None:
    model = make_clip(3, 0, pool_type="avg", ls_init_value=0.3)
    pixels = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        found = make_backbone(model).encode_image(pixels, (1, 2), 1)
        expected = model.encode_image(pixels)
    torch.testing.assert_close(found.global_feature, expected)


@pytest.mark.parametrize("name", ["vit_tiny_patch16_siglip", "vit_tiny_r_s16_p8_224", "vit_tiny_patch16_224"])
def test_timm_towers(name: str) -> None:
    torch.manual_seed(0)
    trunk = "vit_base_patch16_siglip_224" if "siglip" in name else name
    pool = "map" if "siglip" in name else "token"
    vision = CLIPVisionCfg(
        timm_model_name=trunk, timm_model_pretrained=False, timm_pool=pool, timm_proj="", image_size=224
    )
    if pool == "token":
        vision.timm_proj = "linear"
    dimension = 768 if pool == "map" else DIMENSION
    model = open_clip.CLIP(dimension, vision, CLIPTextCfg(width=32, heads=2, layers=2)).eval()
    backbone = make_backbone(model, "bicubic", layers=(2,), first_vv_block=1)
    pixels = torch.randn(1, 3, 224, 224)
    with torch.inference_mode():
        found = backbone.encode_image(pixels)
        torch.testing.assert_close(found.global_feature, model.encode_image(pixels), rtol=1e-4, atol=1e-5)
        wide = backbone.encode_image(torch.randn(1, 3, 224, 320))
    assert wide.grid == (224 // backbone.patch_size[0], 320 // backbone.patch_size[1])
    assert wide.patch_features[0].shape == (1, wide.grid[0] * wide.grid[1], dimension)
    assert torch.isfinite(wide.patch_features[0]).all()


def test_a_convolutional_tower_is_refused_by_name() -> None:
    model = open_clip.CLIP(
        DIMENSION, CLIPVisionCfg(layers=(1, 1, 1, 1), width=16, image_size=64), CLIPTextCfg(width=32, heads=2, layers=2)
    )
    with pytest.raises(ModelError, match=r"ModifiedResNet.*VisionTransformer.*timm"):
        make_backbone(model)


def test_attentional_pooling_is_refused() -> None:
    with pytest.raises(ModelError, match="CoCa"):
        make_backbone(make_clip(2, 0, attentional_pool=True, attn_pooler_heads=4, attn_pooler_queries=4))


@pytest.mark.parametrize(
    ("size", "taps", "first"),
    [((33, 32), None, None), ((32, 32), (5,), None), ((32, 32), (2, 1), None), ((32, 32), None, 9)],
)
def test_impossible_requests_are_refused(
    size: tuple[int, int], taps: tuple[int, ...] | None, first: int | None
) -> None:
    with pytest.raises(SettingsError):
        make_backbone(make_clip(4, 0)).encode_image(torch.zeros(1, 3, *size), taps, first)


def test_plain_texts_equal_the_models_own_encoding() -> None:
    model = make_clip(2, 0)
    ids = open_clip.tokenize(["a scratch", "a rather long description of a part without any visible defect at all"])
    with torch.inference_mode():
        torch.testing.assert_close(make_backbone(model).encode_text(ids), model.encode_text(ids))


def test_deep_prompts_overwrite_positions_at_their_blocks() -> None:
    """Derived by hooks on the model's own full-length forward: nothing is left out of the sequence there."""
    model = make_clip(2, 0)
    backbone = make_backbone(model)
    ids = open_clip.tokenize(["X X X object", "X X X damaged object"])
    context, deep = torch.randn(2, 3, 32), [torch.randn(2, 32), torch.randn(2, 32)]

    def overwrite(prompt: Tensor) -> Callable[..., Any]:
        def hook(module: nn.Module, arguments: tuple[Tensor, ...], keywords: dict[str, Any]) -> Any:
            tokens = arguments[0].clone()
            tokens[:, 1 : 1 + len(prompt)] = prompt
            return (tokens, *arguments[1:]), keywords

        return hook

    def write_context(module: nn.Module, arguments: object, output: Tensor) -> Tensor:
        output = output.clone()
        output[:, 1:4] = context
        return output

    handles = [model.token_embedding.register_forward_hook(write_context)]
    for block, prompt in zip(list(model.transformer.resblocks)[1:3], deep, strict=True):
        handles.append(block.register_forward_pre_hook(overwrite(prompt), with_kwargs=True))
    with torch.inference_mode():
        expected = model.encode_text(ids)
        for handle in handles:
            handle.remove()
        found = backbone.encode_prompts(context, ids, deep)
    torch.testing.assert_close(found, expected)


def test_prompt_gradients_reach_context_and_deep_prompts_alone() -> None:
    backbone = make_backbone(make_clip(2, 0))
    context = torch.randn(1, 3, 32, requires_grad=True)
    deep = torch.randn(2, 32, requires_grad=True)
    backbone.encode_prompts(context, open_clip.tokenize(["X X X object"]), [deep]).square().sum().backward()
    assert context.grad is not None
    assert deep.grad is not None
    assert context.grad.abs().sum() > 0
    assert deep.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in backbone.model.parameters())


@pytest.mark.parametrize(
    ("shape", "deep"), [((1, 3, 31), []), ((2, 3, 32), []), ((1, 80, 32), []), ((1, 3, 32), [(2, 32)] * 4)]
)
def test_prompts_that_do_not_fit_are_refused(shape: tuple[int, ...], deep: list[tuple[int, int]]) -> None:
    backbone = make_backbone(make_clip(2, 0))
    with pytest.raises(SettingsError):
        backbone.encode_prompts(torch.zeros(shape), open_clip.tokenize(["X"]), [torch.zeros(entry) for entry in deep])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_gives_float32_features_near_the_full_ones(dtype: torch.dtype) -> None:
    pixels = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        full = make_backbone(make_clip(4, 0)).encode_image(pixels).patch_features[-1]
        half = make_backbone(make_clip(4, 0), dtype=dtype).encode_image(pixels).patch_features[-1]
    assert half.dtype == torch.float32
    assert torch.cosine_similarity(full, half, dim=-1).min() > 0.99


def test_reference_fractions() -> None:
    assert reference_layers(24) == (6, 12, 18, 24)
    assert reference_first_vv_block(24) == 5
    assert reference_layers(12) == (3, 6, 9, 12)
    assert reference_layers(2) == (1, 2)
