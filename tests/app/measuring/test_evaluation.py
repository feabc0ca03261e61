"""A folder with labels measured in the window: the figures of the command, and the worst cases to click."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import nameless, shown

from app.editing.adjustments import Mix
from app.measuring.evaluation import Evaluated, EvaluationRun
from app.measuring.evaluation_page import EvaluationPage
from app.parts.images import ImageStore
from app.parts.state import ModelChoice
from app.shell.assembly import Assembly
from app.work.engine import Engine
from app.work.jobs import Cancellation
from tokenclip_core.commands.cli import main
from tokenclip_core.errors import DataLayoutError
from tokenclip_core.inspection.inspector import Inspector


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The bundled model, with the threads of its libraries."""
    engine = Engine(ImageStore(), lambda *_given: Inspector.from_pretrained("compact"))
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    engine.inspect_pixels(np.zeros((32, 32, 3), np.uint8), Mix(), Cancellation())
    return engine


def labelled(folder: Path) -> Path:
    """Three dark good parts, one bright good one, and defects of two kinds with masks; one of them is hardly seen."""
    spots = {"good": (10, 12, 14, 120), "defect/hole": (90, 100), "defect/stain": (20, 110)}
    for kind, brightness in spots.items():
        for number, more in enumerate(brightness):
            pixels = np.full((32, 48, 3), 90, np.uint8)
            pixels[8:16, 16:24] += np.uint8(more)
            place = folder / kind / f"part_{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(place)
            if kind != "good":
                mask = folder / kind.replace("defect", "masks") / f"part_{number}.png"
                mask.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(np.where(pixels[..., 0] > 90, np.uint8(255), np.uint8(0))).save(mask)
    return folder


@pytest.fixture
def window(start: Start, qtbot: QtBot, parts: Path) -> Assembly:
    assembly: Assembly = start(parts)
    shown(assembly, qtbot)
    return assembly


def opened(window: Assembly) -> EvaluationPage:
    window.actions.run("evaluate")
    page = window.evaluating.page
    assert page is not None
    assert nameless(page) == []
    return page


def evaluated(run: EvaluationRun) -> Evaluated:
    while (progress := run.work(Cancellation())) is not None:
        if progress.answer is not None:
            return progress.answer
    raise AssertionError("it was given up")


def test_a_folder_gives_table_curves_and_worst_cases(window: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "set")
    window.evaluating.ask_for_folder = lambda: folder
    page = opened(window)
    assert not page.evaluate_action.isEnabled()
    page.choose_action.trigger()
    page.evaluate_action.trigger()
    assert page.progress
    qtbot.waitUntil(lambda: page.lines_view.model().rowCount() > 0, timeout=WAIT)
    table = page.lines_view.model()
    assert [table.index(row, 1).data() for row in range(table.rowCount())] == ["All", "hole", "stain", "All"]
    assert table.index(0, 2).data() == "4"
    # The bright good part scores higher than all four defects, the other good ones lower: 12 of 16 pairs are right.
    assert table.index(0, 4).data() == f"{100 * 12 / 16:.1f}"
    assert page.curves.isVisible()
    cases = page.cases_view.model()
    path = str(cases.index(0, 0).data())
    assert Path(path) == folder / "good" / "part_3.png"
    assert cases.index(0, 3).data() == "False alarm"
    place = page.cases_view.visualRect(cases.index(0, 0)).center()
    qtbot.mouseClick(page.cases_view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: [part.path for part in window.session.parts] == [path], timeout=WAIT)
    page.close()


def test_it_is_stopped_and_begun_again(window: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    page = opened(window)
    page.take_folder(labelled(tmp_path / "set"))
    page.evaluate_action.trigger()
    page.stop_action.trigger()
    assert not page.progress
    assert page.lines_view.model().rowCount() == 0
    page.evaluate_action.trigger()
    qtbot.waitUntil(lambda: page.lines_view.model().rowCount() > 0, timeout=WAIT)
    page.close()


def test_a_folder_without_labels_is_said(window: Assembly, qtbot: QtBot, tmp_path: Path) -> None:
    page = opened(window)
    page.take_folder(tmp_path)
    page.evaluate_action.trigger()
    qtbot.waitUntil(lambda: "follows no known layout" in page.words, timeout=WAIT)
    assert page.evaluate_action.isEnabled()
    page.close()


@pytest.mark.slow
def test_the_figures_are_those_of_the_command(engine: Engine, tmp_path: Path) -> None:
    folder = str(tmp_path / "set")
    assert main(["samples", folder, "--count", "12"]) == 0
    program = "import sys; from tokenclip_core.commands.cli import main; sys.exit(main(sys.argv[1:]))"
    line = [sys.executable, "-c", program, "evaluate", "--data", folder, "--model", "compact", "--json"]
    said = json.loads(subprocess.run(line, capture_output=True, check=True, text=True).stdout)["lines"]
    found = evaluated(EvaluationRun(engine, Mix(), tmp_path / "set", lambda: False))
    lines = [one.line.flat() for one in found.lines]
    assert [list(line) for line in lines] == [list(line) for line in said]
    for line, expected in zip(lines, said, strict=True):
        assert line == pytest.approx(expected, abs=1e-6)


def test_a_damaged_part_costs_itself_alone(engine: Engine, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "set")
    (folder / "good" / "part_0.png").write_bytes(b"no image")
    found = evaluated(EvaluationRun(engine, Mix(), folder, lambda: False))
    assert found.lines[0].line.good == 3
    assert any("part_0.png" in note for note in found.notes)
    with pytest.raises(DataLayoutError):
        evaluated(EvaluationRun(engine, Mix(), tmp_path / "nowhere", lambda: False))
