"""Optimisation steps and validation: from parts to gradients of the prompts, in whatever chunks memory allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import astuple, replace

import torch
from torch import Tensor

from tokenclip_core.errors import DeviceError
from tokenclip_core.languages import Phrase
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.subspaces.prompts import PromptLearner, orthogonality_loss
from tokenclip_core.training.augmentation import Change
from tokenclip_core.training.events import Notice
from tokenclip_core.training.losses import LossValues, VisualLosses, visual_losses
from tokenclip_core.training.team import Team
from tokenclip_core.training.token_source import TokenSource
from tokenclip_core.training.trainer_state import is_memory_error
from tokenclip_core.training.training_data import TrainingPart, ordered_batches
from tokenclip_core.training.training_settings import TrainingSettings


class PromptSteps:
    """Computes losses and takes steps.

    Attributes:
        chunk: parts computed at once; less than a batch where memory was short.
    """

    def __init__(
        self,
        backbone: Backbone,
        learner: PromptLearner,
        optimiser: torch.optim.Optimizer,
        source: TokenSource,
        settings: TrainingSettings,
        team: Team,
    ) -> None:
        """Set up.

        Args:
            backbone: frozen.
            learner: the prompts.
            optimiser: of its parameters.
            source: gives the visual tokens.
            settings: every choice.
            team: with whom batches are shared.
        """
        self.chunk = settings.batch_size
        self._backbone = backbone
        self._learner = learner
        self._optimiser = optimiser
        self._source = source
        self._settings = settings
        self._team = team
        self._notices: list[Notice] = []

    def step(self, parts: Sequence[TrainingPart], epoch: int) -> LossValues:
        """One optimisation step; where memory runs out, the batch is computed in halves, with the same gradient.

        Args:
            parts: the whole batch, the same in every process.
            epoch: from 0, of which augmentation depends.

        Raises:
            DeviceError: not enough memory for a single part.
        """
        values = None
        while values is None:
            self._optimiser.zero_grad(set_to_none=True)
            try:
                values = self._gradients(parts, epoch)
            except (MemoryError, RuntimeError) as error:
                self._halve_chunk(error)
        self._optimiser.step()
        return values

    @torch.no_grad()
    def validate(self, parts: Sequence[TrainingPart], embeddings: Tensor) -> LossValues:
        """Mean losses of the validation parts against (K, 2, D) embeddings; orthogonality is no part of their total."""
        total = LossValues()
        for batch in self._team.share(ordered_batches(parts, self._settings.batch_size)):
            pending = [batch]
            while pending:
                group = pending.pop()
                try:
                    losses = self._losses(embeddings, [parts[index] for index in group], None)
                except (MemoryError, RuntimeError) as error:
                    self._halve_chunk(error)
                    pending += [group[: len(group) // 2], group[len(group) // 2 :]] if len(group) > 1 else [group]
                else:
                    total = total.plus(losses.values(self._settings.pixel_weight), len(group) / len(parts))
        return self._total(total)

    def embeddings(self) -> Tensor:
        """(K, 2, D) float32 text embeddings of the prompts as they are, with gradients."""
        with self._mixed():
            embeddings: Tensor = self._learner()
        return embeddings.float()

    def notices(self) -> Iterator[Notice]:
        """What has happened since the last call."""
        while self._notices:
            yield self._notices.pop(0)

    def _gradients(self, parts: Sequence[TrainingPart], epoch: int) -> LossValues:
        """Gradients of the loss of a batch: visual losses chunk by chunk, the text tower once."""
        settings, chunk = self._settings, self.chunk
        embeddings = self.embeddings()
        leaf = embeddings.detach().requires_grad_()
        values = LossValues()
        mine = self._team.share(parts)
        for start in range(0, len(mine), chunk):
            group = mine[start : start + chunk]
            share = len(group) / len(parts)
            losses = self._losses(leaf, group, epoch)
            torch.autograd.backward(share * losses.weighted(settings.pixel_weight))
            values = values.plus(losses.values(settings.pixel_weight), share)
        leaf.grad = self._team.total(torch.zeros_like(leaf) if leaf.grad is None else leaf.grad)
        values = self._total(values)
        orthogonality = orthogonality_loss(leaf, settings.orthogonality)
        torch.autograd.backward(settings.orthogonality_weight * orthogonality)
        torch.autograd.backward(embeddings, leaf.grad)
        found = float(orthogonality.detach())
        return replace(values, orthogonality=found, total=values.total + settings.orthogonality_weight * found)

    def _losses(self, embeddings: Tensor, parts: Sequence[TrainingPart], epoch: int | None) -> VisualLosses:
        """Losses of parts of one grid; augmented in a training epoch, as they are without one."""
        device, augmentation = self._backbone.device, self._settings.augmentation
        tokens, targets = [], []
        for part in parts:
            change = None
            if augmentation and epoch is not None:
                change = Change.draw(
                    augmentation, part.grid, seed=self._settings.seed, epoch=epoch, content=part.content_sha256
                )
            tokens.append(self._source.tokens(part, change))
            targets.append(part.share() if change is None else change.target(part.share()))
        return visual_losses(
            embeddings,
            torch.stack([part.features for part in tokens]).to(device).float(),
            torch.stack([part.global_feature for part in tokens]).to(device).float(),
            torch.tensor([float(part.label) for part in parts], device=device),
            torch.stack(targets).to(device),
            parts[0].grid,
            self._settings.scoring,
        )

    def _total(self, values: LossValues) -> LossValues:
        if self._team.size == 1:
            return values
        summed = self._team.total(torch.tensor(astuple(values), dtype=torch.float64, device=self._team.device))
        return LossValues(*summed.tolist())

    def _mixed(self) -> AbstractContextManager[object]:
        """Mixed precision for the text tower; losses and transport stay in float32."""
        if not self._settings.mixed_precision:
            return nullcontext()
        return torch.autocast(self._backbone.device.type, torch.bfloat16)

    def _halve_chunk(self, error: BaseException) -> None:
        """Compute fewer parts at once from now on; an error that is not about memory is raised again."""
        if not is_memory_error(error):
            raise error
        if self.chunk == 1:
            raise DeviceError(
                "there is not enough memory for a single part; use a smaller --image-size or --heads, or --device cpu."
            ) from error
        self.chunk = max(1, self.chunk // 2)
        if self._backbone.device.type == "cuda":
            torch.cuda.empty_cache()
        self._notices.append(
            Notice(
                Phrase(
                    "not enough memory for the whole batch: computing {count} parts at once from now on",
                    count=self.chunk,
                )
            )
        )
