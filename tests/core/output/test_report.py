"""The report: whole, self-contained, escaped, and never half there."""

from __future__ import annotations

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pytest
from PIL import Image
from report_facts import facts as facts_of_two
from typing_extensions import override

from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.judgement.findings import Region, SubspaceResult
from tokenclip_core.output.report import (
    PICTURE_SIDE,
    ReportWriter,
    part_pictures,
    picture_bytes,
    picture_uri,
    score_shares,
)
from tokenclip_core.output.report_page import MOST_REGIONS, ReportFacts, ReportPart, Said, charts, histogram

EVIL = "<script>alert(1)</script>&\"'"


def facts(**changes: Any) -> ReportFacts:
    five = {
        "model": "compact, cpu, fp32",
        "settings": (("Top-k", "2"), ("Muted", EVIL)),
        "total": 5,
        "scores": [0.9, 0.2, 0.6],
        "defects": 2,
        "unreadable": [("/parts/broken.png", "/parts/broken.png: not an image")],
        "pictured": 1,
    }
    return facts_of_two(**(five | changes))


def result(height: int, width: int) -> InspectionResult:
    values = np.zeros((height, width), np.float32)
    reach = max(2, max(height, width) // 300)
    values[height // 2 : height // 2 + reach, width // 2 : width // 2 + reach] = 0.9
    small = np.zeros((2, 2), np.float32)
    return InspectionResult(
        score=0.9,
        anomaly_map=values,
        token_map=small,
        assignment=np.zeros((2, 2, 2), np.float32),
        transport_plan=np.zeros((4, 2), np.float32),
        similarities=np.zeros((2, 2, 2, 2), np.float32),
        layer_similarities=np.zeros((1, 2, 2, 2, 2), np.float32),
        subspace_maps=np.zeros((2, 2, 2), np.float32),
        subspaces=(
            SubspaceResult("crack", (255, 0, 0), 0.5, 0.1, 0.2),
            SubspaceResult("stain", (0, 0, 255), 0.5, 0.9, 0.7),
        ),
        components={},
        layers=(1,),
    )


class Tags(HTMLParser):
    """Which tags there are, whether they are closed, and where they point."""

    VOID = frozenset({"meta", "img", "br", "line", "rect"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action", "data"}]
        if tag not in self.VOID:
            self.open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def written(folder: Path, *parts: ReportPart, **changes: object) -> str:
    target = folder / "report.html"
    with ReportWriter(target, facts(**changes)) as writer:
        for part in parts:
            writer.add(part)
        writer.finish()
    assert [entry.name for entry in folder.iterdir()] == ["report.html"]
    return target.read_text("utf-8")


def test_it_says_what_was_found(tmp_path: Path) -> None:
    uri = picture_uri(np.zeros((4, 4, 3), np.uint8))
    regions = [Region(3, 4, 10, 20, 150, 0.9), *[Region(0, 0, 1, 1, 1, 0.6)] * (MOST_REGIONS + 4)]
    part = ReportPart(
        "/parts/a.png",
        0.9,
        "defect",
        regions,
        (("stain", (0, 0, 255), 0.75), ("crack", (255, 0, 0), 0.25)),
        "rejected",
        "look again",
        (("Part", uri),),
    )
    text = written(tmp_path, part)
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.split("</style>")[1]))
    for words in (
        "/parts",
        "2026-05-04 03:02",
        "3 inspected",
        "2 defects",
        "1 good",
        "1 unreadable",
        "1 not inspected",
        "Top-k 2",
        "The 1 part with the highest scores, of 3 inspected ones, worst first",
        "a.png defect 0.90 ≥ 0.50",
        "stain 75 %",
        "1 3, 4 10 × 20 150 0.90",
        "and 5 more",
        "Reviewer: rejected look again",
        "Could not be read /parts/broken.png not an image",
    ):
        assert words in plain, words
    assert uri in text


def test_nothing_runs_and_nothing_is_loaded(tmp_path: Path) -> None:
    uri = picture_uri(np.zeros((4, 4, 3), np.uint8))
    part = ReportPart(f"/parts/{EVIL}.png", 0.9, "defect", note=EVIL, pictures=(("Part", uri),))
    text = written(tmp_path, part, ReportPart("b", 0.1, "good", error=EVIL), place=EVIL, unreadable=[(EVIL, EVIL)])
    tags = Tags(text)
    assert tags.open == []
    assert not {"script", "link", "iframe", "object", "embed", "a"} & set(tags.found)
    assert tags.links == [uri]
    assert "default-src 'none'" in text
    assert "http://" not in text.replace("http-equiv", "")
    assert "https://" not in text
    assert "url(" not in text
    assert text.count("&lt;script&gt;") >= 6


def test_a_name_that_is_no_text_is_written(tmp_path: Path) -> None:
    assert r"caf\udce9.png" in written(tmp_path, ReportPart("/parts/caf\udce9.png", 0.9, "defect"))


def test_what_is_given_up_leaves_the_earlier_report(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("earlier")
    with ReportWriter(target, facts()) as writer:
        writer.add(ReportPart("a", 0.9, "defect"))
        assert len(list(tmp_path.iterdir())) == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
    assert target.read_text() == "earlier"


@pytest.mark.parametrize("shape", [(30, 40), (2000, 3000), (900, 20)])
def test_pictures_are_bounded_and_small_defects_stay(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 128, np.uint8)
    area = np.zeros(shape, bool)
    area[1:6, 1:6] = True
    (_, part), (_, overlay) = part_pictures(image, result(*shape), area)
    before, after = (np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1])))) for uri in (part, overlay))
    assert before.shape == after.shape
    assert max(before.shape) <= PICTURE_SIDE
    assert max(before.shape) == min(max(shape), PICTURE_SIDE)
    # Hardly more than one pixel of the picture, and still seen.
    height, width = after.shape[:2]
    middle = after[height // 2 - 3 : height // 2 + 4, max(0, width // 2 - 3) : width // 2 + 4].astype(int)
    assert np.abs(middle - 128).max() > 40


def test_the_histogram_parts_at_the_threshold(tmp_path: Path) -> None:
    found = histogram([0.1] * 3 + [0.9], 0.5)
    assert [(bar.kind, bar.height) for bar in found.bars] == [("good", 100.0), ("defect", pytest.approx(100 / 3))]
    assert found.bars[0].words == "0.10 to 0.12: 3"
    assert found.words == "threshold 0.50"
    svg = picture(written(tmp_path, scores=[0.1] * 3 + [0.9]))
    assert svg.count('class="good"') == svg.count('class="defect"') == 1
    assert "0.10 to 0.12: 3" in svg
    assert "threshold 0.50" in svg
    assert Tags(picture(written(tmp_path, scores=[], threshold=1.0))).open == []


def picture(page: str) -> str:
    """The page's histogram."""
    return page[page.index("<svg") : page.index("</svg>") + len("</svg>")]


def test_the_histogram_fills_its_place(tmp_path: Path) -> None:
    page = written(tmp_path, scores=[0.1] * 3 + [0.9])
    # The highest bar reaches the top; with a shape of its own, the drawing would leave bands above and below.
    assert 'y="0.00%" width="1.84%" height="100.00%"' in picture(page)
    assert "viewBox" not in page
    style = page.partition("</style>")[0]
    assert re.search(r"\.overview figure \{ display: flex; flex-direction: column;", style)
    assert re.search(r"svg \{[^}]*flex: 1 0 \d+px;", style)


def test_shares_of_the_score() -> None:
    shares = score_shares(result(4, 4), ["Riss", "Fleck"])
    assert [(name, round(share, 3)) for name, _, share in shares] == [("Fleck", 0.778), ("Riss", 0.222)]


def test_the_page_is_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    said = (Said("accepted", "", "Anna", "2026-05-04 03:02"), Said("rejected", "look", "Bo", "2026-05-04 04:00"))
    part = ReportPart("/parts/a.png", 0.9, "defect", said=said)
    text = written(tmp_path, part, language="zh_CN", decided=(1, 1), differing=1)
    assert '<html lang="zh-CN">' in text
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.split("</style>")[1]))
    assert "评审： 已接受 Anna，2026-05-04 03:02 评审： 已拒绝 Bo，2026-05-04 04:00 look" in plain
    assert "程序与人不一致 1" in plain
    # English is left only in what is no phrase: names, and signs of the settings.
    assert not re.search(r"\b(inspected|defects|Regions|Reviewer|Scores|worst|threshold)\b", plain)
    assert '<html lang="en">' in written(tmp_path, part, language="../../secret")


def test_every_phrase_of_the_templates_has_words(project_root: Path) -> None:
    folder = project_root / "resources" / "report"
    source = "".join(file.read_text("utf-8") for file in folder.glob("*.html"))
    source += (project_root / "tokenclip_core" / "output" / "report_page.py").read_text("utf-8")
    phrases = set(re.findall(r'\bt\(\s*"([^"]+)"(?! ~)', source)) | {"Part", "Anomaly map", "good", "defect"}
    assert len(phrases) > 20
    for table in folder.glob("*.json"):
        words = json.loads(table.read_text("utf-8"))
        assert not phrases - words.keys()
        for phrase, word in words.items():
            fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (phrase, word)]
            assert fields[0] == fields[1], phrase


def test_charts_count_verdicts_decisions_and_subspaces() -> None:
    first, second = charts(facts(decided=(1, 1), differing=2, by_subspace=[("crack", (255, 0, 0), 2)]))
    assert [(bar.name, bar.count) for bar in first.bars] == [
        ("Defect", 2),
        ("Good", 1),
        ("Rejected", 1),
        ("Accepted", 1),
        ("Not decided", 1),
        ("Program and people differ", 2),
    ]
    assert [(bar.name, bar.count, bar.width) for bar in second.bars] == [("crack", 2, 100.0)]


def test_a_thousand_pictured_parts_stay_a_file_that_can_be_sent(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (640, 640, 3), np.uint8)
    pictures = part_pictures(noise, result(640, 640), None, picture_bytes(1000))
    part = ReportPart(
        "/parts/a_part_with_a_name.png", 0.9, "defect", [Region(0, 0, 9, 9, 81, 0.9)] * 8, (), pictures=pictures
    )
    text = written(tmp_path, *[part] * 20, pictured=20)
    empty = written(tmp_path, pictured=0)
    assert len(empty) + (len(text) - len(empty)) / 20 * 1000 <= 30_000_000
    # Few parts keep the size and the quality that they had.
    assert part_pictures(noise, result(640, 640), None, picture_bytes(20)) == part_pictures(noise, result(640, 640))
