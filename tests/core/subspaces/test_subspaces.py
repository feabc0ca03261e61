from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as functional
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer

from tokenclip_core.errors import SettingsError
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.subspaces.textual import (
    PALETTE,
    Subspace,
    TextualSubspaces,
    colour_of,
    from_descriptors,
    single,
    suggest_names,
)
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary


def test_descriptors_are_ensembles_of_unit_embeddings(
    tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary
) -> None:
    found = from_descriptors(tiny_backbone, tiny_vocabulary)
    assert found.origin == "descriptors"
    assert found.embeddings.shape == (4, 2, 32)
    assert len(found) == 4
    assert found.subspaces[0] == Subspace("crack", PALETTE[0])
    assert found.subspaces[1] == Subspace("stain", (0x11, 0x22, 0x33))
    with torch.no_grad():
        for index, state, phrases in (
            (0, 1, ("a crack", "a fracture")),
            (0, 0, ("a flawless object", "an intact part")),
            (1, 0, ("a clean surface",)),
        ):
            texts = [text for phrase in phrases for text in (phrase, f"a photo of {phrase}")]
            each = torch.cat([tiny_backbone.encode_text(tiny_backbone.tokenizer([text])) for text in texts])
            expected = functional.normalize(functional.normalize(each.double(), dim=-1).mean(0), dim=0)
            np.testing.assert_allclose(found.embeddings[index, state], expected.numpy(), atol=1e-6)


def test_single_is_one_pair_of_general_words(tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary) -> None:
    found = single(tiny_backbone, tiny_vocabulary)
    assert (len(found), found.origin) == (1, "single")
    without = DescriptorVocabulary(tiny_vocabulary.families, tiny_vocabulary.normal_words)
    families = single(tiny_backbone, without)
    texts = ["a crack", "a fracture", "a stain", "a hole", "a dent"]
    with torch.no_grad():
        each = functional.normalize(tiny_backbone.encode_text(tiny_backbone.tokenizer(texts)), dim=-1)
    np.testing.assert_allclose(families.embeddings[0, 1], functional.normalize(each.mean(0), dim=0).numpy(), atol=1e-6)


def test_texts_are_encoded_once_per_backbone_and_vocabulary(
    make_clip: Callable[[int], CLIP], tiny_vocabulary: DescriptorVocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone = Backbone.from_open_clip(make_clip(7), SimpleTokenizer())
    calls: list[int] = []
    original = backbone.encode_text
    monkeypatch.setattr(backbone, "encode_text", lambda ids: calls.append(len(ids)) or original(ids))
    first = from_descriptors(backbone, tiny_vocabulary)
    encoded = sum(calls)
    again = from_descriptors(backbone, tiny_vocabulary)
    assert encoded == 16
    assert sum(calls) == encoded
    assert np.array_equal(first.embeddings, again.embeddings)
    other = Backbone.from_open_clip(make_clip(8), SimpleTokenizer())
    assert not np.array_equal(from_descriptors(other, tiny_vocabulary).embeddings, first.embeddings)


def test_learned_subspaces_are_named_after_the_nearest_family(
    tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary
) -> None:
    embeddings = from_descriptors(tiny_backbone, tiny_vocabulary).embeddings
    order = [2, 0, 3, 1]
    assert suggest_names(embeddings[order], tiny_backbone, tiny_vocabulary) == ("hole", "crack", "dent", "stain")
    more = np.concatenate([embeddings, embeddings[:1]])
    names = suggest_names(more, tiny_backbone, tiny_vocabulary)
    assert len(set(names)) == 5
    assert sum(name.startswith("subspace ") for name in names) == 1


def test_shapes_are_checked_and_fingerprints_follow_the_embeddings() -> None:
    names = (Subspace("a", colour_of(0)), Subspace("b", colour_of(1)))
    one = TextualSubspaces(torch.ones(2, 2, 8), names, "learned")
    assert one.fingerprint == TextualSubspaces(torch.ones(2, 2, 8), names[::-1], "descriptors").fingerprint
    assert one.fingerprint != TextualSubspaces(torch.zeros(2, 2, 8), names, "learned").fingerprint
    for shape in ((3, 2, 8), (2, 1, 8), (2, 8)):
        with pytest.raises(SettingsError, match="subspaces"):
            TextualSubspaces(torch.ones(shape), names, "learned")
    with pytest.raises(SettingsError):
        TextualSubspaces(torch.ones(0, 2, 8), (), "learned")
    assert colour_of(16) == colour_of(0)
