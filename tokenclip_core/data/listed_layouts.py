"""Labelled sets that a file lists: VisA's table, and Real-IAD's JSON files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

from tokenclip_core.data.folder_layouts import subfolders
from tokenclip_core.data.samples import GOOD, LabelledSet, Sample, Split, masked_sample
from tokenclip_core.data.tables import Table, read_table, relative_path
from tokenclip_core.errors import DataLayoutError
from tokenclip_core.images.names import is_defective, is_good
from tokenclip_core.languages import Phrase

VISA_COLUMNS = ("object", "split", "label", "image", "mask")
"""Columns that the table of VisA has, among others."""

_ANOMALY = "anomaly"
_SPLITS = frozenset({"train", "test"})
_LABELS = {"0": True, "1": False}
_MOST_BYTES = 2**28
_JSON_KEYS = ("meta", "train", "test")
_JSON_DEPTH = 3


def fits_visa(root: Path) -> bool:
    """Whether there is a table with VisA's columns."""
    file = visa_table(root)
    return file is not None and read_table(file, "image", root).has(VISA_COLUMNS)


def read_visa(root: Path, split: Split) -> LabelledSet:
    """Read VisA: a table whose paths begin at the data set's folder."""
    found = LabelledSet()
    file = visa_table(root)
    if file is None:
        return found
    table = read_table(file, "image", root)
    others: Counter[str] = Counter()
    for number, row in table.rows:
        good = None if row is None else _is_good(row["label"])
        if row is None or good is None:
            raise DataLayoutError(
                f"{file}, line {number}: expected {', '.join(VISA_COLUMNS)}, with normal or anomaly as the label"
            )
        if row["split"].casefold() != split:
            others[row["split"].casefold()] += 1
            continue
        image = root / relative_path(row["image"])
        if good:
            found.samples.append(Sample(image, None, 0, row["object"], GOOD))
        else:
            masks = [root / relative_path(row["mask"])] if row["mask"] else []
            found.samples.append(masked_sample(image, masks, row["object"], _ANOMALY))
    unknown = {name: count for name, count in others.items() if name not in _SPLITS}
    if unknown:
        words = ", ".join(f"{name} {count}" for name, count in sorted(unknown.items()))
        found.notes.append(
            Phrase("{file}: rows of other splits than train and test left out: {rows}", file=file, rows=words)
        )
    return found


def visa_table(root: Path) -> Path | None:
    """The table of a data set: split_csv/1cls.csv, or the only CSV file in its folder."""
    preferred = root / "split_csv" / "1cls.csv"
    if preferred.is_file():
        return preferred
    tables = [path for path in root.iterdir() if path.suffix.lower() == ".csv" and not path.name.startswith(".")]
    return tables[0] if len(tables) == 1 else None


def columns_found(root: Path) -> str:
    """What a table has in place of VisA's columns, in words; nothing without a table, or where it has them."""
    file = visa_table(root)
    if file is None:
        return ""
    table: Table = read_table(file, "image", root)
    if table.has(VISA_COLUMNS):
        return ""
    return f"; {file.relative_to(root)} has the columns {', '.join(table.columns) or 'of an empty table'}"


def fits_real_iad(root: Path) -> bool:
    """Whether there is a JSON file with the keys of Real-IAD."""
    return any(True for _ in _json_lists(root))


def read_real_iad(root: Path, split: Split) -> LabelledSet:
    """Read Real-IAD: for each category a JSON file, whose paths begin at the category's folder."""
    found = LabelledSet()
    for file, content in _json_lists(root):
        meta = content["meta"] if isinstance(content["meta"], dict) else {}
        normal = str(meta.get("normal_class", "OK"))
        entries = content[split]
        if not isinstance(entries, list):
            raise DataLayoutError(f"{file}: {split} is no list; download the file again")
        base: Path | None = None
        for number, entry in enumerate(entries):
            image, kind, category = (_text(entry, key) for key in ("image_path", "anomaly_class", "category"))
            if image is None or kind is None:
                raise DataLayoutError(f"{file}: entry {number} of {split} lacks image_path or anomaly_class")
            category = category or file.stem
            base = base or _base(root, str(meta.get("prefix", "")), category, image)
            if kind == normal:
                found.samples.append(Sample(base / relative_path(image), None, 0, category, GOOD))
            else:
                mask = _text(entry, "mask_path")
                masks = [base / relative_path(mask)] if mask else []
                found.samples.append(masked_sample(base / relative_path(image), masks, category, kind))
    return found


def _is_good(label: str) -> bool | None:
    """What a label of a table means; None for one that is not known."""
    if label in _LABELS:
        return _LABELS[label]
    return True if is_good(label) else False if is_defective(label) else None


def _text(entry: Any, key: str) -> str | None:
    value = entry.get(key) if isinstance(entry, dict) else None
    return value if isinstance(value, str) and value else None


def _json_lists(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in _json_files(root, _JSON_DEPTH):
        try:
            if file.stat().st_size > _MOST_BYTES:
                continue
            content = json.loads(file.read_text("utf-8-sig"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(content, dict) and all(key in content for key in _JSON_KEYS):
            yield file, content


def _json_files(folder: Path, depth: int) -> Iterator[Path]:
    """JSON files in folders that are named after them, or right in the data set's folder."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".json" and path.is_file())
    yield from files
    if depth > 1:
        for below in subfolders(folder):
            if "json" in below.name.lower():
                yield from _json_files(below, depth - 1)


def _base(root: Path, prefix: str, category: str, image: str) -> Path:
    """Where the paths of a category begin: in its folder, below the data set's or one named after its resolution."""
    places = [root, *(folder for folder in subfolders(root) if "json" not in folder.name.lower())]
    names = dict.fromkeys((PurePath(prefix.strip("/\\") or "."), PurePath(category), PurePath()))
    for place in places:
        for name in names:
            if (place / name / relative_path(image)).is_file():
                return place / name
    return root / category
