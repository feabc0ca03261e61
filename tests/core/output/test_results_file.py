"""Rows and runs on disk: what is written can be read back, whatever stopped the program."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.findings import Region
from tokenclip_core.output.results_file import ResultsWriter, RunRecord, read_rows
from tokenclip_core.output.rows import ResultRow, SubspaceRow

CONTRACT = [
    *("path", "width", "height", "score", "threshold", "verdict", "regions", "subspaces", "model", "checkpoint"),
    *("milliseconds", "error"),
]
ROW = ResultRow(
    path="parts/零件.png",
    width=640,
    height=480,
    score=0.75,
    threshold=0.5,
    verdict="defect",
    regions=(Region(1, 2, 3, 4, 9, 0.9),),
    subspaces=(SubspaceRow("crack", 0.25, 0.8), SubspaceRow("stain", 0.75, 0.1)),
    model="compact",
    milliseconds=12.5,
)
SETTINGS = {"model": "compact", "image_size": 160}

numbers = st.floats(0, 1)
regions = st.builds(Region, *[st.integers(0, 10**6)] * 5, numbers)
subspaces = st.builds(SubspaceRow, st.text(), numbers, numbers)
rows = st.builds(
    ResultRow,
    path=st.text() | st.sampled_from(["broken\udcff.png", "line\u2028feed\n.png"]),
    score=st.none() | numbers,
    verdict=st.sampled_from([None, "good", "defect"]),
    regions=st.lists(regions, max_size=3).map(tuple),
    subspaces=st.lists(subspaces, max_size=3).map(tuple),
    error=st.none() | st.text(),
)


def write(folder: Path, *paths: str, finished: bool, resume: bool = False) -> ResultsWriter:
    with ResultsWriter(folder, RunRecord(SETTINGS), resume=resume) as writer:
        for path in paths:
            writer.write(writer.earlier.get(path) or ResultRow(path))
        writer.close(finished=finished)
    return writer


def paths_in(folder: Path) -> list[str]:
    return [row.path for row in read_rows(folder / "results.jsonl")]


def test_fields_are_the_contract() -> None:
    values = json.loads(ROW.to_json())
    assert list(values) == CONTRACT
    assert list(values["regions"][0]) == ["x", "y", "width", "height", "area_px", "peak"]
    assert list(values["subspaces"][0]) == ["name", "mass", "anomaly"]


@given(rows)
def test_rows_survive_the_file(row: ResultRow) -> None:
    line = row.to_json()
    assert "\n" not in line
    assert ResultRow.from_json(line.encode("utf-8").decode("utf-8")) == row


@pytest.mark.parametrize("line", ["", "{", "[]", "{}", '{"path": 1}', '{"path": "a", "regions": [{"x": 1}]}'])
def test_other_lines_are_no_rows(line: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        ResultRow.from_json(line)


def test_fields_of_later_versions_are_left_out() -> None:
    assert ResultRow.from_json('{"path": "a.png", "colour": "red"}') == ResultRow("a.png")


def test_a_row_is_on_disk_when_write_returns(tmp_path: Path) -> None:
    with ResultsWriter(tmp_path, RunRecord(SETTINGS)) as writer:
        writer.write(ROW)
        assert list(read_rows(tmp_path / "results.jsonl")) == [ROW]
        assert len((tmp_path / "results.csv").read_text("utf-8").splitlines()) == 2


def test_table_and_record(tmp_path: Path) -> None:
    with ResultsWriter(tmp_path / "new" / "results", RunRecord(SETTINGS, {"python": "3"})) as writer:
        writer.write(ROW)
        writer.write(ResultRow("b.png", error="the file is empty"))
        writer.close(finished=True)
    folder = writer.folder
    with (folder / "results.csv").open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert [line["path"] for line in table] == ["parts/零件.png", "b.png"]
    assert table[0]["regions"] == "1"
    assert table[0]["subspace"] == "crack"
    assert table[1]["error"] == "the file is empty"
    record = json.loads((folder / "run.json").read_text("utf-8"))
    assert record["finished"] is True
    assert record["settings"] == SETTINGS
    assert record["python"] == "3"
    assert record["counts"] == {"good": 0, "defect": 1, "inspected": 0, "error": 1}


def test_leaving_early_is_an_unfinished_run(tmp_path: Path) -> None:
    with ResultsWriter(tmp_path, RunRecord(SETTINGS)) as writer:
        writer.write(ROW)
    record = RunRecord.read(tmp_path)
    assert record is not None
    assert not record.finished


def test_an_unfinished_run_is_not_overwritten(tmp_path: Path) -> None:
    write(tmp_path, "a", finished=False)
    with pytest.raises(SettingsError, match="--resume"):
        write(tmp_path, "b", finished=True)
    assert paths_in(tmp_path) == ["a"]


def test_a_finished_run_is_replaced(tmp_path: Path) -> None:
    write(tmp_path, "a", finished=True)
    write(tmp_path, "b", finished=True)
    assert paths_in(tmp_path) == ["b"]


def test_resume_keeps_rows_and_repairs_the_last_line(tmp_path: Path) -> None:
    write(tmp_path, "a", "b", finished=False)
    with (tmp_path / "results.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(ResultRow("c", score=0.5).to_json()[:-9])
    writer = write(tmp_path, "a", "b", "c", finished=True, resume=True)
    assert set(writer.earlier) == {"a", "b"}
    assert paths_in(tmp_path) == ["a", "b", "c"]
    assert [path.name for path in tmp_path.iterdir() if "earlier" in path.name] == []


def test_a_whole_last_row_without_its_line_end_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text(ROW.to_json() + "\n" + ROW.to_json(), encoding="utf-8")
    assert list(read_rows(tmp_path / "results.jsonl")) == [ROW]


def test_a_resumed_run_that_is_stopped_early_loses_nothing(tmp_path: Path) -> None:
    write(tmp_path, "a", "b", "c", finished=False)
    write(tmp_path, "a", finished=False, resume=True)
    assert set(write(tmp_path, "a", "b", "c", "d", finished=True, resume=True).earlier) == {"a", "b", "c"}
    assert paths_in(tmp_path) == ["a", "b", "c", "d"]


def test_resume_into_a_new_folder_starts(tmp_path: Path) -> None:
    write(tmp_path / "new", "a", finished=True, resume=True)
    assert paths_in(tmp_path / "new") == ["a"]


def test_resume_under_other_settings_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a", finished=False)
    with pytest.raises(SettingsError, match=r"image_size: 160 then, 320 now"):
        ResultsWriter(tmp_path, RunRecord(SETTINGS | {"image_size": 320}), resume=True)
    assert paths_in(tmp_path) == ["a"]


def test_resume_without_a_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text(ROW.to_json() + "\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="start anew"):
        ResultsWriter(tmp_path, RunRecord(SETTINGS), resume=True)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="choose another --out"):
        ResultsWriter(tmp_path / "file" / "results", RunRecord(SETTINGS))


def test_a_folder_has_one_writer_at_a_time(tmp_path: Path) -> None:
    first = ResultsWriter(tmp_path, RunRecord(SETTINGS), resume=True)
    first.write(ResultRow("a.png"))
    for resume in (True, False):
        with pytest.raises(SettingsError, match="another run writes to"):
            ResultsWriter(tmp_path, RunRecord(SETTINGS), resume=resume)
    first.write(ResultRow("b.png"))
    first.close(finished=True)
    assert [row.path for row in read_rows(tmp_path / "results.jsonl")] == ["a.png", "b.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.csv", "results.jsonl", "run.json"]


def test_the_lock_of_a_killed_run_is_no_hindrance(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from tokenclip_core.output.results_file import *\n"
        "from tokenclip_core.output.rows import ResultRow\n"
        f"w = ResultsWriter(Path({str(tmp_path)!r}), RunRecord({SETTINGS!r}))\n"
        "w.write(ResultRow('a.png')); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 9
    write(tmp_path, "a.png", "b.png", finished=True, resume=True)
    assert [row.path for row in read_rows(tmp_path / "results.jsonl")] == ["a.png", "b.png"]


def test_a_writer_may_be_closed_by_another_thread(tmp_path: Path) -> None:
    writer = ResultsWriter(tmp_path, RunRecord(SETTINGS))
    thread = threading.Thread(target=lambda: writer.close(finished=True))
    thread.start()
    thread.join()
    write(tmp_path, finished=True)


@pytest.mark.parametrize("how", ["folder deleted", "file deleted", "folder moved"])
def test_rows_that_nobody_will_find_are_an_error(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "results"
    writer = ResultsWriter(folder, RunRecord(SETTINGS))
    writer.write(ResultRow("a.png"))
    if how == "folder deleted":
        shutil.rmtree(folder)
    elif how == "file deleted":
        (folder / "results.jsonl").unlink()
    else:
        folder.rename(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="was deleted or moved"):
        writer.write(ResultRow("b.png"))
    writer.close(finished=True)
    assert folder.exists() == (how == "file deleted")


def test_a_folder_deleted_before_the_end_is_an_error_too(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    writer = ResultsWriter(folder, RunRecord(SETTINGS))
    shutil.rmtree(folder)
    with pytest.raises(SettingsError, match="was deleted or moved"):
        writer.close(finished=True)


_FULL = """
import resource, sys
from pathlib import Path
from tokenclip_core.errors import SettingsError
from tokenclip_core.output.results_file import ResultsWriter, RunRecord
from tokenclip_core.output.rows import ResultRow
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    with ResultsWriter(Path(sys.argv[1]), RunRecord({})) as writer:
        for number in range(1000):
            writer.write(ResultRow(f"part{number}.png", width=1, height=1, score=0.5, error="x" * 200))
except SettingsError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
@pytest.mark.parametrize("limit", [5000, 5101, 6500, 9999])
def test_a_full_disk_leaves_whole_rows_and_its_own_sentence(tmp_path: Path, limit: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path), str(limit)], capture_output=True, text=True, check=True
    )
    assert "cannot be written any more" in done.stdout
    assert "make room and add --resume" in done.stdout
    assert not done.stderr
    lines = (tmp_path / "results.jsonl").read_bytes().split(b"\n")
    assert lines[-1] == b""
    assert [json.loads(line)["path"] for line in lines[:-1]] == [f"part{n}.png" for n in range(len(lines) - 1)]
    with (tmp_path / "results.csv").open(encoding="utf-8-sig", newline="") as table:
        assert [row["path"] for row in csv.DictReader(table)] == [f"part{n}.png" for n in range(len(lines) - 1)]
    assert json.loads((tmp_path / "run.json").read_text())["finished"] is False
    assert len(list(read_rows(tmp_path / "results.jsonl"))) == len(lines) - 1 > 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.json")
    assert RunRecord.read(tmp_path) is None
    (tmp_path / "run.json").unlink()
    os.mkfifo(tmp_path / "results.jsonl")
    assert list(read_rows(tmp_path / "results.jsonl")) == []


@pytest.mark.parametrize(
    "values",
    [
        {"score": "high"},
        {"score": [0.5]},
        {"width": True},
        {"score": 10**300},
        {"verdict": "maybe"},
        {"regions": [{"x": "a", "y": 0, "width": 1, "height": 1, "area_px": 1, "peak": 1}]},
        {"subspaces": [{"name": 1, "mass": 0, "anomaly": 0}]},
        {"regions": 5},
        {"error": 5},
    ],
)
def test_a_line_of_other_kinds_of_values_is_no_row(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a row"):
        ResultRow.from_json(json.dumps({"path": "a.png", **values}))


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"settings": ' + "[" * 100_000, '{"settings": 5, "finished": 1}', "[]"]
)
def test_a_damaged_record_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    assert RunRecord.read(tmp_path) is None
