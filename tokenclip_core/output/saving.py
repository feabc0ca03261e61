"""What a run writes of each part beside its row: pictures, and regions for annotation tools."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy.typing as npt

from tokenclip_core.errors import ImageError, SettingsError
from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.judgement.findings import Region
from tokenclip_core.output import pictures
from tokenclip_core.output.annotations import FoundRegions, coco_file, labelme_file, merge_coco, seen_from, write_json

COCO, LABELME = "coco", "labelme"
COCO_NAME = "coco.json"

# Errors of a file system about one name; other files can still be written.
_OF_ONE_NAME = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ENOTDIR, errno.EISDIR})


@dataclass(frozen=True)
class Saved:
    """A part that something is written of.

    Attributes:
        path: as its row says.
        place: of its pictures below the folder of their kind, ending in ``.png``; unlike that of any other part.
        file: the image file; None for a frame.
    """

    path: str
    place: PurePosixPath
    file: Path | None = None


class Saving:
    """Writes what was asked for of each part, before its row: where there is a row, its files are there."""

    def __init__(self, folder: Path, kinds: Sequence[str], *, advice: str = "make room and add --resume") -> None:
        """Begin.

        Args:
            folder: of the run.
            kinds: ``overlays``, ``maps``, ``subspaces``, ``coco`` and ``labelme``, each a folder of that name.
            advice: what a person does when the disk is full.
        """
        self._folder, self._kinds, self._advice = folder, kinds, advice
        self._of_coco: list[Path] = []

    def save(
        self,
        part: Saved,
        image: RgbImage,
        result: InspectionResult,
        regions: Sequence[Region],
        area: npt.NDArray[Any] | None,
        names: Sequence[str] | None = None,
    ) -> None:
        """Write what was asked for of a part.

        Args:
            part: where it goes.
            image: (H, W, 3) uint8, its pixels.
            result: of the same part.
            regions: that were found.
            area: (H, W) bool, what they cover, or None where nothing was judged; then there are no regions to write.
            names: of the subspaces, in place of the result's own.

        Raises:
            ImageError: no file can be called like this part.
            SettingsError: nothing can be written any more.
        """
        draw: dict[str, Callable[[], npt.NDArray[Any]]] = {
            "overlays": lambda: pictures.overlay_picture(image, result, area),
            "maps": lambda: pictures.map_picture(result),
            "subspaces": lambda: pictures.subspace_picture(image, result),
        }
        for kind in self._kinds:
            path = self._path(kind, part)
            try:
                if kind in draw:
                    pictures.save_picture(path, draw[kind]())
                elif area is not None and kind == COCO:
                    write_json(path, coco_file(part.path, FoundRegions(result, regions, area, names)))
                elif area is not None and kind == LABELME:
                    seen = seen_from(path.parent, _picture(part, image, path))
                    write_json(path, labelme_file(seen, FoundRegions(result, regions, area, names)))
            except (OSError, ValueError) as error:
                if isinstance(error, ValueError) or error.errno in _OF_ONE_NAME:
                    reason = " ".join(str(error).split())
                    raise ImageError(
                        f"{part.path}: {kind} cannot be saved under its name ({reason}); rename it"
                    ) from error
                raise SettingsError(f"{path} cannot be written ({error.strerror}); {self._advice}") from error

    def count(self, part: Saved) -> None:
        """A part has its row, and with it what was written of it, now or by the run that is resumed."""
        if COCO in self._kinds:
            self._of_coco.append(self._path(COCO, part))

    def finish(self) -> int:
        """Put the regions of all counted parts into one file.

        Returns:
            How many parts it lacks, since their own files are missing, damaged or too large.

        Raises:
            SettingsError: it can't be written.
        """
        if COCO not in self._kinds:
            return 0
        target = self._folder / COCO_NAME
        try:
            return len(self._of_coco) - merge_coco(self._of_coco, target)
        except OSError as error:
            raise SettingsError(f"{target} cannot be written ({error.strerror}); {self._advice}") from error

    def _path(self, kind: str, part: Saved) -> Path:
        place = self._folder / kind / part.place
        return place.with_suffix(".json") if kind in (COCO, LABELME) else place


def _picture(part: Saved, image: RgbImage, path: Path) -> Path:
    """The picture of a part that a tool can open; of a frame or a page it is written beside the file of its regions."""
    if part.file is not None and part.file.is_file():
        return part.file
    place = path.with_suffix(".png")
    pictures.save_picture(place, image)
    return place
