"""The layouts of public data sets, with the parts, labels and masks that their makers mean."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tokenclip_core.data.good_parts import good_parts
from tokenclip_core.data.layouts import MaskCensus, Sample, load_mask, load_regions, read_layout
from tokenclip_core.data.saturations import read_saturations
from tokenclip_core.errors import DataLayoutError

PHOTO = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
MASK = np.zeros((4, 6), np.uint8)
MASK[1, 2] = 255
EMPTY = np.zeros((4, 6), np.uint8)


def make(root: Path, *names: str, array: np.ndarray = PHOTO) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(array).save(root / name)


def told(root: Path, layout: str = "auto", split: str = "test") -> dict[str, tuple[int, str, str, tuple[str, ...]]]:
    return {
        sample.image.relative_to(root).as_posix(): (
            sample.label,
            sample.category,
            sample.kind,
            tuple(mask.relative_to(root).as_posix() for mask in sample.masks),
        )
        for sample in read_layout(root, layout, "train" if split == "train" else "test").samples
    }


def notes(root: Path) -> str:
    return "\n".join(read_layout(root).notes)


@pytest.mark.parametrize("good", ["good", "Good", "OK", "ok", "normal", "Non-Defective", "defect_free", "pass", "良品"])
def test_good_parts_by_all_usual_names(tmp_path: Path, good: str) -> None:
    make(tmp_path, f"01/train/{good}/1.png", f"01/test/{good}/1.png", "01/test/ko/1.png")
    make(tmp_path, "01/ground_truth/ko/1.png", array=MASK)
    assert told(tmp_path) == {
        f"01/test/{good}/1.png": (0, "01", "good", ()),
        "01/test/ko/1.png": (1, "01", "ko", ("01/ground_truth/ko/1.png",)),
    }
    assert list(told(tmp_path, split="train")) == [f"01/train/{good}/1.png"]
    assert notes(tmp_path) == ""


@pytest.mark.parametrize("bad", ["bad", "NG", "ko", "defective", "Anomaly", "not good", "不良"])
def test_defective_parts_by_all_usual_names(tmp_path: Path, bad: str) -> None:
    make(tmp_path, "good/1.png", f"{bad}/2.png")
    make(tmp_path, "masks/2.png", array=MASK)
    assert told(tmp_path) == {
        "good/1.png": (0, tmp_path.name, "good", ()),
        f"{bad}/2.png": (1, tmp_path.name, bad, ("masks/2.png",)),
    }


def test_a_test_split_without_good_parts_and_unknown_folders_are_said(tmp_path: Path) -> None:
    make(tmp_path, "a/train/good/1.png", "a/test/crack/1.png", "a/test/loose.png", "a/extra/1.png")
    said = notes(tmp_path)
    assert "has no good parts" in said
    assert "crack" in said
    assert "loose.png" in said
    assert "extra: 1 pictures left out" in said
    make(tmp_path, "b/good/1.png", "b/defect/1.png", "b/scratches/1.png", "b/scratches/2.png")
    assert "scratches: 2 pictures left out" in notes(tmp_path / "b")


def test_loco_unites_the_masks_of_a_part(tmp_path: Path) -> None:
    make(tmp_path, "box/train/good/0.png", "box/validation/good/0.png", "box/test/good/000.png")
    make(tmp_path, "box/test/logical_anomalies/000.png", "box/test/logical_anomalies/001.png")
    other = np.roll(MASK, 1)
    make(tmp_path, "box/ground_truth/logical_anomalies/000/000.png", array=MASK)
    make(tmp_path, "box/ground_truth/logical_anomalies/000/001.png", array=other)
    make(tmp_path, "box/ground_truth/logical_anomalies/001/000.png", array=MASK)
    (tmp_path / "box/defects_config.json").write_text('{"no": "list"}')
    samples = read_layout(tmp_path).samples
    assert [len(sample.masks) for sample in samples] == [0, 2, 1]
    np.testing.assert_array_equal(load_mask(samples[1], (4, 6)), (MASK + other) > 0)
    assert "no list of saturation thresholds" in notes(tmp_path)
    assert load_regions(samples[1]) is None


def test_loco_saturates_as_its_file_says(tmp_path: Path) -> None:
    make(tmp_path, "box/test/good/000.png", "box/test/logical_anomalies/000.png")
    for number, value in enumerate((255, 254, 253)):
        mask = np.zeros((4, 6), np.uint8)
        mask[:2, :3] = value
        make(tmp_path, f"box/ground_truth/logical_anomalies/000/00{number}.png", array=mask)
    entries = [(255, 2, False), (254, 0.5, True)]
    names = ("pixel_value", "saturation_threshold", "relative_saturation")
    config = [dict(zip(names, entry, strict=True)) for entry in entries]
    (tmp_path / "box/defects_config.json").write_text(json.dumps(config))
    samples = read_layout(tmp_path).samples
    regions = load_regions(samples[1])
    assert regions is not None
    # A kind that the file does not name counts as a whole.
    assert [enough for _, enough in regions] == [2, 3, 6]
    assert load_regions(samples[0]) is None
    assert "defects_config.json" in notes(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[1]",
        "[{}]",
        '[{"pixel_value": true, "saturation_threshold": 1, "relative_saturation": false}]',
        '[{"pixel_value": 1, "saturation_threshold": 1e999, "relative_saturation": false}]',
        '[{"pixel_value": 1, "saturation_threshold": 2, "relative_saturation": true}]',
        '[{"pixel_value": 1, "saturation_threshold": "2", "relative_saturation": false}]',
    ],
)
def test_a_damaged_saturation_file_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "defects_config.json").write_text(text)
    with pytest.raises(DataLayoutError, match="no list of saturation thresholds"):
        read_saturations(tmp_path / "defects_config.json")


def test_mvtec_ad_2(tmp_path: Path) -> None:
    make(tmp_path, "can/train/good/0.png", "can/test_public/good/0_regular.png", "can/test_public/bad/1_regular.png")
    make(tmp_path, "can/test_public/ground_truth/bad/1_regular_mask.png", array=MASK)
    make(tmp_path, "can/test_private/0.png")
    assert told(tmp_path) == {
        "can/test_public/good/0_regular.png": (0, "can", "good", ()),
        "can/test_public/bad/1_regular.png": (
            1,
            "can",
            "bad",
            ("can/test_public/ground_truth/bad/1_regular_mask.png",),
        ),
    }
    assert "no labels" in notes(tmp_path)


def test_dagm(tmp_path: Path) -> None:
    make(tmp_path, "Class1/Train/0001.PNG", "Class1/Train/0002.PNG", "Class1/Test/0003.PNG")
    make(tmp_path, "Class1/Train/Label/0002_label.PNG", "Class1/Test/Label/0003_label.PNG", array=MASK)
    assert told(tmp_path, split="train") == {
        "Class1/Train/0001.PNG": (0, "Class1", "good", ()),
        "Class1/Train/0002.PNG": (1, "Class1", "defect", ("Class1/Train/Label/0002_label.PNG",)),
    }
    assert list(told(tmp_path)) == ["Class1/Test/0003.PNG"]


def test_kolektor_sdd_2(tmp_path: Path) -> None:
    make(tmp_path, "train/1.png", "test/2.png", "test/3.png", "test/4.png")
    make(tmp_path, "train/1_GT.png", "test/2_GT.png", array=EMPTY)
    make(tmp_path, "test/3_GT.png", array=MASK)
    assert told(tmp_path) == {
        "test/2.png": (0, tmp_path.name, "good", ()),
        "test/3.png": (1, tmp_path.name, "defect", ("test/3_GT.png",)),
    }
    assert "4.png" in notes(tmp_path)


def test_kolektor_sdd(tmp_path: Path) -> None:
    make(tmp_path, "kos01/Part0.jpg", "kos01/Part1.jpg", "kos02/Part0.jpg")
    make(tmp_path, "kos01/Part0_label.bmp", "kos02/Part0_label.bmp", array=EMPTY)
    make(tmp_path, "kos01/Part1_label.bmp", array=MASK)
    assert [label for label, *_ in told(tmp_path).values()] == [0, 0, 1]


def test_real_iad(tmp_path: Path) -> None:
    make(tmp_path, "realiad_1024/usb/OK/S1/a.jpg", "realiad_1024/usb/NG/AK/b.jpg")
    make(tmp_path, "realiad_1024/usb/NG/AK/b.png", array=MASK)
    entries = [
        {"category": "usb", "anomaly_class": "OK", "image_path": "OK/S1/a.jpg", "mask_path": None},
        {"category": "usb", "anomaly_class": "AK", "image_path": "NG/AK/b.jpg", "mask_path": "NG/AK/b.png"},
    ]
    listing = {"meta": {"prefix": "usb/", "normal_class": "OK"}, "train": entries[:1], "test": entries}
    (tmp_path / "realiad_jsons").mkdir()
    (tmp_path / "realiad_jsons/usb.json").write_text(json.dumps(listing))
    assert told(tmp_path) == {
        "realiad_1024/usb/OK/S1/a.jpg": (0, "usb", "good", ()),
        "realiad_1024/usb/NG/AK/b.jpg": (1, "usb", "AK", ("realiad_1024/usb/NG/AK/b.png",)),
    }
    assert len(told(tmp_path, split="train")) == 1
    (tmp_path / "realiad_jsons/usb.json").write_text(json.dumps({**listing, "test": [{"image_path": 3}]}))
    with pytest.raises(DataLayoutError, match="entry 0 of test"):
        read_layout(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["000_mask", "000_GT", "GT_000", "mask-000", "000 Label", "000_ground_truth", "000_segmentation", "000", "000.jpg"],
)
def test_masks_by_all_usual_names(tmp_path: Path, name: str) -> None:
    make(tmp_path, "p/test/good/0.png", "p/test/crack/000.jpg")
    make(tmp_path, f"p/ground_truth/crack/{name}.png", array=MASK)
    assert told(tmp_path)["p/test/crack/000.jpg"][3] == (f"p/ground_truth/crack/{name}.png",)


def test_the_file_named_as_a_mask_is_the_mask(tmp_path: Path) -> None:
    make(tmp_path, "p/test/good/0.png", "p/test/crack/000.png", "p/ground_truth/crack/000.png")
    make(tmp_path, "p/ground_truth/crack/000_mask.png", array=MASK)
    assert told(tmp_path)["p/test/crack/000.png"][3] == ("p/ground_truth/crack/000_mask.png",)


def test_a_part_never_gets_the_mask_of_another_folder(tmp_path: Path) -> None:
    make(tmp_path, "p/test/good/0.png", "p/test/crack/cam1/000.png", "p/test/crack/cam2/000.png")
    make(tmp_path, "p/ground_truth/crack/cam2/000_mask.png", array=MASK)
    found = told(tmp_path)
    assert found["p/test/crack/cam1/000.png"][3] == ()
    assert found["p/test/crack/cam2/000.png"][3] == ("p/ground_truth/crack/cam2/000_mask.png",)


def test_a_mask_above_several_folders_marks_one_part_and_it_is_said(tmp_path: Path) -> None:
    make(tmp_path, "p/test/good/0.png", "p/test/crack/cam1/000.png", "p/test/crack/cam2/000.png")
    make(tmp_path, "p/ground_truth/crack/000_mask.png", array=MASK)
    found = told(tmp_path)
    assert [len(found[f"p/test/crack/cam{number}/000.png"][3]) for number in (1, 2)] == [1, 0]
    assert "sort masks into folders" in notes(tmp_path)


def test_masks_that_match_no_part_are_said(tmp_path: Path) -> None:
    make(tmp_path, "p/test/good/0.png", "p/test/crack/000.png")
    make(tmp_path, "p/ground_truth/crack/part-zero.png", array=MASK)
    assert "none matches a part; for example" in notes(tmp_path)


def test_hidden_companions_are_no_parts_and_no_masks(tmp_path: Path) -> None:
    make(tmp_path, "good/1.png", "defect/1.png")
    make(tmp_path, "masks/1.png", array=MASK)
    for folder in ("good", "defect", "masks"):
        (tmp_path / folder / "._1.png").write_bytes(b"\0\5\x16\7Mac OS X")
    assert len(told(tmp_path)) == 2
    assert notes(tmp_path) == ""


def page_stack(file: Path, *pages: np.ndarray) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(file, np.stack(pages), photometric="minisblack")


def test_pages_have_the_pages_of_their_mask(tmp_path: Path) -> None:
    make(tmp_path, "a/test/good/1.png")
    page_stack(tmp_path / "a/test/crack/scan.tif", EMPTY, EMPTY)
    page_stack(tmp_path / "a/ground_truth/crack/scan_mask.tif", MASK, MASK[::-1])
    one, other = (sample for sample in read_layout(tmp_path).samples if sample.label)
    masks = [load_mask(sample, (4, 6)) for sample in (one, other)]
    np.testing.assert_array_equal(np.stack(masks), np.stack([MASK, MASK[::-1]]) > 0)
    page_stack(tmp_path / "a/ground_truth/crack/scan_mask.tif", MASK)
    assert [sample.mask is None for sample in read_layout(tmp_path).samples if sample.label] == [False, True]
    assert "1 parts have no mask of their own" in notes(tmp_path)
    # All pages mark a part that has only one.
    page_stack(tmp_path / "a/test/crack/scan.tif", EMPTY)
    page_stack(tmp_path / "a/ground_truth/crack/scan_mask.tif", MASK, MASK[::-1])
    (one,) = (sample for sample in read_layout(tmp_path).samples if sample.label)
    united = load_mask(one, (4, 6))
    assert united is not None
    np.testing.assert_array_equal(united, (MASK | MASK[::-1]) > 0)


def test_pages_have_the_pages_of_a_mask_that_lies_further_up(tmp_path: Path) -> None:
    marks = [np.roll(MASK, page, 1) for page in range(3)]
    make(tmp_path, "a/test/good/1.png")
    page_stack(tmp_path / "a/test/crack/cam2/a.tif", EMPTY, EMPTY, EMPTY)
    page_stack(tmp_path / "a/ground_truth/crack/a.tif", *marks)
    samples = [sample for sample in read_layout(tmp_path).samples if sample.label]
    np.testing.assert_array_equal([load_mask(sample, (4, 6)) for sample in samples], np.stack(marks) > 0)
    assert notes(tmp_path) == ""
    page_stack(tmp_path / "a/test/crack/cam3/a.tif", EMPTY, EMPTY, EMPTY)
    masks = [sample.mask for sample in read_layout(tmp_path).samples if sample.label]
    assert [mask is None for mask in masks] == [False] * 3 + [True] * 3, "another file of that name has none"
    assert "3 parts have no mask of their own" in notes(tmp_path)


def test_pictures_of_one_name_in_two_formats(tmp_path: Path) -> None:
    make(tmp_path, "a/test/good/1.png", "a/test/crack/2.png", "a/test/crack/2.bmp")
    make(tmp_path, "a/ground_truth/crack/2_mask.png", array=MASK)
    assert "belong to more than one part: 1, for example" in notes(tmp_path)
    make(tmp_path, "a/ground_truth/crack/2.png_mask.png", "a/ground_truth/crack/2.bmp.png", array=MASK)
    (tmp_path / "a/ground_truth/crack/2_mask.png").unlink()
    assert told(tmp_path)["a/test/crack/2.png"][3] == ("a/ground_truth/crack/2.png_mask.png",)
    assert told(tmp_path)["a/test/crack/2.bmp"][3] == ("a/ground_truth/crack/2.bmp.png",)
    assert notes(tmp_path) == ""


def test_accents_are_written_in_two_ways(tmp_path: Path) -> None:
    make(tmp_path, "good/1.png", "defect/e\u0301.png")
    make(tmp_path, "masks/\u00e9_mask.png", array=MASK)
    assert told(tmp_path)["defect/e\u0301.png"][3] == ("masks/\u00e9_mask.png",)


def test_folders_of_masks_and_of_kinds_are_no_categories(tmp_path: Path) -> None:
    make(tmp_path, "good/1.png", "defect/broken/2.png")
    make(tmp_path, "masks/good/1.png", "masks/defect/broken/2.png", array=MASK)
    assert told(tmp_path) == {
        "good/1.png": (0, tmp_path.name, "good", ()),
        "defect/broken/2.png": (1, tmp_path.name, "broken", ("masks/defect/broken/2.png",)),
    }
    make(tmp_path / "sets", "perfect/good/1.png", "perfect/defect/2.png", "broken/ok/3.png", "broken/ng/4.png")
    assert [found[:2] for found in told(tmp_path / "sets").values()] == [
        (0, "broken"),
        (1, "broken"),
        (0, "perfect"),
        (1, "perfect"),
    ]


@pytest.mark.parametrize("name", ["labels", "target", "masks", "damaged", "clean"])
@pytest.mark.parametrize(("good", "bad"), [("test/good", "test/crack"), ("good", "bad")])
def test_a_category_of_any_name_is_read(tmp_path: Path, name: str, good: str, bad: str) -> None:
    for category in ("lids", name):
        make(tmp_path, f"{category}/{good}/1.png", f"{category}/{bad}/2.png")
    found = [(label, category) for label, category, _, _ in told(tmp_path).values()]
    assert sorted(found) == sorted((label, category) for label in (0, 1) for category in ("lids", name))
    assert notes(tmp_path) == ""


@pytest.mark.parametrize("name", ["labels", "masks"])
@pytest.mark.parametrize("place", ["", "parts/"])
@pytest.mark.parametrize(("good", "bad"), [("test/good", "test/crack"), ("good", "bad")])
def test_masks_that_lie_in_folders_like_the_parts_are_no_category(
    tmp_path: Path, name: str, place: str, good: str, bad: str
) -> None:
    make(tmp_path, f"{place}{good}/1.png", f"{place}{bad}/2.png")
    make(tmp_path, f"{name}/{good}/1.png", f"{name}/{bad}/2.png", array=MASK)
    assert list(told(tmp_path)) == [f"{place}{good}/1.png", f"{place}{bad}/2.png"]


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0b", "\x1c"])
def test_a_name_ends_no_row_of_a_table(tmp_path: Path, sign: str) -> None:
    make(tmp_path, f"a/1{sign}2.png", "a/3.png")
    rows = f"a,test,normal,a/1{sign}2.png,\r\na,test,anomaly,a/3.png,\r\n"
    (tmp_path / "list.csv").write_text(f"object,split,label,image,mask\r\n{rows}", "utf-8")
    assert set(told(tmp_path)) == {f"a/1{sign}2.png", "a/3.png"}


def test_rows_of_unknown_splits_are_said(tmp_path: Path) -> None:
    make(tmp_path, "a/1.png", "a/2.png", "a/3.png")
    rows = "a,test,normal,a/1.png,\na,test,anomaly,a/2.png,\na,validation,normal,a/3.png,\n"
    (tmp_path / "list.csv").write_text(f"object,split,label,image,mask\n{rows}", "utf-8")
    assert "left out: validation 1" in notes(tmp_path)


def test_masks_that_mark_nothing_or_nearly_all_are_counted(tmp_path: Path) -> None:
    make(tmp_path, "empty.png", array=EMPTY)
    make(tmp_path, "full.png", array=EMPTY + 1)
    turned = EMPTY + 1
    turned[1:3, 2:4] = 0
    make(tmp_path, "turned.png", array=turned)
    census = MaskCensus()
    for name in ("empty.png", "full.png", "turned.png"):
        sample = Sample(tmp_path / "1.png", tmp_path / name, 1, "a", "b")
        mask = load_mask(sample, (4, 6))
        assert mask is not None
        census.add(sample, mask)
    words = ("nothing, for example", "the whole part, for example", "as if black were the mark, for example")
    assert [word in note for word, note in zip(words, census.notes(), strict=True)] == [True] * 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "cp932"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tables_in_every_encoding_and_with_every_separator(
    tmp_path: Path, encoding: str, separator: str, end: str
) -> None:
    make(tmp_path, "部品/a.png", "部品/b.png")
    make(tmp_path, "部品/m.png", array=MASK)
    rows = [
        ["Object", " Split", "label ", "IMAGE", "mask"],
        ["部品", "test", "normal", "部品/a.png", ""],
        ["部品", "Test", "Anomaly", "部品\\b.png", "部品\\m.png"],
    ]
    (tmp_path / "table.csv").write_bytes(end.join(separator.join(row) for row in rows).encode(encoding))
    assert told(tmp_path) == {
        "部品/a.png": (0, "部品", "good", ()),
        "部品/b.png": (1, "部品", "anomaly", ("部品/m.png",)),
    }


def test_a_western_table_and_the_line_of_a_spreadsheet_program(tmp_path: Path) -> None:
    make(tmp_path, "Gehäuse/a.png", "Gehäuse/b.png")
    rows = 'sep=;\r\nobject;split;label;image;mask\r\n"Gehäuse";test;normal;"Gehäuse/a.png";\r\n\r\n'
    (tmp_path / "table.csv").write_bytes(rows.encode("cp1252"))
    assert list(told(tmp_path)) == ["Gehäuse/a.png"]


def test_a_table_that_does_not_fit_is_named_with_its_columns(tmp_path: Path) -> None:
    (tmp_path / "parts.csv").write_text("name;class\na.png;good\n")
    with pytest.raises(DataLayoutError, match=r"parts\.csv has the columns name, class"):
        read_layout(tmp_path)
    (tmp_path / "parts.csv").write_bytes(b"PK\3\4\0\0\0")
    with pytest.raises(DataLayoutError, match="no table of text"):
        read_layout(tmp_path)


def test_good_parts_are_taken_from_a_whole_data_set(tmp_path: Path) -> None:
    make(tmp_path, "train/good/1.png", "test/good/2.png", "test/crack/3.png")
    make(tmp_path, "ground_truth/crack/3_mask.png", array=MASK)
    files, said = good_parts(tmp_path)
    assert [file.name for file in files] == ["2.png", "1.png"]
    assert "1 in test/crack" in said[1].replace("\\", "/")
    assert "1 mask left out" in said[0]


def test_defective_folders_are_left_out_of_good_parts_and_warned_of(tmp_path: Path) -> None:
    make(tmp_path, "line/a/1.png", "line/NG/2.png")
    files, said = good_parts(tmp_path / "line")
    assert [file.name for file in files] == ["1.png"]
    assert "1 in NG" in said[0]
    files, said = good_parts(tmp_path / "line/NG")
    assert [file.name for file in files] == ["2.png"]
    assert "named like a folder of defective parts" in said[0]
