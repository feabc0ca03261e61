"""A part looks and reads the same wherever it is exported from: window, report, live view and command line."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.canvas import compose
from app.canvas.canvas import Canvas
from app.canvas.display import Display, Look
from app.editing.adjustments import Adjustments, Mix
from app.live.files import row_of
from app.live.results import LiveResult, inspected
from app.parts.images import ImageStore
from app.parts.state import Layer, ModelChoice
from app.report.model import KnownPart, ReportChoice, ReportOrder
from app.report.work import ReportRun
from app.widgets.qimage import argb_image, lines
from app.work.engine import Engine
from app.work.jobs import Cancellation
from tokenclip_core import Inspector, load_image
from tokenclip_core.commands.cli import main
from tokenclip_core.judgement.judgement import Judgement, PartScores
from tokenclip_core.output.report import PICTURE_SIDE, picture_uri
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.sources.frames import Frame

SAMPLE = "01_striated_ceramic_chip.jpg"
THRESHOLD = 0.4


@pytest.fixture(scope="module")
def part(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample that is no larger than the pictures of a report."""
    file = tmp_path_factory.mktemp("parts") / "part.png"
    with Image.open(project_root / "resources" / "samples" / SAMPLE) as image:
        image.resize((400, 390)).save(file)
    assert max(image.size) > PICTURE_SIDE
    return file


@pytest.fixture(scope="module")
def exported(part: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command makes of it."""
    out = tmp_path_factory.mktemp("out")
    words = ["inspect", str(part), "--threshold", str(THRESHOLD), "--out", str(out), "--save", "overlays,subspaces"]
    assert main(words) == 0
    return out


@pytest.fixture(scope="module")
def engine() -> Engine:
    engine = Engine(ImageStore(), lambda *_given: Inspector.from_pretrained("compact"))
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    return engine


def row(file: Path) -> dict[str, str]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        (line,) = csv.DictReader(stream)
    return {name: value for name, value in line.items() if name not in {"milliseconds", "decision", "note"}}


def test_the_reports_row_and_picture_are_those_of_the_command(
    part: Path, exported: Path, engine: Engine, tmp_path: Path
) -> None:
    adjustments = Adjustments(threshold=THRESHOLD)
    score = engine.inspect(str(part), Mix(), Cancellation()).score
    order = ReportOrder(
        target=tmp_path / "report.html",
        place=str(part.parent),
        total=1,
        parts=[KnownPart(str(part), PartScores(score), None)],
        reviews={},
        model=engine.take(Inspector.from_pretrained("compact")),
        adjustments=adjustments,
        judgement=Judgement(THRESHOLD),
        mix=Mix(),
        choice=ReportChoice(1),
    )
    run = ReportRun(engine, ImageStore(), order, lambda: False)
    while not (progress := run.work(Cancellation())) or not progress.finished:
        assert progress is not None
    assert row(tmp_path / "results.csv") == row(exported / "results.csv")
    assert int(row(exported / "results.csv")["regions"]) > 0
    with Image.open(exported / "overlays" / "part.png") as overlay, Image.open(part) as original:
        expected = [picture_uri(np.asarray(picture)) for picture in (original, overlay)]
    assert re.findall(r'<img src="([^"]+)"', (tmp_path / "report.html").read_text("utf-8")) == expected


def test_the_live_views_row_is_that_of_the_command(part: Path, exported: Path, engine: Engine) -> None:
    frame = Frame(lambda: load_image(part))
    live = inspected(engine, 1, frame, Mix(), Judgement(THRESHOLD), "compact", Cancellation())
    # Only the command asks what the folder's other parts say, and notes that there are too few.
    own = ["path", "milliseconds", "captured", "note"]
    assert without(row_of(live, "frame.png", Judgement(THRESHOLD)), own) == without(
        ResultRow.from_json((exported / "results.jsonl").read_text("utf-8")), own
    )
    assert isinstance(live, LiveResult)


def without(row: ResultRow, names: list[str]) -> dict[str, object]:
    return {name: value for name, value in json.loads(row.to_json()).items() if name not in names}


def test_the_canvas_is_the_saved_picture_to_the_pixel(part: Path, exported: Path, engine: Engine, qtbot: QtBot) -> None:
    pixels = load_image(part)
    result = engine.inspect(str(part), Mix(), Cancellation())
    view = compose.threshold_view(result.find_regions(Judgement(THRESHOLD)), THRESHOLD)
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(pixels.shape[1] + 60, pixels.shape[0] + 60)
    picture = compose.picture(pixels)
    canvas.show_picture([argb_image(level) for level in picture.levels], picture.width, picture.height)
    canvas.show_overlays(argb_image(result.heatmap), argb_image(result.subspace_layer), result.grid)
    canvas.follow(Display(Look(opacity=0.7)))
    with qtbot.waitExposed(canvas):
        canvas.show()
    canvas.actual_size()
    canvas.set_layer(Layer.SUBSPACES)
    np.testing.assert_array_equal(seen(canvas), load_image(exported / "subspaces" / "part.png"))
    canvas.set_layer(Layer.HEATMAP)
    canvas.show_outline(lines(view.outline))
    np.testing.assert_array_equal(seen(canvas), load_image(exported / "overlays" / "part.png"))


def seen(canvas: Canvas) -> npt.NDArray[np.uint8]:
    """(H, W, 3) uint8, the part as the canvas shows it."""
    image = canvas.viewport().grab(canvas.shown_area).toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), 2::-1].copy()
