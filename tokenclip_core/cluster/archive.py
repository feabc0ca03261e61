"""Files in shards to the workers of a cluster, and their rows back in order; what is done stays done.

Each shard is a file of Parquet below `parts/` as soon as its rows are back, named by its paths: a run that is gone on
with reads it instead of inspecting it again. Workers read the files themselves, so all machines must see them under the
same paths. A worker that is lost is replaced, and inspects its shard from the beginning.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenclip_core.cluster.worker import ArchivedRow, ArchiveTask, ArchiveWorker
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.extras import import_extra
from tokenclip_core.files import write_atomically
from tokenclip_core.output.rows import ResultRow

SHARD = 64
"""Files that go to a worker together: many enough that the way there costs little, few enough to be lost."""

PARTS_FOLDER = "parts"

HERE = "local"
"""What `--ray` calls a cluster of this machine alone, which is started for the run."""


@dataclass(frozen=True)
class Cluster:
    """Which cluster.

    Attributes:
        address: as Ray takes it, such as ``auto`` or ``ray://host:10001``; `HERE` for this machine alone.
        workers: how many inspect at once; None for one a processor core of the cluster.
    """

    address: str = HERE
    workers: int | None = None


def inspected_archive(
    cluster: Cluster, paths: Sequence[str], task: ArchiveTask, evidence: Evidence, out: Path
) -> Iterator[ArchivedRow]:
    """Yield the row of each file, in the order of the files.

    Args:
        cluster: that inspects them.
        paths: of images, as every machine sees them.
        task: how.
        evidence: what parts are compared with; sent to every machine once.
        out: the folder of the results; `parts/` in it keeps what is done.

    Raises:
        SettingsError: Ray is not installed, or its cluster can't be reached.
    """
    shards = [paths[start : start + SHARD] for start in range(0, len(paths), SHARD)]
    files = [out / PARTS_FOLDER / f"{_name(shard, task)}.parquet" for shard in shards]
    missing = [number for number, file in enumerate(files) if not file.exists()]
    files[0].parent.mkdir(parents=True, exist_ok=True)
    ready = _computed(cluster, {number: shards[number] for number in missing}, task, evidence) if missing else iter(())
    done = set(range(len(shards))) - set(missing)
    for number, file in enumerate(files):
        while number not in done:
            finished, rows = next(ready)
            _write(files[finished], rows)
            done.add(finished)
        yield from _read(file)
    # What Ray has to put in order at its end is done before the last row is told to be.
    for finished, rows in ready:
        _write(files[finished], rows)


def _computed(
    cluster: Cluster, shards: dict[int, Sequence[str]], task: ArchiveTask, evidence: Evidence
) -> Iterator[tuple[int, list[ArchivedRow]]]:
    """Shards as the workers are done with them, in any order."""
    # Nothing is told to anybody about the use of this program.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray = import_extra("ray", "cluster", "--ray")
    data = import_extra("ray.data", "cluster", "--ray")
    failed = import_extra("ray.exceptions", "cluster", "--ray").RayError
    # It tells every step of its own; what went wrong is raised.
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
            ray.init(num_cpus=cluster.workers, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        else:
            ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise SettingsError(
            f"the cluster at {cluster.address} can't be reached ({reason}); look at its address"
        ) from error


def _name(shard: Sequence[str], task: ArchiveTask) -> str:
    """By the paths, so that another list of files makes other shards."""
    text = json.dumps([*shard, task.identified])
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:24]


def _write(file: Path, rows: Sequence[ArchivedRow]) -> None:
    """The flat columns of a table, and beside them each row whole."""
    arrow, parquet = (import_extra(name, "cluster", "--ray") for name in ("pyarrow", "pyarrow.parquet"))
    flat = [ResultRow.from_json(one.row).flat() for one in rows]
    columns: dict[str, Any] = {name: [row[name] for row in flat] for name in flat[0]}
    columns["row"] = [one.row for one in rows]
    columns["size_scores"] = arrow.array([list(one.size_scores) for one in rows], arrow.list_(arrow.float64()))
    columns["identity"] = [json.dumps(list(one.identity)) for one in rows]
    stream = io.BytesIO()
    parquet.write_table(arrow.table(columns), stream)
    write_atomically(file, stream.getvalue())


def _read(file: Path) -> Iterator[ArchivedRow]:
    parquet = import_extra("pyarrow.parquet", "cluster", "--ray")
    table = parquet.read_table(file, columns=["row", "size_scores", "identity"])
    for one in table.to_pylist():
        yield ArchivedRow(one["row"], one["size_scores"], json.loads(one["identity"]))
