"""Images to encoded parts, the expensive half: resize, image tower, similarities, and what patches are compared by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, to_numpy, unit
from tokenclip_core.evidence.consensus import content_sha256
from tokenclip_core.evidence.rarity import patch_rarities
from tokenclip_core.evidence.self_similarity import self_distances
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.inspection.preprocessing import check_image, groups_of_equal_size, target_size, to_pixels
from tokenclip_core.model.engines.interface import Engine
from tokenclip_core.scoring.token_scores import token_similarities
from tokenclip_core.subspaces.textual import TextualSubspaces

# More images in one forward pass only take memory.
MAX_BATCH = 16

RgbImage = npt.NDArray[np.uint8]


def encode_parts(
    engine: Engine,
    subspaces: TextualSubspaces,
    images: Sequence[RgbImage],
    *,
    image_size: int,
    layers: tuple[int, ...],
    first_vv_block: int,
    keep_features: bool,
    keep_tokens: bool,
) -> list[EncodedPart]:
    """Encode parts of any sizes; equal grids share a forward pass, results in their order.

    Args:
        engine: runs the image tower.
        subspaces: that the similarities are to.
        images: (H, W, 3) uint8 RGB each.
        image_size: side in pixels that a square part gets.
        layers: 1-based blocks to tap.
        first_vv_block: first block of the dense path, 0-based.
        keep_features: whether the parts keep the visual tokens that other texts are compared with.
        keep_tokens: whether they keep the tokens that other parts are compared by.

    Raises:
        ImageError: one of them is not such an image.
    """
    for image in images:
        check_image(image)
    model = engine.model
    sizes = [target_size(image.shape[0], image.shape[1], image_size, model.patch_size) for image in images]
    embeddings = engine.place(subspaces.embeddings)
    parts: dict[int, EncodedPart] = {}
    for indices in groups_of_equal_size(sizes, MAX_BATCH):
        size = sizes[indices[0]]
        pixels = np.stack([to_pixels(images[index], size, model.mean, model.std) for index in indices])
        tokens = engine.encode(pixels, layers, first_vv_block)
        features, global_features = unit(tokens.patch_features), unit(tokens.global_feature)
        similarities = to_numpy(token_similarities(features, embeddings))
        global_similarities = to_numpy(token_similarities(global_features, embeddings))
        rarities = to_numpy(patch_rarities(features, tokens.grid))
        kept = to_numpy(features) if keep_features else None
        compared = None if tokens.evidence_features is None else to_numpy(tokens.evidence_features)
        global_features = to_numpy(global_features)
        for position, index in enumerate(indices):
            height, width = images[index].shape[:2]
            own = None if compared is None else np.array(compared[position], np.float32)
            # Copies, or a part that is kept would keep its whole batch.
            parts[index] = EncodedPart(
                height=height,
                width=width,
                input_size=size,
                grid=tokens.grid,
                layers=tokens.layers,
                similarities=similarities[position].copy(),
                global_similarities=global_similarities[position].copy(),
                patch_features=None if kept is None else kept[position].copy(),
                global_feature=global_features[position].copy(),
                rarities=rarities[position].copy(),
                fingerprint=subspaces.fingerprint,
                evidence_tokens=own if keep_tokens else None,
                self_distances=_self_distances(own),
                sha256=content_sha256(images[index]),
            )
    return [parts[index] for index in range(len(images))]


def _self_distances(tokens: FloatArray | None) -> FloatArray | None:
    return None if tokens is None else self_distances(tokens)
