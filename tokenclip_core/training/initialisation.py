"""Prompts that begin with words: the context of each subspace starts as the embeddings of a defect family's phrase."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tokenclip_core.errors import ModelError
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.subspaces.prompts import PromptLearner
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary


@torch.no_grad()
def start_from_descriptors(learner: PromptLearner, backbone: Backbone, vocabulary: DescriptorVocabulary) -> None:
    """Write phrases of the vocabulary into the last context vectors, right before the state words.

    Subspace k gets family k; where there are more subspaces than families, the next phrase of the first one, and so on.
    Vectors without a word keep their random values, as do the deep prompts.

    Args:
        learner: fresh; its ``heads`` are changed in place.
        backbone: it belongs to.
        vocabulary: at least one family.

    Raises:
        ModelError: the text tower has no table of word embeddings.
    """
    families = vocabulary.families
    length = learner.base.shape[1]
    for subspace in range(learner.subspaces):
        family, turn = families[subspace % len(families)], subspace // len(families)
        for state, phrases in enumerate((family.normal or vocabulary.normal_words, family.anomalous)):
            # Where families share their normal words, each takes another, since equal prompts stay equal.
            number = turn if state or family.normal else subspace
            words = word_vectors(backbone, phrases[number % len(phrases)])[:length]
            if len(words):
                learner.heads[subspace, state, length - len(words) :] = (
                    words - learner.base[state, length - len(words) :]
                )


def word_vectors(backbone: Backbone, phrase: str) -> Tensor:
    """(n, W) float32 token embeddings of a phrase, without those of start, end and padding.

    Raises:
        ModelError: the text tower has no table of word embeddings.
    """
    source = getattr(backbone.model, "text", backbone.model)
    table = getattr(source, "token_embedding", None)
    if not isinstance(table, nn.Embedding):
        raise ModelError("this model's text tower has no table of words; train with random initial prompts.")
    around = set(backbone.tokenizer([""])[0].tolist())
    ids = [number for number in backbone.tokenizer([phrase])[0].tolist() if number not in around]
    return table.weight[torch.tensor(ids, dtype=torch.long, device=table.weight.device)].detach().float()
