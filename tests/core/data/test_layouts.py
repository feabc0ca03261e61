"""Data sets in every layout, and what is said about folders that follow none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tokenclip_core.data.layouts import Sample, load_layout, load_mask
from tokenclip_core.errors import DataLayoutError, ImageError


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (6, 4), 255).save(root / name)


def told(samples: list[Sample], root: Path) -> list[tuple[str, str | None, int, str, str]]:
    return [
        (
            sample.image.relative_to(root).as_posix(),
            sample.mask.relative_to(root).as_posix() if sample.mask else None,
            sample.label,
            sample.category,
            sample.kind,
        )
        for sample in samples
    ]


def make_mvtec(root: Path) -> None:
    make(
        root,
        "tile/train/good/000.png",
        "tile/test/good/000.png",
        "tile/test/crack/10.png",
        "tile/test/crack/2.png",
        "tile/ground_truth/crack/2_mask.png",
        "tile/ground_truth/crack/10_mask.png",
        "cable/train/good/1.png",
        "cable/test/good/1.png",
        "cable/test/bent/1.png",
    )


@pytest.mark.parametrize("layout", ["auto", "mvtec"])
def test_mvtec(tmp_path: Path, layout: str) -> None:
    make_mvtec(tmp_path)
    assert told(load_layout(tmp_path, layout), tmp_path) == [
        ("cable/test/good/1.png", None, 0, "cable", "good"),
        ("cable/test/bent/1.png", None, 1, "cable", "bent"),
        ("tile/test/good/000.png", None, 0, "tile", "good"),
        ("tile/test/crack/2.png", "tile/ground_truth/crack/2_mask.png", 1, "tile", "crack"),
        ("tile/test/crack/10.png", "tile/ground_truth/crack/10_mask.png", 1, "tile", "crack"),
    ]
    assert [sample.kind for sample in load_layout(tmp_path, layout, "train")] == ["good", "good"]


def test_mvtec_of_one_category(tmp_path: Path) -> None:
    make_mvtec(tmp_path)
    samples = load_layout(tmp_path / "tile")
    assert {sample.category for sample in samples} == {"tile"}
    assert len(samples) == 3


@pytest.mark.parametrize("place", ["split_csv/1cls.csv", "visa.csv"])
def test_visa(tmp_path: Path, place: str) -> None:
    make(tmp_path, "pcb1/Data/Images/Normal/1.JPG", "pcb1/Data/Images/Anomaly/2.JPG", "pcb1/Data/Masks/Anomaly/2.png")
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text(
        "object,split,label,image,mask\n"
        "pcb1,train,normal,pcb1/Data/Images/Normal/0.JPG,\n"
        "pcb1,test,normal,pcb1/Data/Images/Normal/1.JPG,\n"
        "pcb1,test,anomaly,pcb1/Data/Images/Anomaly/2.JPG,pcb1/Data/Masks/Anomaly/2.png\n"
    )
    assert told(load_layout(tmp_path), tmp_path) == [
        ("pcb1/Data/Images/Normal/1.JPG", None, 0, "pcb1", "good"),
        ("pcb1/Data/Images/Anomaly/2.JPG", "pcb1/Data/Masks/Anomaly/2.png", 1, "pcb1", "anomaly"),
    ]
    assert len(load_layout(tmp_path, "visa", "train")) == 1


def test_a_bad_line_of_the_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "visa.csv").write_text("object,split,label,image,mask\npcb1,test,odd,a.png,\n")
    with pytest.raises(DataLayoutError, match="line 2"):
        load_layout(tmp_path)


def test_folder(tmp_path: Path) -> None:
    make(tmp_path, "good/1.png", "good/sub/2.png", "defect/1.png", "defect/2.png", "masks/1.png")
    name = tmp_path.name
    assert told(load_layout(tmp_path), tmp_path) == [
        ("good/1.png", None, 0, name, "good"),
        ("good/sub/2.png", None, 0, name, "good"),
        ("defect/1.png", "masks/1.png", 1, name, "defect"),
        ("defect/2.png", None, 1, name, "defect"),
    ]


def test_folder_with_kinds_and_categories(tmp_path: Path) -> None:
    make(
        tmp_path,
        "nut/good/1.png",
        "nut/defect/dent/1.png",
        "nut/defect/rust/1.png",
        "nut/masks/dent/1_mask.png",
        "bolt/good/1.png",
    )
    assert told(load_layout(tmp_path, "folder"), tmp_path) == [
        ("bolt/good/1.png", None, 0, "bolt", "good"),
        ("nut/good/1.png", None, 0, "nut", "good"),
        ("nut/defect/dent/1.png", "nut/masks/dent/1_mask.png", 1, "nut", "dent"),
        ("nut/defect/rust/1.png", None, 1, "nut", "rust"),
    ]


def test_an_unknown_layout_says_what_was_expected_and_found(tmp_path: Path) -> None:
    make(tmp_path, "bilder/1.png", *(f"{number}.png" for number in range(12)))
    with pytest.raises(DataLayoutError, match=r"Expected .*test/good.*Found 0\.png, 1\.png.* and 5 more"):
        load_layout(tmp_path)
    with pytest.raises(DataLayoutError, match=r"does not follow the layout mvtec\. Expected .* Found"):
        load_layout(tmp_path, "mvtec")
    with pytest.raises(DataLayoutError, match="choose from auto, visa, real-iad, mvtec, dagm, folder, kolektor"):
        load_layout(tmp_path, "coco")
    with pytest.raises(DataLayoutError, match="is not a folder"):
        load_layout(tmp_path / "missing")
    (tmp_path / "none").mkdir()
    with pytest.raises(DataLayoutError, match="an empty folder"):
        load_layout(tmp_path / "none")


def test_a_layout_without_images_is_told(tmp_path: Path) -> None:
    (tmp_path / "tile/test/good").mkdir(parents=True)
    with pytest.raises(DataLayoutError, match="has no images"):
        load_layout(tmp_path)


def test_masks(tmp_path: Path) -> None:
    values = np.zeros((4, 6), np.uint8)
    values[1, 2] = 1
    Image.fromarray(values).save(tmp_path / "mask.png")
    sample = Sample(tmp_path / "1.png", tmp_path / "mask.png", 1, "tile", "crack")
    np.testing.assert_array_equal(load_mask(sample, (4, 6)), values > 0)
    with pytest.raises(DataLayoutError, match="6 x 4 pixels, its image 4 x 6"):
        load_mask(sample, (6, 4))
    good = load_mask(Sample(tmp_path / "1.png", None, 0, "tile", "good"), (2, 3))
    assert good is not None
    assert not good.any()
    assert load_mask(Sample(tmp_path / "1.png", None, 1, "tile", "crack"), (2, 3)) is None
    with pytest.raises(ImageError, match="no such file"):
        load_mask(Sample(tmp_path / "1.png", tmp_path / "lost.png", 1, "tile", "crack"), (2, 3))
