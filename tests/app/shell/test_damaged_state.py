"""A window whose state files are damaged starts all the same, and keeps what it found."""

from __future__ import annotations

import json
import os
import random
import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QMainWindow

from app.history.work import Keeper, KeptPart, RunWords
from app.review.model import Decision, Review
from app.review.store import ReviewsError, ReviewStore
from app.settings.preferences import GEOMETRY, LAYOUT, LAYOUT_VERSION, restore_layout
from app.settings.store import SettingsStore
from app.settings.table import Settings
from tokenclip_core.output.store.database import StoreError

DEEP = "[" * 100_000
DAMAGED = [
    "",
    DEEP,
    "[]",
    "null",
    '{"threshold": 1' + "0" * 400 + "}",
    '{"threshold": 1' + "0" * 5000 + "}",
    '{"threshold": NaN}',
    '{"minimum_area": 1000000000000000000000000000000}',
    '{"opacity": -1e999}',
    '{"cache_mebibytes": -5}',
    '{"recent": [' + DEEP,
    '{"theme": ["dark"]}',
    "\xff\xfe\x00",
]


@pytest.mark.parametrize("text", DAMAGED)
def test_damaged_settings_begin_anew_and_are_kept(tmp_path: Path, text: str) -> None:
    (tmp_path / "window.json").write_text(text, encoding="latin-1")
    store = SettingsStore(tmp_path)
    assert store.values == Settings()
    assert store.set_aside == [tmp_path / "window.json.bad"]
    assert store.set_aside[0].read_text(encoding="latin-1") == text
    store.save()
    assert SettingsStore(tmp_path).set_aside == []


def test_what_is_whole_of_damaged_settings_counts(tmp_path: Path) -> None:
    values = {**Settings().to_mapping(), "threshold": 0.3, "minimum_area": 10**30, "recent": ["/a", 5]}
    (tmp_path / "window.json").write_text(json.dumps(values))
    store = SettingsStore(tmp_path)
    assert (store.values.threshold, store.values.minimum_area, store.values.recent) == (0.3, 1, ["/a"])
    assert len(store.set_aside) == 1


def test_a_hundred_damaged_settings_are_read(tmp_path: Path) -> None:
    chance = random.Random(7)
    whole = json.dumps(Settings().to_mapping(), indent=2).encode()
    for _ in range(100):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 20)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        (tmp_path / "window.json").write_bytes(content[: chance.randint(0, len(content))])
        store = SettingsStore(tmp_path)
        assert isinstance(store.values, Settings)
        store.save()


def test_folders_whose_name_is_no_text_are_remembered(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    store.values.remember(os.fsdecode(b"/parts/\xff\xfe"))
    store.values.remember("/零件")
    store.save()
    again = SettingsStore(tmp_path)
    assert again.values.recent == ["/零件", os.fsdecode(b"/parts/\xff\xfe")]
    assert again.set_aside == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_in_place_of_the_settings_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "window.json")
    assert SettingsStore(tmp_path).values == Settings()


def test_damaged_reviews_are_kept_and_begin_anew(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path / "reviews.sqlite")
    store.file.write_bytes(b"no database at all" * 100)
    with pytest.raises(ReviewsError, match="begin anew"):
        store.read()
    assert (tmp_path / "reviews.sqlite.bad").read_bytes().startswith(b"no database")
    review = Review(next(iter(set(Decision) - {Decision.NONE})), "note")
    store.write("/a.png", review)
    assert store.read() == {"/a.png": review}


def test_reviews_that_are_locked_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ReviewStore(tmp_path / "reviews.sqlite")
    store.write("/a.png", Review(Decision.NONE, "x"))

    def busy(*_words: object, **_more: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(sqlite3, "connect", busy)
    with pytest.raises(ReviewsError, match="locked"):
        store.read()
    assert store.file.exists()


def damaged(whole: bytes, chance: random.Random) -> bytes:
    """The same with some bytes changed, cut off, doubled, or all of one page lost."""
    content = bytearray(whole)
    kind = chance.randrange(4)
    for _ in range(chance.randint(1, 200) if kind < 2 else 0):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if kind == 1:
        return bytes(content[: chance.randrange(len(content))])
    start = chance.randrange(len(content))
    end = min(len(content), start + chance.choice((16, 512, 4096)))
    if kind == 2:
        content[start:end] = bytes(end - start)
    elif kind == 3:
        content[start:start] = content[start:end]
    return bytes(content)


def test_a_hundred_damaged_reviews_are_read_or_kept_aside(tmp_path: Path) -> None:
    chance = random.Random(8)
    store = ReviewStore(tmp_path / "reviews.sqlite")
    accepted = next(iter(set(Decision) - {Decision.NONE}))
    for number in range(200):
        store.write(f"/parts/{number:04}.png", Review(accepted, "note " * 10))
    whole = store.file.read_bytes()
    aside = store.file.with_name("reviews.sqlite.bad")
    outcomes = []
    for _ in range(100):
        aside.unlink(missing_ok=True)
        content = damaged(whole, chance)
        store.file.write_bytes(content)
        try:
            store.read()
            store.write("/new.png", Review(accepted, "x"))
            outcomes.append("read")
        except ReviewsError:
            assert aside.stat().st_size > 0
            store.write("/new.png", Review(accepted, "x"))
            assert store.read() == {"/new.png": Review(accepted, "x")}
            outcomes.append("aside")
        for beside in tmp_path.glob("reviews.sqlite-*"):
            beside.unlink()
    assert outcomes.count("aside") > 30


def test_a_hundred_damaged_histories_are_used_or_kept_aside(tmp_path: Path) -> None:
    chance = random.Random(9)
    file = tmp_path / "history.sqlite"
    part = tmp_path / "part.png"
    part.write_bytes(b"any content")
    run = RunWords("place", "model", 0.5, {"model": "x"}, ("one",))
    keeper = Keeper(str(file))
    assert keeper.keep(run, [KeptPart(str(part), 0.5, "good", (0.1,))] * 50) == ""
    keeper.close()
    whole = file.read_bytes()
    outcomes = []
    for _ in range(100):
        for beside in tmp_path.glob("history.sqlite*"):
            beside.unlink()
        file.write_bytes(damaged(whole, chance))
        keeper = Keeper(str(file))
        try:
            keeper.keep(run, [KeptPart(str(part), 0.5, "good", (0.1,))])
            outcomes.append("used")
        except StoreError:
            assert list(tmp_path.glob("history.sqlite.damaged-*"))
            outcomes.append("aside")
        assert isinstance(keeper.known([str(part)], {"model": "x"}), dict)
        keeper.close()
    assert outcomes.count("aside") > 30


def test_a_hundred_damaged_layouts_are_taken_or_kept_aside(tmp_path: Path, qapp: QApplication) -> None:
    chance = random.Random(10)
    window = QMainWindow()
    file = tmp_path / "geometry.ini"
    settings = QSettings(str(file), QSettings.Format.IniFormat)
    settings.setValue(GEOMETRY, window.saveGeometry())
    settings.setValue(LAYOUT, window.saveState(LAYOUT_VERSION))
    settings.sync()
    whole = file.read_bytes()
    aside = 0
    for number in range(100):
        folder = tmp_path / str(number)
        folder.mkdir()
        content = damaged(whole, chance)
        (folder / "geometry.ini").write_bytes(content)
        store = SettingsStore(folder)
        restore_layout(store, window)
        if store.set_aside:
            aside += 1
            assert (folder / "geometry.ini.bad").read_bytes() == content
    assert aside > 20
