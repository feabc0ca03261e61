"""Files are whole or not there, whatever happens meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tokenclip_core.files import PARTIAL_SUFFIX, PendingFile, replacing, write_atomically


def test_content_replaces_an_earlier_file_and_makes_folders(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "c.txt"
    write_atomically(file, b"one")
    write_atomically(file, b"two", durable=True)
    assert file.read_bytes() == b"two"
    assert list(file.parent.iterdir()) == [file]


def test_what_fails_half_way_leaves_the_earlier_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "c.txt"
    file.write_bytes(b"earlier")

    def fail_half_way() -> None:
        with replacing(file) as partial:
            partial.write_bytes(b"half")
            assert partial.parent == tmp_path
            assert partial.suffix == PARTIAL_SUFFIX
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert file.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [file]


def test_a_place_that_is_taken_by_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    place = tmp_path / "folder"
    (place / "full").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        write_atomically(place, b"content")
    assert list(tmp_path.iterdir()) == [place]


def test_a_name_as_long_as_the_file_system_allows_can_be_written(tmp_path: Path) -> None:
    longest = os.pathconf(tmp_path, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
    file = tmp_path / ("n" * longest)
    write_atomically(file, b"content")
    assert file.read_bytes() == b"content"


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    file = tmp_path / "c.txt"
    first, second = PendingFile(file), PendingFile(file)
    first.partial.write_bytes(b"first")
    second.partial.write_bytes(b"second")
    second.commit()
    second.discard()
    assert file.read_bytes() == b"second"
    first.commit()
    first.discard()
    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]
