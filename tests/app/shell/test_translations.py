"""Every text of the window has a translation, and its places for values survive it."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "resources" / "translations").glob("*.ts"))


def messages(file: Path) -> dict[tuple[str, str], str]:
    """(context, source) to translation, "" where there is none yet."""
    found = {}
    for context in re.findall(r"<context>(.*?)</context>", file.read_text("utf-8"), re.DOTALL):
        name = re.search(r"<name>(.*?)</name>", context)
        assert name is not None
        entries = re.findall(
            r"<source>(.*?)</source>.*?<translation(.*?)(?:/>|>(.*?)</translation>)", context, re.DOTALL
        )
        for source, kind, text in entries:
            found[name[1], html.unescape(source)] = "" if "unfinished" in kind else html.unescape(text)
    return found


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_translations_are_whole(file: Path) -> None:
    for (context, source), text in messages(file).items():
        assert text, (context, source)
        assert sorted(re.findall(r"\{\w+\}", source)) == sorted(re.findall(r"\{\w+\}", text)), source
        assert ("&" in source) == ("&" in text), source
    assert file.with_suffix(".qm").exists()


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_translations_cover_the_program(file: Path, tmp_path: Path) -> None:
    tool = shutil.which("pyside6-lupdate", path=sysconfig.get_path("scripts") or str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("pyside6-lupdate is not installed")
    fresh = tmp_path / "fresh.ts"
    sources = [str(path) for path in (ROOT / "app").rglob("*.py")]
    subprocess.run([tool, *sources, "-ts", str(fresh), "-locations", "none"], check=True, capture_output=True)
    assert set(messages(fresh)) == set(messages(file))


def test_chinese_has_one_word_for_a_thing() -> None:
    """Good parts are called alike in every window; what a person draws is not called like what is found."""
    found = messages(ROOT / "resources" / "translations" / "zh_CN.ts")
    manual = (ROOT / "resources" / "manual" / "manual.zh_CN.md").read_text("utf-8")
    others = re.compile("(?<!不)合格(零件|部件|件)")
    assert [text for text in (*found.values(), *manual.splitlines()) if others.search(text)] == []
    drawn = {source: text for (_, source), text in found.items() if re.search(r"\bareas\b(?! best)", source)}
    assert len(drawn) > 1
    assert {source: text for source, text in drawn.items() if "区域" in text} == {}
