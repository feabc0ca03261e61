"""The same frame scores the same live, as a saved snapshot, as a still, and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("PySide6", reason="the window's modules need PySide6")

from app.editing.adjustments import Judgement, Mix
from app.live.files import save_snapshot
from app.live.results import inspected
from app.parts.images import ImageStore
from app.parts.state import ModelChoice
from app.work.engine import Engine
from app.work.inspector_like import InspectorLike
from app.work.jobs import Cancellation
from tokenclip_core.commands import cli
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.sources.belt import BeltSource

JUDGEMENT = Judgement(threshold=0.3)


def loaded(choice: ModelChoice, *_given: object) -> InspectorLike:
    inspector: InspectorLike = Inspector.from_pretrained(choice.key, device="cpu")
    return inspector


def test_one_frame_has_one_score(tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = BeltSource(1, width=320, height=240)
    source.open()
    frame = source.read()
    assert frame is not None
    engine = Engine(ImageStore(), loaded)
    facts = engine.load(ModelChoice("model", str(tiny_model)), Cancellation())
    live = inspected(engine, 1, frame, Mix(), JUDGEMENT, facts.name, Cancellation())
    assert live.result is not None
    path = save_snapshot(tmp_path / "shots", "Belt 1", live, JUDGEMENT)
    row = json.loads((tmp_path / "shots" / "results.jsonl").read_text("utf-8"))
    still = engine.inspect(str(path), Mix(), Cancellation())
    words = ["inspect", str(path), "--model", str(tiny_model), "--device", "cpu", "--threshold", "0.3", "--json"]
    assert cli.main(words, open_window=None) == 0
    listed = json.loads(capsys.readouterr().out)
    for score in (row["score"], still.score, listed["score"]):
        assert score == pytest.approx(live.result.score, abs=1e-6)
    assert listed["verdict"] == row["verdict"]
    assert [entry["area_px"] for entry in listed["regions"]] == [entry["area_px"] for entry in row["regions"]]
