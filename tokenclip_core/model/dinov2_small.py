"""The architecture of the bundled ``dinov2-small`` model, as an ordinary open_clip model with a dense head.

The trunk is the first nine of the twelve blocks of DINOv2 ViT-S/14 (Oquab et al. 2024, arXiv 2304.07193), frozen.
DINOv2 has no text tower: a small trained head, which reads the tokens of several blocks at once, brings its tokens into
the joint space with texts. `Backbone` uses it for any image tower whose trunk declares one as ``dense_head``.

Importing this module registers the image tower with timm; then ``open_clip.create_model("local-dir:FOLDER")`` works,
and the model's own ``encode_image`` is the head's global feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from timm.models import register_model
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

PATCH = 14
SIDE = 518
WIDTH = 384
DEPTH = 9
TAPS = (3, 6, 9)
"""Blocks (1-based) whose tokens the head reads."""

JOINT_WIDTH = 192
HIDDEN = 256


class DenseHead(nn.Module):
    """From the tokens of several blocks to features in the joint space, each patch by itself.

    Each block's tokens are layer-normalised and put side by side, and go through one hidden layer. Patches are not
    mixed with each other here: the trunk has done that, and a head that mixed them would fit procedural parts alone.

    Attributes:
        taps: 1-based blocks of the trunk that it reads.
        pooled_width: of the pooled feature, which the model's own projection takes.
    """

    def __init__(
        self, taps: Sequence[int] = TAPS, width: int = WIDTH, hidden: int = HIDDEN, joint_width: int = JOINT_WIDTH
    ) -> None:
        super().__init__()
        self.taps = tuple(taps)
        # A number, not read from the tokens: networks are converted with constant widths.
        self.width = width
        self.pooled_width = 2 * hidden
        self.patch_in = nn.Linear(len(self.taps) * width, hidden)
        self.class_in = nn.Linear(len(self.taps) * width, hidden)
        self.hidden = nn.Linear(hidden, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.proj = nn.Linear(hidden, joint_width, bias=False)
        self.pool = nn.Linear(hidden, 1)
        self.plain = nn.Linear(width, joint_width, bias=False)

    def forward(self, tapped: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Read the tokens of the taps.

        Args:
            tapped: one (B, 1 + N, W) per tap, as the blocks give them, the class token first.

        Returns:
            (B, pooled_width) pooled feature, and (B, N, D) patch features.
        """
        return self.read(torch.cat([functional.layer_norm(block, (self.width,)) for block in tapped], dim=-1))

    def read(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The same from (B, 1 + N, taps * W) normalised tokens side by side."""
        first = torch.cat([self.class_in(tokens[:, :1]), self.patch_in(tokens[:, 1:])], dim=1)
        found = self.norm(self.hidden(functional.gelu(first)))
        patches = found[:, 1:]
        attention = self.pool(patches).softmax(dim=1)
        pooled = torch.cat([found[:, 0], (attention * patches).sum(dim=1)], dim=-1)
        return pooled, self.proj(patches)

    def plain_feature(self, tokens: Tensor) -> Tensor:
        """(B, N, W) tokens of the last block, or of a V-V path, to (B, N, D): one projection without a hidden layer."""
        feature: Tensor = self.plain(functional.layer_norm(tokens, (self.width,)))
        return feature


class _DenseHeadVisionTransformer(VisionTransformer):
    """timm's VisionTransformer whose output is its dense head's pooled feature."""

    # open_clip asks its image towers for it.
    default_cfg: ClassVar[dict[str, tuple[int, ...] | None]] = {"input_size": (3, SIDE, SIDE), "pool_size": None}

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.dense_head = DenseHead()

    @override
    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        super().reset_classifier(num_classes, global_pool)
        # open_clip sizes its projection by it.
        self.num_features = self.dense_head.pooled_width

    @override
    def forward(self, x: Tensor, attn_mask: Tensor | None = None, is_causal: bool = False) -> Tensor:
        """(B, 3, h, w) normalised pixels to the (B, pooled_width) pooled feature."""
        tokens = self.norm_pre(self.patch_drop(self._pos_embed(self.patch_embed(x))))
        tapped = []
        for number, block in enumerate(self.blocks, start=1):
            tokens = block(tokens)
            if number in self.dense_head.taps:
                tapped.append(tokens)
        pooled, _ = self.dense_head(tapped)
        feature: Tensor = pooled
        return feature


@register_model
def tokenclip_dinov2_small(pretrained: bool = False, **options: Any) -> VisionTransformer:
    """Build the image tower with timm; weights come from open_clip's checkpoint, so ``pretrained`` must be False."""
    if pretrained:
        raise ValueError("tokenclip_dinov2_small has no weights of its own; load them through open_clip")
    for name in ("pretrained_cfg", "pretrained_cfg_overlay", "cache_dir"):
        options.pop(name, None)
    settings: dict[str, Any] = {
        "img_size": SIDE,
        "patch_size": PATCH,
        "embed_dim": WIDTH,
        "depth": DEPTH,
        "num_heads": 6,
        "init_values": 1e-5,
        "dynamic_img_size": True,
        "global_pool": "token",
        "num_classes": 0,
        **options,
    }
    return _DenseHeadVisionTransformer(**settings)
