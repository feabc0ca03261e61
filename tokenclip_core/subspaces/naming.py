"""What a region looks most like: from the tokens that parts are compared by to the words of any vocabulary.

The share of the map that transport gives to a subspace says which words made it hot, not what it is: the first share
named 23 in 100 made-up defects rightly. So each model carries a linear map from a patch's tokens, and how they differ
from the mean of their part, to the space of texts, learned from procedural defects (`tokenclip_core.measuring.naming`).
Since it ends in the space of texts, it holds for vocabularies that it was not made with.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from tokenclip_core.arrays import FloatArray, softmax, unit
from tokenclip_core.errors import ModelError
from tokenclip_core.files import replacing
from tokenclip_core.model.safetensors_header import read_header

NAMING_FILE = "naming.safetensors"
FORMAT = "tokenclip-naming"
MAX_BYTES = 1 << 24

LIKELY = 0.5
"""Likelihood from which on a region gets the name of a subspace; below, it gets none."""


@dataclass(frozen=True, eq=False)
class Naming:
    """A linear map from tokens to texts.

    Attributes:
        weights: (2 * E, D) float32, of a patch's E token values and of these less their part's mean.
        bias: (D,) float32.
        sharpness: of the softmax over families, above 0; measured, so that likelihoods are as often right as they say.
    """

    weights: FloatArray
    bias: FloatArray
    sharpness: float

    def to(self, embeddings: FloatArray) -> RegionNaming | None:
        """The map to the families of a vocabulary.

        Args:
            embeddings: (K, 2, D) unit; state 1 anomalous.

        Returns:
            None for a single family, or for texts of another width.
        """
        if len(embeddings) < 2 or embeddings.shape[2] != self.weights.shape[1]:
            return None
        families = directions(embeddings) * self.sharpness
        weights, bias = self.weights @ families.T, families @ self.bias
        return RegionNaming(np.ascontiguousarray(weights), np.asarray(bias, np.float32))


@dataclass(frozen=True, eq=False)
class RegionNaming:
    """A linear map from tokens to the families of one vocabulary.

    Attributes:
        weights: (2 * E, K) float32.
        bias: (K,) float32.
    """

    weights: FloatArray
    bias: FloatArray

    def logits(self, tokens: FloatArray) -> FloatArray | None:
        """What each patch says for each family.

        Args:
            tokens: (N, E) float32 of one part's patches.

        Returns:
            (N, K) float32, whose mean over a region is the logit of each family there; None for tokens of another
            model.
        """
        width = tokens.shape[1]
        if 2 * width != len(self.weights):
            return None
        of_token, of_difference = self.weights[:width], self.weights[width:]
        values = tokens @ (of_token + of_difference) + (self.bias - tokens.mean(axis=0) @ of_difference)
        return np.asarray(values, np.float32)


def directions(embeddings: FloatArray) -> FloatArray:
    """(K, D) unit: where a vocabulary's families lie as seen from their mean, from (K, 2, D) embeddings."""
    anomalous = embeddings[:, 1]
    return unit(anomalous - anomalous.mean(axis=0))


def most_like(logits: FloatArray, muted: npt.NDArray[np.bool_]) -> tuple[int, float] | None:
    """The family that a region looks most like.

    Args:
        logits: (M, K) of the region's patches, M at least 1.
        muted: (K,) bool, families that are left out.

    Returns:
        Its index, and the likelihood in [`LIKELY`, 1]; None where it is not known.
    """
    mean = np.where(muted, -np.inf, logits.mean(axis=0, dtype=np.float64))
    if not len(mean) or bool(muted.all()):
        return None
    likelihoods = softmax(mean, axis=0)
    best = int(likelihoods.argmax())
    return (best, float(likelihoods[best])) if likelihoods[best] >= LIKELY else None


def write_naming(folder: Path, naming: Naming, weights_sha256: str) -> None:
    """Write a map of names into the folder of the model whose weights have this SHA-256, in half precision."""
    tensors: dict[str, npt.NDArray[Any]] = {
        "weights": naming.weights.astype(np.float16),
        "bias": naming.bias.astype(np.float16),
        "sharpness": np.asarray([naming.sharpness], np.float32),
    }
    with replacing(folder / NAMING_FILE) as partial:
        save_file(tensors, partial, metadata={"format": FORMAT, "weights_sha256": weights_sha256})


def read_naming(folder: Path, weights_sha256: str) -> Naming | None:
    """The map of names of a model whose weights have this SHA-256; None without a file, or with one of other weights.

    Raises:
        ModelError: the file is damaged.
    """
    file = folder / NAMING_FILE
    if not file.is_file():
        return None
    try:
        metadata = read_header(file, MAX_BYTES).metadata
        tensors = load_file(file)
        weights, bias, sharpness = (np.asarray(tensors[name], np.float32) for name in ("weights", "bias", "sharpness"))
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelError(f"{file}: damaged ({error}); install the model again.") from error
    if metadata.get("format") != FORMAT or metadata.get("weights_sha256") != weights_sha256:
        return None
    shapes = weights.ndim == 2 and len(weights) % 2 == 0 and bias.shape == weights.shape[1:] and sharpness.shape == (1,)
    if not shapes or not all(bool(np.isfinite(values).all()) for values in (weights, bias)) or not sharpness[0] > 0:
        raise ModelError(f"{file}: damaged; install the model again.")
    return Naming(weights, bias, float(sharpness[0]))
