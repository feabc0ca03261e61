"""Images to encoded parts, the expensive half: resize, image tower, similarities, and what patches are compared by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, to_numpy, unit
from tokenclip_core.evidence.consensus import content_sha256
from tokenclip_core.evidence.rarity import patch_rarities
from tokenclip_core.evidence.self_similarity import self_distances
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.inspection.preprocessing import check_image, groups_of_equal_size, target_size, to_pixels
from tokenclip_core.model.description import ModelDescription
from tokenclip_core.model.engines.interface import EncodedBatch, Engine
from tokenclip_core.scoring.token_scores import token_similarities
from tokenclip_core.subspaces.textual import TextualSubspaces

# More images in one forward pass only take memory.
MAX_BATCH = 16

RgbImage = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class PreparedPart:
    """One part as the backbone will see it; made without the model, in any thread, while the model works on others.

    Attributes:
        height: of the part's image in pixels.
        width: of the part's image in pixels.
        pixels: (3, h, w) float32, resized and normalised.
        sha256: of the image's size and pixels.
    """

    height: int
    width: int
    pixels: FloatArray
    sha256: str

    @property
    def size(self) -> tuple[int, int]:
        """(h, w) that the backbone will see, in pixels."""
        return self.pixels.shape[1], self.pixels.shape[2]

    @property
    def nbytes(self) -> int:
        """Memory it takes, in bytes."""
        return self.pixels.nbytes


def prepare_part(image: RgbImage, model: ModelDescription, image_size: int) -> PreparedPart:
    """Resize and normalise one part.

    Args:
        image: (H, W, 3) uint8 RGB.
        model: that will encode it.
        image_size: side in pixels that a square part gets.

    Raises:
        ImageError: not such an image.
    """
    check_image(image)
    height, width = image.shape[:2]
    size = target_size(height, width, image_size, model.patch_size)
    return PreparedPart(height, width, to_pixels(image, size, model.mean, model.std), content_sha256(image))


def encode_parts(
    engine: Engine,
    subspaces: TextualSubspaces,
    prepared: Sequence[PreparedPart],
    *,
    layers: tuple[int, ...],
    first_vv_block: int,
    keep_features: bool,
    keep_tokens: bool,
) -> list[EncodedPart]:
    """Encode parts of any sizes; equal grids share a forward pass, results in their order.

    Args:
        engine: runs the image tower.
        subspaces: that the similarities are to.
        prepared: for the engine's model.
        layers: 1-based blocks to tap.
        first_vv_block: first block of the dense path, 0-based.
        keep_features: whether the parts keep the visual tokens that other texts are compared with.
        keep_tokens: whether they keep the tokens that other parts are compared by.
    """
    parts: dict[int, EncodedPart] = {}
    for indices in groups_of_equal_size([part.size for part in prepared], MAX_BATCH):
        group = [prepared[index] for index in indices]

        def step(running: Engine, group: Sequence[PreparedPart] = group) -> list[EncodedPart]:
            pixels = np.stack([part.pixels for part in group])
            tokens = running.encode(pixels, layers, first_vv_block)
            return _parts_of(group, tokens, running, subspaces, keep_features=keep_features, keep_tokens=keep_tokens)

        parts.update(zip(indices, engine.run(step), strict=True))
    return [parts[index] for index in range(len(prepared))]


def _parts_of(
    group: Sequence[PreparedPart],
    tokens: EncodedBatch,
    engine: Engine,
    subspaces: TextualSubspaces,
    *,
    keep_features: bool,
    keep_tokens: bool,
) -> list[EncodedPart]:
    """The encoded parts of one batch."""
    embeddings = engine.place(subspaces.embeddings)
    features, global_features = unit(tokens.patch_features), unit(tokens.global_feature)
    similarities = to_numpy(token_similarities(features, embeddings))
    global_similarities = to_numpy(token_similarities(global_features, embeddings))
    rarities = to_numpy(patch_rarities(features, tokens.grid))
    kept = to_numpy(features) if keep_features else None
    compared = None if tokens.evidence_features is None else to_numpy(tokens.evidence_features)
    global_features = to_numpy(global_features)
    parts = []
    for position, part in enumerate(group):
        own = None if compared is None else np.array(compared[position], np.float32)
        # Copied, because a view would keep the arrays of the whole batch in memory.
        parts.append(
            EncodedPart(
                height=part.height,
                width=part.width,
                input_size=part.size,
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
                sha256=part.sha256,
            )
        )
    return parts


def _self_distances(tokens: FloatArray | None) -> FloatArray | None:
    return None if tokens is None else self_distances(tokens)


def encode_others(
    prepared: Sequence[PreparedPart],
    known: Mapping[str, EncodedPart],
    encode: Callable[[Sequence[PreparedPart]], list[EncodedPart]],
) -> list[EncodedPart]:
    """Encode the parts that are not known yet; all in their order.

    Args:
        prepared: for the model.
        known: encoded parts by the hash of their content.
        encode: encodes parts, in their order.
    """
    others = iter(encode([part for part in prepared if part.sha256 not in known]))
    return [known[part.sha256] if part.sha256 in known else next(others) for part in prepared]
