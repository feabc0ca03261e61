"""Results from the window to other programs: each once, nothing that may still change, troubles in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from feature_desk import Desk, laid_out
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, FakeEncoded, FakeInspector

from app.live.results import LiveResult
from app.outputs import state
from app.outputs.controller import OutputsController
from app.outputs.sending import Sender
from app.outputs.state import Outputs
from app.parts.state import Part
from app.settings.store import SettingsStore
from app.work.jobs import Outcome
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.sources.frames import Frame


@pytest.fixture
def settings(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings")


@pytest.fixture
def outputs(desk: Desk, settings: SettingsStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outputs]:
    monkeypatch.setenv("TOKENCLIP_DATA_DIR", str(tmp_path / "data"))
    owners = desk.owners
    made = Outputs(owners.session, owners.work, owners.store, owners.models, settings, desk.owner)
    yield made
    made.close()


def row(path: str, score: float = 0.7) -> ResultRow:
    return ResultRow(path, score=score, threshold=0.5, verdict="defect", model="m")


def lines(file: Path) -> list[dict[str, Any]]:
    texts = file.read_text("utf-8").splitlines(keepends=True) if file.exists() else []
    return [json.loads(text) for text in texts if text.endswith("\n")]


def sending(outputs: Outputs, qtbot: QtBot, place: Path) -> Path:
    outputs.choose([str(place)], sends=True)
    qtbot.waitUntil(lambda: outputs.sends, timeout=WAIT)
    return place


def arrived(qtbot: QtBot, file: Path, *parts: str) -> None:
    qtbot.waitUntil(lambda: [line["part"] for line in lines(file)] == list(parts), timeout=WAIT)


def test_each_part_goes_out_once_and_a_part_that_failed_too(
    outputs: Outputs, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    mix = desk.owners.store.mix
    outputs.take_rows(mix, [row("early.png")], desk.owners.session.judgement)
    file = sending(outputs, qtbot, tmp_path / "out.jsonl")
    outputs.take_rows(mix, [row("a.png"), row("b.png")], desk.owners.session.judgement)
    outputs.take_rows(mix, [row("a.png")], desk.owners.session.judgement)
    outputs.take_failure(Part("c.png", error="it is no picture"))
    outputs.take_failure(Part("d.png"))
    arrived(qtbot, file, "a.png", "b.png", "c.png")
    found = lines(file)
    assert [line["verdict"] for line in found] == ["defect", "defect", None]
    assert found[2]["error"] == "it is no picture"
    assert len({line["id"] for line in found}) == 3
    assert not outputs.wants(Part("a.png"))
    assert outputs.wants(Part("e.png"))


def test_what_is_judged_otherwise_goes_out_again(outputs: Outputs, desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    file = sending(outputs, qtbot, tmp_path / "out.jsonl")
    outputs.take_rows(desk.owners.store.mix, [row("a.png")], desk.owners.session.judgement)
    arrived(qtbot, file, "a.png")
    desk.owners.judging.set_threshold(0.9)
    assert outputs.wants(Part("a.png"))
    outputs.take_rows(desk.owners.store.mix, [row("a.png")], desk.owners.session.judgement)
    arrived(qtbot, file, "a.png", "a.png")
    assert len({line["id"] for line in lines(file)}) == 2


def test_what_was_judged_before_the_threshold_moved_does_not_go_out(
    outputs: Outputs, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    file = sending(outputs, qtbot, tmp_path / "out.jsonl")
    session, mix = desk.owners.session, desk.owners.store.mix
    before = session.judgement
    desk.owners.judging.set_threshold(0.9)
    outputs.take_rows(mix, [row("a.png")], before)
    assert outputs.wants(Part("a.png"))
    outputs.take_rows(mix, [row("a.png", 0.8)], session.judgement)
    arrived(qtbot, file, "a.png")
    assert lines(file)[0]["score"] == 0.8


def test_a_file_that_was_still_being_copied_goes_out_again(
    outputs: Outputs, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    file = sending(outputs, qtbot, tmp_path / "out.jsonl")
    outputs.take_failure(Part("a.png", error="it is not whole"))
    arrived(qtbot, file, "a.png")
    outputs.forget("a.png")
    outputs.take_rows(desk.owners.store.mix, [row("a.png")], desk.owners.session.judgement)
    arrived(qtbot, file, "a.png", "a.png")
    assert [line["error"] for line in lines(file)] == ["it is not whole", None]


def test_a_provisional_verdict_waits_until_it_is_final(
    outputs: Outputs, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    file = sending(outputs, qtbot, tmp_path / "out.jsonl")
    session = desk.owners.session
    session.provisional = True
    outputs.take_rows(desk.owners.store.mix, [row("a.png")], desk.owners.session.judgement)
    qtbot.waitUntil(lambda: not outputs._waiting and not outputs._underway, timeout=WAIT)
    assert lines(file) == []
    session.provisional = False
    arrived(qtbot, file, "a.png")


def test_a_part_that_is_shown_goes_out_with_its_regions(
    outputs: Outputs, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    file = sending(outputs, qtbot, tmp_path / "out.jsonl")
    outputs.take_part("a.png", shown())
    arrived(qtbot, file, "a.png")
    assert lines(file)[0]["regions"]
    assert lines(file)[0]["width"] == 48


def shown() -> Any:
    from app.work.part_results import part_result

    image = np.full((32, 48, 3), 90, np.uint8)
    image[8:16, 16:24] = 210
    return part_result(FakeInspector().score(FakeEncoded(image)), milliseconds=1.0)


def test_each_frame_goes_out_once_and_a_slow_disk_leaves_some_out(
    outputs: Outputs, qtbot: QtBot, tmp_path: Path
) -> None:
    said: list[str] = []
    outputs.warn = said.append
    file = sending(outputs, qtbot, tmp_path / "out.jsonl")
    live = LiveResult(1, Frame(lambda: np.zeros((32, 48, 3), np.uint8)), cast("Any", None), shown(), None, "m")
    for _ in range(3):
        outputs.take_frame(1, "left", live)
    qtbot.waitUntil(lambda: len(lines(file)) == 1, timeout=WAIT)
    (line,) = lines(file)
    assert (line["camera"], line["model"]) == ("left", "m")
    assert line["part"].startswith("left/left_")
    assert line["captured"]
    for _ in range(100):
        frame = Frame(lambda: np.zeros((32, 48, 3), np.uint8))
        outputs.take_frame(1, "left", LiveResult(1, frame, cast("Any", None), shown(), None, "m"))
    assert said == ["Frames are left out of what is sent: the disk is too slow for them."]


def test_a_place_that_is_none_is_said_and_kept_nowhere(
    outputs: Outputs, settings: SettingsStore, qtbot: QtBot, tmp_path: Path
) -> None:
    said: list[str] = []
    outputs.warn = said.append
    outputs.choose(["mqtt://line:secret@host/line1"], sends=True)
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT)
    assert "leave it out" in said[0]
    assert "secret" not in said[0]
    assert not outputs.sends
    assert (settings.values.outputs, settings.values.send_results) == ([], "off")


def test_a_place_that_is_none_leaves_the_others_as_they_are(
    outputs: Outputs, settings: SettingsStore, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    said: list[str] = []
    outputs.warn = said.append
    file = sending(outputs, qtbot, tmp_path / "out.jsonl")
    outputs.choose([str(file), "mqt://line"], sends=True)
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT)
    outputs.take_rows(desk.owners.store.mix, [row("a.png")], desk.owners.session.judgement)
    arrived(qtbot, file, "a.png")
    assert (settings.values.outputs, settings.values.send_results) == ([str(file)], "on")


def test_a_spool_that_can_not_be_written_leaves_the_others_as_they_are(
    outputs: Outputs, settings: SettingsStore, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    said: list[str] = []
    outputs.warn = said.append
    with window_that_sends_to(tmp_path / "other.jsonl"):
        file = sending(outputs, qtbot, tmp_path / "out.jsonl")
        outputs.choose([str(tmp_path / "other.jsonl")], sends=True)
        qtbot.waitUntil(lambda: bool(said), timeout=WAIT)
        outputs.take_rows(desk.owners.store.mix, [row("a.png")], desk.owners.session.judgement)
        arrived(qtbot, file, "a.png")
    assert (settings.values.outputs, settings.values.send_results) == ([str(file)], "on")


def test_what_fails_at_the_start_is_said_once_and_tried_again(
    outputs: Outputs, settings: SettingsStore, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "AGAIN_MILLISECONDS", 10)
    said: list[str] = []
    outputs.warn = said.append
    file = tmp_path / "out.jsonl"
    settings.values.outputs, settings.values.send_results = [str(file)], "on"
    tries: list[bool] = []
    opening = outputs._sender.open
    monkeypatch.setattr(outputs._sender, "open", lambda places: (tries.append(True), opening(places))[1])
    with window_that_sends_to(file):
        outputs.begin()
        qtbot.waitUntil(lambda: len(tries) >= 3, timeout=WAIT)
        assert not outputs.sends
        assert settings.values.send_results == "on"
    qtbot.waitUntil(lambda: outputs.sends, timeout=WAIT)
    assert len(said) == 1


@contextmanager
def window_that_sends_to(file: Path) -> Iterator[None]:
    """Another window sends there, whose spool is its own."""
    other = Sender()
    other.open([str(file)])
    yield
    other.close()


def test_an_output_that_is_gone_and_back_is_said_once_and_loses_nothing(
    outputs: Outputs, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    warned: list[str] = []
    told: list[str] = []
    outputs.warn, outputs.say = warned.append, told.append
    (tmp_path / "results").write_text("a file in the way of the folder")
    file = sending(outputs, qtbot, tmp_path / "results" / "out.jsonl")
    outputs.take_rows(desk.owners.store.mix, [row("a.png")], desk.owners.session.judgement)
    qtbot.waitUntil(lambda: bool(warned), timeout=WAIT)
    assert "can't be written" in warned[0]
    (tmp_path / "results").unlink()
    arrived(qtbot, file, "a.png")
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT)
    assert len(warned) == 1


def test_what_waits_at_the_end_goes_out_at_the_next_start(
    outputs: Outputs, desk: Desk, settings: SettingsStore, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "results").write_text("a file in the way of the folder")
    file = sending(outputs, qtbot, tmp_path / "results" / "out.jsonl")
    outputs.take_rows(desk.owners.store.mix, [row("a.png")], desk.owners.session.judgement)
    outputs.close()
    desk.owners.work.stop()
    assert desk.owners.work.join(60)
    (tmp_path / "results").unlink()
    again = laid_out()
    try:
        owners = again.owners
        second = Outputs(owners.session, owners.work, owners.store, owners.models, settings, again.owner)
        second.begin()
        arrived(qtbot, file, "a.png")
    finally:
        second.close()
        again.clear()


def test_the_dialog_names_places_and_says_how_they_are(
    outputs: Outputs, settings: SettingsStore, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    controller = OutputsController(outputs, settings, desk.views, desk.actions)
    desk.actions.run("outputs")
    dialog = controller.dialog
    assert dialog is not None
    dialog.lines.setPlainText(f"\n {tmp_path / 'out.jsonl'} \n")
    assert dialog.sending.isChecked()
    dialog.done_action.trigger()
    qtbot.waitUntil(lambda: outputs.sends, timeout=WAIT)
    assert settings.values.outputs == [str(tmp_path / "out.jsonl")]
    outputs.take_rows(desk.owners.store.mix, [row("a.png")], desk.owners.session.judgement)
    qtbot.waitUntil(lambda: [one.delivered for one in outputs.facts] == [1], timeout=WAIT)
    desk.actions.run("outputs")
    dialog = controller.dialog
    assert dialog.places == (str(tmp_path / "out.jsonl"),)
    assert "1 sent, 0 waiting" in dialog.words.text()
    dialog.sending.setChecked(False)
    dialog.done_action.trigger()
    qtbot.waitUntil(lambda: not outputs.sends, timeout=WAIT)
    assert settings.values.outputs == [str(tmp_path / "out.jsonl")]


def test_a_result_that_is_refused_for_good_is_said_once(outputs: Outputs, qtbot: QtBot, tmp_path: Path) -> None:
    from tokenclip_core.publish.delivery import OutputFacts

    said: list[str] = []
    outputs.warn = said.append
    sending(outputs, qtbot, tmp_path / "out.jsonl")
    facts = [OutputFacts("a broker", 0, 3, "", 2, "too large")]
    for _ in range(2):
        outputs._take_facts(Outcome(1, None, "done", facts))
    assert said == ["a broker has refused 2 results for good: too large"]
