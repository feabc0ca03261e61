"""Textual subspaces: K pairs of (normal, anomalous) text embeddings, from an editable vocabulary or a checkpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np

from tokenclip_core.arrays import FloatArray, to_numpy, unit
from tokenclip_core.errors import SettingsError
from tokenclip_core.lru import LruCache
from tokenclip_core.subspaces.vocabulary import Colour, DescriptorVocabulary


class TextEncoder(Protocol):
    """What turns texts into embeddings: a `Backbone`, or an engine that loads one where it must."""

    @property
    def weights_sha256(self) -> str:
        """SHA-256 of the weights that the embeddings belong to."""

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Unit embeddings of plain texts: (P, D) float32."""


Origin = Literal["learned", "descriptors", "single"]

# Told apart with full colour vision and with deuteranopia (CIELAB distance of any two at least 19 in both).
PALETTE: tuple[Colour, ...] = (
    (0x00, 0x78, 0xB4),
    (0xF0, 0xE1, 0x2D),
    (0xFF, 0x1E, 0x78),
    (0xC3, 0x5A, 0x00),
    (0x00, 0xF0, 0xE1),
    (0x3C, 0x4B, 0xD2),
    (0x00, 0x5A, 0x00),
    (0x78, 0xF0, 0x78),
    (0x87, 0x3C, 0x69),
    (0xF0, 0x87, 0xFF),
    (0xC3, 0xE1, 0xB4),
    (0xA5, 0x96, 0x4B),
    (0x1E, 0xA5, 0xB4),
    (0x78, 0x96, 0xFF),
    (0x2D, 0x5A, 0x3C),
    (0xE1, 0xA5, 0x2D),
)


@dataclass(frozen=True)
class Subspace:
    """How one subspace is called and drawn.

    Attributes:
        name: readable, unique among its siblings.
        colour: (red, green, blue), 0 to 255.
    """

    name: str
    colour: Colour


@dataclass(frozen=True, eq=False)
class TextualSubspaces:
    """K textual subspaces of one backbone.

    Attributes:
        embeddings: (K, 2, D) float32, unit length; state 0 normal, 1 anomalous.
        subspaces: K names and colours.
        origin: ``learned`` from a checkpoint, ``descriptors`` from a vocabulary, ``single`` for K = 1.
    """

    embeddings: FloatArray
    subspaces: tuple[Subspace, ...]
    origin: Origin

    def __post_init__(self) -> None:
        # Torch's tensors are accepted, and kept as numpy arrays.
        embeddings: Any = self.embeddings
        object.__setattr__(self, "embeddings", np.ascontiguousarray(to_numpy(embeddings), dtype=np.float32))
        shape = self.embeddings.shape
        if len(shape) != 3 or shape[0] != len(self.subspaces) or shape[1] != 2 or not shape[0]:
            raise SettingsError(f"{len(self.subspaces)} subspaces need embeddings of shape (K, 2, D), got {shape}.")

    def __len__(self) -> int:
        return len(self.subspaces)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the embeddings: equal for equal subspaces, whatever they are called."""
        return hashlib.sha256(self.embeddings.tobytes()).hexdigest()


_CACHE: LruCache[tuple[str, str, str], FloatArray] = LruCache(32)
"""Ensembles already encoded in this process, by (backbone, vocabulary, kind)."""

_KNOWN: dict[tuple[str, str, str], FloatArray] = {}
"""Ensembles that came with a model, by the same keys."""

DESCRIPTORS, SINGLE = "descriptors", "single"


def know_embeddings(key: tuple[str, str, str], embeddings: FloatArray) -> None:
    """Keep (K, 2, D) embeddings, so that nobody encodes their texts, by (backbone's hash, vocabulary's hash, kind)."""
    _KNOWN[key] = embeddings


def colour_of(index: int) -> Colour:
    """The colour of a subspace whose vocabulary or checkpoint names none; repeats after sixteen."""
    return PALETTE[index % len(PALETTE)]


def from_descriptors(backbone: TextEncoder, vocabulary: DescriptorVocabulary) -> TextualSubspaces:
    """One subspace per defect family; each state is the mean of its phrases x templates (CLIP's prompt ensemble).

    Needs no training, so that any downloaded CLIP is useful at once. Kept in memory per backbone and vocabulary.

    Args:
        backbone: encodes the texts.
        vocabulary: of K families.
    """
    families = vocabulary.families
    groups = [
        phrases for family in families for phrases in (family.normal or vocabulary.normal_words, family.anomalous)
    ]
    embeddings = _ensembles(backbone, vocabulary, DESCRIPTORS, groups)
    subspaces = tuple(
        Subspace(family.name, family.colour if family.colour is not None else colour_of(index))
        for index, family in enumerate(families)
    )
    return TextualSubspaces(embeddings, subspaces, "descriptors")


def single(backbone: TextEncoder, vocabulary: DescriptorVocabulary) -> TextualSubspaces:
    """The token-agnostic baseline, K = 1.

    Args:
        backbone: encodes the texts.
        vocabulary: whose general words are taken for both states, or all families' where it has none.
    """
    anomalous = vocabulary.anomalous_words or tuple(
        phrase for family in vocabulary.families for phrase in family.anomalous
    )
    embeddings = _ensembles(backbone, vocabulary, SINGLE, [vocabulary.normal_words, anomalous])
    return TextualSubspaces(embeddings, (Subspace("anomaly", colour_of(0)),), "single")


def suggest_names(embeddings: FloatArray, backbone: TextEncoder, vocabulary: DescriptorVocabulary) -> tuple[str, ...]:
    """Readable names for learned subspaces: the vocabulary family nearest to t_anomalous - t_normal, each used once.

    Args:
        embeddings: (K, 2, D) of the learned subspaces.
        backbone: that they were learned for.
        vocabulary: whose family names are suggested.

    Returns:
        K distinct names; where there are more subspaces than families, the rest are numbered.
    """
    families = from_descriptors(backbone, vocabulary).embeddings
    learned = unit(embeddings[:, 1] - embeddings[:, 0])
    known = unit(families[:, 1] - families[:, 0])
    cosines = learned @ known.T
    names = [f"subspace {index + 1}" for index in range(len(embeddings))]
    for _ in range(min(cosines.shape)):
        row, column = divmod(int(cosines.argmax()), cosines.shape[1])
        names[row] = vocabulary.families[column].name
        cosines[row, :], cosines[:, column] = -2.0, -2.0
    return tuple(names)


def _ensembles(
    backbone: TextEncoder, vocabulary: DescriptorVocabulary, kind: str, groups: Sequence[Sequence[str]]
) -> FloatArray:
    """(G / 2, 2, D) unit means of the unit embeddings of each group's phrases in every template."""
    key = (backbone.weights_sha256, vocabulary.fingerprint, kind)
    known = _KNOWN.get(key)
    if known is None:
        known = _CACHE.get(key)
    if known is not None:
        return known
    texts = [[template.format(phrase) for phrase in group for template in vocabulary.templates] for group in groups]
    distinct = list(dict.fromkeys(text for group in texts for text in group))
    encoded = dict(zip(distinct, backbone.embed_texts(distinct), strict=True))
    means = np.stack([np.stack([encoded[text] for text in group]).mean(axis=0) for group in texts])
    embeddings = unit(means).reshape(len(groups) // 2, 2, -1)
    _CACHE.put(key, embeddings)
    return embeddings
