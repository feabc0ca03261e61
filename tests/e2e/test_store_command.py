"""`inspect --store` and `history`: what is inspected is kept, and questions to it are answered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tokenclip_core.commands import cli
from tokenclip_core.output.results_file import read_rows
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.events import Decided, ResultMade
from tokenclip_core.output.store.history import History
from tokenclip_core.output.store.writing import StoreWriter

MakeParts = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOKENCLIP_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "history.sqlite"


def test_a_run_is_kept_and_asked_about(
    store: Path, tiny_model: Path, make_parts: MakeParts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = make_parts("1.png", "2.png", "3.png")
    (parts / "4.png").write_bytes(b"no picture")
    options = ["--model", str(tiny_model), "--threshold", "0.5", "--store", str(store)]
    assert cli.main(["inspect", str(parts), *options, "--out", str(tmp_path / "out")]) == 3
    rows = list(read_rows(tmp_path / "out" / "results.jsonl"))
    with closing(Store.open(store)) as opened:
        (run,) = History(opened).runs()
        found = History(opened).results(run.uid)
    assert [result.score for result in found] == [row.score for row in rows]
    assert [result.verdict for result in found] == [row.verdict for row in rows]
    assert [Path(result.path).name for result in found] == ["1.png", "2.png", "3.png", "4.png"]
    assert (run.finished, run.error, run.threshold) == (True, 1, 0.5)
    capsys.readouterr()
    assert cli.main(["history", "--store", str(store)]) == 0
    assert run.uid[:8] in capsys.readouterr().out
    assert cli.main(["history", "show", run.uid[:6], "--store", str(store), "--verdict", "error", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"].endswith("4.png")
    line = ["history", "judge", run.uid, "--threshold", "0", "--store", str(store), "--json"]
    assert cli.main(line) == 0
    assert json.loads(capsys.readouterr().out) == {"parts": 3, "defective": 3, "changed": 3 - run.defect}
    with closing(Store.open(store)) as opened:
        alarm = next(result for result in found if result.score is not None)
        writer = StoreWriter(opened)
        writer.put(
            ResultMade(run.uid, 9, alarm.path, 1.0, sha256=alarm.sha256, score=1.0, verdict="defect", levels=(0.9,)),
            Decided("d", alarm.path, "Ada", 1.0, "accepted", sha256=alarm.sha256),
        )
        writer.close()
    asked = ["history", "alarms", run.uid, "--store", str(store), "--json"]
    assert cli.main(asked) == 0
    groups = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"subspaces": [run.subspaces[0]], "parts": [alarm.path]} in groups
    assert cli.main(asked[:-1]) == 0
    assert f"  {run.subspaces[0]}\n    {alarm.path}\n" in capsys.readouterr().out
    assert cli.main(["history", "judge", "--store", str(store)]) == 2
    assert cli.main(["history", "show", "nothing", "--store", str(store)]) == 1


def test_a_resumed_run_is_one_run(store: Path, tiny_model: Path, make_parts: MakeParts, tmp_path: Path) -> None:
    parts = make_parts("1.png", "2.png", "3.png")
    out = tmp_path / "out"
    line = ["inspect", str(parts), "--model", str(tiny_model), "--store", str(store), "--out", str(out)]
    assert cli.main(line) == 0
    # As if the program had been killed before its last row, in the file as in the store.
    lines = (out / "results.jsonl").read_text("utf-8").splitlines(keepends=True)
    (out / "results.jsonl").write_text("".join(lines[:2]), "utf-8")
    shutil.copy(parts / "1.png", parts / "0.png")
    assert cli.main([*line, "--resume"]) == 0
    with closing(Store.open(store)) as opened:
        (run,) = History(opened).runs()
        stored = History(opened).results(run.uid)
    rows = {Path(row.path).name: row.score for row in read_rows(out / "results.jsonl")}
    assert {Path(result.path).name: result.score for result in stored} == rows
    assert (run.count, len(rows)) == (4, 4)


def test_a_run_goes_to_other_programs_each_part_once(
    store: Path, tiny_model: Path, make_parts: MakeParts, tmp_path: Path
) -> None:
    parts = make_parts("1.png", "2.png", "3.png")
    (parts / "4.png").write_bytes(b"no picture")
    out, sent = tmp_path / "out", tmp_path / "sent.jsonl"
    line = ["inspect", str(parts), "--model", str(tiny_model), "--publish", str(sent), "--out", str(out)]
    assert cli.main(line) == 3
    rows = list(read_rows(out / "results.jsonl"))
    published = [json.loads(text) for text in sent.read_text("utf-8").splitlines()]
    assert [one["path"] for one in published] == [row.path for row in rows]
    assert [one["score"] for one in published] == [row.score for row in rows]
    assert published[-1]["error"] == rows[-1].error
    lines = (out / "results.jsonl").read_text("utf-8").splitlines(keepends=True)
    (out / "results.jsonl").write_text("".join(lines[:2]), "utf-8")
    assert cli.main([*line, "--resume"]) == 3
    again = [json.loads(text)["id"] for text in sent.read_text("utf-8").splitlines()]
    assert again == [one["id"] for one in published]
    # What could not be read is another result when it was mended.
    shutil.copy(parts / "1.png", parts / "4.png")
    assert cli.main([*line, "--resume"]) == 0
    mended = [json.loads(text) for text in sent.read_text("utf-8").splitlines()]
    assert [one["id"] for one in mended[:-1]] == again
    assert (mended[-1]["path"], mended[-1]["error"]) == (published[-1]["path"], None)
    assert cli.main(["inspect", str(parts), "--model", str(tiny_model), "--publish", "ftp://elsewhere"]) == 1


def test_what_a_run_found_while_it_was_not_published_is_sent_when_it_is_again(
    store: Path, tiny_model: Path, make_parts: MakeParts, tmp_path: Path
) -> None:
    assert store
    parts = make_parts("1.png", "3.png")
    (parts / "2.png").write_bytes(b"no picture")
    sent = tmp_path / "sent.jsonl"
    line = ["inspect", str(parts), "--model", str(tiny_model), "--out", str(tmp_path / "out")]
    assert cli.main([*line, "--publish", str(sent)]) == 3
    shutil.copy(parts / "1.png", parts / "2.png")
    assert cli.main([*line, "--resume"]) == 0
    assert cli.main([*line, "--resume", "--publish", str(sent)]) == 0
    found = [json.loads(text) for text in sent.read_text("utf-8").splitlines()]
    assert [(Path(one["path"]).name, one["error"] is None) for one in found] == [
        ("1.png", True),
        ("2.png", False),
        ("3.png", True),
        ("2.png", True),
    ]
