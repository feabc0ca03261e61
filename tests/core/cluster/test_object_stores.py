"""Pictures in object stores: listed, read, sampled, and told apart by size and time; troubles are words."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason='pip install "tokenclip-inspector[cluster]"')

from pyarrow import fs

from tokenclip_core.cluster import object_stores
from tokenclip_core.cluster.object_stores import is_stored, listed, load_stored, sampled, signatures
from tokenclip_core.commands.inputs import file_or_stream, find_sources, pictures_of
from tokenclip_core.errors import ImageError, SettingsError
from tokenclip_core.images.reading import load_image


@pytest.fixture(params=["file", "s3"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, make_parts: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> str:
    """The address of a folder of parts; a bucket's is a folder as well, which no test can tell."""
    parts = make_parts("10.png", "9.png", "deeper/a b.png", "ground_truth/9_mask.png", ".hidden.png")
    (parts / "notes.txt").write_text("no picture")
    if request.param == "file":
        return f"file://{parts}"
    buckets = fs.SubTreeFileSystem(str(parts.parent), fs.LocalFileSystem())
    monkeypatch.setattr(object_stores, "_system", lambda _root: buckets)
    return f"s3://{parts.name}"


def test_images_are_listed_in_natural_order(store: str) -> None:
    assert listed(store) == [f"{store}/9.png", f"{store}/10.png", f"{store}/deeper/a b.png"]
    assert listed(f"{store}/") == listed(store)
    assert listed(f"{store}/9.png") == [f"{store}/9.png"]
    with pytest.raises(SettingsError, match="is not there"):
        listed(f"{store}/nowhere")


def test_images_are_read_as_files_are(store: str, tmp_path: Path) -> None:
    (first, *_) = listed(store)
    image, identity = load_stored(first)
    (file,) = tmp_path.rglob("9.png")
    assert np.array_equal(image, load_image(file))
    assert (identity.path, identity.size) == (first, file.stat().st_size)
    file.write_bytes(b"no picture")
    with pytest.raises(ImageError) as broken:
        load_stored(first)
    assert str(broken.value).startswith(first)
    assert "tokenclip-part" not in str(broken.value)
    with pytest.raises(ImageError, match="is not there"):
        load_stored(f"{store}/gone.png")


def test_a_file_that_is_too_large_is_not_copied(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_stores, "MOST_BYTES", 10)
    with pytest.raises(ImageError, match="has more than"):
        load_stored(listed(store)[0])


def test_changed_files_are_told_apart(store: str, tmp_path: Path) -> None:
    files = listed(store)
    before = signatures([*files, f"{store}/gone.png"])
    assert before[-1] is None
    (file,) = tmp_path.rglob("10.png")
    os.utime(file, ns=(1, 1))
    after = signatures(files)
    assert [old == new for old, new in zip(before[:-1], after, strict=True)] == [True, False, True]
    assert signatures([]) == []


def test_the_same_files_are_sampled_again(store: str, tmp_path: Path) -> None:
    files = listed(store)
    drawn = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        drawn.append([copy.read_bytes() for copy in sampled([*files, f"{store}/gone.png"], 3, folder)])
    assert drawn[0] == drawn[1]
    assert 2 <= len(drawn[0]) <= 3


def test_a_command_takes_addresses(store: str) -> None:
    assert file_or_stream(store) == store
    sources = find_sources([store])
    assert [source.stored for source in sources] == listed(store)
    assert [str(source.name) for source in sources] == ["9", "10", "deeper/a b"]
    pictures = list(pictures_of(sources))
    assert [picture.path for picture in pictures] == listed(store)
    assert pictures[0].load().shape[2] == 3


@pytest.mark.parametrize("words", ["parts", "rtsp://host/a", "s3:bucket", "c://folder", ""])
def test_other_words_are_no_stores(words: str) -> None:
    assert not is_stored(words)


def test_a_password_in_an_address_is_refused_and_not_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        listed("s3://key:secret@bucket/parts")
    assert "secret" not in str(refused.value)


def test_a_full_disk_is_no_smaller_sample(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    addresses = listed(store)
    monkeypatch.setattr(object_stores.shutil, "copyfileobj", full)
    with pytest.raises(SettingsError, match="the disk is full"):
        sampled(addresses, 2, tmp_path)
    with pytest.raises(ImageError, match="the disk is full"):
        load_stored(addresses[0])


def test_a_sample_ends_at_its_bytes_and_leaves_out_what_is_gone(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [*listed(store), f"{store}/gone.png"]
    (tmp_path / "all").mkdir()
    assert len(sampled(addresses, 10, tmp_path / "all")) == 3
    monkeypatch.setattr(object_stores, "MOST_SAMPLED_BYTES", 1)
    (tmp_path / "one").mkdir()
    assert len(sampled(addresses, 10, tmp_path / "one")) == 1
