"""The architecture of the bundled ``compact`` model, as an ordinary open_clip model.

A timm VisionTransformer whose patch embedding is a convolutional stem: an EfficientNet-Lite0 trunk (Tan and Le 2019,
arXiv 1905.11946), whose features of stride 4, 8, 16 and 32 are fused at stride 8 and mixed by two ConvNeXt-like blocks
(Liu et al. 2022, arXiv 2201.03545). It has no learned positions, so that every grid is native.

Importing this module registers the image tower with timm; then ``open_clip.create_model("local-dir:FOLDER")`` works.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

import timm
import torch
import torch.nn.functional as functional
from timm.layers.norm import LayerNorm2d
from timm.models import FeatureInfo, register_model
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

TRUNK = "tf_efficientnet_lite0"
STRIDE = 8
DEPTH = 4
FIRST_VV_BLOCK = 2  # the dense path begins on tokens that two whole blocks have worked on


class MixingBlock(nn.Module):
    """Depthwise 7 x 7 convolution and a channel MLP, as a residual branch: local context before attention."""

    def __init__(self, width: int, expansion: int = 2) -> None:
        super().__init__()
        self.spatial = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = LayerNorm2d(width)
        self.expand = nn.Conv2d(width, expansion * width, 1)
        self.activation = nn.GELU()
        self.reduce = nn.Conv2d(expansion * width, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        """(B, W, gh, gw) to the same shape."""
        branch = self.norm(self.spatial(features))
        mixed: Tensor = features + self.reduce(self.activation(self.expand(branch)))
        return mixed


class ConvolutionalStem(nn.Module):
    """Patch embedding of stride 8 from a convolutional trunk; takes timm's ``embed_layer`` arguments.

    Attributes:
        grid_size: (gh, gw) at the native side; other sides can be given, too.
        num_patches: gh * gw at the native side.
        strict_img_size: kept for timm's interface; the stem takes any multiple of its stride.
    """

    def __init__(
        self,
        img_size: int = 256,
        patch_size: int = STRIDE,
        in_chans: int = 3,
        embed_dim: int = 192,
        bias: bool = True,
        dynamic_img_pad: bool = False,
        strict_img_size: bool = False,
        output_fmt: str = "NHWC",
        device: torch.device | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if patch_size != STRIDE or in_chans != 3 or dynamic_img_pad or output_fmt != "NHWC":
            raise ValueError(f"the stem has stride {STRIDE} and three channels, keeps the grid, and does not pad")
        self.grid_size = (img_size // STRIDE, img_size // STRIDE)
        self.num_patches = self.grid_size[0] * self.grid_size[1]
        self.strict_img_size = strict_img_size
        self.trunk = timm.create_model(TRUNK, pretrained=False, features_only=True, out_indices=(1, 2, 3, 4))
        fine, middle, coarse, coarsest = cast("FeatureInfo", self.trunk.feature_info).channels()
        self.from_4 = nn.Conv2d(fine, embed_dim, 2, stride=2, bias=bias)
        self.from_8 = nn.Conv2d(middle, embed_dim, 1, bias=False)
        self.from_16 = nn.Conv2d(coarse, embed_dim, 1, bias=False)
        self.from_32 = nn.Conv2d(coarsest, embed_dim, 1, bias=False)
        self.norm = LayerNorm2d(embed_dim)
        self.mix = nn.Sequential(MixingBlock(embed_dim), MixingBlock(embed_dim))
        self.to(device=device, dtype=dtype)

    def fuse(self, features: list[Tensor]) -> Tensor:
        """Fuse the trunk's features (strides 4, 8, 16, 32) into (B, gh, gw, W)."""
        fine, middle, coarse, coarsest = features
        grid = middle.shape[-2:]
        fused = self.from_8(middle) + self.from_4(fine)
        fused = fused + functional.interpolate(self.from_16(coarse), size=grid, mode="bilinear", align_corners=False)
        fused = fused + functional.interpolate(self.from_32(coarsest), size=grid, mode="bilinear", align_corners=False)
        mixed: Tensor = self.mix(self.norm(fused))
        return mixed.permute(0, 2, 3, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        """(B, 3, h, w) normalised pixels, h and w multiples of 8, to (B, h / 8, w / 8, W)."""
        # Channels last spares a processor the reordering around every one of the trunk's convolutions.
        return self.fuse(self.trunk(pixels.contiguous(memory_format=torch.channels_last)))


class _CompactVisionTransformer(VisionTransformer):
    """timm's VisionTransformer with the ``default_cfg`` that open_clip asks its image towers for."""

    default_cfg: ClassVar[dict[str, tuple[int, ...] | None]] = {"input_size": (3, 256, 256), "pool_size": None}


@register_model
def tokenclip_compact(pretrained: bool = False, **options: Any) -> VisionTransformer:
    """Build the image tower with timm; weights come from open_clip's checkpoint, so ``pretrained`` must be False."""
    if pretrained:
        raise ValueError("tokenclip_compact has no weights of its own; load them through open_clip")
    options.pop("pretrained_cfg", None)
    options.pop("pretrained_cfg_overlay", None)
    options.pop("cache_dir", None)
    settings: dict[str, Any] = {
        "img_size": 256,
        "patch_size": STRIDE,
        "embed_dim": 192,
        "depth": DEPTH,
        "num_heads": 3,
        "mlp_ratio": 3.0,
        "pos_embed": "none",
        "global_pool": "token",
        "dynamic_img_size": True,
        "embed_layer": ConvolutionalStem,
        **options,
    }
    return _CompactVisionTransformer(**settings)
