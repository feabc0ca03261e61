"""Embeddings of a vocabulary that lie beside a model, so that its subspaces are there without the text tower."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from tokenclip_core.errors import ModelError
from tokenclip_core.files import replacing
from tokenclip_core.model.safetensors_header import read_header
from tokenclip_core.subspaces.textual import DESCRIPTORS, SINGLE, from_descriptors, know_embeddings, single

if TYPE_CHECKING:
    from tokenclip_core.model.backbone import Backbone
    from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

TEXTS_FILE = "texts.safetensors"
FORMAT = "tokenclip-texts"
MAX_BYTES = 1 << 24


def write_texts(folder: Path, backbone: Backbone, vocabulary: DescriptorVocabulary) -> None:
    """Write a vocabulary's subspaces, and the token-agnostic pair, into a model's folder."""
    tensors = {
        f"{DESCRIPTORS}.{vocabulary.fingerprint}": from_descriptors(backbone, vocabulary).embeddings,
        f"{SINGLE}.{vocabulary.fingerprint}": single(backbone, vocabulary).embeddings,
    }
    metadata = {"format": FORMAT, "weights_sha256": backbone.description.weights_sha256}
    with replacing(folder / TEXTS_FILE) as partial:
        save_file(tensors, partial, metadata=metadata)


def know_texts(folder: Path, weights_sha256: str) -> None:
    """Take over the embeddings in a model's folder, so that their vocabularies need no text tower from then on.

    A folder without such a file, or with one of other weights, changes nothing.

    Raises:
        ModelError: the file is damaged.
    """
    file = folder / TEXTS_FILE
    if not file.is_file():
        return
    try:
        metadata = read_header(file, MAX_BYTES).metadata
        tensors = load_file(file)
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(f"{file}: damaged ({error}); install the model again.") from error
    if metadata.get("format") != FORMAT or metadata.get("weights_sha256") != weights_sha256:
        return
    for name, values in tensors.items():
        kind, _, fingerprint = name.partition(".")
        if values.ndim != 3 or values.shape[1] != 2 or not bool(np.isfinite(values).all()):
            raise ModelError(f"{file}: damaged; install the model again.")
        know_embeddings((weights_sha256, fingerprint, kind), np.asarray(values, dtype=np.float32))
