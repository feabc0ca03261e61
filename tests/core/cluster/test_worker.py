"""One worker of a cluster, without the cluster: what it holds at once, and the rows that it gives."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tokenclip_core.cluster import archive, worker
from tokenclip_core.cluster.archive import HERE, NICENESS, Cluster, cores_of_a_worker
from tokenclip_core.cluster.worker import ArchiveTask, ArchiveWorker
from tokenclip_core.commands.batches import inspect_batch, prepare, reason_of
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.images.reading import RgbImage, load_image
from tokenclip_core.inspection.encoding import PreparedPart
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.output.rows import ResultRow

WAIT = 60.0


def test_batches_are_bounded_by_bytes_and_pictures_wait_at_the_models_size(
    tiny_inspector: Inspector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "import_extra", lambda *_words: SimpleNamespace(get=lambda reference: reference))
    paths = []
    for number, side in enumerate((100, 100, 100, 200, 60, 60)):
        paths.append(str(tmp_path / f"{number}.png"))
        pixels = np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)
        Image.fromarray(pixels).save(paths[-1])
    paths.insert(1, str(tmp_path / "broken.png"))
    Path(paths[1]).write_bytes(b"no picture")
    batches: list[int] = []
    prepared = 0
    more = threading.Event()

    def count(inspector: Inspector, image: RgbImage) -> RgbImage | PreparedPart:
        nonlocal prepared
        prepared += 1
        if prepared > 2:
            more.set()
        return prepare(inspector, image, tiling=None)

    def inspect(inspector: Inspector, images: Sequence[Any]) -> Sequence[Any]:
        assert all(isinstance(image, PreparedPart) for image in images)
        batches.append(len(images))
        assert more.wait(WAIT), "the next ones are read while these are inspected"
        return inspect_batch(inspector, images)

    task = ArchiveTask(
        make=lambda: tiny_inspector.with_evidence("text"),
        prepare=count,
        inspect=inspect,
        reason_of=reason_of,
        judgement=None,
        bits=None,
        checkpoint=None,
        batch_size=4,
        batch_bytes=2 * 100 * 100 * 3,
        identified=False,
        settings="",
    )
    made = ArchiveWorker(task, [Evidence()])
    (found,) = made({"number": [3], "paths": [json.dumps(paths)]})["rows"]
    rows = [ResultRow.from_json(one["row"]) for one in json.loads(found)]
    assert [row.path for row in rows] == paths
    assert [row.error is not None for row in rows] == [False, True, *[False] * 5]
    assert batches == [2, 2, 2], "two of 100 pixels, one with a larger one, the rest"
    for row in rows:
        if row.error is None:
            expected = tiny_inspector.inspect(load_image(Path(row.path))).score
            assert row.score == pytest.approx(expected, abs=1e-5)


def test_workers_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    clusters = [Cluster(HERE), Cluster(HERE, 2), Cluster(HERE, 16), Cluster("auto", 2)]
    assert [cores_of_a_worker(cluster) for cluster in clusters] == [1, 4, 1, 1]


def test_workers_of_this_machine_keep_the_priority_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray lets workers give way to everything else; a cluster's own are left as they are."""
    given: list[str | None] = []
    ray = SimpleNamespace(init=lambda **_words: given.append(os.environ.get(NICENESS)))
    monkeypatch.setenv(NICENESS, "")
    monkeypatch.delenv(NICENESS)
    for address in ("auto", HERE):
        archive._connect(ray, Cluster(address))
    assert given == [None, "0"]
