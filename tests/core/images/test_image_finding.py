"""Which image files there are in folders, and in which order."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.images.reading import (
    IMAGE_SUFFIXES,
    find_images,
    natural_key,
)


def test_find_images_in_natural_order(tmp_path: Path) -> None:
    names = [
        "part2.png",
        "part10.PNG",
        "Part1.jpg",
        "b/1.tif",
        "a/x.webp",
        "a/notes.txt",
        ".hidden.png",
        ".cache/1.png",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in find_images([tmp_path])]
    assert found == ["Part1.jpg", "part2.png", "part10.PNG", "a/x.webp", "b/1.tif"]


def test_find_images_keeps_named_files_and_their_order(tmp_path: Path) -> None:
    paths = [tmp_path / "z.txt", tmp_path / "missing.png", tmp_path / "a.png"]
    assert list(find_images(paths)) == paths
    assert list(find_images([str(path) for path in paths])) == paths


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_find_images_survives_link_loops(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "1.png").touch()
    (tmp_path / "parts" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert [path.name for path in find_images([tmp_path])] == ["1.png"]


def test_find_images_gives_back_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert list(find_images([tmp_path])) == [tmp_path]


@given(st.lists(st.text(max_size=8), max_size=8))
def test_natural_order_is_total(names: list[str]) -> None:
    assert sorted(sorted(names), key=natural_key) == sorted(sorted(names, reverse=True), key=natural_key)


name_texts = st.text(st.characters(exclude_characters="\0"), max_size=8)
numbered_names = st.from_regex("[aB]?[0-9]{0,3}[aA]?", fullmatch=True)


@given(st.lists(name_texts | numbered_names))
def test_natural_order_is_that_of_the_pieces(names: list[str]) -> None:
    def pieces(name: str) -> list[tuple[int, int, str]]:
        found = [piece for piece in re.split(r"(\d+)", name) if piece]
        key = [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece.casefold()) for piece in found]
        return [*key, (2, 0, name)]

    assert sorted(names, key=natural_key) == sorted(names, key=pieces)


def test_long_folders_are_in_order(tmp_path: Path) -> None:
    names = [f"part{number}.png" for number in range(9000)]
    for name in names:
        (tmp_path / name).touch()
    assert [path.name for path in find_images([tmp_path])] == names


def test_suffixes_are_lower_case_with_a_dot() -> None:
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in IMAGE_SUFFIXES)
