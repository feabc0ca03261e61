"""Regions as files that annotation tools go on with: COCO, and LabelMe beside each picture.

Outlines run along the edges of pixels, so that a region has exactly the pixels that it was found with. A region with
holes, which polygons can't have, is a run-length mask in COCO, and a picture of its mask in LabelMe.
"""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from tokenclip_core.files import write_atomically
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.judgement.findings import Region
from tokenclip_core.output.pending_text import PendingText
from tokenclip_core.small_files import read_small_json

LABELME_VERSION = "5.4.1"
"""Version of LabelMe whose format is written; later versions read it, too."""

MOST_BYTES = 2**26
"""Bytes of the largest COCO file of one picture that is read back."""

_SCALE = 2
"""How many times masks are enlarged before their outlines are taken, so that both edges of a pixel are told apart."""

BoolArray = npt.NDArray[np.bool_]
Polygon = list[tuple[int, int]]


def outlines(mask: BoolArray) -> tuple[list[Polygon], bool]:
    """The outer outlines of a mask along the edges of its pixels, and whether there are holes in it.

    Args:
        mask: (H, W) bool.

    Returns:
        Corners (x, y) of each outline in pixels from the upper left corner, and the answer.
    """
    large = np.asarray(np.kron(mask.astype(np.uint8), np.ones((_SCALE, _SCALE), np.uint8)), np.uint8)
    found, parents = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    outer: list[Polygon] = []
    holes = False
    for place, contour in enumerate(found):
        if parents[0][place][3] >= 0:
            holes = True
            continue
        # From middles of enlarged pixels to the nearest edge of a pixel.
        corners = np.rint((contour[:, 0, :] + 0.5) / _SCALE).astype(int).tolist()
        outer.append(_without_repeats([(x, y) for x, y in corners]))
    return outer, holes


def region_masks(area: BoolArray, regions: Sequence[Region]) -> list[tuple[Region, BoolArray]]:
    """Each region with its own (height, width) bool pixels within its box.

    Args:
        area: (H, W) bool, what the regions cover together.
        regions: of the same map.
    """
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(area.astype(np.uint8), connectivity=8)
    # No two have one box: what reaches all four sides cuts the box for every other.
    by_box = {tuple(int(value) for value in boxes[label]): label for label in range(1, count)}
    masks = []
    for region in regions:
        label = by_box.get((region.x, region.y, region.width, region.height, region.area_px))
        if label is not None:
            box = labels[region.y : region.y + region.height, region.x : region.x + region.width]
            masks.append((region, np.asarray(box == label)))
    return masks


@dataclass(frozen=True, eq=False)
class FoundRegions:
    """What was found on a picture.

    Attributes:
        result: of the picture.
        regions: that were found.
        area: (H, W) bool, what they cover together.
        names: of the subspaces, in place of the result's own.
    """

    result: InspectionResult
    regions: Sequence[Region]
    area: BoolArray
    names: Sequence[str] | None = None

    @property
    def called(self) -> list[str]:
        """Names of the subspaces."""
        return [one.name for one in self.result.subspaces] if self.names is None else list(self.names)

    def subspace(self, region: Region) -> int:
        """Index of the subspace that a region comes from most."""
        return int(np.argmax(self.result.subspace_shares(region)))


def labelme_file(picture: str, found: FoundRegions) -> dict[str, Any]:
    """What LabelMe reads beside a picture: a shape for each region, named by the subspace that it comes from most.

    Args:
        picture: path of the picture, as seen from the file's folder; see `seen_from`.
        found: on the picture.
    """
    shapes = []
    for number, (region, mask) in enumerate(region_masks(found.area, found.regions)):
        polygons, holes = outlines(mask)
        known = {
            "label": found.called[found.subspace(region)],
            "group_id": number,
            "description": f"peak {region.peak:.4f}",
            "flags": {},
        }
        if holes:
            # Both corners belong to the box.
            far = [float(region.x + region.width - 1), float(region.y + region.height - 1)]
            box = [[float(region.x), float(region.y)], far]
            shapes.append({**known, "points": box, "shape_type": "mask", "mask": _picture_of(mask)})
            continue
        for corners in polygons:
            points = [[float(x + region.x), float(y + region.y)] for x, y in corners]
            shapes.append({**known, "points": points, "shape_type": "polygon", "mask": None})
    return {
        "version": LABELME_VERSION,
        "flags": {},
        "shapes": shapes,
        "imagePath": picture,
        "imageData": None,
        "imageHeight": found.result.height,
        "imageWidth": found.result.width,
    }


def coco_file(picture: str, found: FoundRegions) -> dict[str, Any]:
    """A COCO data set of one picture; arguments as of `labelme_file`. The categories are the subspaces, from 1."""
    annotations = []
    height, width = found.result.height, found.result.width
    for number, (region, mask) in enumerate(region_masks(found.area, found.regions), start=1):
        annotations.append(
            {
                "id": number,
                "image_id": 1,
                "category_id": found.subspace(region) + 1,
                "bbox": [region.x, region.y, region.width, region.height],
                "area": region.area_px,
                "iscrowd": 0,
                "score": region.peak,
                "segmentation": _segmentation(mask, region, (height, width)),
            }
        )
    return {
        "images": [{"id": 1, "file_name": picture, "width": width, "height": height}],
        "annotations": annotations,
        "categories": [
            {"id": number, "name": name, "supercategory": "defect"} for number, name in enumerate(found.called, start=1)
        ],
    }


def seen_from(folder: Path, picture: Path) -> str:
    """A picture's path as seen from a folder, with slashes; absolute where no way leads there."""
    try:
        return Path(os.path.relpath(picture, folder)).as_posix()
    except ValueError:
        return picture.absolute().as_posix()


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """Write such a file, whole or not at all.

    Raises:
        OSError: it can't be written.
    """
    write_atomically(file, json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace"))


class CocoWriter(PendingText):
    """Puts COCO files of single pictures into one; a context manager that leaves nothing unless `finish` was called.

    Annotations go straight into the file: nothing grows with the number of pictures but the list of them.

    Attributes:
        count: pictures so far.
    """

    def __init__(self, path: Path) -> None:
        """Begin.

        Raises:
            OSError: the file can't be written.
        """
        super().__init__(path)
        self._images: list[dict[str, Any]] = []
        self._categories: list[Any] = []
        self._annotations = 0
        self.write('{"annotations": [')

    @property
    def count(self) -> int:
        """Pictures so far."""
        return len(self._images)

    def add(self, content: Mapping[str, Any]) -> None:
        """Append the picture of a file, see `coco_file`.

        Raises:
            ValueError, KeyError, TypeError: it is no such file; nothing was written.
            OSError: the disk is full or gone.
        """
        (image,) = content["images"]
        whole = {**image, "id": len(self._images) + 1}
        lines = [
            json.dumps(
                {**annotation, "id": self._annotations + place, "image_id": whole["id"]},
                ensure_ascii=False,
                allow_nan=False,
            )
            for place, annotation in enumerate(content["annotations"], start=1)
        ]
        categories = list(content["categories"])
        self._categories = self._categories or categories
        for line in lines:
            self.write((",\n" if self._annotations else "\n") + line)
            self._annotations += 1
        self._images.append(whole)

    def finish(self) -> None:
        """Put the file in its place, over an earlier one.

        Raises:
            OSError: the disk is full or gone.
        """
        rest = json.dumps({"images": self._images, "categories": self._categories}, ensure_ascii=False)
        self.write("],\n" + rest[1:] + "\n")
        self.commit()


def merge_coco(files: Iterable[Path], target: Path) -> int:
    """Put COCO files of single pictures into one, in their order; says how many pictures it has.

    What can't be read is left out.

    Raises:
        OSError: the file can't be written.
    """
    with CocoWriter(target) as writer:
        for file in files:
            try:
                content = read_small_json(file, MOST_BYTES)
            except (OSError, ValueError):
                continue
            try:
                writer.add(content)
            except (ValueError, KeyError, TypeError):
                continue
        writer.finish()
        return writer.count


def _segmentation(mask: BoolArray, region: Region, size: tuple[int, int]) -> Any:
    polygons, holes = outlines(mask)
    if not holes:
        return [[float(value) for x, y in corners for value in (x + region.x, y + region.y)] for corners in polygons]
    whole = np.zeros(size, np.uint8)
    whole[region.y : region.y + region.height, region.x : region.x + region.width] = mask
    # COCO counts down the columns, beginning with what is not marked.
    flat = np.concatenate([[0], whole.T.reshape(-1), [2]])
    edges = np.flatnonzero(np.diff(flat)).tolist()
    counts = np.diff([0, *edges]).tolist()
    return {"counts": counts, "size": list(size)}


def _picture_of(mask: BoolArray) -> str:
    """A mask as the base64 of a PNG."""
    stream = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8) * 255).save(stream, format="PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")


def _without_repeats(corners: Polygon) -> Polygon:
    kept = [corner for place, corner in enumerate(corners) if corner != corners[place - 1]]
    return kept or corners
