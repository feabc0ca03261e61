"""A report of a run that is over: the same page as the window's, from rows and pictures that are there."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from store_events import result_of, run_of

from tokenclip_core.commands.cli import main
from tokenclip_core.judgement.findings import Region
from tokenclip_core.output.results_file import ResultsWriter, RunRecord
from tokenclip_core.output.rows import ResultRow, SubspaceRow
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.events import Decided, RunEnds
from tokenclip_core.output.store.writing import StoreWriter

SETTINGS = {"model": "tiny", "subspaces": ["crack", "stain"], "scoring": {"top_k": 2, "sigma": 4.0}}


def row(path: Path, score: float, *regions: Region) -> ResultRow:
    return ResultRow(
        str(path),
        width=64,
        height=48,
        score=score,
        threshold=0.5,
        verdict="defect" if score >= 0.5 else "good",
        regions=regions,
        subspaces=(SubspaceRow("crack", 0.5, 0.2), SubspaceRow("stain", 0.5, score)),
        model="tiny",
    )


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two parts of a run, one of them with a region, and one that could not be read."""
    parts = tmp_path / "parts"
    parts.mkdir()
    for number in range(2):
        pixels = np.full((48, 64, 3), 60 + 60 * number, np.uint8)
        Image.fromarray(pixels).save(parts / f"part_{number}.png")
    folder = tmp_path / "results"
    with ResultsWriter(folder, RunRecord(SETTINGS)) as writer:
        writer.write(row(parts / "part_0.png", 0.12))
        writer.write(row(parts / "part_1.png", 0.91, Region(8, 8, 16, 12, 150, 0.95)))
        writer.write(ResultRow(str(parts / "part_2.png"), error="it is damaged"))
        writer.close(finished=True)
    return folder


def pictures(page: str) -> list[str]:
    return re.findall(r'<img src="data:image/jpeg;base64,[^"]+" alt="([^"]+)"', page)


def test_a_folder_of_results_becomes_a_page(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(results)]) == 3  # one part could not be read
    page = (results / "report.html").read_text("utf-8")
    assert "3 parts in" in capsys.readouterr().out
    assert page.index("part_1.png") < page.index("part_0.png")  # the worst first
    assert pictures(page) == ["Part of part_1.png", "Regions of part_1.png", "Part of part_0.png"]
    for words in ("0.91", "≥ 0.50", "16 × 12", "it is damaged", "crack, stain", "4 px", "stain"):
        assert words in page


@pytest.mark.parametrize("name", ["part_1.png", "part_1.png.png", "parts/part_1.png"])
def test_an_overlay_that_was_saved_takes_the_place_of_boxes(results: Path, name: str) -> None:
    overlay = results / "overlays" / name
    overlay.parent.mkdir(parents=True)
    Image.fromarray(np.full((48, 64, 3), 200, np.uint8)).save(overlay)
    main(["report", str(results), "--pictured", "1", "--language", "zh_CN"])
    page = (results / "report.html").read_text("utf-8")
    assert pictures(page) == ["part_1.png 的零件", "part_1.png 的异常图"]
    assert "检测报告" in page


def test_pages_have_pictures_and_frames_have_none(tmp_path: Path) -> None:
    pages = [Image.fromarray(np.full((48, 64, 3), 50 * number, np.uint8)) for number in (1, 2)]
    pages[0].save(tmp_path / "scan.tif", save_all=True, append_images=pages[1:])
    with ResultsWriter(tmp_path / "results", RunRecord(SETTINGS)) as writer:
        writer.write(row(Path(f"{tmp_path / 'scan.tif'}#page=2"), 0.6))
        writer.write(row(Path(f"{tmp_path / 'clip.mp4'}#frame=2"), 0.7))
        writer.close(finished=True)
    assert main(["report", str(tmp_path / "results")]) == 0
    assert pictures((tmp_path / "results" / "report.html").read_text("utf-8")) == ["Part of scan.tif#page=2"]


def test_a_run_that_only_scored_is_judged_here(results: Path) -> None:
    rows = (results / "results.jsonl").read_text("utf-8")
    bare = rows.replace('"verdict": "defect"', '"verdict": null').replace('"verdict": "good"', '"verdict": null')
    (results / "results.jsonl").write_text(bare.replace('"threshold": 0.5', '"threshold": null'), "utf-8")
    main(["report", str(results), "--threshold", "0.1"])
    page = (results / "report.html").read_text("utf-8")
    assert "≥ 0.10" in page
    assert page.count('class="verdict defect"') == 2
    assert "No region reaches" not in page


def test_a_part_that_is_gone_is_said(results: Path) -> None:
    (results.parent / "parts" / "part_1.png").unlink()
    main(["report", str(results)])
    page = (results / "report.html").read_text("utf-8")
    assert pictures(page) == ["Part of part_0.png"]
    assert 'class="error"' in page


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["{results}", "--run", "3f"], 2, "either a folder or --run"),
        (["--run", "3f"], 2, "needs --to"),
        (["{results}", "--to", "{results}/a.pdf"], 2, "a PDF needs the window's part"),
        (["{results}/nothing"], 1, "holds no results.jsonl"),
        (["{results}", "--to", "{results}/no/where.html"], 1, "cannot be written"),
    ],
)
def test_what_makes_no_sense_is_refused(
    results: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(["report", *(word.format(results=results) for word in words)]) == code
    assert said in capsys.readouterr().err


def test_a_run_of_the_store_tells_who_decided(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKENCLIP_DATA_DIR", str(tmp_path / "data"))
    path = str(results.parent / "parts" / "part_1.png")
    part = result_of(0, 0.91, path=path)
    store = Store.open(tmp_path / "store.sqlite")
    writer = StoreWriter(store)
    writer.put(run_of(), part, RunEnds("run-1", 2000.0, finished=True))
    writer.put(Decided("d", path, "Ada", 10.0, "accepted", "only dust", part.sha256, part.size, part.modified))
    assert writer.flush(60.0)
    writer.close()
    store.close()
    target = tmp_path / "monday.html"
    assert main(["report", "--run", "run", "--store", str(tmp_path / "store.sqlite"), "--to", str(target)]) == 0
    page = target.read_text("utf-8")
    assert pictures(page) == ["Part of part_1.png", "Regions of part_1.png"]
    for words in ("Ada", "only dust", "3 × 4", "Program and people differ"):
        assert words in page
