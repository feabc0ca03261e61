"""The list of parts as Qt sees it: rows in the chosen order, thumbnails asked for when they are painted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QImage
from typing_extensions import override

from app.parts.groups import FolderGroups, Group, Heading
from app.parts.labels import PartLabels, folder_of
from app.parts.order import VERDICT_ORDER, arranged, rows_of, verdict_places
from app.parts.state import Part, SortBy, Verdict, score_words
from app.result.verdict_words import part_words
from app.review.filter import ANY_DECISION, DecisionFilter
from app.review.model import Review, review_key
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.lru import LruCache

THUMBNAIL_BYTES = 48 * 2**20

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
PART_ROLE = Qt.ItemDataRole.UserRole + 1
VERDICT_ROLE = Qt.ItemDataRole.UserRole + 2
LABEL_ROLE = Qt.ItemDataRole.UserRole + 3
HEADING_ROLE = Qt.ItemDataRole.UserRole + 4
REVIEW_ROLE = Qt.ItemDataRole.UserRole + 21


class PartsModel(QAbstractListModel):
    """A filtered and sorted view of the session's parts; rows are not parts: `part_at` and `row_of` translate.

    Signals:
        thumbnail_wanted: (path) of a row that is painted and has no thumbnail yet.
    """

    thumbnail_wanted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts: list[Part] = []
        self._order: list[int] = []
        self._rows: list[int] = []
        self._folded: list[str] = []
        self._labels = PartLabels()
        self._groups = FolderGroups()
        self._begun: dict[int, Group] = {}
        self._headings: dict[int, Heading] = {}
        self._thumbnails: LruCache[str, QImage] = LruCache(THUMBNAIL_BYTES)
        self._asked: set[str] = set()
        self._text = self._folder = ""
        self._verdicts: tuple[Verdict, ...] = tuple(Verdict)
        self._decisions = ANY_DECISION
        self._only: frozenset[int] | None = None
        self._sort_by = SortBy.NAME
        self._judgement = Judgement()
        self._reviews: Mapping[str, Review] = {}

    @override
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._order)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        part = self._parts[self._order[index.row()]]
        if role == PART_ROLE:
            return part
        if role == LABEL_ROLE:
            return self._labels.of(part.path)
        if role == HEADING_ROLE:
            return self._heading(index.row())
        if role == REVIEW_ROLE:
            return self._reviews.get(review_key(part.path)) if self._reviews else None
        if role == VERDICT_ROLE:
            return part.verdict(self._judgement)
        if role == Qt.ItemDataRole.DisplayRole:
            return part.name
        if role == Qt.ItemDataRole.ToolTipRole:
            gone = self.tr("The file was removed or renamed; what was said of it stays.") if part.gone else ""
            return "\n".join(filter(None, (part.path, part.error or gone)))
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(part.path)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            score = "" if part.score is None else f" {score_words(part.score)}"
            return f"{part.name} {part_words(part, part.verdict(self._judgement))}{score}"
        return None

    def set_reviews(self, reviews: Mapping[str, Review]) -> None:
        """Show what reviewers say, by absolute path; the mapping may change later."""
        self._reviews = reviews

    def set_parts(self, parts: list[Part]) -> None:
        """Show other parts."""
        self.beginResetModel()
        self._parts, self._only = parts, None
        self._folded = [part.path.casefold() for part in parts]
        self._labels = PartLabels(part.path for part in parts)
        self._groups = FolderGroups(part.path for part in parts)
        self._thumbnails.clear()
        self._asked.clear()
        self._arrange()
        self.endResetModel()

    def parts_added(self, first: int) -> None:
        """The parts from index `first` on are new."""
        self._folded.extend(part.path.casefold() for part in self._parts[first:])
        self._labels.add(part.path for part in self._parts[first:])
        self._groups.add(part.path for part in self._parts[first:])
        if self._sort_by is not SortBy.NAME:
            self.rearrange()
            return
        added, start = self._arranged(range(first, len(self._parts))), len(self._order)
        self._rows.extend([-1] * (len(self._parts) - first))
        if added:
            self.beginInsertRows(QModelIndex(), start, start + len(added) - 1)
            self._order.extend(added)
            for row, number in enumerate(added, start):
                self._rows[number] = row
            self._begin_groups()
            self.endInsertRows()

    def part_changed(self, number: int) -> None:
        """A part has another score or error: repaint its row; `rearrange` follows when the order may change."""
        row = self.row_of(number)
        if row is not None:
            index = self.index(row)
            self.dataChanged.emit(index, index)

    def set_thumbnail(self, path: str, image: QImage) -> None:
        """A thumbnail was made; its row is repainted by the view's next update."""
        self._asked.discard(path)
        self._thumbnails.put(path, image, image.sizeInBytes())

    def thumbnail_missed(self, path: str) -> None:
        """A thumbnail was asked for and dropped: ask again when the row is painted again."""
        self._asked.discard(path)

    def thumbnail(self, number: int) -> QImage | None:
        """A part's thumbnail, if it is made already."""
        return self._thumbnails.get(self._parts[number].path)

    def forget_thumbnail(self, path: str) -> None:
        """Forget a part's thumbnail, because its file may have changed."""
        self._asked.discard(path)
        self._thumbnails.discard(path)

    @property
    def depends_on_scores(self) -> bool:
        """Whether a new score may move or hide a row."""
        judged = len(self._verdicts) < len(Verdict) or self._decisions.differing
        return self._sort_by is not SortBy.NAME or judged

    @property
    def depends_on_reviews(self) -> bool:
        """Whether a review may hide or show a row."""
        return self._decisions is not ANY_DECISION

    def set_filter(self, text: str, verdicts: Sequence[Verdict], decisions: DecisionFilter = ANY_DECISION) -> None:
        """Show only parts whose path contains all words of `text`, with one of `verdicts` and such a decision."""
        self._text, self._verdicts, self._decisions = text.casefold().strip(), tuple(verdicts), decisions
        self.rearrange()

    def set_folder(self, folder: str) -> None:
        """Show only parts right in a folder, of those that pass the filter; "" for all. `set_filter` follows."""
        self._folder = folder

    def verdict_counts(self) -> Mapping[Verdict, int]:
        """How many parts there are of each verdict, filtered out or not."""
        places = np.bincount(verdict_places(self._parts, self._judgement), minlength=len(VERDICT_ORDER))
        return dict(zip(VERDICT_ORDER, places.tolist(), strict=True))

    def decided_count(self, decisions: DecisionFilter) -> int:
        """How many parts have such a decision, filtered out or not."""
        return len(decisions.passing(self._parts, range(len(self._parts)), self._judgement, self._reviews))

    def set_only(self, numbers: frozenset[int] | None) -> None:
        """Show only these parts, of those that pass the filter; None for all."""
        if numbers != self._only:
            self._only = numbers
            self.rearrange()

    def set_sort(self, sort_by: SortBy) -> None:
        """Order the rows."""
        self._sort_by = sort_by
        self.rearrange()

    def set_judgement(self, judgement: Judgement) -> None:
        """Judge all parts anew."""
        self._judgement = judgement
        if self.depends_on_scores:
            self.rearrange()
        elif self._order:
            self.count_groups()
            self.dataChanged.emit(self.index(0), self.index(len(self._order) - 1))

    def rearrange(self) -> None:
        """Filter and sort again; the selection stays with its part."""
        self.layoutAboutToBeChanged.emit()
        kept = [(index, self._order[index.row()]) for index in self.persistentIndexList()]
        self._arrange()
        for index, number in kept:
            row = self.row_of(number)
            self.changePersistentIndex(index, QModelIndex() if row is None else self.index(row))
        self.layoutChanged.emit()

    @property
    def order(self) -> Sequence[int]:
        """The parts' indices row by row; not to be changed."""
        return self._order

    def part_at(self, row: int) -> int:
        """The part's index of a row."""
        return self._order[row]

    def row_of(self, number: int) -> int | None:
        """The row of a part's index; None if it is filtered out."""
        row = self._rows[number] if number < len(self._rows) else -1
        return None if row < 0 else row

    def _thumbnail(self, path: str) -> QImage | None:
        image = self._thumbnails.get(path)
        if image is None and path not in self._asked:
            self._asked.add(path)
            self.thumbnail_wanted.emit(path)
        return image

    def _arranged(self, numbers: Sequence[int]) -> list[int]:
        """Those of the parts that pass the filter, in their order."""
        folded, kept = self._folded, numbers
        if self._only is not None:
            kept = [number for number in kept if number in self._only]
        if self._folder:
            kept = [number for number in kept if folder_of(self._parts[number].path) == self._folder]
        for word in self._text.split():
            kept = [number for number in kept if word in folded[number]]
        if self._decisions is not ANY_DECISION:
            kept = self._decisions.passing(self._parts, kept, self._judgement, self._reviews)
        return arranged(self._parts, kept, self._verdicts, self._sort_by, self._judgement)

    def _arrange(self) -> None:
        self._order = self._arranged(range(len(self._parts)))
        self._rows = rows_of(self._order, len(self._parts))
        self._begin_groups()

    @property
    def headings(self) -> Mapping[int, Heading]:
        """The headings of all groups, by the row that each begins with."""
        return {row: heading for row in self._begun if (heading := self._heading(row)) is not None}

    @property
    def heading_rows(self) -> AbstractSet[int]:
        """The rows that begin a group; not to be changed."""
        return self._begun.keys()

    def count_groups(self) -> None:
        """Count groups by what is known now, each when it is seen next: of many, only a few are."""
        self._headings.clear()

    def _begin_groups(self) -> None:
        """Find out where groups begin; where scores order the list, there are none."""
        by_name = self._sort_by is SortBy.NAME
        self._begun = self._groups.groups(self._order) if by_name and self._groups.useful else {}
        self.count_groups()

    def _heading(self, row: int) -> Heading | None:
        group = self._begun.get(row)
        if group is not None and row not in self._headings:
            parts = [self._parts[number] for number in self._order[group.first : group.end]]
            counts = np.bincount(verdict_places(parts, self._judgement), minlength=len(VERDICT_ORDER))
            unknown, defect = (VERDICT_ORDER.index(verdict) for verdict in (Verdict.UNKNOWN, Verdict.DEFECT))
            self._headings[row] = Heading(
                group.label, len(parts), len(parts) - int(counts[unknown]), int(counts[defect])
            )
        return self._headings.get(row)
