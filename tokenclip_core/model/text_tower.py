"""open_clip's text transformer, entered after the token embedding so that learned prompts can be written into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

import torch
from open_clip.transformer import ResidualAttentionBlock, TextTransformer, Transformer, text_global_pool
from torch import Tensor, nn

from tokenclip_core.errors import ModelError


class _TextParts(Protocol):
    """The parts of open_clip's text tower, under names that ``CLIP`` and ``TextTransformer`` share."""

    context_length: int
    transformer: Transformer
    token_embedding: nn.Embedding
    positional_embedding: Tensor
    ln_final: nn.Module
    text_projection: nn.Linear | Tensor | None
    attn_mask: Tensor | None


class _PooledTextParts(_TextParts, Protocol):
    """The same as ``CLIP`` has them, with how it pools."""

    text_pool_type: str


class TextTower:
    """Adapter of the text side of an open_clip ``CLIP`` or ``CustomTextCLIP``; it owns no weights.

    Attributes:
        context_length: tokens of a prompt, 77 for CLIP.
        width: W, width of the token embeddings.
        depth: number of transformer blocks.

    Raises:
        ModelError: the text tower is not open_clip's own TextTransformer (a Hugging Face one, or CoCa's).
    """

    def __init__(self, clip_model: nn.Module) -> None:
        text = getattr(clip_model, "text", None)
        if text is not None and (not isinstance(text, TextTransformer) or text.cls_emb is not None):
            raise ModelError(
                f"the text tower {type(text).__name__} can't take learned prompts. "
                "Supported are models whose text side is open_clip's own TextTransformer without an extra class token."
            )
        # CLIP keeps the parts of its text tower at its own top level, CustomTextCLIP in `text`: same names.
        source = cast("_TextParts", clip_model if text is None else text)
        layers = source.transformer.resblocks
        blocks = [block for block in layers if isinstance(block, ResidualAttentionBlock)]
        if len(blocks) < len(layers):
            raise ModelError("the text tower has custom attention blocks, which can't take learned prompts.")
        self._source = source
        self._text = text
        self._blocks = blocks
        self._batch_first: bool = source.transformer.batch_first
        self._pool_type: str = cast("_PooledTextParts", clip_model).text_pool_type if text is None else text.pool_type
        self._eos_id: int | None = getattr(clip_model, "text_eos_id", None) if text is None else text.eos_id
        self.context_length: int = source.context_length
        self.width: int = source.transformer.width
        self.depth = len(blocks)

    def encode(self, token_ids: Tensor) -> Tensor:
        """The model's own text path: (P, context_length) int64 ids to (P, D) features, not normalised."""
        source = self._source
        embedded = source.token_embedding(token_ids).to(source.transformer.get_cast_dtype())
        return self._run(embedded, token_ids, ())

    def encode_prompts(self, context: Tensor, token_ids: Tensor, deep: Sequence[Tensor]) -> Tensor:
        """Encode prompts whose positions 1..E are learned vectors; see Backbone.encode_prompts."""
        source = self._source
        dtype = source.transformer.get_cast_dtype()
        embedded = source.token_embedding(token_ids).to(dtype)
        embedded = torch.cat([embedded[:, :1], context.to(dtype), embedded[:, 1 + context.shape[1] :]], dim=1)
        return self._run(embedded, token_ids, [entry.to(dtype) for entry in deep])

    def _run(self, embedded: Tensor, token_ids: Tensor, deep: Sequence[Tensor]) -> Tensor:
        source = self._source
        mask = source.attn_mask
        if self._text is not None and self._text.use_pad_mask:
            padding = self._text._build_additive_mask(token_ids, embedded.shape[1], embedded.dtype)
            mask = padding if mask is None else mask + padding
        elif mask is not None and self._pool_type in ("argmax", "eos"):
            # Under a causal mask nothing after the end token can reach the pooled position: leave that padding out.
            ends = token_ids.amax(1, keepdim=True)
            if self._pool_type == "eos" and self._eos_id is not None:
                ends = torch.full_like(ends, self._eos_id)
            length = 1 + max(
                int(torch.eq(token_ids, ends).int().argmax(dim=1).max()), *(entry.shape[0] for entry in deep), 0
            )
            embedded, token_ids, mask = embedded[:, :length], token_ids[:, :length], mask[:length, :length]
        tokens = embedded + source.positional_embedding[: embedded.shape[1]].to(embedded.dtype)
        for index, block in enumerate(self._blocks):
            if 1 <= index <= len(deep):
                prompt = deep[index - 1].expand(tokens.shape[0], -1, -1)
                tokens = torch.cat([tokens[:, :1], prompt, tokens[:, 1 + prompt.shape[1] :]], dim=1)
            if self._batch_first:
                tokens = block(tokens, attn_mask=mask)
            else:
                tokens = block(tokens.transpose(0, 1), attn_mask=mask).transpose(0, 1)
        pooled = text_global_pool(source.ln_final(tokens), token_ids, self._pool_type, eos_token_id=self._eos_id)
        projection = source.text_projection
        if isinstance(projection, nn.Linear):
            projected: Tensor = projection(pooled)
            return projected
        return pooled if projection is None else pooled @ projection
