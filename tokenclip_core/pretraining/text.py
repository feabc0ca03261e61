"""A start for the text tower of ``compact``: the meanings of a sentence model, and the state of the part.

A text tower that begins at random beside an image tower that learns fast stays nearly constant: every text gets much
the same feature. So it first learns, from texts alone, to reproduce the geometry of all-MiniLM-L6-v2 (Apache-2.0), with
one more dimension for the state of the part that a text tells of: sentence models hardly tell good from defective.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tokenclip_core.data.procedural import DEFECTS, FAMILIES
from tokenclip_core.data.procedural.phrases import defect_phrase, defect_words, normal_phrase
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.pretraining.data import sample_texts
from tokenclip_core.pretraining.initialisation import sentence_vectors
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

STATE_WEIGHT = 0.7  # of the state's dimension, against 1 of the meaning's
_WORDS = 3000  # single words of CLIP's vocabulary, so that others than captions' keep a place


def state_texts(random: np.random.Generator, vocabulary: DescriptorVocabulary, rounds: int) -> dict[str, float]:
    """Texts with their state: 1 for a defective part, -1 for a good one."""
    texts: dict[str, float] = {}
    families = list(FAMILIES)
    for _ in range(rounds):
        drawn = sample_texts(random, families, vocabulary)
        texts |= {text: 1.0 for group in drawn.anomalous for text in group}
        texts |= {text: -1.0 for group in drawn.normal for text in group}
        for defect in DEFECTS:
            family = families[int(random.integers(len(families)))]
            texts[defect_phrase(defect, family, random)] = 1.0
            texts[normal_phrase(family, random)] = -1.0
    for described in vocabulary.families:
        for template in vocabulary.templates:
            texts |= {template.format(phrase): 1.0 for phrase in described.anomalous}
            texts |= {template.format(phrase): -1.0 for phrase in described.normal or vocabulary.normal_words}
    for template in vocabulary.templates:
        texts |= {template.format(phrase): 1.0 for phrase in vocabulary.anomalous_words}
        texts |= {template.format(phrase): -1.0 for phrase in vocabulary.normal_words}
    for defect in DEFECTS:
        texts |= dict.fromkeys(defect_words(defect), 1.0)
    return texts


def targets(vectors: Tensor, states: Tensor, width: int) -> Tensor:
    """Unit targets (n, width): the leading components of the sentence vectors, and the state.

    Args:
        vectors: (n, E) unit sentence vectors.
        states: (n,) of -1, 0 or 1.
        width: of the joint space.
    """
    centred = vectors - vectors.mean(0)
    _, _, components = np.linalg.svd((centred.T @ centred).numpy())
    meaning = functional.normalize(centred @ torch.from_numpy(components[: width - 1].T.copy()), dim=-1)
    return functional.normalize(torch.cat([meaning, STATE_WEIGHT * states[:, None]], dim=1), dim=-1)


def teach_texts(
    backbone: Backbone,
    words: list[str],
    sentence_model: Path,
    vocabulary: DescriptorVocabulary,
    *,
    steps: int,
    seed: int,
) -> Iterator[float]:
    """Train the text tower on its targets; the word vectors stay as they are.

    Args:
        backbone: whose text tower learns.
        words: CLIP's tokens as text, some of which join the captions without a state.
        sentence_model: folder of all-MiniLM-L6-v2.
        vocabulary: descriptors that people will use.
        steps: optimiser steps of 192 texts.
        seed: of the texts and their order.

    Yields:
        The mean cosine of text features to their targets over the last 50 steps.

    Raises:
        ModelError: the sentence model can't be read here.
    """
    random = np.random.default_rng(seed)
    texts = state_texts(random, vocabulary, 40)
    plain = [word for word in words if word.isascii() and word.isalpha() and len(word) > 3]
    texts |= {plain[index]: 0.0 for index in random.permutation(len(plain))[:_WORDS] if plain[index] not in texts}
    names = list(texts)
    wanted = targets(sentence_vectors(names, sentence_model), torch.tensor(list(texts.values())), backbone.embed_dim)
    ids = backbone.tokenizer(names)
    model = backbone.model
    tower: list[nn.Parameter] = [
        parameter
        for name, parameter in model.named_parameters()
        if not name.startswith("visual.") and name not in ("token_embedding.weight", "logit_scale")
    ]
    for parameter in tower:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(tower, lr=1e-3, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=steps, pct_start=0.1)
    total = 0.0
    for step in range(1, steps + 1):
        picked = torch.from_numpy(random.integers(0, len(names), 192))
        found = functional.normalize(backbone.encode_text(ids[picked]), dim=-1)
        cosine = (found * wanted[picked]).sum(-1)
        similar = found @ found.T - wanted[picked] @ wanted[picked].T
        loss = (1 - cosine).mean() + similar.square().mean()
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        total += float(cosine.detach().mean())
        if step % 50 == 0:
            yield total / 50
            total = 0.0
