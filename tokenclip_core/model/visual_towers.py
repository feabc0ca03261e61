"""The two kinds of open_clip image tower that can be tapped for dense tokens, behind one small interface.

A tower adapter owns no weights: it calls the modules of the loaded model in place. Both kinds are pre-norm vision
transformers; they differ in the names of their parts, in how positions are added and in how the global feature is
pooled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from open_clip.timm_model import TimmModel
from open_clip.transformer import ResidualAttentionBlock
from open_clip.transformer import VisionTransformer as NativeVisionTransformer
from timm.layers.attention import Attention as TimmAttention
from timm.models.vision_transformer import Block as TimmBlock
from timm.models.vision_transformer import VisionTransformer as TimmVisionTransformer
from torch import Tensor, nn
from torch.nn import functional

from tokenclip_core.errors import ModelError

PositionInterpolation = Literal["bicubic", "bilinear"]

SUPPORTED_TOWERS = (
    "open_clip's native VisionTransformer (CLIP ViT-*), "
    "and timm's VisionTransformer (SigLIP, hybrid stems) with plain blocks"
)


@dataclass(frozen=True)
class AttentionHeads:
    """Projections of one block's attention, split into heads.

    Attributes:
        query: (B, heads, Q, width / heads), Q = N, or 1 where only the class token goes on.
        key: (B, heads, N, width / heads).
        value: (B, heads, N, width / heads).
    """

    query: Tensor
    key: Tensor
    value: Tensor


class VisualBlock(Protocol):
    """One pre-norm transformer block, taken apart so that two attention paths can share its projections."""

    def project(self, tokens: Tensor, queries: int | None) -> AttentionHeads:
        """Normalise (B, N, W) tokens and project them; with ``queries``, only the first that many become queries."""

    def merge(self, heads: Tensor) -> Tensor:
        """Turn the attention's output (B, heads, Q, W / heads) into a residual branch (B, Q, W)."""

    def feed_forward(self, tokens: Tensor) -> Tensor:
        """Return the residual branch (B, Q, W) of the block's MLP."""


@dataclass(frozen=True)
class LearnedPositions:
    """Position embeddings as they were learned, on the native grid.

    Attributes:
        values: (1, prefix + gh * gw, W).
        grid: (gh, gw), native.
        prefix_tokens: of the values, those before the patches.
        parameter: name of the values in the image tower's state dict.
    """

    values: Tensor
    grid: tuple[int, int]
    prefix_tokens: int
    parameter: str

    def resized(self, grid: tuple[int, int], interpolation: PositionInterpolation) -> Tensor:
        """(1, prefix + N, W) for another grid; see `resize_positions`."""
        return resize_positions(self.values, self.grid, grid, self.prefix_tokens, interpolation)


class DenseHead(Protocol):
    """What some image towers have instead of a plain projection: it reads the tokens of several blocks at once.

    Attributes:
        taps: 1-based blocks that it reads, ascending.
    """

    taps: tuple[int, ...]

    def __call__(self, tapped: Sequence[Tensor], /) -> tuple[Tensor, Tensor]:
        """The pooled feature, and (B, N, D) patch features, of one (B, prefix + N, W) per tap."""

    def plain_feature(self, tokens: Tensor) -> Tensor:
        """One projection of (B, N, W) tokens, (B, N, D), for the V-V path and single blocks."""


class VisualTower(Protocol):
    """An image tower: embedding, blocks, and the two heads that turn tokens into joint features."""

    blocks: Sequence[VisualBlock]
    patch_size: tuple[int, int]
    native_grid: tuple[int, int]
    prefix_tokens: int
    pools_class_token: bool
    width: int
    dense_head: DenseHead | None

    @property
    def learned_positions(self) -> LearnedPositions | None:
        """The positions that the model learned, or None if it does without."""

    def embed(self, pixels: Tensor, positions: Tensor | None) -> Tensor:
        """Turn (B, 3, h, w) pixels into (B, prefix + N, W) tokens with positions of this grid added."""

    def global_feature(self, tokens: Tensor) -> Tensor:
        """Pool the last block's output (B, prefix + N, W) as the model itself does, (B, D)."""

    def project_pooled(self, pooled: Tensor) -> Tensor:
        """Bring a dense head's pooled feature into the joint space, (B, D)."""

    def patch_feature(self, tokens: Tensor) -> Tensor:
        """Apply the final norm and the projection to (B, N, W) patch tokens, (B, N, D)."""


def resize_positions(
    positions: Tensor,
    old_grid: tuple[int, int],
    new_grid: tuple[int, int],
    prefix_tokens: int,
    interpolation: PositionInterpolation,
) -> Tensor:
    """Resize learned positions (1, prefix + N, W) to another grid; the input is never modified.

    ``bicubic`` is antialiased, as open_clip resizes on loading; ``bilinear`` is plain, as AnomalyCLIP resizes.
    """
    if old_grid == new_grid:
        return positions
    prefix, grid = positions[:, :prefix_tokens], positions[:, prefix_tokens:]
    planes = grid.float().reshape(1, *old_grid, -1).permute(0, 3, 1, 2)
    planes = functional.interpolate(
        planes, size=new_grid, mode=interpolation, antialias=interpolation == "bicubic", align_corners=False
    )
    grid = planes.permute(0, 2, 3, 1).reshape(1, new_grid[0] * new_grid[1], -1).to(positions.dtype)
    return torch.cat([prefix, grid], dim=1)


def _split_heads(tokens: Tensor, heads: int) -> Tensor:
    """(B, N, W) to (B, heads, N, W / heads)."""
    return torch.unflatten(tokens, -1, (heads, -1)).transpose(1, 2)


def _join_heads(heads: Tensor) -> Tensor:
    """(B, heads, N, W / heads) to (B, N, W)."""
    return heads.transpose(1, 2).flatten(2)


def _project_qkv(
    tokens: Tensor, weight: Tensor, bias: Tensor | None, heads: int, queries: int | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Project normalised tokens with a packed (3W, W) matrix; with ``queries``, only that many rows become queries."""
    if queries is None:
        packed = functional.linear(tokens, weight, bias)
        query, key, value = packed.chunk(3, dim=-1)
    else:
        width = weight.shape[0] // 3
        query_bias, key_value_bias = (None, None) if bias is None else (bias[:width], bias[width:])
        query = functional.linear(tokens[:, :queries], weight[:width], query_bias)
        key, value = functional.linear(tokens, weight[width:], key_value_bias).chunk(2, dim=-1)
    return _split_heads(query, heads), _split_heads(key, heads), _split_heads(value, heads)


class _NativeBlock:
    """open_clip's ResidualAttentionBlock, whose attention is a packed nn.MultiheadAttention."""

    def __init__(self, block: ResidualAttentionBlock) -> None:
        self._block = block
        self._attention: nn.MultiheadAttention = block.attn

    def project(self, tokens: Tensor, queries: int | None) -> AttentionHeads:
        attention = self._attention
        return AttentionHeads(
            *_project_qkv(
                self._block.ln_1(tokens),
                attention.in_proj_weight,
                attention.in_proj_bias,
                attention.num_heads,
                queries,
            )
        )

    def merge(self, heads: Tensor) -> Tensor:
        branch: Tensor = self._block.ls_1(self._attention.out_proj(_join_heads(heads)))
        return branch

    def feed_forward(self, tokens: Tensor) -> Tensor:
        branch: Tensor = self._block.ls_2(self._block.mlp(self._block.ln_2(tokens)))
        return branch


class _TimmBlock:
    """timm's Block: optional query and key norms (SigLIP 2, ViT-22B style), layer scale, inner norm."""

    def __init__(self, block: TimmBlock, attention: TimmAttention) -> None:
        self._block = block
        self._attention = attention

    def project(self, tokens: Tensor, queries: int | None) -> AttentionHeads:
        attention = self._attention
        query, key, value = _project_qkv(
            self._block.norm1(tokens), attention.qkv.weight, attention.qkv.bias, attention.num_heads, queries
        )
        return AttentionHeads(attention.q_norm(query), attention.k_norm(key), value)

    def merge(self, heads: Tensor) -> Tensor:
        attention = self._attention
        branch: Tensor = self._block.ls1(attention.proj(attention.norm(_join_heads(heads))))
        return branch

    def feed_forward(self, tokens: Tensor) -> Tensor:
        branch: Tensor = self._block.ls2(self._block.mlp(self._block.norm2(tokens)))
        return branch


class NativeTower:
    """Adapter of open_clip's own VisionTransformer.

    Raises:
        ModelError: attentional pooling (CoCa) or custom blocks, whose tokens have no plain path to the joint space.
    """

    def __init__(self, visual: NativeVisionTransformer) -> None:
        if getattr(visual, "attn_pool", None) is not None:
            raise ModelError(
                "this image tower pools by attention (CoCa), so its patch tokens have no projection into the joint "
                f"space. Supported are {SUPPORTED_TOWERS}."
            )
        layers = visual.transformer.resblocks
        blocks = [block for block in layers if isinstance(block, ResidualAttentionBlock)]
        if len(blocks) < len(layers):
            raise ModelError(f"this image tower has custom attention blocks. Supported are {SUPPORTED_TOWERS}.")
        self._visual = visual
        self.blocks: Sequence[VisualBlock] = [_NativeBlock(block) for block in blocks]
        self.patch_size: tuple[int, int] = visual.patch_size
        self.native_grid: tuple[int, int] = visual.grid_size
        self.prefix_tokens = 1
        self.pools_class_token: bool = getattr(visual, "pool_type", "") == "tok"
        self.width: int = visual.transformer.width
        self.dense_head: DenseHead | None = None

    @property
    def learned_positions(self) -> LearnedPositions | None:
        """The positions that the model learned."""
        return LearnedPositions(self._visual.positional_embedding[None], self.native_grid, 1, "positional_embedding")

    def embed(self, pixels: Tensor, positions: Tensor | None) -> Tensor:
        """Turn (B, 3, h, w) pixels into (B, prefix + N, W) tokens; see VisualTower."""
        visual = self._visual
        tokens = visual.conv1(pixels).flatten(2).transpose(1, 2)
        class_token = visual.class_embedding.to(tokens.dtype).expand(tokens.shape[0], 1, -1)
        tokens = torch.cat([class_token, tokens], dim=1)
        if positions is not None:
            tokens = tokens + positions.to(tokens.dtype)
        embedded: Tensor = visual.ln_pre(visual.patch_dropout(tokens))
        return embedded

    def global_feature(self, tokens: Tensor) -> Tensor:
        """Pool the last block's output (B, prefix + N, W) as the model itself does, (B, D)."""
        pooled, _ = self._visual._pool(tokens)  # the model's own pooling order, so that it equals encode_image
        feature: Tensor = pooled if self._visual.proj is None else pooled @ self._visual.proj
        return feature

    def project_pooled(self, pooled: Tensor) -> Tensor:
        """Bring a pooled feature into the joint space, (B, D)."""
        return pooled if self._visual.proj is None else pooled @ self._visual.proj

    def patch_feature(self, tokens: Tensor) -> Tensor:
        """Apply the final norm and the projection to (B, N, W) patch tokens, (B, N, D)."""
        tokens = self._visual.ln_post(tokens)
        return tokens if self._visual.proj is None else tokens @ self._visual.proj


class TimmTower:
    """Adapter of a timm VisionTransformer inside open_clip's TimmModel.

    Raises:
        ModelError: the trunk is another architecture, or its blocks are not timm's plain pre-norm Block.
    """

    def __init__(self, model: TimmModel) -> None:
        trunk = model.trunk
        if not isinstance(trunk, TimmVisionTransformer):
            raise ModelError(
                f"the image tower {type(trunk).__name__} is not a vision transformer. Supported are {SUPPORTED_TOWERS}."
            )
        blocks: list[VisualBlock] = []
        for block in trunk.blocks:
            attention = getattr(block, "attn", None)
            if (
                not isinstance(block, TimmBlock)
                or not isinstance(attention, TimmAttention)
                or getattr(attention, "gate", None) is not None  # timm releases before gates have no such attribute
            ):
                raise ModelError(
                    f"the image tower has {type(block).__name__} blocks, which can't be tapped. "
                    f"Supported are {SUPPORTED_TOWERS}."
                )
            blocks.append(_TimmBlock(block, attention))
        if len(model.head) and not isinstance(model.head[-1], nn.Linear):
            raise ModelError(f"the image tower ends in a custom pooling head. Supported are {SUPPORTED_TOWERS}.")
        self._model = model
        self._trunk = trunk
        trunk.patch_embed.strict_img_size = False  # any side is accepted; positions are resized here
        self.blocks: Sequence[VisualBlock] = blocks
        native_height, native_width = model.image_size
        self.native_grid: tuple[int, int] = tuple(trunk.patch_embed.grid_size)
        self.patch_size = (native_height // self.native_grid[0], native_width // self.native_grid[1])
        self.prefix_tokens: int = trunk.num_prefix_tokens
        self.pools_class_token = trunk.global_pool == "token" and trunk.attn_pool is None
        self.width: int = trunk.embed_dim
        self.dense_head: DenseHead | None = getattr(trunk, "dense_head", None)

    @property
    def learned_positions(self) -> LearnedPositions | None:
        """The positions that the model learned, or None: a convolutional stem may do without."""
        trunk = self._trunk
        if trunk.pos_embed is None:
            return None
        prefix = 0 if trunk.no_embed_class else self.prefix_tokens
        return LearnedPositions(trunk.pos_embed, self.native_grid, prefix, "trunk.pos_embed")

    def embed(self, pixels: Tensor, positions: Tensor | None) -> Tensor:
        """Turn (B, 3, h, w) pixels into (B, prefix + N, W) tokens; see VisualTower."""
        trunk = self._trunk
        tokens = trunk.patch_embed(pixels)
        if tokens.ndim == 4:  # timm's dynamic_img_size keeps the grid: (B, gh, gw, W)
            tokens = tokens.flatten(1, 2)
        prefix = [
            token.expand(tokens.shape[0], -1, -1) for token in (trunk.cls_token, trunk.reg_token) if token is not None
        ]
        if positions is None:
            tokens = torch.cat([*prefix, tokens], dim=1)
        elif trunk.no_embed_class:
            tokens = torch.cat([*prefix, tokens + positions.to(tokens.dtype)], dim=1)
        else:
            tokens = torch.cat([*prefix, tokens], dim=1) + positions.to(tokens.dtype)
        embedded: Tensor = trunk.norm_pre(trunk.patch_drop(trunk.pos_drop(tokens)))
        return embedded

    def global_feature(self, tokens: Tensor) -> Tensor:
        """Pool the last block's output (B, prefix + N, W) as the model itself does, (B, D)."""
        feature: Tensor = self._model.head(self._trunk.forward_head(self._trunk.norm(tokens)))
        return feature

    def project_pooled(self, pooled: Tensor) -> Tensor:
        """Bring a dense head's pooled feature into the joint space, (B, D)."""
        feature: Tensor = self._model.head(pooled)
        return feature

    def patch_feature(self, tokens: Tensor) -> Tensor:
        """Apply the final norm and the projection to (B, N, W) patch tokens, (B, N, D)."""
        if self.dense_head is not None:
            return self.dense_head.plain_feature(tokens)
        # Where timm norms after pooling (fc_norm) its `norm` is the identity, and the other way round.
        trunk = self._trunk
        tokens = trunk.head(trunk.fc_norm(trunk.norm(tokens)))
        feature: Tensor = self._model.head(tokens)
        return feature


def tower_of(visual: nn.Module) -> VisualTower:
    """Wrap the image tower of an open_clip model.

    Raises:
        ModelError: no adapter fits; the message names what is supported.
    """
    if isinstance(visual, NativeVisionTransformer):
        return NativeTower(visual)
    if isinstance(visual, TimmModel):
        return TimmTower(visual)
    raise ModelError(
        f"the image tower {type(visual).__name__} has no patch tokens to inspect. Supported are {SUPPORTED_TOWERS}."
    )
