"""A folder with labels measured in the window: the figures of the command, and the worst cases to click."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import nameless, shown

from app.editing.adjustments import Mix
from app.measuring import evaluation
from app.measuring.evaluation import Case, Evaluated, EvaluatedLine, EvaluationRun, Subject
from app.measuring.evaluation_page import EvaluationPage, Orders
from app.parts.images import ImageStore
from app.parts.state import ModelChoice
from app.shell.assembly import Assembly
from app.work.engine import Engine
from app.work.jobs import Cancellation
from tokenclip_core.commands.cli import main
from tokenclip_core.errors import DataLayoutError
from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.measuring.evaluation import Line


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


def subject(folder: Path) -> Subject:
    return Subject(folder, "compact", "fused")


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
    assert page.subject == "compact · evidence: Text"
    cases = page.cases_view.model()
    assert Path(cases.index(0, 0).data()) == Path("good", "part_3.png"), "below the folder"
    path = str(folder / "good" / "part_3.png")
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
    found = evaluated(EvaluationRun(engine, Mix(), subject(tmp_path / "set"), lambda: False))
    lines = [one.line.flat() for one in found.lines]
    assert [list(line) for line in lines] == [list(line) for line in said]
    for line, expected in zip(lines, said, strict=True):
        assert line == pytest.approx(expected, abs=1e-6)


def test_a_damaged_part_costs_itself_alone(engine: Engine, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "set")
    (folder / "good" / "part_0.png").write_bytes(b"no image")
    found = evaluated(EvaluationRun(engine, Mix(), subject(folder), lambda: False))
    assert found.lines[0].line.good == 3
    assert any("part_0.png" in note for note in found.notes)
    with pytest.raises(DataLayoutError):
        evaluated(EvaluationRun(engine, Mix(), subject(tmp_path / "nowhere"), lambda: False))


def test_all_parts_on_the_wrong_side_are_counted(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "MOST_CASES", 1)
    folder = labelled(tmp_path / "set")
    for number in (4, 5):
        (folder / "good" / f"part_{number}.png").write_bytes((folder / "good" / "part_3.png").read_bytes())
    found = evaluated(EvaluationRun(engine, Mix(), subject(folder), lambda: False))
    assert len(found.cases) == 1
    assert found.wrong >= 3


def test_what_a_category_is_compared_with_is_gathered_in_slices(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = labelled(tmp_path / "set")
    for number in range(4, 8):
        Image.fromarray(np.full((32, 48, 3), 80 + number, np.uint8)).save(folder / "good" / f"part_{number}.png")
    files = len(list(folder.rglob("part_*.png"))) - 4
    encoded: list[int] = []
    encode = Inspector.encode

    def counted(self: Inspector, images: Sequence[RgbImage], **options: bool) -> list[EncodedPart]:
        encoded[-1] += len(images)
        return encode(self, images, **options)

    monkeypatch.setattr(Inspector, "encode", counted)
    run = EvaluationRun(engine, Mix(evidence="fused"), subject(folder), lambda: True)
    for _ in range(2 * files):
        encoded.append(0)
        run.work(Cancellation())
    assert max(encoded) == 1, "somebody waits"
    assert sum(encoded) > 4


def page_with(qtbot: QtBot, opened: list[str]) -> EvaluationPage:
    """Figures of two parts, one of which is a false alarm."""
    page = EvaluationPage(Orders(lambda: None, lambda _folder: None, lambda: None, opened.append))
    qtbot.addWidget(page)
    cases = tuple(Case(f"{name}.png", "a", "good", 0.5, margin, False) for name, margin in (("x", 0.1), ("y", -0.1)))
    line = EvaluatedLine(Line("a", "all", 2, 0, {}), None)
    page.take_folder(Path("first"))
    page.show_evaluated(Evaluated(Subject(Path("first"), "compact · parts", "fused"), (line,), cases, 301, ()))
    page.resize(900, 700)
    page.show()
    return page


def test_figures_stand_under_what_they_are_of(qtbot: QtBot) -> None:
    page = page_with(qtbot, [])
    assert page.subject == "compact · parts · evidence: Fused"
    assert page.words.endswith("301")
    page.take_folder(Path("first"))
    assert page.lines_view.model().rowCount() == 1
    page.take_folder(Path("second"))
    assert (page.subject, page.words) == ("", "")
    assert page.lines_view.model().rowCount() == page.cases_view.model().rowCount() == 0


def test_a_case_is_opened_by_a_click_or_enter_alone(qtbot: QtBot) -> None:
    opened: list[str] = []
    page = page_with(qtbot, opened)
    view = page.cases_view
    first, second = (view.visualRect(view.model().index(row, 0)).center() for row in (0, 1))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=first)
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=first)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=second)
    assert opened == []
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=second)
    assert opened == ["y.png"]
    view.setCurrentIndex(view.model().index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert opened == ["y.png", "x.png"]
