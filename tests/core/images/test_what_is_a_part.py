"""What in a folder is a part: no masks, no companions of other systems; every page of a TIFF; formats by their name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tokenclip_core.errors import ImageError
from tokenclip_core.images.folders import LeftOut, find_images
from tokenclip_core.images.pages import count_frames, page_names
from tokenclip_core.images.reading import load_image, read_size

PHOTO = np.random.default_rng(0).integers(0, 256, (16, 20, 3), dtype=np.uint8)


def make(root: Path, *names: str, mask: bool = False) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(PHOTO // 200 * 255 if mask else PHOTO).save(root / name)


def found(root: Path, left_out: LeftOut | None = None) -> list[str]:
    return [path.relative_to(root).as_posix() for path in find_images([root], left_out)]


@pytest.mark.parametrize("folder", ["ground_truth", "GroundTruth", "Ground-Truth", "masks", "Mask", "gt", "GT"])
def test_folders_of_masks_are_left_out_and_counted(tmp_path: Path, folder: str) -> None:
    make(tmp_path, "test/good/1.png", f"{folder}/crack/1_mask.png", f"{folder}/crack/2_mask.png")
    left_out = LeftOut()
    assert found(tmp_path, left_out) == ["test/good/1.png"]
    assert sum(left_out.masks.values()) == 2
    (words,) = left_out.words()
    assert "2 masks left out" in words
    assert "1_mask.png" in words
    assert len(list(find_images([tmp_path / folder]))) == 2


@pytest.mark.parametrize(
    "name", ["1_mask.png", "1_GT.png", "1-label.bmp", "mask_1.png", "GT-1.png", "1_Mask_2.png", "1.png_mask.png"]
)
def test_masks_beside_their_parts_are_left_out(tmp_path: Path, name: str) -> None:
    make(tmp_path, "1.png", name)
    assert found(tmp_path) == ["1.png"]


def test_parts_that_are_only_called_so_stay(tmp_path: Path) -> None:
    names = ["gas_mask.png", "label_7.png", "labels/a.png", "labels/b.png", "mask_of_zorro.png"]
    make(tmp_path, *names)
    assert sorted(found(tmp_path)) == sorted(names)


def test_label_folders_are_masks_if_they_look_so(tmp_path: Path) -> None:
    make(tmp_path, "Train/1.png")
    make(tmp_path, "Train/Label/1_label.png", mask=True)
    assert found(tmp_path) == ["Train/1.png"]


@pytest.mark.parametrize("name", ["._1.png", "__MACOSX/1.png", "@eaDir/1.png", "$RECYCLE.BIN/1.png", ".hidden/1.png"])
def test_companions_of_other_systems_are_left_out(tmp_path: Path, name: str) -> None:
    make(tmp_path, "1.png", name)
    assert found(tmp_path) == ["1.png"]


def test_formats_that_are_not_read_are_named_and_counted(tmp_path: Path) -> None:
    make(tmp_path, "1.png")
    for name in ("a.heic", "b.HEIC", "c.dng", "notes.txt"):
        (tmp_path / name).touch()
    left_out = LeftOut()
    found(tmp_path, left_out)
    (words,) = left_out.words()
    assert "1 .dng, 2 .heic" in words


@pytest.mark.parametrize("suffix", [".pgm", ".ppm", ".jp2", ".avif", ".pbm"])
def test_formats_of_cameras_and_phones_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"part{suffix}"
    picture = Image.fromarray(PHOTO)
    picture = picture.convert({".pgm": "L", ".pbm": "1"}.get(suffix, "RGB"))
    options = {"quality": 100, "subsampling": "4:4:4"} if suffix == ".avif" else {}
    picture.save(path, **options)
    assert found(tmp_path) == [path.name]
    expected = np.asarray(picture.convert("RGB")).astype(int)
    assert np.abs(load_image(path) - expected).mean() < (12 if suffix == ".avif" else 0.01)
    assert read_size(path) == (20, 16)


def test_every_page_of_a_tiff_is_a_part(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    pages = [PHOTO, 255 - PHOTO, PHOTO // 2]
    with tifffile.TiffWriter(path) as writer:
        writer.write(pages[0], photometric="rgb")
        writer.write(pages[0][::2, ::2], photometric="rgb", subfiletype=1)
        writer.write(pages[1], photometric="rgb", compression="zlib")
        writer.write(pages[2], photometric="rgb")
    names = ["scan.tif#page=1", "scan.tif#page=2", "scan.tif#page=3"]
    assert found(tmp_path) == names
    for name, page in zip(names, pages, strict=True):
        np.testing.assert_array_equal(load_image(tmp_path / name), page)
        assert read_size(tmp_path / name) == (20, 16)
    np.testing.assert_array_equal(load_image(path), pages[0])
    with pytest.raises(ImageError, match="3 pages, and no page 4"):
        load_image(tmp_path / "scan.tif#page=4")


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_pages_are_counted_in_every_kind_of_tiff(tmp_path: Path, big: bool, order: str) -> None:
    path = tmp_path / "scan.tif"
    with tifffile.TiffWriter(path, bigtiff=big, byteorder=order) as writer:
        for _ in range(2):
            writer.write(PHOTO, photometric="rgb")
    assert len(page_names(str(path))) == 2


def test_one_page_keeps_its_name_and_a_damaged_file_too(tmp_path: Path) -> None:
    make(tmp_path, "one.tif")
    (tmp_path / "cut.tif").write_bytes((tmp_path / "one.tif").read_bytes()[:9])
    assert found(tmp_path) == ["cut.tif", "one.tif"]


def test_a_file_may_be_called_like_a_page(tmp_path: Path) -> None:
    make(tmp_path, "a.png")
    odd = tmp_path / "a.png#page=2"
    (tmp_path / "a.png").rename(odd)
    np.testing.assert_array_equal(load_image(odd), PHOTO)
    with pytest.raises(ImageError, match="no such file"):
        load_image(tmp_path / "b.png#page=2")


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp", ".avif"])
@pytest.mark.parametrize("count", [1, 3])
def test_frames_of_animations_are_counted(tmp_path: Path, suffix: str, count: int) -> None:
    frames = [Image.fromarray((PHOTO + 40 * number).astype(np.uint8)) for number in range(count)]
    path = tmp_path / f"moving{suffix}"
    frames[0].save(path, save_all=count > 1, append_images=frames[1:], duration=50)
    assert count_frames(path) == count
