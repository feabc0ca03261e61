"""Open folders that change: what is still being written is waited for, and read again when it changes after all."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start

from app.parts.folder import FolderChanges, FolderReader
from tokenclip_core.images.settled import PATIENCE_SECONDS, QUIET_SECONDS


class Folder:
    """A folder with a reader whose time a test gives."""

    def __init__(self, place: Path) -> None:
        self.place, self.now = place, 50.0
        place.mkdir()
        Image.linear_gradient("L").save(place / "first.png")
        self.picture = (place / "first.png").read_bytes()
        self.known = [str(place / "first.png")]
        self.reader = FolderReader(lambda: self.now)

    def look(self, seconds: float = QUIET_SECONDS, failed: Collection[str] = ()) -> FolderChanges:
        self.now += seconds
        changes = self.reader.changes([self.place], self.known, failed, lambda: False)
        self.known += changes.new
        return changes

    def write(self, name: str, share: float = 1.0) -> str:
        (self.place / name).write_bytes(self.picture[: int(share * len(self.picture))])
        return str(self.place / name)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "line")


def test_a_new_file_is_taken_when_it_is_quiet(folder: Folder) -> None:
    new = folder.write("new.png")
    assert folder.look() == FolderChanges(unfinished=True)
    assert folder.look().new == (new,)
    # What came just now is looked at for a while, then no more.
    assert folder.look().unfinished
    assert folder.look(PATIENCE_SECONDS) == FolderChanges()


def test_what_was_seen_growing_must_be_whole(folder: Folder) -> None:
    new = folder.write("new.png", 0.2)
    folder.look()
    folder.write("new.png", 0.5)
    folder.look()
    assert folder.look() == FolderChanges(unfinished=True)
    folder.write("new.png")
    folder.look()
    assert folder.look().new == (new,)


def test_patience_ends_in_a_row(folder: Folder) -> None:
    new = folder.write("new.png", 0.2)
    folder.look()
    folder.write("new.png", 0.5)
    folder.look()
    assert folder.look(0.5 * PATIENCE_SECONDS).new == ()
    assert folder.look(0.5 * PATIENCE_SECONDS).new == (new,)


def test_what_changes_after_it_was_taken_is_read_again(folder: Folder) -> None:
    # A copy that makes room for the whole file first, or stands still for long.
    new = folder.write("new.png", 0.5)
    folder.look()
    assert folder.look().new == (new,)
    folder.write("new.png")
    assert folder.look() == FolderChanges(unfinished=True)
    assert folder.look().again == {new}
    assert folder.look(PATIENCE_SECONDS) == FolderChanges()


def test_what_could_not_be_read_is_read_again_when_it_changes(folder: Folder) -> None:
    first = folder.write("first.png", 0.5)
    assert folder.look(failed=[first]) == FolderChanges(unfinished=True)
    assert folder.look(PATIENCE_SECONDS, failed=[first]) == FolderChanges()
    folder.write("first.png")
    assert folder.look(failed=[first]) == FolderChanges(unfinished=True)
    assert folder.look(failed=[first]).again == {first}


def test_a_window_reads_a_picture_that_was_being_copied(start: Start, qtbot: QtBot, parts: Path) -> None:
    file = parts / "part_0003.png"
    picture = file.read_bytes()
    file.write_bytes(picture[: len(picture) // 2])
    assembly = start(parts)
    qtbot.waitUntil(lambda: len(assembly.session.parts) == 6 and assembly.models.facts is not None, timeout=WAIT)
    assembly.shown.show(3)
    qtbot.waitUntil(lambda: assembly.session.parts[3].error is not None, timeout=WAIT)
    file.write_bytes(picture)
    qtbot.waitUntil(lambda: assembly.session.parts[3].score is not None, timeout=WAIT)
    assert assembly.session.parts[3].error is None
