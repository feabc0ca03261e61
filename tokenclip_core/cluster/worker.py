"""One worker of a cluster: an inspector of its own, and shards of files to rows.

What a worker is given travels to it by pickle, so it holds functions of modules and plain values only.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from tokenclip_core.cluster.object_stores import is_stored, load_stored
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.extras import import_extra
from tokenclip_core.images.reading import RgbImage, load_image
from tokenclip_core.inspection.encoding import PreparedPart
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.judged_rows import judged_row
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.store.identity import FileIdentity
from tokenclip_core.process.ahead import read_ahead

Prepared = RgbImage | PreparedPart
"""A picture that waits for the model: whole, where it is to be cut into tiles, or in the model's size already."""

Outcome = InspectionResult | str
"""A result, or the reason why there is none."""

_Loaded = tuple[str, Prepared | str, int, FileIdentity]
"""Of a file: path, what waits for the model or why there is nothing, bytes of its pixels, what identifies it."""


@dataclass(frozen=True)
class ArchiveTask:
    """How every worker inspects.

    Attributes:
        make: the inspector, without what parts are compared with; called once in each worker.
        prepare: what waits for the model of an (H, W, 3) uint8 image.
        inspect: a batch of what was prepared through it; results or reasons in their order.
        reason_of: why a file could not be read, in words, by its path and what was raised.
        judgement: how parts are judged; None for no verdict.
        bits: of 16-bit pictures, see `load_image`.
        checkpoint: what rows say of it.
        batch_size: images that are computed at once, at most.
        batch_bytes: fewer of them, where their pixels are more than this.
        identified: whether the content of each file is hashed, for a store.
        settings: all else that decides a result, as text; rows of other settings are not taken.
    """

    make: Callable[[], Inspector]
    prepare: Callable[[Inspector, RgbImage], Prepared]
    inspect: Callable[[Inspector, Sequence[Prepared]], Sequence[Outcome]]
    reason_of: Callable[[str, Exception], str]
    judgement: Judgement | None
    bits: int | None
    checkpoint: str | None
    batch_size: int
    batch_bytes: int
    identified: bool
    settings: str


@dataclass(frozen=True)
class ArchivedRow:
    """What comes back of one file.

    Attributes:
        row: as JSON.
        size_scores: see `InspectionResult.size_scores`.
        identity: path, sha256, size and modified, as in `FileIdentity`.
        channels: level in [0, 1] of each evidence channel that spoke; None where that is not known.
    """

    row: str
    size_scores: Sequence[float]
    identity: Sequence[Any]
    channels: Mapping[str, float] | None = None


class ArchiveWorker:
    """Inspects shards; Ray makes one of it in each worker, and again where a worker was lost."""

    def __init__(self, task: ArchiveTask, evidence: Any) -> None:
        """Load the model.

        Args:
            task: how to inspect.
            evidence: a reference of Ray to the `Evidence`, which every machine gets once.
        """
        self._task = task
        self._inspector = task.make()
        compared: Evidence = import_extra("ray", "cluster", "--ray").get(evidence[0])
        self._inspector.evidence = compared

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """The rows of some shards.

        Args:
            batch: ``number`` and ``paths`` (as JSON) of each shard.

        Returns:
            ``number`` and ``rows`` (as JSON, `ArchivedRow` each) of each shard.
        """
        rows = [self._shard(json.loads(str(paths))) for paths in batch["paths"]]
        return {"number": [int(number) for number in batch["number"]], "rows": rows}

    def _shard(self, paths: Sequence[str]) -> str:
        """Read and inspect files; one that can't be read is a row that says so."""
        found: list[ArchivedRow] = []
        batch: list[tuple[str, Prepared | str, FileIdentity]] = []
        held = 0
        ahead = 2 * self._task.batch_size
        for path, image, size, identity in read_ahead(
            paths, self._load, ahead=ahead, size=itemgetter(2), readers=1, max_bytes=2 * self._task.batch_bytes
        ):
            batch.append((path, image, identity))
            held += size
            # Results have maps of the pictures' own sizes.
            if len(batch) >= self._task.batch_size or held >= self._task.batch_bytes:
                found += self._batch(batch)
                batch, held = [], 0
        if batch:
            found += self._batch(batch)
        return json.dumps([asdict(one) for one in found])

    def _load(self, path: str) -> _Loaded:
        """Read a file, in the reader's thread."""
        stored = is_stored(path)
        identity = FileIdentity(path) if stored or not self._task.identified else FileIdentity.of(path, Path(path))
        try:
            if stored:
                image, identity = load_stored(path, self._task.bits)
            else:
                image = load_image(path, bits=self._task.bits)
            return path, self._task.prepare(self._inspector, image), image.nbytes, identity
        except Exception as error:
            return path, self._task.reason_of(path, error), 0, identity

    def _batch(self, batch: Sequence[tuple[str, Prepared | str, FileIdentity]]) -> list[ArchivedRow]:
        images = [image for _, image, _ in batch if not isinstance(image, str)]
        begun = time.perf_counter()
        outcomes = iter(self._task.inspect(self._inspector, images))
        found = [(path, image if isinstance(image, str) else next(outcomes), known) for path, image, known in batch]
        milliseconds = 1000 * (time.perf_counter() - begun) / max(1, len(images))
        return [self._row(path, outcome, milliseconds, identity) for path, outcome, identity in found]

    def _row(self, path: str, outcome: Outcome, milliseconds: float, identity: FileIdentity) -> ArchivedRow:
        task = self._task
        known = (identity.path, identity.sha256, identity.size, identity.modified)
        if isinstance(outcome, str):
            threshold = None if task.judgement is None else task.judgement.threshold
            failed = ResultRow(
                path, threshold=threshold, model=self._inspector.model_name, checkpoint=task.checkpoint, error=outcome
            )
            return ArchivedRow(failed.to_json(), (), known)
        regions = () if task.judgement is None else outcome.judged_regions(task.judgement)[0]
        row = judged_row(
            path,
            outcome,
            self._inspector,
            task.judgement,
            regions,
            checkpoint=task.checkpoint,
            milliseconds=milliseconds,
        )
        return ArchivedRow(row.to_json(), outcome.size_scores, known, dict(outcome.channel_levels))
