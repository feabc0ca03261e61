"""Every text of the window has a translation, and its places for values survive it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "resources" / "translations").glob("*.ts"))


def messages(file: Path) -> dict[tuple[str, str], str]:
    found = {}
    for context in ElementTree.parse(file).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            text = "" if translation.get("type") else translation.text or ""
            found[context.findtext("name", ""), message.findtext("source", "")] = text
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
