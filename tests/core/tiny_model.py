"""The tiny CLIP of the tests."""

from __future__ import annotations

TINY_CONFIG = {
    "embed_dim": 32,
    "vision_cfg": {"layers": 4, "width": 48, "head_width": 16, "patch_size": 8, "image_size": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 3},
}
