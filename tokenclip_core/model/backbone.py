"""A frozen CLIP as the source of dense visual tokens and of text embeddings.

The dense path follows AnomalyCLIP (Zhou et al., ICLR 2024, arXiv 2310.18961): from ``first_vv_block`` on, every block's
V-V attention, computed from the ordinary path, is accumulated beside that path and never fed back into it. The model's
own modules do the work in place, and both paths share one projection of each block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from tokenclip_core.arrays import FloatArray, to_numpy
from tokenclip_core.errors import ModelError, SettingsError
from tokenclip_core.model.description import ModelDescription, check_taps, patch_grid
from tokenclip_core.model.fingerprint import backbone_fingerprint
from tokenclip_core.model.text_tower import TextTower
from tokenclip_core.model.visual_towers import LearnedPositions, PositionInterpolation, VisualTower, tower_of

Tokenizer = Callable[[list[str]], Tensor]

# AnomalyCLIP on the 24 blocks of ViT-L/14: taps after these blocks (1-based), V-V attention from this block (0-based).
REFERENCE_DEPTH = 24
REFERENCE_LAYERS = (6, 12, 18, 24)
REFERENCE_FIRST_VV_BLOCK = 5

# Normalisation of OpenAI's CLIP (Radford et al. 2021), open_clip's default where a model states no other.
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
# Texts encoded at once: bounds the memory of the text tower.
_TEXT_BATCH = 64


@dataclass(frozen=True)
class VisualTokens:
    """What the image tower says about a batch.

    Attributes:
        global_feature: (B, D) float32, the model's own image feature, not normalised.
        patch_features: one (B, N, D) float32 per tapped layer, in the order of ``layers``: final norm and projection
            applied, not normalised, class token dropped; N = gh * gw, row by row.
        grid: (gh, gw), patches down and across.
        layers: the 1-based blocks that were tapped.
        evidence_features: one (B, N, W) float32 per block of the model's ``evidence_layers``: the patches' tokens after
            that block of the ordinary path, layer-normalised without weights and of unit length; what patches are
            compared by.
    """

    global_feature: Tensor
    patch_features: list[Tensor]
    grid: tuple[int, int]
    layers: tuple[int, ...]
    evidence_features: list[Tensor] = field(default_factory=list)


def reference_layers(depth: int) -> tuple[int, ...]:
    """The four taps of ViT-L/14 at the same fractions of another depth (1-based, distinct)."""
    return tuple(sorted({max(1, round(layer * depth / REFERENCE_DEPTH)) for layer in REFERENCE_LAYERS}))


def reference_evidence_layers(depth: int) -> tuple[int, ...]:
    """The two blocks (1-based) whose tokens are compared: a half and three quarters of the depth, as measured."""
    return tuple(sorted({max(1, depth // 2), max(1, depth * 3 // 4)}))


def reference_first_vv_block(depth: int) -> int:
    """The first V-V block of ViT-L/14 at the same fraction of another depth (0-based)."""
    return round(REFERENCE_FIRST_VV_BLOCK * depth / REFERENCE_DEPTH)


class Backbone:
    """A frozen open_clip model: pixels to dense tokens, prompts to text features.

    Attributes:
        name: how the model is called in results.
        patch_size: (height, width) of a patch in pixels.
        image_size: native side in pixels.
        embed_dim: D, width of the joint space.
        depth: number of blocks of the image tower.
        context_length: tokens of a prompt.
        text_width: W, width of the text tower's token embeddings.
        text_depth: number of blocks of the text tower.
        default_layers: taps (1-based) used when none are named.
        default_first_vv_block: first block with a dense path (0-based).
        evidence_layers: blocks (1-based) whose tokens patches are compared by.
        mean: per-channel mean of the input normalisation, RGB in [0, 1].
        std: per-channel deviation of the input normalisation.
        device: where the weights are.
        dtype: the image tower's compute type; outputs are float32 whatever it is.
    """

    def __init__(
        self,
        clip_model: nn.Module,
        tokenizer: Tokenizer,
        position_interpolation: PositionInterpolation = "bicubic",
        *,
        name: str = "",
        layers: Sequence[int] | None = None,
        first_vv_block: int | None = None,
        evidence_layers: Sequence[int] | None = None,
    ) -> None:
        self.model = clip_model
        self.tokenizer = tokenizer
        self.position_interpolation: PositionInterpolation = position_interpolation
        self.name = name
        visual = cast("nn.Module", clip_model.visual)
        self._tower: VisualTower = tower_of(visual)
        self._text = TextTower(clip_model)
        self.depth = len(self._tower.blocks)
        self.patch_size = self._tower.patch_size
        self.image_size = self._tower.native_grid[0] * self.patch_size[0]
        self.context_length = self._text.context_length
        self.text_width = self._text.width
        self.text_depth = self._text.depth
        self.default_layers = tuple(layers) if layers is not None else reference_layers(self.depth)
        self.default_first_vv_block = (
            first_vv_block if first_vv_block is not None else reference_first_vv_block(self.depth)
        )
        check_taps(self.default_layers, self.default_first_vv_block, self.depth)
        self.evidence_layers = (
            tuple(evidence_layers) if evidence_layers is not None else reference_evidence_layers(self.depth)
        )
        check_taps(self.evidence_layers, self.default_first_vv_block, self.depth)
        self.mean, self.std = _normalisation(clip_model)
        parameter = next(visual.parameters())
        self.device: torch.device = parameter.device
        self.dtype: torch.dtype = parameter.dtype
        with torch.no_grad():
            self.embed_dim = int(self.encode_text(self.tokenizer([""])).shape[-1])

    @classmethod
    def from_open_clip(
        cls,
        clip_model: nn.Module,
        tokenizer: Tokenizer,
        position_interpolation: PositionInterpolation = "bicubic",
        *,
        name: str = "",
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
        layers: Sequence[int] | None = None,
        first_vv_block: int | None = None,
        evidence_layers: Sequence[int] | None = None,
    ) -> Self:
        """Freeze an open_clip model, move it to ``device``, and tap it.

        The image tower computes in ``dtype``; the text tower, which runs once per vocabulary, stays in float32.

        Args:
            clip_model: what ``open_clip.create_model`` returns: an image tower that is open_clip's VisionTransformer or
                a timm VisionTransformer, and open_clip's own text tower.
            tokenizer: turns a list of P texts into (P, context_length) int64 token ids.
            position_interpolation: how learned positions are resized to other grids: ``bicubic`` (antialiased, as
                open_clip does) or ``bilinear`` (as AnomalyCLIP does).
            name: how the model is called in results.
            device: a torch device.
            dtype: torch.float32, bfloat16 or float16.
            layers: default taps, 1-based; None for the reference fractions of the depth.
            first_vv_block: default first block of the dense path, 0-based; None for the reference fraction.
            evidence_layers: blocks, 1-based and ascending, whose tokens patches are compared by; None for a half and
                three quarters of the depth.

        Raises:
            ModelError: the model has no supported tower; the message names what is supported.
            SettingsError: taps or first block out of range, unknown interpolation.
        """
        if position_interpolation not in ("bicubic", "bilinear"):
            raise SettingsError(f"position_interpolation is {position_interpolation!r}; use 'bicubic' or 'bilinear'.")
        clip_model.eval().requires_grad_(False)
        clip_model.to(device=device, dtype=torch.float32)
        clip_model.visual.to(dtype=dtype)
        return cls(
            clip_model,
            tokenizer,
            position_interpolation,
            name=name,
            layers=layers,
            first_vv_block=first_vv_block,
            evidence_layers=evidence_layers,
        )

    @property
    def weights_sha256(self) -> str:
        """SHA-256 of the weights file, or of the weights in memory where there was no file."""
        return backbone_fingerprint(self)

    def grid(self, height: int, width: int) -> tuple[int, int]:
        """Patches down and across for an input of height x width pixels; errors as `patch_grid`."""
        return patch_grid(self.patch_size, height, width)

    @property
    def description(self) -> ModelDescription:
        """What is known of the model without its weights."""
        return ModelDescription(
            name=self.name,
            weights_sha256=self.weights_sha256,
            patch_size=self.patch_size,
            image_size=self.image_size,
            embed_dim=self.embed_dim,
            depth=self.depth,
            mean=self.mean,
            std=self.std,
            layers=self.default_layers,
            first_vv_block=self.default_first_vv_block,
            evidence_layers=self.evidence_layers,
        )

    def encode_image(
        self, pixels: Tensor, layers: Sequence[int] | None = None, first_vv_block: int | None = None
    ) -> VisualTokens:
        """Encode a batch into the global feature and dense patch features.

        The global feature equals the model's own ``encode_image``. A tap before ``first_vv_block`` has no dense path
        yet and reads the ordinary one; with ``first_vv_block`` at the depth there is none at all, and then the last
        block's tap is what the model's dense head says, where it has one. Differentiable where the weights require
        gradients; wrap in ``torch.inference_mode`` otherwise.

        Args:
            pixels: (B, 3, h, w) float, normalised with ``mean`` and ``std``; h and w multiples of the patch.
            layers: taps, 1-based, ascending; None for ``default_layers``.
            first_vv_block: 0-based; None for ``default_first_vv_block``.

        Returns:
            VisualTokens with float32 features.

        Raises:
            SettingsError: wrong shape, taps out of range.
        """
        if pixels.ndim != 4 or pixels.shape[1] != 3:
            raise SettingsError(f"pixels have shape {tuple(pixels.shape)}; expected (B, 3, height, width).")
        grid = self.grid(pixels.shape[2], pixels.shape[3])
        taps = self.default_layers if layers is None else tuple(layers)
        first = self.default_first_vv_block if first_vv_block is None else first_vv_block
        check_taps(taps, first, self.depth)
        pixels = pixels.to(device=self.device, dtype=self.dtype)
        global_feature, patch_features, evidence = self.dense_path(pixels, self.positions(grid), taps, first)
        patch_features = [feature.float() for feature in patch_features]
        return VisualTokens(global_feature.float(), patch_features, grid, taps, evidence)

    @property
    def learned_positions(self) -> LearnedPositions | None:
        """The image tower's position embeddings on its native grid; None for a tower that needs none."""
        return self._tower.learned_positions

    def positions(self, grid: tuple[int, int]) -> Tensor | None:
        """(1, prefix + N, W) position embeddings for a grid (gh, gw), or None for a tower that needs none."""
        learned = self.learned_positions
        return None if learned is None else learned.resized(grid, self.position_interpolation)

    def dense_path(
        self, pixels: Tensor, positions: Tensor | None, layers: Sequence[int], first_vv_block: int
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """The network itself, without checks, which is what other engines convert.

        Args:
            pixels: (B, 3, h, w) of the tower's type, on its device.
            positions: from `positions`.
            layers: taps, 1-based, ascending.
            first_vv_block: 0-based.

        Returns:
            (B, D) global feature, (B, N, D) patch features of every tap, and (B, N, W) float32 tokens of every
            block of ``evidence_layers``, as `VisualTokens` has them.
        """
        tower = self._tower
        head = tower.dense_head
        tokens = tower.embed(pixels, positions)
        dense: Tensor | None = None
        tapped: dict[int, Tensor] = {}
        read: list[Tensor] = []
        evidence: list[Tensor] = []
        for index, block in enumerate(tower.blocks):
            if index == first_vv_block:
                dense = tokens
            # After the last block only the class token is read, unless the model pools over all tokens.
            is_last = index == self.depth - 1
            class_only = is_last and tower.pools_class_token and (dense is not None or self.depth not in layers)
            class_only = class_only and self.depth not in self.evidence_layers and head is None
            heads = block.project(tokens, 1 if class_only else None)
            if dense is not None and index < layers[-1]:
                value = heads.value
                dense = dense + block.merge(functional.scaled_dot_product_attention(value, value, value))
            attended = functional.scaled_dot_product_attention(heads.query, heads.key, heads.value)
            tokens = (tokens[:, :1] if class_only else tokens) + block.merge(attended)
            tokens = tokens + block.feed_forward(tokens)
            if index + 1 in layers:
                tapped[index + 1] = tokens if dense is None else dense
            if head is not None and index + 1 in head.taps:
                read.append(tokens)
            if index + 1 in self.evidence_layers:
                evidence.append(_compared(tokens[:, tower.prefix_tokens :], tower.width))
        patch_features = [tower.patch_feature(tapped[layer][:, tower.prefix_tokens :]) for layer in layers]
        if head is None:
            return tower.global_feature(tokens), patch_features, evidence
        pooled, mixed = head(read)
        if first_vv_block == self.depth == layers[-1]:
            patch_features[-1] = mixed
        return tower.project_pooled(pooled), patch_features, evidence

    def encode_text(self, token_ids: Tensor) -> Tensor:
        """Encode plain texts: (P, context_length) int64 to (P, D) float32, not normalised."""
        return self._text.encode(token_ids.to(self.device)).float()

    @torch.no_grad()
    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Unit embeddings of plain texts: (P, D) float32."""
        features = [
            self.encode_text(self.tokenizer(list(texts[start : start + _TEXT_BATCH])))
            for start in range(0, len(texts), _TEXT_BATCH)
        ]
        return to_numpy(functional.normalize(torch.cat(features), dim=-1))

    def encode_prompts(self, context: Tensor, token_ids: Tensor, deep: Sequence[Tensor] = ()) -> Tensor:
        """Encode learned prompts through the frozen text tower; gradients reach ``context`` and ``deep``.

        Args:
            context: (P, E, W), written over the embeddings of positions 1..E.
            token_ids: (P, context_length) int64; positions 1..E hold placeholders.
            deep: entry j, (M, W), overwrites positions 1..M at the input of block j + 1 (0-based).

        Returns:
            (P, D) float32, not normalised.

        Raises:
            SettingsError: shapes that don't fit the text tower.
        """
        prompts, length, width = (*context.shape, 0, 0, 0)[:3] if context.ndim == 3 else (0, 0, 0)
        if context.ndim != 3 or width != self.text_width or prompts != token_ids.shape[0]:
            raise SettingsError(
                f"context has shape {tuple(context.shape)}; expected ({token_ids.shape[0]}, E, {self.text_width})."
            )
        longest = max([length, *(entry.shape[0] for entry in deep)])
        if token_ids.shape[1] != self.context_length or longest > self.context_length - 2:
            raise SettingsError(
                f"token_ids have shape {tuple(token_ids.shape)} with {longest} learned positions; "
                f"prompts have {self.context_length} positions, of which the first and the end are kept."
            )
        if len(deep) > self.text_depth - 1 or any(entry.shape[-1] != self.text_width for entry in deep):
            raise SettingsError(
                f"{len(deep)} deep prompts; at most {self.text_depth - 1} of shape (M, {self.text_width}) fit."
            )
        return self._text.encode_prompts(
            context.to(self.device), token_ids.to(self.device), [entry.to(self.device) for entry in deep]
        ).float()


def _compared(tokens: Tensor, width: int) -> Tensor:
    """(B, N, W) tokens as they are compared: layer-normalised without weights, of unit length, float32.

    The width is the tower's own number, which stays one where the tower is traced.
    """
    return functional.normalize(functional.layer_norm(tokens.float(), [width]), dim=-1)


def _normalisation(clip_model: nn.Module) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Mean and deviation that the model was trained with; open_clip writes them onto the image tower."""
    mean = tuple(float(value) for value in getattr(clip_model.visual, "image_mean", None) or CLIP_MEAN)
    std = tuple(float(value) for value in getattr(clip_model.visual, "image_std", None) or CLIP_STD)
    if len(mean) != 3 or len(std) != 3:
        raise ModelError(f"the model normalises {len(mean)} channels; only RGB models are supported.")
    return (mean[0], mean[1], mean[2]), (std[0], std[1], std[2])
