"""`evaluate`: the benchmark table of a model on a data set, per category, per kind of defect, and the mean."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenclip_core.commands.command import Command, ExitCode
from tokenclip_core.commands.options import add_model_options, load_inspector, result_settings
from tokenclip_core.commands.progress import Progress
from tokenclip_core.commands.versions import versions
from tokenclip_core.errors import DataLayoutError, ImageError, SettingsError

if TYPE_CHECKING:
    from tokenclip_core.data.layouts import Sample
    from tokenclip_core.inspector import Inspector
    from tokenclip_core.metrics import Metrics, PixelScores

REPORT_NAME = "evaluation"
"""The reports are `evaluation.json`, `.csv` and `.md`."""

_LAYOUTS = ("auto", "mvtec", "visa", "folder")
_EXAMPLES = (
    ("tokenclip evaluate --data mvtec", "every category of a data set in the layout of MVTec AD"),
    ("tokenclip evaluate --data mvtec --category tile --out report", "one category; JSON, CSV and Markdown in report/"),
    ("tokenclip evaluate --data VisA --layout visa --split test", "VisA, by its table"),
    ("tokenclip samples parts --count 200 && tokenclip evaluate --data parts", "on made-up parts"),
)
# Columns of the table: the metric, its short name for the Markdown.
_COLUMNS = {
    "image_auroc": "image AUROC",
    "image_ap": "image AP",
    "image_f1max": "image F1-max",
    "pixel_auroc": "pixel AUROC",
    "aupro": "AUPRO",
    "pixel_ap": "pixel AP",
}
_ALL = "all"


def _add_arguments(parser: ArgumentParser) -> None:
    data = parser.add_argument_group("data")
    data.add_argument("--data", type=Path, required=True, metavar="ROOT", help="folder of the data set")
    data.add_argument("--layout", choices=_LAYOUTS, default="auto", help="how it is laid out (default: auto)")
    data.add_argument("--split", choices=("test", "train"), default="test", help="which part of it (default: test)")
    data.add_argument("--category", action="append", metavar="NAME", help="only this category; may be repeated")
    add_model_options(parser)
    output = parser.add_argument_group("output")
    output.add_argument("--out", type=Path, metavar="DIR", help="write evaluation.json, .csv and .md there")
    output.add_argument("--json", action="store_true", help="print JSON instead of the Markdown table")


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        category: the kind of part; "mean" for the mean over categories.
        kind: the kind of defect against all good parts; "all" for all kinds together.
        good: how many good parts.
        defective: how many defective parts.
        metrics: by name; None where undefined.
        note: why some are undefined.
    """

    category: str
    kind: str
    good: int
    defective: int
    metrics: Metrics
    note: str | None = None

    def flat(self) -> dict[str, Any]:
        """Return the line as one record."""
        numbers = {name: self.metrics.get(name) for name in _COLUMNS}
        counts = {"good": self.good, "defective": self.defective}
        return {"category": self.category, "kind": self.kind, **counts, **numbers, "note": self.note}


@dataclass
class _Kind:
    """What is collected of one kind of defect, or of the good parts."""

    pixels: PixelScores
    scores: list[float] = field(default_factory=list)
    missing_masks: int = 0


def _run(arguments: Namespace) -> int:
    from tokenclip_core.data.layouts import load_layout
    from tokenclip_core.metrics import mean_metrics

    samples = load_layout(arguments.data, arguments.layout, arguments.split)
    samples = _chosen(samples, arguments.category)
    inspector = load_inspector(arguments)
    progress = Progress(len(samples))
    lines: list[Line] = []
    errors: list[str] = []
    for category, members in groupby(samples, key=lambda sample: sample.category):
        lines += _evaluate(inspector, category, list(members), arguments.batch_size, progress, errors)
    progress.clear()
    totals = [line for line in lines if line.kind == _ALL]
    good, defective = sum(line.good for line in totals), sum(line.defective for line in totals)
    lines.append(Line("mean", _ALL, good, defective, mean_metrics([line.metrics for line in totals])))
    report = {
        "data": str(arguments.data),
        "split": arguments.split,
        "lines": [line.flat() for line in lines],
        "errors": errors,
        "settings": result_settings(inspector, arguments),
        "device": inspector.device_name,
        **versions(),
    }
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    table = markdown_table(lines)
    if arguments.out is not None:
        _write(arguments.out, text, table, lines)
    sys.stdout.write(text if arguments.json else table)
    for error in errors:
        sys.stderr.write(f"tokenclip: {error}\n")
    return ExitCode.SOME_UNREADABLE if errors else ExitCode.DONE


def markdown_table(lines: Sequence[Line]) -> str:
    """Return the lines as a Markdown table, metrics in percent."""
    notes = any(line.note for line in lines)
    head = ["category", "defect", "good", "defective", *_COLUMNS.values(), *(["note"] if notes else [])]
    rows = [head, ["---", "---", *["---:"] * (2 + len(_COLUMNS)), *(["---"] if notes else [])]]
    for line in lines:
        values = [line.metrics.get(name) for name in _COLUMNS]
        numbers = ["–" if value is None else f"{100 * value:.1f}" for value in values]
        rows.append([line.category, line.kind, str(line.good), str(line.defective), *numbers])
        if notes:
            rows[-1].append(line.note or "")
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def _chosen(samples: list[Sample], categories: list[str] | None) -> list[Sample]:
    if categories is None:
        return samples
    known = list(dict.fromkeys(sample.category for sample in samples))
    unknown = [category for category in categories if category not in known]
    if unknown:
        raise DataLayoutError(f"there is no category {', '.join(unknown)}; choose from {', '.join(known)}")
    return [sample for sample in samples if sample.category in categories]


def _evaluate(
    inspector: Inspector,
    category: str,
    samples: list[Sample],
    batch_size: int,
    progress: Progress,
    errors: list[str],
) -> Iterator[Line]:
    """Yield the lines of one category: all kinds together, then each kind; unreadable files go to `errors`."""
    from tokenclip_core.commands.batches import inspect_files
    from tokenclip_core.data.layouts import GOOD, load_mask
    from tokenclip_core.metrics import PixelScores

    kinds: dict[str, _Kind] = {GOOD: _Kind(PixelScores())}
    inspected = inspect_files(inspector, [sample.image for sample in samples], batch_size, progress)
    for sample, outcome in zip(samples, inspected, strict=True):
        kind = kinds.setdefault(sample.kind, _Kind(PixelScores()))
        if outcome.result is None:
            errors.append(str(outcome.error))
            continue
        try:
            mask = load_mask(sample, (outcome.result.height, outcome.result.width))
        except ImageError as error:
            errors.append(str(error))
            mask = None
        kind.scores.append(outcome.result.score)
        if mask is None:
            kind.missing_masks += 1
        else:
            kind.pixels.add(mask, outcome.result.anomaly_map)
    good = kinds.pop(GOOD)
    yield _line(category, _ALL, good, list(kinds.values()))
    for name, kind in kinds.items():
        yield _line(category, name, good, [kind])


def _line(category: str, name: str, good: _Kind, defects: Sequence[_Kind]) -> Line:
    from tokenclip_core.metrics import PixelScores, image_metrics, undefined_reason

    scores = [score for kind in defects for score in kind.scores]
    labels = [0] * len(good.scores) + [1] * len(scores)
    pixels = PixelScores()
    for kind in (good, *defects):
        pixels.merge(kind.pixels)
    return Line(
        category,
        name,
        len(good.scores),
        len(scores),
        {**image_metrics(labels, good.scores + scores), **pixels.metrics()},
        undefined_reason(labels, missing_masks=sum(kind.missing_masks for kind in defects)),
    )


def _write(folder: Path, text: str, table: str, lines: Sequence[Line]) -> None:
    from tokenclip_core.results_file import table_text, write_atomically

    contents = {".json": text, ".csv": table_text([line.flat() for line in lines]), ".md": table}
    try:
        for suffix, content in contents.items():
            write_atomically(folder / f"{REPORT_NAME}{suffix}", content.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written ({error.strerror}); choose another --out") from error


COMMAND = Command("evaluate", "measure a model on a data set with known defects", _EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
