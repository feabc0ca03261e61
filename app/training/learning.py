"""The trainer in a thread of its own, with its own model; and the comparison of before and after. No Qt."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.process.heavy_imports import imports_without_stalls
from app.training.decided import labelled
from app.training.model import DecidedParts, Epoch, Figures, Learned, LearningChoice, Phase
from app.work.engine import ENGINE_IMPORTS, SLOW_IMPORTS
from app.work.jobs import Cancellation
from tokenclip_core.errors import TokenClipError
from tokenclip_core.languages import Translate, said_in, translator

if TYPE_CHECKING:
    from tokenclip_core.data.layouts import Sample
    from tokenclip_core.inspection.inspector import Inspector
    from tokenclip_core.training.events import TrainingEvent
    from tokenclip_core.training.trainer import Trainer

MOST_COMPARED = 200
"""Parts that are compared before and after, spread over the set; more take long and say little else."""

MOST_NOTES = 100

Steps = Callable[[LearningChoice, Callable[[], bool]], Iterator[Learned]]
"""Learns, and yields how far it is; asks its second argument whether to stop."""


class LearningRun:
    """One sitting of the trainer.

    Attributes:
        choice: what is learned from what.
        learned: how far it is. Replaced as a whole, so that any thread may read it.
    """

    def __init__(self, choice: LearningChoice, steps: Steps) -> None:
        """Prepare a training; nothing is read yet."""
        self.choice, self.learned = choice, Learned()
        self._steps = steps
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Stop soon; the trainer's state is kept, so that it can go on later."""
        self._stopped.set()

    def run(self, cancellation: Cancellation) -> Learned:
        """Learn; a job of the thread of training."""

        def stop() -> bool:
            return self._stopped.is_set() or cancellation.requested

        for learned in self._steps(self.choice, stop):
            self.learned = learned
        return self.learned


def learning(choice: LearningChoice, stop: Callable[[], bool]) -> Iterator[Learned]:
    """Learn as `tokenclip train` does, going on where it was stopped; then compare before and after on the same parts.

    Raises:
        TokenClipError: the data set, the model or the checkpoint can't be read, or nothing can be learned from it.
    """
    yield Learned()
    with imports_without_stalls((*SLOW_IMPORTS, *ENGINE_IMPORTS["torch"])):
        from tokenclip_core.data.layouts import read_layout

        found = labelled(choice, choice.data) if isinstance(choice.data, DecidedParts) else read_layout(choice.data)
        unfinished = _is_unfinished(choice.out)
        trainer = _trainer(choice, found.samples)
    translate = translator(choice.language)
    notes = (found.summary(), *found.notes)[:MOST_NOTES]
    now = Learned(Phase.PREPARING, notes=tuple(said_in(note, translate) for note in notes))
    yield now
    for event in trainer.run(found.samples, resume=unfinished, stop=stop):
        now = _after(now, event, translate)
        yield now
    if now.phase is Phase.STOPPED:
        yield replace(now, unfinished=_is_unfinished(choice.out))
    elif now.phase is Phase.COMPARING:
        yield from _compared(choice, found.samples, now, stop)


def _is_unfinished(out: Path) -> bool:
    """Whether a training of this checkpoint can be gone on with."""
    from tokenclip_core.training.trainer_state import load_state, state_path

    state = state_path(out)
    return state.is_file() and not load_state(state).outcome


def _trainer(choice: LearningChoice, samples: Sequence[Sample]) -> Trainer:
    from tokenclip_core.model.devices import PRECISIONS, choose_device, choose_mixed_precision, choose_precision
    from tokenclip_core.model.loading import load_model
    from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary, default_vocabulary
    from tokenclip_core.training.token_cache import DEFAULT_MAX_BYTES, TokenCache, default_cache_folder
    from tokenclip_core.training.trainer import Trainer
    from tokenclip_core.training.training_data import names_of
    from tokenclip_core.training.training_settings import TrainingSettings

    device = choose_device("auto")
    model = load_model(choice.model, device, PRECISIONS[choose_precision("auto", device)])
    defaults = model.defaults
    own = choice.vocabulary or defaults.descriptors
    vocabulary = default_vocabulary() if not own else DescriptorVocabulary.from_file(own)
    settings = TrainingSettings(
        subspaces=choice.subspaces,
        epochs=choice.epochs,
        mixed_precision=choose_mixed_precision("auto", device),
        scoring=defaults.scoring,
    )
    folder = choice.data.place if isinstance(choice.data, DecidedParts) else choice.data.resolve().name
    return Trainer(
        model.backbone,
        vocabulary,
        settings,
        choice.out,
        image_size=defaults.image_size or model.backbone.description.default_image_size,
        cache=TokenCache(default_cache_folder(), DEFAULT_MAX_BYTES),
        data_names=names_of(folder, samples),
    )


def _after(now: Learned, event: TrainingEvent, translate: Translate) -> Learned:
    """How far it is after an event of the trainer."""
    from tokenclip_core.training import events

    if isinstance(event, events.PartPrepared):
        return replace(now, phase=Phase.PREPARING, done=event.done, total=event.total)
    if isinstance(event, events.BatchDone):
        return replace(now, phase=Phase.LEARNING, done=event.batch, total=event.batches, epoch=event.epoch)
    if isinstance(event, events.EpochDone):
        validation = None if event.validation is None else event.validation.total
        losses = (*now.losses, Epoch(event.epoch, event.losses.total, validation, event.improved))
        best = event.epoch if event.improved else now.best
        return replace(now, epoch=event.epoch, epochs=event.epochs, losses=losses, best=best)
    if isinstance(event, events.TrainingDone):
        phase = Phase.STOPPED if event.outcome == "cancelled" else Phase.COMPARING
        return replace(now, phase=phase, done=0, total=0, best=event.best_epoch)
    text = event.reason if isinstance(event, events.UnusablePart) else event.text
    return replace(now, notes=(*now.notes, said_in(text, translate))[-MOST_NOTES:])


def _compared(
    choice: LearningChoice, samples: Sequence[Sample], now: Learned, stop: Callable[[], bool]
) -> Iterator[Learned]:
    """Measure the model with what it had learned before, and with what it has learned now, on the same parts."""
    from tokenclip_core.inspection.inspector import Inspector as Loader
    from tokenclip_core.measuring.measured_set import thinned

    some = thinned(samples, MOST_COMPARED)
    found: list[Figures] = []
    for number, (checkpoint, vocabulary) in enumerate(((choice.checkpoint, choice.vocabulary), (str(choice.out), ""))):
        inspector = Loader.from_pretrained(
            choice.model, checkpoint=checkpoint or None, descriptors=vocabulary or None, engine="torch"
        ).with_evidence("text")
        measure, readable = _Measure(some), 0
        for place, sample in enumerate(some):
            if stop():
                # All is learned; there is nothing to go on with.
                yield replace(now, phase=Phase.DONE)
                return
            readable += measure.add(inspector, sample)
            yield replace(now, phase=Phase.COMPARING, done=number * len(some) + place + 1, total=2 * len(some))
        found.append(measure.figures())
    before, after = found
    yield replace(now, phase=Phase.DONE, before=before, after=after, compared=readable)


class _Measure:
    """Counts as `evaluate` does: each category for itself, and the mean of all."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        """Begin with all parts that are to be measured."""
        from tokenclip_core.measuring.evaluation import CategoryScores

        categories: dict[str, list[Sample]] = {}
        for sample in samples:
            categories.setdefault(sample.category, []).append(sample)
        self._scores = {category: CategoryScores(category, members) for category, members in categories.items()}

    def add(self, inspector: Inspector, sample: Sample) -> bool:
        """Inspect one part; whether it can be read. One that can't is left out, as the training leaves it out."""
        from tokenclip_core.images.reading import load_image

        scores = self._scores[sample.category]
        try:
            result = inspector.inspect(load_image(sample.image, bits=sample.bits))
        except TokenClipError as error:
            scores.fail(sample, str(error))
            return False
        scores.add(sample, (result,))
        return True

    def figures(self) -> Figures:
        """How well they were told apart."""
        from tokenclip_core.measuring.metrics import mean_metrics

        means = mean_metrics([scores.lines()[0].metrics for scores in self._scores.values()])
        return Figures(means.get("image_auroc"), means.get("pixel_auroc"), means.get("aupro"))
