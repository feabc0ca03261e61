"""A folder inspected together: its parts are compared with each other, and each is encoded once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tokenclip_core import Inspector, load_image
from tokenclip_core.errors import ImageError
from tokenclip_core.inspection import gathering
from tokenclip_core.inspection.gathering import pools_of_files
from tokenclip_core.inspection.tiling import Tiling


@pytest.fixture(scope="module")
def bundled(bundled_model: str) -> Inspector:
    return Inspector.from_pretrained(bundled_model)


def test_a_folder_is_compared_with_itself_and_encoded_once(
    bundled: Inspector, alike_parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[int] = []
    encode = bundled.engine.encode

    def counted(pixels: Any, *rest: Any) -> Any:
        encoded.append(len(pixels))
        return encode(pixels, *rest)

    monkeypatch.setattr(bundled.engine, "encode", counted)
    found = list(bundled.inspect_folder(alike_parts))
    assert sum(encoded) == len(found) == 14
    assert [one.path.name for one in found] == sorted(file.name for file in alike_parts.iterdir())
    pools = pools_of_files(bundled, sorted(alike_parts.iterdir())).pools
    frozen = bundled.with_evidence(pools=pools)
    for one in found:
        alone = frozen.inspect(load_image(one.path))
        assert one.result is not None
        assert one.error is None
        assert one.note == ""
        assert "consensus" in one.result.channels
        assert one.result.score == pytest.approx(alone.score, abs=1e-4)


def test_of_a_large_folder_some_files_are_read_to_choose_among_them(
    bundled: Inspector, alike_parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    hashed = gathering.file_sha256

    def noted(file: Path) -> str:
        read.append(file.name)
        return hashed(file)

    monkeypatch.setattr(gathering, "file_sha256", noted)
    monkeypatch.setattr(gathering, "MOST_HASHED", 12)
    files = sorted(alike_parts.iterdir())
    # Which files are looked at is what counts here: one is encoded for all.
    (part,) = bundled.encode([load_image(files[0])], for_texts=False)
    monkeypatch.setattr(gathering, "encoded_files", lambda _inspector, walk, *_: ((file, part) for file in walk))
    found = pools_of_files(bundled, files)
    assert len(read) == len(found.files) == 12
    assert pools_of_files(bundled, files[::-1]).files == found.files
    # With parts that were added since, the run is gone on with, whatever their names would have decided.
    for number in range(30):
        (tmp_path / f"new{number}.png").write_bytes(files[0].read_bytes() + bytes([number]))
    assert pools_of_files(bundled, [*tmp_path.iterdir(), *files], chosen=found.files).files == found.files


def test_frozen_pools_and_good_parts_are_used(bundled: Inspector, alike_parts: Path) -> None:
    good = sorted(alike_parts.glob("good*"))
    pools = bundled.pools_of(bundled.encode([load_image(file) for file in good], for_texts=False))
    (one,) = bundled.inspect_folder(good[0], references=good[1:3], pool=pools)
    assert one.result is not None
    assert set(one.result.channels) == {"text", "self", "consensus", "reference"}
    (alone,) = bundled.inspect_folder(good[0])
    assert alone.result is not None
    assert set(alone.result.channels) == {"text", "self"}
    assert "fewer than 8 other parts look alike" in alone.note
    assert "text and self decide" in alone.note


def test_what_can_not_be_read_costs_itself_only(bundled: Inspector, alike_parts: Path, tmp_path: Path) -> None:
    for number in range(3):
        shutil.copy(alike_parts / f"good{number:02}.png", tmp_path)
    (tmp_path / "a.png").write_bytes(b"no picture")
    first, *others = bundled.inspect_folder(tmp_path)
    assert first.result is None
    assert first.error
    assert all(one.result is not None for one in others)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImageError, match="no images"):
        bundled.inspect_folder(tmp_path / "empty")


def test_tiles_are_compared_with_nothing_and_say_so(bundled: Inspector, alike_parts: Path) -> None:
    for one in bundled.inspect_folder(alike_parts / "good00.png", tiling=Tiling(96)):
        assert one.result is not None
        assert set(one.result.channels) == {"text", "self"}
        assert "tiles" in one.note
