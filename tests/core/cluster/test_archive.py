"""Shards of an archive: what is done stays done, and nothing of another run is taken for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason='pip install "tokenclip-inspector[cluster]"')

from tokenclip_core.cluster import archive
from tokenclip_core.cluster.archive import Cluster, inspected_archive
from tokenclip_core.cluster.worker import ArchivedRow, ArchiveTask
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.rows import ResultRow


class StandInCluster:
    """Inspects by reading a number from each file, in shards of two; keeps what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        nothing: Any = None
        how: dict[str, Any] = {
            "make": nothing,
            "prepare": nothing,
            "inspect": nothing,
            "reason_of": nothing,
            "bits": None,
        }
        how |= {"judgement": Judgement(0.5), "checkpoint": None, "batch_size": 1, "batch_bytes": 1}
        self.task = ArchiveTask(**how, identified=False, settings="a")

    def write(self, *texts: str) -> list[str]:
        for place, text in enumerate(texts):
            (self.folder / f"{place}.png").write_text(text)
        return [str(self.folder / f"{place}.png") for place in range(len(texts))]

    def computed(
        self, _cluster: Cluster, shards: Mapping[int, Sequence[str]], task: ArchiveTask, _evidence: Evidence
    ) -> Iterator[tuple[int, list[ArchivedRow]]]:
        # The last one is done first.
        for number, paths in reversed(list(shards.items())):
            self.asked += [Path(path).stem for path in paths]
            yield number, [self._row(path, task) for path in paths]

    def _row(self, path: str, task: ArchiveTask) -> ArchivedRow:
        text = Path(path).read_text()
        if not text:
            return ArchivedRow(ResultRow(path, model="m", error="it is empty").to_json(), [], [path, "", 0, 0])
        threshold = None if task.judgement is None else task.judgement.threshold
        row = ResultRow(path, score=float(text), threshold=threshold, model="m")
        return ArchivedRow(row.to_json(), [float(text)], [path, "", 0, 0], {"self": float(text)})

    def scores(self, paths: Sequence[str], *, goes_on: bool) -> list[float | None]:
        self.asked = []
        found = inspected_archive(Cluster(), paths, self.task, Evidence(), self.folder, goes_on=goes_on)
        return [ResultRow.from_json(one.row).score for one in found]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInCluster:
    made = StandInCluster(tmp_path)
    monkeypatch.setattr(archive, "SHARD", 2)
    monkeypatch.setattr(archive, "_computed", made.computed)
    return made


def test_only_a_run_that_is_gone_on_with_takes_what_is_there(cluster: StandInCluster) -> None:
    paths = cluster.write("0.25", "0.5", "0.75")
    parts = cluster.folder / "parts"
    parts.mkdir()
    (parts / "own.parquet").touch()
    assert cluster.scores(paths, goes_on=False) == [0.25, 0.5, 0.75]
    assert cluster.scores(paths, goes_on=True) == [0.25, 0.5, 0.75]
    assert cluster.asked == []
    assert cluster.scores(paths, goes_on=False) == [0.25, 0.5, 0.75]
    assert sorted(cluster.asked) == ["0", "1", "2"]
    assert len(list(parts.iterdir())) == 3
    assert (parts / "own.parquet").exists()


@pytest.mark.parametrize("change", [{"settings": "b"}, {"judgement": Judgement(0.3)}, {"identified": True}])
def test_rows_of_other_settings_are_not_taken(cluster: StandInCluster, change: dict[str, Any]) -> None:
    paths = cluster.write("0.25", "0.5", "0.75")
    cluster.scores(paths, goes_on=False)
    cluster.task = replace(cluster.task, **change)
    cluster.scores(paths, goes_on=True)
    assert sorted(cluster.asked) == ["0", "1", "2"]


def test_a_file_that_was_replaced_is_inspected_again(cluster: StandInCluster) -> None:
    paths = cluster.write("0.25", "0.5", "0.75")
    cluster.scores(paths, goes_on=False)
    Path(paths[2]).write_text("0.125")
    assert cluster.scores(paths, goes_on=True) == [0.25, 0.5, 0.125]
    assert cluster.asked == ["2"]


def test_what_could_not_be_inspected_is_tried_again_alone(
    cluster: StandInCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = cluster.write("0.25", "", "0.75")
    assert cluster.scores(paths, goes_on=False) == [0.25, None, 0.75]
    before = {file: file.stat().st_mtime_ns for file in (cluster.folder / "parts").iterdir()}
    assert cluster.scores(paths, goes_on=True) == [0.25, None, 0.75]
    assert cluster.asked == ["1"]
    assert {file: file.stat().st_mtime_ns for file in (cluster.folder / "parts").iterdir()} == before
    # It can be read now, though the file is the same: the disk was away.
    row = ResultRow(paths[1], score=1.0, model="m").to_json()
    monkeypatch.setattr(cluster, "_row", lambda path, _task: ArchivedRow(row, [], [path]))
    assert cluster.scores(paths, goes_on=True) == [0.25, 1.0, 0.75]
    assert cluster.scores(paths, goes_on=True) == [0.25, 1.0, 0.75]


def test_a_damaged_shard_is_inspected_again(cluster: StandInCluster) -> None:
    paths = cluster.write("0.25", "0.5")
    cluster.scores(paths, goes_on=False)
    (file,) = (cluster.folder / "parts").iterdir()
    file.write_bytes(b"half")
    assert cluster.scores(paths, goes_on=True) == [0.25, 0.5]


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text here")
def test_a_name_that_is_no_text_ends_nothing(cluster: StandInCluster) -> None:
    """On Linux a file may be called by any bytes."""
    path = cluster.folder / "\udcff.png"
    path.write_text("0.25")
    task, evidence = cluster.task, Evidence()
    for goes_on in (False, True):
        found = list(inspected_archive(Cluster(), [str(path)], task, evidence, cluster.folder, goes_on=goes_on))
        assert [ResultRow.from_json(one.row).path for one in found] == [str(path)]
        assert [one.identity[0] for one in found] == [str(path)]


def test_levels_of_channels_are_kept_and_tables_of_before_have_none(cluster: StandInCluster) -> None:
    paths = cluster.write("0.25", "")

    def spoken(*, goes_on: bool) -> list[object]:
        found = inspected_archive(Cluster(), paths, cluster.task, Evidence(), cluster.folder, goes_on=goes_on)
        return [one.channels for one in found]

    assert spoken(goes_on=False) == [{"self": 0.25}, None]
    assert spoken(goes_on=True) == [{"self": 0.25}, None]
    parquet = pytest.importorskip("pyarrow.parquet")
    (file,) = cluster.folder.rglob("*.parquet")
    table = parquet.read_table(file)
    parquet.write_table(table.drop_columns(["channels"]), file)
    assert spoken(goes_on=True) == [None, None]
