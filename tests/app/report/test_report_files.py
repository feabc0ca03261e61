"""What is written beside a report, without a window."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from batch_fakes import folder
from pytestqt.qtbot import QtBot
from window_fakes import FakeInspector

from app.editing.adjustments import Adjustments, Mix
from app.parts.images import ImageStore
from app.parts.state import ModelChoice
from app.report.files import RegionFiles
from app.report.model import KnownPart, ReportChoice, ReportOrder
from app.report.work import ReportRun
from app.work.engine import Engine
from app.work.jobs import Cancellation
from tokenclip_core.errors import ImageError
from tokenclip_core.judgement.judgement import Judgement, PartScores

__all__ = ["folder"]

ALL = ReportChoice(1, paper=True, lines=True, coco=True, labelme=True)


@pytest.fixture
def engine() -> Engine:
    engine = Engine(ImageStore(), lambda *_given: FakeInspector())
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    return engine


def order_of(engine: Engine, folder: Path, target: Path, choice: ReportChoice = ALL) -> ReportOrder:
    """A report of three parts, one of which is defective."""
    parts = []
    for file in sorted(folder.iterdir())[:3]:
        result = engine.inspect(str(file), Mix(), Cancellation())
        parts.append(KnownPart(str(file), PartScores(result.score), None))
    return ReportOrder(
        target=target,
        place=str(folder),
        total=3,
        parts=parts,
        reviews={},
        model=engine.facts,
        adjustments=Adjustments(),
        judgement=Judgement(),
        mix=Mix(),
        choice=choice,
    )


def written(engine: Engine, order: ReportOrder) -> tuple[str, ...]:
    """The names of what a report wrote."""
    run = ReportRun(engine, ImageStore(), order, lambda: False)
    while (progress := run.work(Cancellation())) is not None:
        if progress.finished:
            return progress.files
    raise AssertionError("it was given up")


def files_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    return ((file, file.read_bytes()) for file in sorted(folder.rglob("*")) if file.is_file())


def test_nothing_but_the_named_file_is_written_over(engine: Engine, qtbot: QtBot, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    target = out / "report.html"
    order = order_of(engine, folder, target)
    first = written(engine, order)
    assert first[:2] == ("report.html", "report.pdf")
    # As if each was corrected by hand.
    kept = {file: b"corrected" for file, _ in files_of(out) if file not in (target, out / "results.csv")}
    for file, content in kept.items():
        file.write_bytes(content)
    again = written(engine, replace(order, judgement=Judgement(0.9)))
    assert {file: file.read_bytes() for file in kept} == kept
    # The page and its own table are what was asked for.
    assert set(again) - set(first) == {
        "report (2).pdf",
        "report (2).jsonl",
        *(name.replace("report regions", "report regions (2)") for name in first if "/" in name),
    }
    # A file of another kind that is named itself is written over.
    lines = replace(ALL, page=False, paper=False, table=False)
    assert written(engine, order_of(engine, folder, out / "report.jsonl", lines))[0] == "report.jsonl"
    assert (out / "report.jsonl").read_bytes() != b"corrected"


def test_a_name_that_no_file_can_have_costs_its_part_alone(
    engine: Engine, qtbot: QtBot, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = RegionFiles.take

    def refuses(self: RegionFiles, path: str, *rest: object) -> None:
        if path.endswith("part_0001.png"):
            raise ImageError(f"{path}: labelme cannot be saved under its name (too long); rename it")
        take(self, path, *rest)

    monkeypatch.setattr(RegionFiles, "take", refuses)
    target = tmp_path / "report.html"
    written(engine, order_of(engine, folder, target))
    rows = [json.loads(line) for line in target.with_suffix(".jsonl").read_text("utf-8").splitlines()]
    assert [row["error"] is not None for row in rows] == [False, True, False]
    assert rows[1]["score"] > 0.5
    assert "rename it" in target.read_text("utf-8")
    assert len(list((tmp_path / "report regions" / "labelme").rglob("*.json"))) == 2
