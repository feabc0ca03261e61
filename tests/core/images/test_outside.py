"""Pictures that are decoded in another process: the same pixels, and a decoder that dies costs its picture only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from stand_ins import stand_in

from tokenclip_core.errors import ImageError
from tokenclip_core.images import outside, pillow_files
from tokenclip_core.images.reading import load_image, read_samples, read_samples_here, read_size

FRAGILE = {
    "jp2": ("part.jp2", {}),
    "avif": ("part.avif", {}),
    "tiff jpeg": ("part.tif", {"compression": "jpeg"}),
    "tiff fax": ("part.tif", {"compression": "group4"}),
}


def _written(folder: Path, kind: str) -> Path:
    name, options = FRAGILE[kind]
    picture = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)
    Image.fromarray(picture).convert("1" if "fax" in kind else "RGB").save(folder / name, **options)
    return folder / name


@pytest.mark.parametrize("kind", FRAGILE)
def test_pixels_and_facts_are_those_of_this_process(tmp_path: Path, kind: str) -> None:
    path = _written(tmp_path, kind)
    here, there = read_samples_here(path), read_samples(path)
    np.testing.assert_array_equal(there.values, here.values)
    assert there.lossy == here.lossy
    assert there.orientation == here.orientation
    assert read_size(path) == (56, 40)


@pytest.mark.parametrize("kind", FRAGILE)
def test_no_fragile_decoder_runs_in_this_process(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _written(tmp_path, kind)

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("decoded in this process")

    monkeypatch.setattr(pillow_files, "_samples", forbidden)
    assert load_image(path).shape == (40, 56, 3)


@pytest.mark.parametrize(
    ("death", "words"), [("exited", "exit code 3"), ("killed", "was ended"), ("hanging", "longer")]
)
@pytest.mark.parametrize("kind", ["jp2", "tiff jpeg"])
def test_a_decoder_that_dies_costs_its_picture_only(
    tmp_path: Path, kind: str, death: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _written(tmp_path, kind)
    with monkeypatch.context() as patched:
        patched.setattr(outside, "COMMAND", stand_in(death))
        patched.setattr(outside, "_children", outside._Children())
        patched.setattr(outside, "SECONDS", 0.2)
        with pytest.raises(ImageError, match=rf"^{path}: its decoder .*{words}"):
            load_image(path)
    assert load_image(path).shape == (40, 56, 3)
