"""Training of the dense head of ``dinov2-small`` on cached tokens of procedural parts; trunk and texts stay frozen.

The trunk runs once over every part, and its tokens are kept on disk, a file a chunk; the head then learns from them in
minutes. The text tower is that of ``compact``, so that both bundled models share one joint space. Tokens are blurred by
noise and whole blocks are left out at random: without that the head fits procedural parts alone, and defects of real
ones are found worse. Both halves go on after a kill where they were.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from torch.nn import functional

from tokenclip_core.data.procedural import DEFECTS, TRAINING_FAMILIES
from tokenclip_core.files import replacing
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.dinov2_small import DEPTH, DenseHead, tokenclip_dinov2_small
from tokenclip_core.pretraining.data import Batch, Sides, batches, make_chunk, sample_texts
from tokenclip_core.pretraining.losses import TextFeatures, step_losses, unit
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""Normalisation that DINOv2 was trained with (ImageNet's)."""

_RENDER_BATCH = 8
_BLUR_PROBABILITY = 0.3
_GRAIN_PROBABILITY = 0.4
_TEXT_ROUNDS = 300


@dataclass(frozen=True)
class DenseHeadSettings:
    """Everything that decides the head, besides the trunk and the text tower.

    Attributes:
        seed: of parts, texts and their order.
        chunks: files of tokens.
        chunk_size: parts in a file; those of the large side have half as many.
        side, large_side, large_every: of the parts in pixels, see `Sides`.
        steps: of the optimiser.
        batch_size: parts a step; half as many of the large side.
        learning_rate: at its peak.
        weight_decay: of matrices.
        token_noise: deviation of the noise on layer-normalised tokens.
        block_dropout: how often a block's tokens are left out.
        average: decay of the weight average.
        plain_weight: of the losses of the plain projection beside the head's.
    """

    seed: int = 3
    chunks: int = 210
    chunk_size: int = 48
    side: int = 224
    large_side: int = 336
    large_every: int = 3
    steps: int = 900
    batch_size: int = 24
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    token_noise: float = 1.0
    block_dropout: float = 0.3
    average: float = 0.99
    plain_weight: float = 0.3

    @property
    def sides(self) -> Sides:
        """Sides of the parts, in pixels."""
        return Sides(self.side, self.large_side, self.large_every, (1.0, 1.0, 1.5, 1.0, 2.4))

    def rate(self, step: int) -> float:
        """Share of the peak learning rate at ``step``: warm-up, constant for a third, then a cosine to zero."""
        falling = max(0.0, (step - 0.3 * self.steps) / (0.7 * self.steps))
        return min(1.0, (step + 1) / 50) * (0.5 + 0.5 * math.cos(math.pi * falling))


def first_blocks(trunk: dict[str, Tensor]) -> dict[str, Tensor]:
    """The part of a whole DINOv2 trunk that the model has: the first `DEPTH` blocks, without the final norm.

    Args:
        trunk: from `read_onnx_trunk`.
    """
    beyond = tuple(f"blocks.{index}." for index in range(DEPTH, 12))
    return {name: value for name, value in trunk.items() if not name.startswith((*beyond, "norm."))}


def build_trunk(weights: dict[str, Tensor]) -> VisionTransformer:
    """The frozen trunk, with an untrained head that nothing here uses.

    Args:
        weights: from `first_blocks`.
    """
    trunk: VisionTransformer = tokenclip_dinov2_small()
    own = {name: value for name, value in trunk.state_dict().items() if name.startswith(("dense_head.", "norm."))}
    trunk.load_state_dict({**own, **weights}, strict=True)
    trunk.eval().requires_grad_(False)
    return trunk


@torch.inference_mode()
def tapped_tokens(trunk: Any, pixels: Tensor) -> Tensor:
    """Layer-normalised tokens of the head's taps, side by side.

    Args:
        trunk: from `build_trunk`.
        pixels: (B, 3, h, w) float32 in [0, 1].

    Returns:
        (B, 1 + N, taps * W) float16.
    """
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, STD))
    found = []
    with torch.autocast("cpu", torch.bfloat16):
        tokens = trunk._pos_embed(trunk.patch_embed((pixels - mean) / std))
        for number, block in enumerate(trunk.blocks, start=1):
            tokens = block(tokens)
            if number in trunk.dense_head.taps:
                found.append(functional.layer_norm(tokens.float(), tokens.shape[-1:]).half())
    return torch.cat(found, dim=-1)


def write_tokens(folder: Path, trunk: Any, settings: DenseHeadSettings, patch: int) -> Iterator[Path]:
    """Make the chunks of parts, and write the trunk's tokens of each; files that are there are left.

    Args:
        folder: for the files.
        trunk: from `build_trunk`.
        settings: of the run.
        patch: side of a patch in pixels.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sides = settings.sides
    for index in range(settings.chunks):
        file = folder / f"tokens-{settings.seed}-{index:05d}.safetensors"
        if file.exists():
            continue
        count = settings.chunk_size // 2 if sides.is_large(index) else settings.chunk_size
        first = settings.seed * 100_000_000 + index * settings.chunk_size
        chunk = make_chunk(first, count, sides.of(index, patch))
        generator = np.random.default_rng([settings.seed, index])
        tokens, shares = [], []
        for batch in batches(chunk, _RENDER_BATCH, patch, 1, generator):
            tokens.append(tapped_tokens(trunk, _as_photographed(batch, generator)))
            shares.append(batch.token_labels.half())
        with replacing(file) as partial:
            save_file({"tokens": torch.cat(tokens), "shares": torch.cat(shares)}, partial)
        yield file


def _as_photographed(batch: Batch, generator: np.random.Generator) -> Tensor:
    """(B, 3, h, w) in [0, 1]; sometimes blurred or grainy, so that neither is a sign of anything."""
    pixels = batch.pixels * 0.5 + 0.5
    if generator.random() < _BLUR_PROBABILITY:
        sigma = float(generator.uniform(0.4, 1.2))
        blurred = [cv2.GaussianBlur(part.permute(1, 2, 0).numpy(), (0, 0), sigma) for part in pixels]
        pixels = torch.from_numpy(np.stack(blurred)).permute(0, 3, 1, 2)
    if generator.random() < _GRAIN_PROBABILITY:
        grain = generator.normal(0, float(generator.uniform(0.005, 0.05)), tuple(pixels.shape))
        pixels = (pixels + torch.from_numpy(grain.astype(np.float32))).clamp(0, 1)
    return pixels


@torch.inference_mode()
def text_pairs(backbone: Backbone, vocabulary: DescriptorVocabulary, seed: int) -> Tensor:
    """Many wordings of every defect: (rounds, K, 2, D) float32, unit means of two phrases a state.

    Args:
        backbone: whose text tower is used.
        vocabulary: descriptors that people will use, mixed in.
        seed: of the wordings.
    """
    random = np.random.default_rng(seed)
    drawn = [sample_texts(random, list(TRAINING_FAMILIES), vocabulary) for _ in range(_TEXT_ROUNDS)]
    names = sorted({text for texts in drawn for group in (*texts.normal, *texts.anomalous) for text in group})
    features = dict(zip(names, torch.from_numpy(backbone.embed_texts(names)), strict=True))

    def means(groups: Sequence[Sequence[str]]) -> Tensor:
        return torch.stack([unit(torch.stack([features[text] for text in group]).mean(0)) for group in groups])

    return torch.stack([torch.stack([means(texts.normal), means(texts.anomalous)], dim=1) for texts in drawn])


class HeadTrainer:
    """A head under training with its optimiser and weight average.

    Attributes:
        head: under training, and its pooled projection into the joint space.
        averaged: its averaged weights.
        step: steps done.
    """

    def __init__(self, pairs: Tensor, settings: DenseHeadSettings) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self._dense = DenseHead()
        self._pooled = nn.Linear(self._dense.pooled_width, pairs.shape[-1], bias=False)
        self.head = nn.ModuleDict({"dense": self._dense, "pooled": self._pooled})
        self.step = 0
        self._pairs = pairs
        matrices = [value for value in self.head.parameters() if value.ndim > 1]
        others = [value for value in self.head.parameters() if value.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
        self._optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.98))
        self.averaged = {name: value.detach().clone() for name, value in self.head.state_dict().items()}

    def train_step(self, tokens: Tensor, shares: Tensor, random: np.random.Generator) -> float:
        """One optimiser step; its loss.

        Args:
            tokens: (B, 1 + N, taps * W) normalised tokens.
            shares: (B, N, 1 + K) share of each patch that is normal or shows each defect.
            random: chooses wordings and subspaces.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = self.settings.learning_rate * self.settings.rate(self.step)
        with torch.autocast("cpu", torch.bfloat16):
            pooled, patches = self._dense.read(self._disturbed(tokens))
            image = self._pooled(pooled)
            plain = self._dense.plain(tokens[:, 1:, -self._dense.plain.in_features :])
        pairs = self._pairs[int(random.integers(len(self._pairs)))]
        subset = torch.from_numpy(random.permutation(len(pairs))[: int(random.integers(4, len(pairs) + 1))])
        loss = self._loss(patches, image, shares, pairs, subset)
        loss = loss + self.settings.plain_weight * self._loss(plain, image.detach(), shares, pairs, subset)
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.head.parameters(), 1.0)
        self._optimizer.step()
        self.step += 1
        decay = min(self.settings.average, self.step / (self.step + 10))
        with torch.no_grad():
            for name, value in self.head.state_dict().items():
                self.averaged[name].lerp_(value, 1 - decay)
        return float(loss.detach())

    def _disturbed(self, tokens: Tensor) -> Tensor:
        settings = self.settings
        tokens = tokens + settings.token_noise * torch.randn_like(tokens)
        taps = len(self._dense.taps)
        blocks = tokens.view(*tokens.shape[:2], taps, -1)
        kept = torch.rand(len(tokens), 1, taps, 1) >= settings.block_dropout
        return (blocks * kept).flatten(2)

    def _loss(self, patches: Tensor, image: Tensor, shares: Tensor, pairs: Tensor, subset: Tensor) -> Tensor:
        # Captions are not used: the pooled feature learns its state alone.
        text = TextFeatures(pairs, unit(image.float()).detach())
        losses = step_losses(unit(patches.float()), unit(image.float()), shares, text, torch.zeros(()), subset)
        return losses.kind + losses.single + losses.transported + 0.5 * (losses.peak + losses.image)

    def save(self, file: Path) -> None:
        """Write everything that a later sitting needs, in one file."""
        state = {
            "step": self.step,
            "head": self.head.state_dict(),
            "averaged": self.averaged,
            "optimizer": self._optimizer.state_dict(),
        }
        with replacing(file) as partial:
            torch.save(state, partial)

    def resume(self, file: Path) -> bool:
        """Take up a saved state; False where there is none."""
        if not file.exists():
            return False
        state = torch.load(file, weights_only=True)
        self.step, self.averaged = state["step"], state["averaged"]
        self.head.load_state_dict(state["head"])
        self._optimizer.load_state_dict(state["optimizer"])
        return True


def train_head(
    trainer: HeadTrainer, tokens: Path, folder: Path, *, save_every: int = 100
) -> Iterator[dict[str, float]]:
    """Train to the last step; the state is kept in ``folder/head.pt``, averaged weights in ``folder/head.safetensors``.

    Args:
        trainer: fresh or resumed.
        tokens: folder of `write_tokens`.
        folder: for the state.
        save_every: steps between records.

    Yields:
        The step, the mean loss since the last record, and steps a second.
    """
    files = sorted(tokens.glob("tokens-*.safetensors"))
    settings = trainer.settings
    total, started = 0.0, time.perf_counter()
    while trainer.step < settings.steps:
        random = np.random.default_rng([settings.seed, trainer.step])
        torch.manual_seed(settings.seed * 1_000_003 + trainer.step)
        total += trainer.train_step(*_drawn(files, settings, random), random)
        if trainer.step % save_every == 0 or trainer.step == settings.steps:
            trainer.save(folder / "head.pt")
            with replacing(folder / "head.safetensors") as partial:
                save_file(trainer.averaged, partial)
            done = trainer.step % save_every or save_every
            seconds = time.perf_counter() - started
            yield {"step": trainer.step, "loss": total / done, "steps_per_second": done / seconds}
            total, started = 0.0, time.perf_counter()


def _drawn(files: Sequence[Path], settings: DenseHeadSettings, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Consecutive parts of one file."""
    with safe_open(files[int(random.integers(len(files)))], "pt") as stored:
        count, patches, _ = stored.get_slice("shares").get_shape()
        usual = (settings.side // 14) ** 2 * 1.5
        size = min(count, settings.batch_size // 2 if patches > usual else settings.batch_size)
        start = int(random.integers(count - size + 1))
        chosen = slice(start, start + size)
        return stored.get_slice("tokens")[chosen].float(), stored.get_slice("shares")[chosen].float()


def assemble(trunk: dict[str, Tensor], head: Path, text: Path, file: Path) -> None:
    """Put the weights of the whole open_clip model together, in half precision.

    Args:
        trunk: from `first_blocks`.
        head: averaged weights of `train_head`.
        text: weights of ``compact``, whose text tower is taken over.
        file: to write.
    """
    weights = {f"visual.trunk.{name}": value for name, value in trunk.items()}
    blank = tokenclip_dinov2_small()
    weights |= {f"visual.trunk.{name}": value for name, value in blank.state_dict().items() if name.startswith("norm.")}
    for name, value in load_file(head).items():
        place, _, rest = name.partition(".")
        weights["visual.head.proj.weight" if place == "pooled" else f"visual.trunk.dense_head.{rest}"] = value
    weights |= {name: value for name, value in load_file(text).items() if not name.startswith("visual.")}
    stored = {name: value.half() for name, value in weights.items()}
    # Word vectors are half of a text tower's memory; eight bits are enough for them.
    stored["token_embedding.weight"] = stored["token_embedding.weight"].to(torch.float8_e4m3fn)
    stored["logit_scale"] = weights["logit_scale"].half()
    with replacing(file) as partial:
        save_file({name: value.contiguous() for name, value in stored.items()}, partial, metadata={"format": "pt"})


def describe(settings: DenseHeadSettings) -> str:
    """The settings as JSON, for the record."""
    return json.dumps({**vars(settings), "defects": len(DEFECTS)}, indent=2) + "\n"
