"""What is written beside a report: table, JSON lines, and regions for annotation tools."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from app.report.model import KnownPart, ReportOrder
from app.review.model import NO_REVIEW, Review, review_key
from tokenclip_core.files import free_place, replacing
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.table import TableWriter, open_table

if TYPE_CHECKING:
    from tokenclip_core.inspection.result import InspectionResult

_ROWS = 500
"""Rows that are written between two looks at the clock."""


class ReportRows:
    """The rows of all parts of an order; what was inspected again has its regions."""

    def __init__(self, order: ReportOrder) -> None:
        self._order = order
        self._found: dict[str, ResultRow] = {}
        self._failed: dict[str, str] = {}

    def take(self, path: str, row: ResultRow) -> None:
        """Take the regions of a part that was inspected again."""
        self._found[path] = row

    def fail(self, path: str, error: str) -> None:
        """Note why something of a part can't be written, in words."""
        self._failed[path] = error

    def write_table(self, place: Path) -> Iterator[None]:
        """All parts in the list's order as CSV; yields now and then.

        Raises:
            OSError: it can't be written.
        """
        with replacing(place) as partial, open_table(partial) as stream:
            writer = TableWriter(stream, list(self._cells(KnownPart("", None, None))))
            for number, part in enumerate(self._order.parts):
                writer.write(self._cells(part))
                if number % _ROWS == _ROWS - 1:
                    yield

    def write_lines(self, place: Path) -> Iterator[None]:
        """The same as JSON lines, as `inspect` writes them.

        Raises:
            OSError: it can't be written.
        """
        with replacing(place) as partial, partial.open("w", encoding="utf-8", newline="\n") as stream:
            for number, part in enumerate(self._order.parts):
                stream.write(self._row(part).to_json() + "\n")
                if number % _ROWS == _ROWS - 1:
                    yield

    def is_defect(self, part: KnownPart) -> bool:
        """The verdict by the order's judgement."""
        return part.scores is not None and self._order.judgement.verdict(part.scores) == "defect"

    def review(self, part: KnownPart) -> Review:
        """What is said of a part now."""
        return self._order.reviews.get(review_key(part.path), NO_REVIEW)

    def _row(self, part: KnownPart) -> ResultRow:
        order = self._order
        return replace(
            self._found.get(part.path) or ResultRow(part.path),
            score=part.score,
            threshold=order.judgement.threshold,
            verdict=None if part.score is None else "defect" if self.is_defect(part) else "good",
            model=order.model.name,
            checkpoint=order.model.checkpoint or None,
            error=part.error or self._failed.get(part.path),
        )

    def _cells(self, part: KnownPart) -> Mapping[str, object]:
        """A part's row as every table has it, and behind it what the reviewer says."""
        review = self.review(part)
        alone = part.path not in self._found and part.score is not None
        return {**self._row(part).flat(score_alone=alone), "decision": review.decision.value, "note": review.note}


class RegionFiles:
    """The regions of all parts as COCO and LabelMe files, in a folder of their own beside the report."""

    def __init__(self, order: ReportOrder, parts: Sequence[KnownPart]) -> None:
        """Begin with these parts."""
        from tokenclip_core.output.saving import COCO, LABELME, Saving

        kinds = [kind for kind, wanted in ((COCO, order.choice.coco), (LABELME, order.choice.labelme)) if wanted]
        # What lies in an earlier one may have been corrected in an annotation tool.
        self.folder = free_place(order.target.with_name(f"{order.target.stem} regions"))
        self._order, self._kinds = order, kinds
        self._saving = Saving(self.folder, kinds, advice="make room")
        self._places = _places([part.path for part in parts])

    @property
    def names(self) -> tuple[str, ...]:
        """What a person is told of them."""
        from tokenclip_core.output.saving import COCO, COCO_NAME, LABELME

        names = {COCO: COCO_NAME, LABELME: LABELME}
        return tuple(f"{self.folder.name}/{names[kind]}" for kind in self._kinds)

    def take(self, path: str, image: Any, result: InspectionResult, regions: Any, area: Any) -> None:
        """Write the regions of a part; arguments as of `Saving.save`.

        Raises:
            TokenClipError: they can't be written.
        """
        from tokenclip_core.output.saving import Saved

        if self._kinds:
            part = Saved(path, self._places[path], Path(path))
            names = [self._order.adjustments.written(subspace.name) for subspace in result.subspaces]
            self._saving.save(part, image, result, regions, area, names)
            self._saving.count(part)

    def finish(self) -> None:
        """Put all into one file, where that is asked for.

        Raises:
            SettingsError: it can't be written.
        """
        self._saving.finish()


def _places(paths: Sequence[str]) -> dict[str, PurePosixPath]:
    """Where the files of each part go: by its path below the folder of all, with its suffix where another has that."""
    files = [Path(path).absolute() for path in paths]
    folders = {str(file.parent) for file in files}
    try:
        root = os.path.commonpath(folders) if folders else ""
        names = [file.relative_to(root).as_posix() for file in files]
    except ValueError:
        # On several drives there is no folder of all.
        names = [file.as_posix().replace(":", "").lstrip("/") for file in files]
    short = [str(PurePosixPath(name).with_suffix("")) for name in names]
    taken = Counter(name.casefold() for name in short)
    return {
        path: PurePosixPath(f"{name if taken[stem.casefold()] > 1 else stem}.png")
        for path, name, stem in zip(paths, names, short, strict=True)
    }
