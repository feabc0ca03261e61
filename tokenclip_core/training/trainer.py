"""Prompt training: the frozen backbone's tokens in, a checkpoint of learned subspaces out, event by event.

The loss is CE(global) + lambda * sum over layers [focal + Dice(anomalous) + Dice(normal)] + mu * orthogonality, of
tokens that optimal transport has assigned to the subspaces (TokenCLIP, arXiv 2510.21171; recipe of AnomalyCLIP, arXiv
2310.18961). Only the prompts learn.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tokenclip_core.arrays import to_numpy
from tokenclip_core.data.layouts import Sample
from tokenclip_core.errors import CheckpointError, DataLayoutError, ImageError, SettingsError
from tokenclip_core.files import write_atomically
from tokenclip_core.languages import Phrase
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.fingerprint import backbone_fingerprint
from tokenclip_core.output.table import table_text
from tokenclip_core.subspaces.checkpoint import Checkpoint, CheckpointInfo, save_checkpoint
from tokenclip_core.subspaces.prompts import PromptLearner
from tokenclip_core.subspaces.textual import from_descriptors, suggest_names
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary
from tokenclip_core.training.blending import blended
from tokenclip_core.training.events import (
    BatchDone,
    EpochDone,
    Notice,
    Outcome,
    PartPrepared,
    TrainingDone,
    TrainingEvent,
    UnusablePart,
)
from tokenclip_core.training.initialisation import start_from_descriptors
from tokenclip_core.training.losses import LossValues
from tokenclip_core.training.steps import PromptSteps
from tokenclip_core.training.team import Team
from tokenclip_core.training.token_cache import TokenCache
from tokenclip_core.training.token_source import TokenSource
from tokenclip_core.training.trainer_state import (
    SUFFIX,
    TrainerState,
    load_state,
    log_path,
    optimiser_tensors,
    restore_optimiser,
    save_state,
    state_path,
)
from tokenclip_core.training.training_data import (
    TrainingPart,
    check_trainable,
    data_fingerprint,
    read_part,
    shuffled_batches,
    split_parts,
)
from tokenclip_core.training.training_settings import ADAM_BETAS, TrainingSettings


class Trainer:
    """Trains prompts for one backbone and writes them to one file.

    Attributes:
        learner: the prompts; the only thing that is trained.
        source: gives the visual tokens.
        settings: every choice.
        out: the checkpoint.
    """

    def __init__(
        self,
        backbone: Backbone,
        vocabulary: DescriptorVocabulary,
        settings: TrainingSettings,
        out: Path,
        *,
        image_size: int,
        layers: Sequence[int] | None = None,
        first_vv_block: int | None = None,
        cache: TokenCache | None = None,
        kept_layers: Sequence[int] | None = None,
        data_names: Sequence[str] = (),
        team: Team | None = None,
    ) -> None:
        """Set up; nothing is read or written yet.

        Args:
            backbone: frozen.
            vocabulary: names the learned subspaces, and begins them if the settings say so.
            settings: every choice.
            out: the checkpoint to write, ``NAME.safetensors``; the trainer's state and its log go beside it.
            image_size: side in pixels that a square part gets.
            layers: 1-based taps; None for the backbone's own.
            first_vv_block: 0-based; None for the backbone's own.
            cache: where visual tokens are kept; None to encode in every epoch.
            kept_layers: taps that are kept there, so that trainings with other ``layers`` share it; None for
                ``layers``.
            data_names: what the checkpoint says it was trained on.
            team: processes that train together, each on the device of its backbone; None to train alone.

        Raises:
            SettingsError: a file name that is no ``.safetensors``, or sizes that don't fit the backbone.
            ModelError: a backbone whose prompts can't be learned.
        """
        if out.suffix != SUFFIX or out.name == SUFFIX:
            raise SettingsError(f"{out}: a checkpoint is a NAME{SUFFIX} file; name it so.")
        self.settings = settings
        self.out = out
        self._backbone = backbone
        self._vocabulary = vocabulary
        self._image_size = image_size
        self._layers = tuple(layers) if layers is not None else backbone.default_layers
        self._first_vv_block = first_vv_block if first_vv_block is not None else backbone.default_first_vv_block
        self._data_names = tuple(data_names)
        self.source = TokenSource(backbone, self._layers, self._first_vv_block, cache, kept_layers=kept_layers)
        self.learner = PromptLearner(
            backbone,
            settings.subspaces,
            context_length=settings.context_length,
            deep_length=settings.deep_length,
            deep_depth=settings.deep_depth,
            seed=settings.seed,
        )
        if settings.initialisation == "descriptors":
            start_from_descriptors(self.learner, backbone, vocabulary)
        self._optimiser = torch.optim.Adam(self.learner.parameters(), settings.learning_rate, ADAM_BETAS)
        self._generator = torch.Generator().manual_seed(settings.seed)
        self._state = TrainerState({}, chunk=settings.batch_size, order=self._generator.get_state())
        self._team = team if team is not None else Team()
        self._steps = PromptSteps(backbone, self.learner, self._optimiser, self.source, settings, self._team)

    def run(
        self, samples: Sequence[Sample], *, resume: bool = False, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[TrainingEvent]:
        """Train, yielding what happens, TrainingDone at last. For one use.

        After every epoch the checkpoint (if the epoch is the best so far), the state and the log are on disk. On the
        CPU a resumed training ends with the same bits as an uninterrupted one.

        Args:
            samples: of a data set.
            resume: go on from the state beside the checkpoint; without one, start.
            stop: asked between batches and parts; once it says True, the state is saved and the training ends.

        Raises:
            SettingsError: an unfinished training lies there and ``resume`` is False, the one that is resumed had other
                settings or parts, or the loss grows beyond all bounds.
            DataLayoutError: no part to learn from.
            CheckpointError: files that can't be read or written.
            ImageError: an image vanished during the training.
            DeviceError: not enough memory for a single part.
        """
        file = state_path(self.out)
        saved = load_state(file) if file.is_file() else None
        if saved is not None and not resume and not saved.outcome:
            raise SettingsError(f"{file} is an unfinished training; add --resume to go on, or name another --out.")
        saved = saved if resume else None
        parts: list[TrainingPart] = []
        unusable = yield from self._prepare(samples, parts, stop)
        if unusable is None:
            epochs, best = (saved.epoch, saved.best_epoch) if saved is not None else (0, 0)
            yield TrainingDone("cancelled", epochs, best, self.out if best else None, 0)
            return
        check_trainable(parts, unusable)
        if self.settings.augmentation:
            yield Notice(Phrase("augmentation changes pixels: every part goes through the encoder in every epoch"))
        self._state.identity = self._identity(parts)
        if saved is not None:
            self._go_on_from(saved)
            place = "going on after epoch {epoch}, batch {batch}" if saved.batch else "going on after epoch {epoch}"
            yield Notice(Phrase(place, epoch=saved.epoch, batch=saved.batch))
        elif resume:
            yield Notice(Phrase("nothing to go on from beside {file}: the training starts", file=self.out))
        training, validation = split_parts(parts, self.settings.validation_share, self.settings.seed)
        if self.settings.validation_share and not validation:
            few = "too few defective parts to keep some apart: the last epoch is kept, whatever its loss"
            yield Notice(Phrase(few))
        outcome: Outcome = "finished"
        while self._state.epoch < self.settings.epochs:
            if self._is_stale(bool(validation)):
                outcome = "stopped early"
                break
            cancelled = yield from self._epoch(training, stop)
            if cancelled:
                self._save_state()
                yield self._done("cancelled", unusable)
                return
            yield self._finish_epoch(validation)
            yield from self._steps.notices()
        self._state.outcome = outcome
        self._save_state()
        yield self._done(outcome, unusable)

    def _prepare(
        self, samples: Sequence[Sample], parts: list[TrainingPart], stop: Callable[[], bool]
    ) -> Generator[TrainingEvent, None, int | None]:
        """Fill ``parts``; returns how many were unusable, or None where it was stopped."""
        team, found = self._team, []
        wrong: dict[int, str] = {}
        unkept, stopped = 0, False
        for number, sample in enumerate(samples):
            stopped = stop()
            if stopped:
                break
            try:
                part = read_part(sample, self._backbone, self._image_size, self.settings.enlargement)
                found.append((number, part))
                # Each process encodes its share; what it finds unreadable, all leave out.
                if number % team.size == team.rank:
                    unkept += not self.source.prepare(part)
            except (ImageError, DataLayoutError) as error:
                wrong[number] = str(error)
                yield UnusablePart(sample.image, str(error))
            yield PartPrepared(number + 1, len(samples))
        if team.anyone(stopped):
            return None
        for number, reason in team.gathered(list(wrong.items())):
            if number not in wrong:
                wrong[number] = reason
                yield UnusablePart(samples[number].image, reason)
        parts.extend(part for number, part in found if number not in wrong)
        unkept = sum(team.gathered([unkept]))
        if unkept and self.source.cache is not None:
            full = (
                "the token cache is full: {count} of {total} parts are encoded anew in every epoch; "
                "a greater --cache-size makes that faster"
            )
            yield Notice(Phrase(full, count=unkept, total=len(parts)))
        return len(wrong)

    def _epoch(
        self, training: Sequence[TrainingPart], stop: Callable[[], bool]
    ) -> Generator[TrainingEvent, None, bool]:
        """The present epoch, from the batch where it stands; returns whether it was stopped before its end."""
        state = self._state
        self._generator.set_state(state.order)
        batches = shuffled_batches(training, self.settings.batch_size, self._generator)
        while state.batch < len(batches):
            if self._team.anyone(stop()):
                return True
            batch = [training[index] for index in batches[state.batch]]
            values = self._steps.step(batch, state.epoch)
            if not math.isfinite(values.total):
                raise SettingsError("the loss is no longer a number; use a lower --learning-rate.")
            state.batch += 1
            state.seen += len(batch)
            state.sums = state.sums.plus(values, len(batch))
            yield from self._steps.notices()
            yield BatchDone(state.epoch + 1, state.batch, len(batches), values)
        return False

    def _finish_epoch(self, validation: Sequence[TrainingPart]) -> EpochDone:
        """Validate, then put checkpoint, state and log on disk."""
        state = self._state
        losses = state.sums.times(1 / state.seen)
        embeddings = self._blended()
        validated = self._steps.validate(validation, embeddings) if validation else None
        measure = losses.total if validated is None else validated.total
        improved = validated is None or state.best_loss is None or measure < state.best_loss
        state.epoch, state.batch, state.seen, state.sums = state.epoch + 1, 0, 0, LossValues()
        state.order = self._generator.get_state()
        row: dict[str, float | None] = {"epoch": state.epoch, **asdict(losses)}
        for name in asdict(losses):
            row[f"validation_{name}"] = None if validated is None else getattr(validated, name)
        state.history.append(row)
        if improved:
            state.best_loss, state.best_epoch = measure, state.epoch
            self._save_checkpoint(embeddings, losses, validated)
        self._save_state()
        if self._team.leads:
            try:
                write_atomically(log_path(self.out), table_text(state.history).encode())
            except OSError as error:
                raise CheckpointError(f"{log_path(self.out)}: can't be written ({error}); make room.") from error
        return EpochDone(state.epoch, self.settings.epochs, losses, validated, improved)

    def _is_stale(self, validated: bool) -> bool:
        state, patience = self._state, self.settings.patience
        return validated and 0 < patience <= state.epoch - state.best_epoch

    def _identity(self, parts: Sequence[TrainingPart]) -> dict[str, Any]:
        """What decides the weights, besides the number of epochs, as it comes back from JSON."""
        chosen = {
            **self.settings.identity(),
            "model": backbone_fingerprint(self._backbone),
            "precision": str(self._backbone.dtype),
            "image_size": self._image_size,
            "layers": self._layers,
            "first_vv_block": self._first_vv_block,
            "vocabulary": self._vocabulary.fingerprint if self.settings.initialisation == "descriptors" else "",
            "data": data_fingerprint(parts),
            "cached tokens": self.source.cache is not None,
        }
        return dict(json.loads(json.dumps(chosen)))

    def _go_on_from(self, saved: TrainerState) -> None:
        identity = self._state.identity
        differing = [name for name, value in identity.items() if saved.identity.get(name) != value]
        if differing:
            raise SettingsError(
                f"{state_path(self.out)} was trained with another {', '.join(differing)}; "
                "go on with the same options and parts, or begin in another file."
            )
        if saved.best_epoch and not self.out.is_file():
            raise CheckpointError(f"{self.out} is gone, with the best weights so far; start again in another file.")
        saved.chunk, saved.outcome = max(1, saved.chunk), ""
        try:
            self.learner.load_tensors(saved.prompts)
            restore_optimiser(self._optimiser, self.learner, saved.optimiser)
            self._generator.set_state(saved.order)
        except (SettingsError, RuntimeError, TypeError) as error:
            raise CheckpointError(f"{state_path(self.out)}: damaged ({error}); start again in another file.") from error
        self._state = saved
        self._steps.chunk = saved.chunk

    def _save_state(self) -> None:
        if not self._team.leads:
            return
        self._state.chunk = self._steps.chunk
        self._state.prompts = self.learner.tensors()
        self._state.optimiser = optimiser_tensors(self._optimiser, self.learner)
        save_state(state_path(self.out), self._state)

    @torch.no_grad()
    def _blended(self) -> Tensor:
        """What is inspected with: the present embeddings with the settings' share of the descriptors."""
        learned, share = self._steps.embeddings(), self.settings.descriptor_share
        return blended(learned, self._descriptors, share) if share else learned

    @cached_property
    def _descriptors(self) -> Tensor:
        embeddings = from_descriptors(self._backbone, self._vocabulary).embeddings
        return torch.from_numpy(embeddings).to(self._backbone.device)

    def _save_checkpoint(self, embeddings: Tensor, losses: LossValues, validated: LossValues | None) -> None:
        if not self._team.leads:
            return
        scores = {"training_loss": losses.total}
        prompts = {name: to_numpy(values) for name, values in self.learner.tensors().items()}
        info = CheckpointInfo(
            backbone_name=self._backbone.name,
            backbone_sha256=backbone_fingerprint(self._backbone),
            layers=self._layers,
            first_vv_block=self._first_vv_block,
            names=suggest_names(to_numpy(embeddings), self._backbone, self._vocabulary),
            image_size=self._image_size,
            training_data=self._data_names,
            scores=scores if validated is None else {**scores, "validation_loss": validated.total},
            scoring=self.settings.scoring,
        )
        save_checkpoint(self.out, Checkpoint(info, to_numpy(embeddings), prompts))

    def _done(self, outcome: Outcome, unusable: int) -> TrainingDone:
        epoch, best = self._state.epoch, self._state.best_epoch
        return TrainingDone(outcome, epoch, best, self.out if best else None, unusable)
