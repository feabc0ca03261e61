"""The report as pages of paper: whole or not there, and nothing cut by the end of a page."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from report_facts import facts

from app.report.paper import PaperWriter
from tokenclip_core.output.report import picture_uri
from tokenclip_core.output.report_page import ReportPart, Said


def pages_of(file: Path) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", file.read_bytes()))


def part(note: str = "") -> ReportPart:
    picture = picture_uri(np.full((200, 200, 3), 90, np.uint8))
    said = [Said("rejected", note, "Anna", "2026-05-04 03:02")] if note else []
    return ReportPart("/parts/a.png", 0.9, "defect", pictures=(("Part", picture), ("Anomaly map", picture)), said=said)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_report_has_as_many_pages_as_it_needs(qtbot: QtBot, tmp_path: Path, language: str) -> None:
    counts = []
    for number in (1, 12):
        file = tmp_path / f"{number}.pdf"
        with PaperWriter(file, facts(language=language)) as writer:
            for _ in range(number):
                writer.add(part())
            writer.finish()
        assert pages_of(file) == writer.pages
        counts.append(writer.pages)
    assert counts[0] == 1
    assert 3 <= counts[1] <= 5
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["1.pdf", "12.pdf"]


def test_what_is_longer_than_a_page_goes_on_on_the_next(qtbot: QtBot, tmp_path: Path) -> None:
    unreadable = [(f"/parts/{number}.png", "not an image") for number in range(300)]
    with PaperWriter(tmp_path / "a.pdf", facts(unreadable=unreadable)) as writer:
        writer.add(part("scratch " * 2000))
        writer.finish()
    assert writer.pages >= 6


def test_what_is_given_up_leaves_the_earlier_report(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("earlier")
    with PaperWriter(tmp_path / "a.pdf", facts()) as writer:
        writer.add(part())
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.pdf"]
    assert (tmp_path / "a.pdf").read_text() == "earlier"


def test_a_folder_that_is_not_there_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        PaperWriter(tmp_path / "nowhere" / "a.pdf", facts())
