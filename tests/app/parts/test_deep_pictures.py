"""Pictures of 12 bits in 16 are read by one rule for the folder."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

from app.parts import controller
from app.parts.images import ImageStore, thumbnail
from app.settings.table import BITS, Settings
from app.shell.assembly import Assembly


def deep(path: Path, largest: int) -> Path:
    pixels = np.full((96, 96), largest // 2, np.uint16)
    pixels[:10] = largest
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


def brightest(assembly: Assembly, path: Path) -> int:
    return int(assembly.store.images.load(path).max())


def test_a_folder_is_read_by_one_rule_and_it_is_said(start: Start, qtbot: QtBot, tmp_path: Path) -> None:
    first = deep(tmp_path / "parts" / "a.png", 900)
    second = deep(tmp_path / "parts" / "b.png", 4000)
    assembly = start(tmp_path / "parts")
    shown(assembly, qtbot, "a.png")
    assert assembly.store.images.bits == 12
    qtbot.waitUntil(lambda: "16-bit pictures read as 12 bits" in assembly.views.status.model_text, timeout=WAIT)
    assert brightest(assembly, first) == 900 >> 4
    assert brightest(assembly, second) == 4000 >> 4
    assembly.settings.apply("bits", "16")
    qtbot.waitUntil(lambda: assembly.store.images.bits == 16, timeout=WAIT)
    shown(assembly, qtbot, "a.png")
    assert brightest(assembly, second) == 4000 >> 8
    assert "read as 16 bits; they use 12" in assembly.views.status.model_text
    assembly.settings.apply("bits", "auto")
    qtbot.waitUntil(lambda: assembly.store.images.bits == 12, timeout=WAIT)
    shown(assembly, qtbot, "a.png")


def test_a_later_picture_may_need_more_bits(
    start: Start, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (controller, controller.found_images.__globals__):
        if isinstance(module, dict):
            monkeypatch.setitem(module, "PORTION", 2)
        else:
            monkeypatch.setattr(module, "PORTION", 2)
    for number in range(5):
        deep(tmp_path / "parts" / f"{number}.png", 1000 if number < 4 else 16000)
    assembly = start(tmp_path / "parts")
    qtbot.waitUntil(lambda: assembly.store.images.bits == 14 and len(assembly.session.parts) == 5, timeout=WAIT)
    shown(assembly, qtbot, "0.png")
    assert brightest(assembly, tmp_path / "parts" / "0.png") == 1000 >> 6


def test_usual_pictures_say_nothing(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assert assembly.store.images.bits is None
    assert "bits" not in assembly.views.status.model_text


def test_images_are_kept_by_their_bits(tmp_path: Path) -> None:
    file = deep(tmp_path / "a.png", 4000)
    images = ImageStore()
    assert int(images.load(file).max()) == 4000 >> 8
    images.read_as(12)
    assert int(images.load(file).max()) == 4000 >> 4
    assert int(thumbnail(file, 8, 12).max()) > 4000 >> 5
    images.discard(str(file))
    deep(file, 2000)
    assert int(images.load(file).max()) == 2000 >> 4


def test_the_setting_takes_the_numbers_of_the_command() -> None:
    assert BITS == ("auto", "8", "9", "10", "11", "12", "13", "14", "15", "16")
    assert Settings.from_mapping({"bits": "12"}).used_bits == 12
    for other in ("7", 12, "x", None):
        assert Settings.from_mapping({"bits": other}).used_bits is None
