"""Regions for annotation tools: read back by the tools' own readers they have the very pixels that were found."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from tokenclip_core.evidence.curve import AreaCurve
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.judgement.findings import SubspaceResult
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.annotations import (
    CocoWriter,
    FoundRegions,
    coco_file,
    labelme_file,
    merge_coco,
    outlines,
    write_json,
)

BoolArray = npt.NDArray[np.bool_]
HALF = Judgement(0.5)
RING = np.array([[1, 1, 1, 0, 0], [1, 0, 1, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1]], np.float32)
STAIR = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 1]], np.float32)


def result_of_map(token_map: npt.NDArray[np.float32], patch: int) -> InspectionResult:
    """A result of patches of so many pixels a side, and two subspaces."""
    values = np.asarray(token_map, np.float32)
    gh, gw = values.shape
    maps = np.stack([values * 0.75, values * 0.25], axis=-1)
    return InspectionResult(
        score=float(values.max()),
        anomaly_map=np.kron(values, np.ones((patch, patch), np.float32)),
        token_map=values,
        assignment=np.full((gh, gw, 2), 0.5, np.float32),
        transport_plan=np.zeros((gh * gw, 2), np.float32),
        similarities=np.zeros((gh, gw, 2, 2), np.float32),
        layer_similarities=np.zeros((1, gh, gw, 2, 2), np.float32),
        subspace_maps=maps,
        subspaces=(
            SubspaceResult("crack", (230, 159, 0), 0.5, 0.75, 0.75, False),
            SubspaceResult("stain", (86, 180, 233), 0.5, 0.25, 0.25, False),
        ),
        components={},
        layers=(1,),
        curve=AreaCurve(),
    )


def filled(polygons: list[list[tuple[int, int]]], size: tuple[int, int]) -> BoolArray:
    """Pixels whose middle lies in a polygon, by the winding rule of OpenCV, at four times the size."""
    large = np.zeros((4 * size[0], 4 * size[1]), np.uint8)
    for polygon in polygons:
        inside = np.zeros_like(large)
        # Half of a small pixel inwards, since OpenCV fills the outline as well.
        cv2.fillPoly(inside, [np.array(polygon, np.int32) * 4], 1)
        large |= inside
    return np.asarray(large[2::4, 2::4] > 0)


@given(arrays(np.bool_, st.tuples(st.integers(1, 7), st.integers(1, 7))))
def test_outlines_have_the_pixels_of_the_mask(mask: BoolArray) -> None:
    polygons, holes = outlines(mask)
    found = filled(polygons, (mask.shape[0], mask.shape[1]))
    assert (found | mask == found).all(), "nothing of the mask is outside"
    if not holes:
        assert (found == mask).all()


# Of the library itself, with newer versions of numpy.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("token_map", [RING, STAIR, np.zeros((3, 3), np.float32), np.ones((2, 3), np.float32)])
def test_coco_comes_back_pixel_by_pixel(token_map: npt.NDArray[np.float32], tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco", reason="pycocotools is not installed")
    result = result_of_map(token_map, 8)
    regions, area = result.judged_regions(HALF)
    write_json(tmp_path / "a.json", coco_file("a.png", FoundRegions(result, regions, area)))
    write_json(tmp_path / "b.json", coco_file("b.png", FoundRegions(result, regions, area)))
    (tmp_path / "c.json").write_text("no file of this kind")
    assert merge_coco(sorted(tmp_path.glob("?.json")), tmp_path / "coco.json") == 2
    read = coco.COCO(str(tmp_path / "coco.json"))
    assert [image["file_name"] for image in read.loadImgs(read.getImgIds())] == ["a.png", "b.png"]
    for image in read.getImgIds():
        annotations = read.loadAnns(read.getAnnIds(imgIds=[image]))
        assert [one["bbox"] for one in annotations] == [[r.x, r.y, r.width, r.height] for r in regions]
        covered = np.zeros(area.shape, np.bool_)
        for annotation, region in zip(annotations, regions, strict=True):
            mask = read.annToMask(annotation).astype(np.bool_)
            assert mask.sum() == region.area_px == annotation["area"]
            covered |= mask
        assert (covered == area).all()


def labelme_pixels(content: dict[str, Any], size: tuple[int, int]) -> BoolArray:
    """What LabelMe's `shapes_to_label` marks: filled polygons, and masks in their boxes, corners inclusive."""
    found = np.zeros(size, np.bool_)
    for shape in content["shapes"]:
        corners = [(int(x), int(y)) for x, y in shape["points"]]
        if shape["shape_type"] == "mask":
            (left, top), (right, bottom) = corners
            with Image.open(io.BytesIO(base64.b64decode(shape["mask"]))) as mask:
                found[top : bottom + 1, left : right + 1] |= np.asarray(mask).astype(np.bool_)
        else:
            found |= filled([corners], size)
    return found


@pytest.mark.parametrize("token_map", [RING, STAIR])
def test_labelme_has_every_region_by_its_subspace(token_map: npt.NDArray[np.float32], tmp_path: Path) -> None:
    result = result_of_map(token_map, 8)
    regions, area = result.judged_regions(HALF)
    write_json(tmp_path / "a.json", labelme_file("a.png", FoundRegions(result, regions, area)))
    content = json.loads((tmp_path / "a.json").read_text("utf-8"))
    # What its reader asks for, by type.
    assert {"version": str, "flags": dict, "imagePath": str, "imageHeight": int, "imageWidth": int}.items() == {
        name: type(value) for name, value in content.items() if name not in ("shapes", "imageData")
    }.items()
    assert content["imageData"] is None
    for shape in content["shapes"]:
        assert isinstance(shape["label"], str)
        assert shape["points"]
        assert all(len(point) == 2 and all(isinstance(value, float) for value in point) for point in shape["points"])
        assert isinstance(shape["group_id"], int)
        assert shape["shape_type"] in ("polygon", "mask")
        assert (shape["mask"] is None) == (shape["shape_type"] == "polygon")
    assert (labelme_pixels(content, (area.shape[0], area.shape[1])) == area).all()
    assert {shape["label"] for shape in content["shapes"]} <= {subspace.name for subspace in result.subspaces}
    assert len({shape["group_id"] for shape in content["shapes"]}) == len(regions)


def test_names_that_a_person_gave_are_written() -> None:
    result = result_of_map(STAIR, 8)
    regions, area = result.judged_regions(HALF)
    found = FoundRegions(result, regions, area, names=("Riss", "Fleck"))
    assert {shape["label"] for shape in labelme_file("a", found)["shapes"]} == {"Riss"}
    assert [one["name"] for one in coco_file("a", found)["categories"]] == ["Riss", "Fleck"]


def test_a_damaged_file_costs_itself_alone(tmp_path: Path) -> None:
    result = result_of_map(STAIR, 8)
    regions, area = result.judged_regions(HALF)
    good = coco_file("a.png", FoundRegions(result, regions, area))
    damages: list[Any] = [{}, [], {**good, "images": 3}, {**good, "annotations": [1]}, {**good, "images": [[]]}]
    damages.append({**good, "annotations": [{"score": float("nan")}]})
    files = []
    for place, content in enumerate([good, *damages, good]):
        files.append(tmp_path / f"{place}.json")
        files[-1].write_text(json.dumps(content), "utf-8")
    assert merge_coco(files, tmp_path / "all.json") == 2
    whole = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert [one["image_id"] for one in whole["annotations"]] == [1] * len(regions) + [2] * len(regions)
    assert len({one["id"] for one in whole["annotations"]}) == 2 * len(regions)


def test_nothing_is_left_of_a_file_that_was_not_finished(tmp_path: Path) -> None:
    with CocoWriter(tmp_path / "coco.json"):
        pass
    assert not list(tmp_path.iterdir())
