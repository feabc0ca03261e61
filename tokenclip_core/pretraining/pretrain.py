"""Pretraining of ``compact``: dense and global alignment of procedural parts with the words of what they show.

The dense features are those of the V-V path that inspection uses, and the loss contains inspection's own scoring, so
that the model is trained for what it is asked to do. One command repeats it, `commands.studies.pretrain`; the same
command goes on after a kill.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from open_clip.factory import create_model, get_tokenizer
from open_clip.tokenizer import SimpleTokenizer
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from tokenclip_core.files import replacing
from tokenclip_core.model import compact
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.pretraining.data import Batch, Sides, batches, chunks, sample_texts
from tokenclip_core.pretraining.initialisation import load_trunk, sentence_vectors, word_embedding, words_of
from tokenclip_core.pretraining.losses import StepLosses, TextFeatures, step_losses, unit
from tokenclip_core.pretraining.text import teach_texts
from tokenclip_core.pretraining.validation import ValidationSet, validate
from tokenclip_core.resources import resource_path
from tokenclip_core.subspaces.vocabulary import default_vocabulary

COMPACT_FOLDER = resource_path("models", "compact")
COMPACT_LAYERS = (compact.DEPTH,)
COMPACT_FIRST_VV_BLOCK = compact.FIRST_VV_BLOCK

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PretrainSettings:
    """Everything that decides the weights, besides the two sources they start from."""

    steps: int = 6000
    decay_steps: int = 2000
    warmup_steps: int = 150
    batch_size: int = 32
    chunk_size: int = 1024
    passes: int = 2
    learning_rate: float = 1e-3
    text_rate: float = 0.1
    text_steps: int = 500
    weight_decay: float = 0.02
    average: float = 0.998
    side: int = 128
    large_side: int = 192
    large_every: int = 4
    seed: int = 1
    bfloat16: bool = True

    @property
    def sides(self) -> Sides:
        """Sides of the parts, in pixels."""
        return Sides(self.side, self.large_side, self.large_every)

    def rate(self, step: int) -> float:
        """Share of the peak learning rate at ``step``: warm-up, constant, then a cosine to zero."""
        if step < self.warmup_steps:
            return (step + 1) / self.warmup_steps
        left = (self.steps - step) / self.decay_steps
        return 1.0 if left >= 1 else 0.5 - 0.5 * math.cos(math.pi * max(left, 0.0))


class Trainer:
    """The model under training with its optimiser and weight average; saves and resumes whole.

    Args:
        settings: what decides the weights.
        architecture: folder with the model's open_clip_config.json; its weights, if any, are not read.

    Attributes:
        backbone: the model, tapped as inspection taps it.
        step: steps done.
        chunk: chunks done; a run resumes at the start of the chunk it was killed in.
    """

    def __init__(self, settings: PretrainSettings, architecture: Path = COMPACT_FOLDER) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        name = f"local-dir:{architecture}"
        self.model: nn.Module = create_model(name, load_weights=False)
        self.backbone = Backbone.from_open_clip(
            self.model,
            get_tokenizer(name),
            name="compact",
            layers=COMPACT_LAYERS,
            first_vv_block=COMPACT_FIRST_VV_BLOCK,
        )
        self.vocabulary = default_vocabulary()
        self.step = 0
        self.chunk = 0
        self._train_parameters()
        self.averaged = {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def _train_parameters(self) -> None:
        """Choose what learns and what decays.

        All parameters learn but the trunk and the word vectors, so words that no caption uses keep their place. The
        text tower, which starts with a sentence model's meanings, learns more slowly (``text_rate``); matrices decay.
        """
        groups: dict[tuple[bool, bool], list[nn.Parameter]] = {
            (text, decays): [] for text in (False, True) for decays in (False, True)
        }
        for name, parameter in self.model.named_parameters():
            if ".patch_embed.trunk." not in name and name != "token_embedding.weight":
                parameter.requires_grad_(True)
                groups[not name.startswith("visual."), parameter.ndim > 1].append(parameter)
        settings = self.settings
        self.optimizer = torch.optim.AdamW(
            [
                {
                    "params": parameters,
                    "weight_decay": settings.weight_decay if decays else 0.0,
                    "peak": settings.learning_rate * (settings.text_rate if text else 1.0),
                }
                for (text, decays), parameters in groups.items()
            ],
            lr=settings.learning_rate,
            betas=(0.9, 0.98),
            fused=True,
        )

    def initialise(self, trunk: Path, sentence_model: Path) -> None:
        """Load the ImageNet trunk and the word vectors, and teach the text tower meanings (about five minutes)."""
        load_trunk(self.model.get_submodule("visual.trunk.patch_embed.trunk"), trunk)
        names = words_of(SimpleTokenizer().encoder)
        vectors = sentence_vectors(names, sentence_model)
        with torch.no_grad():
            words = self.model.get_parameter("token_embedding.weight")
            words.copy_(word_embedding(vectors, self.backbone.text_width))
        settings = self.settings
        lessons = teach_texts(
            self.backbone, names, sentence_model, self.vocabulary, steps=settings.text_steps, seed=settings.seed
        )
        for cosine in lessons:
            _log.info("texts: mean cosine to their targets %.3f", cosine)
        self.averaged = {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def start_from(self, weights: Path) -> None:
        """Start from the weights of another run (safetensors)."""
        self.model.load_state_dict(load_file(weights))
        self.averaged = {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def encode_texts(self, groups: list[list[str]]) -> Tensor:
        """Unit mean feature of each group of texts, (len(groups), D)."""
        each = len(groups[0])
        features = self.backbone.encode_text(self.backbone.tokenizer([text for group in groups for text in group]))
        return unit(unit(features).reshape(len(groups), each, -1).mean(1))

    def train_step(self, batch: Batch, families: list[str], generator: np.random.Generator) -> StepLosses:
        """One optimiser step."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * self.settings.rate(self.step)
        texts = sample_texts(generator, families, self.vocabulary)
        kinds = len(texts.anomalous)
        subset = torch.from_numpy(generator.permutation(kinds)[: int(generator.integers(4, kinds + 1))])
        with torch.autocast("cpu", torch.bfloat16, enabled=self.settings.bfloat16):
            image = self.backbone.encode_image(batch.pixels)
            features = self.encode_texts([*texts.normal, *texts.anomalous])
            captions = self.encode_texts([[caption] for caption in batch.captions])
        pairs = torch.stack([features[:kinds], features[kinds:]], dim=1)
        losses = step_losses(
            unit(image.patch_features[-1]),
            unit(image.global_feature),
            batch.token_labels,
            TextFeatures(pairs, captions),
            self.model.get_parameter("logit_scale"),
            subset,
        )
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(losses.total)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        decay = min(self.settings.average, self.step / (self.step + 10))
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if parameter.requires_grad:
                    self.averaged[name].lerp_(parameter, 1 - decay)
        return losses

    def save(self, folder: Path) -> None:
        """Write averaged weights and the whole state, each atomically."""
        with replacing(folder / "averaged.safetensors") as partial:
            save_file(self.averaged, partial)
        state = {
            "step": self.step,
            "chunk": self.chunk,
            "model": self.model.state_dict(),
            "averaged": self.averaged,
            "optimizer": self.optimizer.state_dict(),
        }
        with replacing(folder / "state.pt") as partial:
            torch.save(state, partial)

    def resume(self, folder: Path) -> bool:
        """Take up a saved state; False where there is none."""
        file = folder / "state.pt"
        if not file.exists():
            return False
        state = torch.load(file, weights_only=True)
        self.step, self.chunk = state["step"], state["chunk"]
        self.model.load_state_dict(state["model"])
        self.averaged = state["averaged"]
        self.optimizer.load_state_dict(state["optimizer"])
        return True


def pretrain(
    trainer: Trainer,
    folder: Path,
    validation: dict[str, ValidationSet],
    *,
    workers: int = 1,
    save_every: int = 125,
) -> Iterator[dict[str, float]]:
    """Train to the last step, yielding one log record every ``save_every`` steps.

    State is saved after every chunk, so that a run killed and resumed sees the same batches. Each record holds the
    step, the mean losses since the last one, images/s, and every validation figure of the averaged weights; it is also
    appended to ``folder/log.jsonl``, its weights are kept in ``folder/step-N.safetensors``, and the best by the mean of
    the validation means in ``folder/best.safetensors``.

    Args:
        trainer: fresh, initialised or resumed.
        folder: for state, weights and log.
        validation: named sets.
        workers: processes that generate parts ahead.
        save_every: steps between records.
    """
    settings = trainer.settings
    sums = dict.fromkeys((field.name for field in fields(StepLosses)), 0.0)
    best, done, seen, started = _best_so_far(folder), 0, 0, time.perf_counter()
    patch = trainer.backbone.patch_size[0]
    for chunk in chunks(settings.seed, trainer.chunk, settings.chunk_size, workers, settings.sides, patch):
        generator = np.random.default_rng([settings.seed, trainer.chunk])
        size = settings.batch_size // 2 if settings.sides.is_large(trainer.chunk) else settings.batch_size
        for batch in batches(chunk, size, patch, settings.passes, generator):
            losses = trainer.train_step(batch, sorted(set(chunk.families)), generator)
            for name in sums:
                sums[name] += float(getattr(losses, name).detach())
            done += 1
            seen += size
            if trainer.step % save_every == 0 or trainer.step == settings.steps:
                record = {"step": trainer.step, "images_per_second": seen / (time.perf_counter() - started)}
                record |= {f"loss/{name}": value / done for name, value in sums.items()}
                record |= _validation_figures(trainer, validation)
                with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
                    log.write(json.dumps(record) + "\n")
                weights = folder / f"step-{trainer.step}.safetensors"
                with replacing(weights) as partial:
                    save_file(trainer.averaged, partial)
                figure = record.get("selection", float(trainer.step))
                if figure > best:
                    best = figure
                    with replacing(folder / "best.safetensors") as partial:
                        save_file(trainer.averaged, partial)
                yield record
                sums = dict.fromkeys(sums, 0.0)
                done, seen, started = 0, 0, time.perf_counter()
            if trainer.step >= settings.steps:
                break
        trainer.chunk += 1
        trainer.save(folder)
        if trainer.step >= settings.steps:
            return


def _best_so_far(folder: Path) -> float:
    log = folder / "log.jsonl"
    if not log.exists():
        return -math.inf
    return max(
        (json.loads(line).get("selection", -math.inf) for line in log.read_text("utf-8").splitlines()),
        default=-math.inf,
    )


def _validation_figures(trainer: Trainer, validation: dict[str, ValidationSet]) -> dict[str, float]:
    """Figures of the averaged weights; ``selection`` is their mean over the sets' means."""
    live = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    trainer.model.load_state_dict(trainer.averaged)
    figures: dict[str, float] = {}
    for name, data in validation.items():
        figures |= {f"{name}/{key}": value for key, value in validate(trainer.backbone, data).items()}
    trainer.model.load_state_dict(live)
    means = [value for key, value in figures.items() if key.endswith(("/mean/pixel", "/mean/image", "/mean/global"))]
    if means:
        figures["selection"] = float(np.mean(means))
    return figures
