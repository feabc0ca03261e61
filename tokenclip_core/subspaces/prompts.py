"""Learnable prompts: K pairs of (normal, anomalous) prompts around a shared base, read by the frozen text tower.

The prompt of state s in subspace k is [context of s + offset of k and s] [state word] [object], after TokenCLIP's
multi-head prompts (arXiv 2510.21171) on AnomalyCLIP's object-agnostic ones (arXiv 2310.18961). Deeper text blocks have
learnable tokens of their own, shared by all prompts.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from tokenclip_core.errors import ModelError, SettingsError
from tokenclip_core.model.backbone import Backbone, Tokenizer

# AnomalyCLIP: 12 context vectors, 4 learnable tokens in each of the first 9 text blocks, initial deviation 0.02.
CONTEXT_LENGTH = 12
DEEP_LENGTH = 4
DEEP_DEPTH = 9
INITIAL_DEVIATION = 0.02

# What stands behind the context, normal first (AnomalyCLIP's object-agnostic wording).
STATE_PHRASES = ("object.", "damaged object.")
PLACEHOLDER = "X"


def prompt_token_ids(tokenizer: Tokenizer, subspaces: int, context_length: int = CONTEXT_LENGTH) -> Tensor:
    """Token ids of all prompts, with placeholders where the learned context goes.

    Args:
        tokenizer: of the backbone.
        subspaces: K.
        context_length: E, learned positions 1..E.

    Returns:
        (2 K, context length of the backbone) int64, the pairs one after the other: subspace 0 normal, 0 anomalous, 1 …

    Raises:
        ModelError: this tokenizer doesn't turn the placeholder into one token per position.
    """
    rows = []
    for phrase in STATE_PHRASES:
        # Some tokenizers begin with a start token, which stays; others need one more placeholder at position 0.
        for placeholders in (context_length, context_length + 1):
            ids = tokenizer([" ".join([PLACEHOLDER] * placeholders + [phrase])])[0]
            learned, following = ids[1 : context_length + 1], ids[context_length + 1]
            if bool((learned == learned[0]).all()) and bool(following != learned[0]):
                rows.append(ids)
                break
        else:
            raise ModelError("this model's tokenizer has no single token for a placeholder; its prompts can't learn.")
    return torch.stack(rows).repeat(subspaces, 1)


class PromptLearner(nn.Module):
    """K learnable prompt pairs for a frozen backbone; calling it gives their text embeddings.

    Attributes:
        base: (2, E, W) context shared by all subspaces, per state.
        heads: (K, 2, E, W) offset of each subspace from it.
        deep: (J, M, W) learnable tokens at the inputs of text blocks 2..J + 1 (1-based), shared by all prompts.
    """

    def __init__(
        self,
        backbone: Backbone,
        subspaces: int,
        *,
        context_length: int = CONTEXT_LENGTH,
        deep_length: int = DEEP_LENGTH,
        deep_depth: int = DEEP_DEPTH,
        seed: int = 111,
    ) -> None:
        """Start from small random vectors.

        Args:
            backbone: whose text tower reads the prompts; it's not trained.
            subspaces: K >= 1.
            context_length: E, learnable context vectors per prompt.
            deep_length: M, learnable tokens per deep block; 0 for none.
            deep_depth: text blocks with learnable tokens, the context's counted as the first; limited to the tower.
            seed: of the initial vectors.

        Raises:
            SettingsError: sizes below their limits.
        """
        super().__init__()
        if subspaces < 1 or context_length < 1 or deep_length < 0 or deep_depth < 1:
            raise SettingsError(
                f"{subspaces} subspaces, context {context_length}, deep {deep_length} x {deep_depth}: too small; "
                "at least one subspace with one context vector and depth 1 is needed."
            )
        self._backbone = backbone
        width = backbone.text_width
        deep_blocks = min(deep_depth, backbone.text_depth) - 1 if deep_length else 0
        generator = torch.Generator().manual_seed(seed)

        def initial(*shape: int) -> nn.Parameter:
            values = torch.randn(*shape, generator=generator) * INITIAL_DEVIATION
            return nn.Parameter(values.to(backbone.device))

        self.base = initial(2, context_length, width)
        self.heads = initial(subspaces, 2, context_length, width)
        self.deep = initial(deep_blocks, deep_length, width)
        token_ids = prompt_token_ids(backbone.tokenizer, subspaces, context_length)
        self.register_buffer("token_ids", token_ids.to(backbone.device), persistent=False)

    @property
    def subspaces(self) -> int:
        """K."""
        return self.heads.shape[0]

    def context(self) -> Tensor:
        """(2 K, E, W) context of every prompt, in the order of `prompt_token_ids`."""
        return (self.base + self.heads).flatten(0, 1)

    def forward(self) -> Tensor:
        """Text embeddings of all prompts: (K, 2, D) float32, unit length; state 0 normal, 1 anomalous."""
        token_ids = self.get_buffer("token_ids")
        features = self._backbone.encode_prompts(self.context(), token_ids, list(self.deep))
        return functional.normalize(features, dim=-1).view(self.subspaces, 2, -1)

    def tensors(self) -> dict[str, Tensor]:
        """Detached copies of the learned vectors, for a checkpoint."""
        return {name: parameter.detach().cpu().clone() for name, parameter in self.named_parameters()}

    @torch.no_grad()
    def load_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Continue from the learned vectors of a checkpoint.

        Raises:
            SettingsError: they have other shapes.
        """
        for name, parameter in self.named_parameters():
            given = tensors.get(name)
            if given is None or given.shape != parameter.shape:
                found = "missing" if given is None else f"of shape {tuple(given.shape)}"
                raise SettingsError(f"the learned vectors {name!r} are {found}; expected {tuple(parameter.shape)}.")
            parameter.copy_(given)


def orthogonality_loss(embeddings: Tensor, of: Literal["states", "directions"] = "states") -> Tensor:
    """How far the subspaces are from orthogonal: mean squared cosine between different ones (TokenCLIP's L_orth).

    Args:
        embeddings: (K, 2, D) float, unit length.
        of: ``states`` compares the embeddings of the same state, mean over both; ``directions`` the differences
            anomalous - normal.

    Returns:
        Scalar in [0, 1]; 0 for a single subspace.

    Raises:
        SettingsError: an unknown ``of``.
    """
    if of == "states":
        vectors = functional.normalize(embeddings, dim=-1).transpose(0, 1)
    elif of == "directions":
        vectors = functional.normalize(embeddings[:, 1] - embeddings[:, 0], dim=-1).unsqueeze(0)
    else:
        raise SettingsError(f"orthogonality of {of!r} is unknown; use 'states' or 'directions'.")
    subspaces = embeddings.shape[0]
    if subspaces == 1:
        return embeddings.sum() * 0
    squared = (vectors @ vectors.transpose(1, 2)).square()
    different = 1 - torch.eye(subspaces, device=embeddings.device, dtype=embeddings.dtype)
    return (squared * different).sum() / (vectors.shape[0] * subspaces * (subspaces - 1))
