"""Runs an ablation: trains what a row needs, measures it on every set, and keeps each figure on disk at once.

All trainings share one token cache and all sets are encoded once. What is measured lies in ``measurements.jsonl``, one
line for each row, seed and set, and checkpoints lie beside it, so that a killed run goes on where it was, in the middle
of a training too.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tokenclip_core.data.layouts import Sample
from tokenclip_core.errors import SettingsError
from tokenclip_core.files import write_atomically
from tokenclip_core.measuring.ablation_rows import AblationRow
from tokenclip_core.measuring.measured_set import MeasuredSet
from tokenclip_core.measuring.metrics import Metrics
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.fingerprint import backbone_fingerprint
from tokenclip_core.subspaces.checkpoint import load_checkpoint
from tokenclip_core.subspaces.textual import from_descriptors
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary
from tokenclip_core.training.events import Notice, PartPrepared, TrainingDone, TrainingEvent, UnusablePart
from tokenclip_core.training.token_cache import TokenCache
from tokenclip_core.training.token_source import TokenSource
from tokenclip_core.training.trainer import Trainer
from tokenclip_core.training.trainer_state import load_state, state_path

MEASUREMENTS_NAME = "measurements.jsonl"
RUN_NAME = "ablation_run.json"
CHECKPOINTS_NAME = "checkpoints"


@dataclass(frozen=True)
class Measurement:
    """Figures of one row with one seed on one set.

    Attributes:
        key: of the row; see AblationRow.
        seed: of the training.
        set: name of the set.
        metrics: by name, in [0, 1] or None.
        seconds: that scoring and measuring took.
    """

    key: str
    seed: int
    set: str
    metrics: Metrics
    seconds: float


@dataclass(frozen=True)
class RowDone:
    """A row has all its figures.

    Attributes:
        row: which one.
        number: rows done, skipped ones included.
        total: rows of the table.
        training_seconds: that its own trainings took in this sitting; 0 where others had trained it already.
        measuring_seconds: that measuring it took in this sitting.
    """

    row: AblationRow
    number: int
    total: int
    training_seconds: float
    measuring_seconds: float


@dataclass(frozen=True)
class Stopped:
    """The run was asked to stop; the same command goes on."""


AblationEvent = TrainingEvent | RowDone | Stopped


class AblationRun:
    """One table in the making.

    Attributes:
        rows: of the table.
        sets: to measure on.
        measurements: so far, by (row key, seed, set name).
        cache: where the visual tokens of all parts are kept.
    """

    def __init__(
        self,
        backbone: Backbone,
        vocabulary: DescriptorVocabulary,
        rows: Sequence[AblationRow],
        training: Sequence[Sample],
        sets: Sequence[MeasuredSet],
        out: Path,
        *,
        seeds: Sequence[int],
        image_size: int,
        cache: TokenCache,
    ) -> None:
        """Set up; nothing is read or written yet.

        Args:
            backbone: frozen.
            vocabulary: of the row that is not trained, and names the learned subspaces.
            rows: of the table.
            training: the auxiliary parts.
            sets: to measure on; their names are distinct.
            out: folder of the table, the measurements and the checkpoints.
            seeds: of the trainings; every row is trained once with each.
            image_size: side in pixels that a square part gets.
            cache: shared by all trainings and sets.
        """
        self.rows = tuple(rows)
        self.sets = tuple(sets)
        self.seeds = tuple(seeds)
        self.measurements: dict[tuple[str, int, str], Measurement] = {}
        self.cache = cache
        self._backbone = backbone
        self._vocabulary = vocabulary
        self._training = tuple(training)
        self._out = out
        self._image_size = image_size
        self._kept_layers = sorted({layer for row in rows for layer in row.layers})

    def run(self, *, resume: bool = False, stop: Callable[[], bool] = lambda: False) -> Iterator[AblationEvent]:
        """Measure all rows, yielding what happens; every figure is on disk before the next event. For one use.

        Args:
            resume: go on with the measurements that lie in the folder.
            stop: asked between batches and sets; once it says True, the run ends with Stopped.

        Raises:
            SettingsError: measurements lie there and ``resume`` is False, or they belong to other data or weights.
            TokenClipError: see Trainer.run.
        """
        self._open(resume)
        for one in self.sets:
            # Whichever taps a row uses, tokens are kept with those of all rows.
            source = self._source(self._kept_layers)
            for done, total in one.prepare(source, self._backbone, self._image_size):
                yield PartPrepared(done, total)
                if stop():
                    yield Stopped()
                    return
            yield from (Notice(f"left out of {one.name}: {error}") for error in one.errors)
        self._check_run()
        for number, row in enumerate(self.rows, start=1):
            started = {"training": 0.0, "measuring": 0.0}
            for seed in row.seeds(self.seeds) if not row.skipped else ():
                missing = [one for one in self.sets if (row.key, seed, one.name) not in self.measurements]
                if not missing:
                    continue
                begun = time.perf_counter()
                stopped = yield from self._train(row, seed, stop)
                started["training"] += time.perf_counter() - begun
                for one in missing:
                    if stopped or stop():
                        yield Stopped()
                        return
                    started["measuring"] += self._measure(row, seed, one)
            yield RowDone(row, number, len(self.rows), started["training"], started["measuring"])

    def checkpoint(self, row: AblationRow, seed: int) -> Path:
        """Where the checkpoint of a row and a seed lies."""
        return self._out / CHECKPOINTS_NAME / f"{row.training_key}-seed{seed}.safetensors"

    def _train(self, row: AblationRow, seed: int, stop: Callable[[], bool]) -> Generator[TrainingEvent, None, bool]:
        """Train a row's prompts unless that is done; returns whether it was stopped."""
        if row.training is None:
            return False
        out = self.checkpoint(row, seed)
        state = state_path(out)
        if state.is_file() and out.is_file() and load_state(state).outcome:
            return False
        trainer = Trainer(
            self._backbone,
            self._vocabulary,
            replace(row.training, seed=seed),
            out,
            image_size=self._image_size,
            layers=row.layers,
            cache=self.cache,
            kept_layers=self._kept_layers,
            data_names=sorted({sample.category for sample in self._training}),
        )
        for event in trainer.run(self._training, resume=True, stop=stop):
            if isinstance(event, TrainingDone) and event.outcome == "cancelled":
                return True
            # Every training lists the same unusable parts; the first has told them.
            if not isinstance(event, UnusablePart | Notice) or not self.measurements:
                yield event
        return False

    def _measure(self, row: AblationRow, seed: int, one: MeasuredSet) -> float:
        begun = time.perf_counter()
        metrics = one.measure(self._source(row.layers), self._embeddings(row, seed), row.scoring)
        seconds = time.perf_counter() - begun
        found = Measurement(row.key, seed, one.name, metrics, seconds)
        with (self._out / MEASUREMENTS_NAME).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(found)) + "\n")
        self.measurements[found.key, seed, one.name] = found
        return seconds

    @torch.no_grad()
    def _embeddings(self, row: AblationRow, seed: int) -> Tensor:
        if row.training is None:
            embeddings = from_descriptors(self._backbone, self._vocabulary).embeddings
        else:
            embeddings = load_checkpoint(self.checkpoint(row, seed), self._backbone).embeddings
        return torch.from_numpy(embeddings).to(self._backbone.device)

    def _source(self, layers: Sequence[int]) -> TokenSource:
        first = self._backbone.default_first_vv_block
        return TokenSource(self._backbone, layers, first, self.cache, kept_layers=self._kept_layers)

    def _open(self, resume: bool) -> None:
        file = self._out / MEASUREMENTS_NAME
        self._out.mkdir(parents=True, exist_ok=True)
        text = file.read_text("utf-8") if file.is_file() else ""
        if text and not resume:
            raise SettingsError(f"{file} holds measurements; add --resume to go on with them, or name another --out.")
        # A line that a kill cut off has no end.
        whole = [line for line in text.splitlines(keepends=True) if line.endswith("\n")]
        if "".join(whole) != text:
            write_atomically(file, "".join(whole).encode())
        for line in whole:
            found = Measurement(**json.loads(line))
            self.measurements[found.key, found.seed, found.set] = found

    def _check_run(self) -> None:
        """Note what the measurements belong to, or see that it is still the same."""
        identity: dict[str, Any] = {
            "model": backbone_fingerprint(self._backbone),
            "precision": str(self._backbone.dtype),
            "image_size": self._image_size,
            "training": _listing(self._training),
            "vocabulary": self._vocabulary.fingerprint,
            **{f"set {one.name}": _listing([part.sample for part in one.parts]) for one in self.sets},
        }
        file = self._out / RUN_NAME
        known = json.loads(file.read_text("utf-8")) if file.is_file() else {}
        changed = [name for name, value in identity.items() if known.get(name, value) != value]
        if changed:
            raise SettingsError(
                f"{file} belongs to another {', '.join(changed)}; go on with the same, or name another --out."
            )
        write_atomically(file, (json.dumps({**known, **identity}, indent=2) + "\n").encode())


def _listing(samples: Sequence[Sample]) -> str:
    """Hash of the names and sizes of images."""
    digest = hashlib.sha256()
    for sample in samples:
        digest.update(f"{sample.category}/{sample.kind}/{sample.image.name} {sample.image.stat().st_size}\n".encode())
    return digest.hexdigest()
