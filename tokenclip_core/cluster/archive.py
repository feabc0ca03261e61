"""Files in shards to the workers of a cluster, and their rows back in order; what is done stays done.

Each shard is a file of Parquet below `parts/` as soon as its rows are back, named by its files as they are and by how
they are inspected: a run that is resumed reads it instead of inspecting it again, but for files that could not be
inspected. Workers read the files themselves, so all machines must see them under the
same paths. A worker that is lost is replaced, and inspects its shard from the beginning.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenclip_core.cluster.object_stores import is_stored, signatures
from tokenclip_core.cluster.worker import ArchivedRow, ArchiveTask, ArchiveWorker
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.extras import import_extra
from tokenclip_core.files import write_atomically
from tokenclip_core.images.settled import Signature, signature_of
from tokenclip_core.output.rows import ResultRow

SHARD = 64
"""Files that go to a worker together: many enough that the way there costs little, few enough to be lost."""

PARTS_FOLDER = "parts"
_SUFFIX = ".parquet"
_COLUMNS = ("row", "size_scores", "identity", "channels")
_NAME_LETTERS = 24

HERE = "local"
"""Word by which `--ray` names a cluster of this machine alone, which is started for the run."""

NICENESS = "RAY_worker_niceness"
"""Variable of the environment by which Ray is told how far its workers give way to other programs."""


@dataclass(frozen=True)
class Cluster:
    """Which cluster.

    Attributes:
        address: as Ray takes it, such as ``auto`` or ``ray://host:10001``; `HERE` for this machine alone.
        workers: how many inspect at once; None for one a processor core of the cluster.
    """

    address: str = HERE
    workers: int | None = None


def cores_of_a_worker(cluster: Cluster) -> int:
    """Cores that each worker's engine takes: of fewer workers than this machine has cores, their share of them."""
    if cluster.address == HERE and cluster.workers is not None:
        return max(1, (os.cpu_count() or 1) // cluster.workers)
    return 1


def inspected_archive(
    cluster: Cluster, paths: Sequence[str], task: ArchiveTask, evidence: Evidence, out: Path, *, goes_on: bool
) -> Iterator[ArchivedRow]:
    """Yield the row of each file, in the order of the files.

    Args:
        cluster: that inspects them.
        paths: of images, as every machine sees them.
        task: how.
        evidence: what parts are compared with; sent to every machine once.
        out: the folder of the results; `parts/` in it keeps what is done.
        goes_on: whether what an earlier run has left there is taken; otherwise it is deleted.

    Raises:
        SettingsError: Ray is not installed, or its cluster can't be reached.
        OSError: `parts/` can't be written.
    """
    folder = out / PARTS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    if not goes_on:
        _forget(folder)
    shards = [paths[start : start + SHARD] for start in range(0, len(paths), SHARD)]
    files = [folder / f"{_name(shard, task)}{_SUFFIX}" for shard in shards]
    lacking = {number: _lacking(file, len(shards[number])) for number, file in enumerate(files)}
    lacking = {number: places for number, places in lacking.items() if places}
    wanted = {number: [shards[number][place] for place in places] for number, places in lacking.items()}
    ready = _computed(cluster, wanted, task, evidence) if wanted else iter(())
    for number, file in enumerate(files):
        while number in lacking:
            finished, rows = next(ready)
            _fill(files[finished], len(shards[finished]), dict(zip(lacking.pop(finished), rows, strict=True)))
        yield from _read(file)
    # What Ray has to put in order at its end is done before the last row is told to be.
    for finished, rows in ready:
        _fill(files[finished], len(shards[finished]), dict(zip(lacking.pop(finished), rows, strict=True)))


def _computed(
    cluster: Cluster, shards: Mapping[int, Sequence[str]], task: ArchiveTask, evidence: Evidence
) -> Iterator[tuple[int, list[ArchivedRow]]]:
    """Shards as the workers are done with them, in any order."""
    # Ray would otherwise report statistics of its use.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray = import_extra("ray", "cluster", "--ray")
    data = import_extra("ray.data", "cluster", "--ray")
    failed = import_extra("ray.exceptions", "cluster", "--ray").RayError
    # Ray logs every step of its own; errors are raised all the same.
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    own = not ray.is_initialized()
    if own:
        _connect(ray, cluster)
    try:
        workers = cluster.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        data.DataContext.get_current().enable_progress_bars = False
        compared = ray.put(evidence)
        items = [{"number": number, "paths": json.dumps(list(shard))} for number, shard in shards.items()]
        rows = data.from_items(items, override_num_blocks=len(items)).map_batches(
            ArchiveWorker,
            # In a list it stays a reference, which each machine follows once.
            fn_constructor_kwargs={"task": task, "evidence": [compared]},
            batch_size=1,
            compute=data.ActorPoolStrategy(size=workers),
            num_cpus=1,
        )
        for one in rows.iter_rows():
            yield int(one["number"]), [ArchivedRow(**values) for values in json.loads(str(one["rows"]))]
    except failed as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1][:300]
        raise SettingsError(f"the cluster failed ({reason}); what is done is kept, go on with --resume") from error
    finally:
        if own:
            ray.shutdown()


def _connect(ray: Any, cluster: Cluster) -> None:
    try:
        if cluster.address == HERE:
            # Otherwise they give way to everything else that this machine does, as the command itself does not.
            os.environ.setdefault(NICENESS, "0")
            ray.init(num_cpus=cluster.workers, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        else:
            ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise SettingsError(
            f"the cluster at {cluster.address} can't be reached ({reason}); look at its address"
        ) from error


def _name(shard: Sequence[str], task: ArchiveTask) -> str:
    """Name of a shard by its files and settings: other files, or other settings, make other shards."""
    files = list(zip(shard, _signatures(shard), strict=True))
    text = json.dumps([files, task.identified, task.settings, repr(task.judgement)])
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:_NAME_LETTERS]


def _signatures(shard: Sequence[str]) -> list[Signature | None]:
    if all(map(is_stored, shard)):
        return signatures(shard)
    return [signatures([path])[0] if is_stored(path) else signature_of(Path(path)) for path in shard]


def _forget(folder: Path) -> None:
    """Delete what earlier runs have left, and nothing that may be somebody's own."""
    for file in folder.glob(f"*{_SUFFIX}"):
        if re.fullmatch(rf"[0-9a-f]{{{_NAME_LETTERS}}}", file.stem):
            file.unlink(missing_ok=True)


def _lacking(file: Path, count: int) -> list[int]:
    """Places of the files in a shard that are to be inspected: all, or those that could not be before."""
    if not file.exists():
        return list(range(count))
    parquet = import_extra("pyarrow.parquet", "cluster", "--ray")
    try:
        errors = parquet.read_table(file, columns=["error"]).column("error").to_pylist()
    except (OSError, ValueError):
        # Damaged on the disk.
        errors = []
    return list(range(count)) if len(errors) != count else [n for n, error in enumerate(errors) if error is not None]


def _fill(file: Path, count: int, rows: dict[int, ArchivedRow]) -> None:
    """Put rows into their places in a shard of so many files, beside those that it has."""
    before = {} if len(rows) == count else dict(enumerate(_read(file)))
    if {place: before.get(place) for place in rows} != rows:
        merged = before | rows
        _write(file, [merged[place] for place in range(count)])


def _write(file: Path, rows: Sequence[ArchivedRow]) -> None:
    """The flat columns of a table, and beside them each row whole."""
    arrow, parquet = (import_extra(name, "cluster", "--ray") for name in ("pyarrow", "pyarrow.parquet"))
    flat = [ResultRow.from_json(one.row).flat() for one in rows]
    columns: dict[str, Any] = {name: [_as_text(row[name]) for row in flat] for name in flat[0]}
    columns["row"] = [one.row for one in rows]
    columns["size_scores"] = arrow.array([list(one.size_scores) for one in rows], arrow.list_(arrow.float64()))
    columns["identity"] = [json.dumps(list(one.identity)) for one in rows]
    columns["channels"] = [json.dumps(one.channels) for one in rows]
    stream = io.BytesIO()
    parquet.write_table(arrow.table(columns), stream)
    write_atomically(file, stream.getvalue())


def _as_text(value: str | float | None) -> str | float | None:
    """A value as Parquet takes it: of a file's name that is no text, what is none is escaped."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value


def _read(file: Path) -> Iterator[ArchivedRow]:
    parquet = import_extra("pyarrow.parquet", "cluster", "--ray")
    # Tables of earlier versions have no levels of channels.
    known = set(parquet.read_schema(file).names)
    table = parquet.read_table(file, columns=[name for name in _COLUMNS if name in known])
    for one in table.to_pylist():
        channels = json.loads(one.get("channels", "null"))
        yield ArchivedRow(one["row"], one["size_scores"], json.loads(one["identity"]), channels)
