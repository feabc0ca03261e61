"""`evaluate`: the benchmark table of a model on a data set, per category, per kind of defect, and the mean."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any, Self

from tokenclip_core.commands.command import Command, ExitCode
from tokenclip_core.commands.data_options import add_data_options, chosen_samples
from tokenclip_core.commands.options import (
    add_model_options,
    add_recipe_option,
    add_tiling_options,
    check_comparable,
    each_checkpoint,
    load_inspector,
    result_settings,
    take_recipe,
    tiling_of,
)
from tokenclip_core.commands.progress import Progress
from tokenclip_core.commands.versions import versions
from tokenclip_core.errors import ImageError, SettingsError

if TYPE_CHECKING:
    from tokenclip_core.data.layouts import Sample
    from tokenclip_core.inspection.inspector import Inspector
    from tokenclip_core.inspection.tiling import Tiling
    from tokenclip_core.measuring.metrics import Metrics, PixelScores

REPORT_NAME = "evaluation"
"""The reports are `evaluation.json`, `.csv` and `.md`."""

_EXAMPLES = (
    ("tokenclip evaluate --data mvtec", "every category of a data set in the layout of MVTec AD"),
    ("tokenclip evaluate --data mvtec --category tile --out report", "one category; JSON, CSV and Markdown in report/"),
    ("tokenclip evaluate --data VisA --layout visa --split test", "VisA, by its table"),
    ("tokenclip samples parts --count 200 && tokenclip evaluate --data parts", "on made-up parts"),
    (
        "tokenclip evaluate --data mvtec --checkpoint visa.safetensors --seeds 3",
        "mean and deviation over what `train --seeds 3` wrote; or repeat --checkpoint",
    ),
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
    add_data_options(parser)
    add_recipe_option(parser)
    add_model_options(parser, several_checkpoints=True)
    add_tiling_options(parser)
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
        metrics: by name; None where undefined. Of several checkpoints, their mean.
        note: why some are undefined.
        deviations: sample deviation of each metric over several checkpoints; empty for one.
    """

    category: str
    kind: str
    good: int
    defective: int
    metrics: Metrics
    note: str | None = None
    deviations: Metrics = field(default_factory=dict)

    def flat(self) -> dict[str, Any]:
        """Return the line as one record."""
        numbers: dict[str, float | None] = {}
        for name in _COLUMNS:
            numbers[name] = self.metrics.get(name)
            if self.deviations:
                numbers[f"{name}_deviation"] = self.deviations.get(name)
        counts = {"good": self.good, "defective": self.defective}
        return {"category": self.category, "kind": self.kind, **counts, **numbers, "note": self.note}

    def percent(self, name: str) -> str:
        """Return a metric as the Markdown table shows it."""
        value, deviation = self.metrics.get(name), self.deviations.get(name)
        if value is None:
            return "–"
        return f"{100 * value:.1f}" if deviation is None else f"{100 * value:.1f} ± {100 * deviation:.1f}"


@dataclass
class _Kind:
    """What is collected of one kind of defect, or of the good parts: pixels and scores of every checkpoint."""

    pixels: list[PixelScores]
    scores: list[list[float]]
    missing_masks: int = 0

    @classmethod
    def of(cls, checkpoints: int) -> Self:
        from tokenclip_core.measuring.metrics import PixelScores

        return cls([PixelScores() for _ in range(checkpoints)], [[] for _ in range(checkpoints)])


def _run(arguments: Namespace) -> int:
    from tokenclip_core.measuring.metrics import mean_metrics

    take_recipe(arguments)
    tiling = tiling_of(arguments)
    samples = chosen_samples(arguments)
    each = each_checkpoint(arguments)
    inspectors = [load_inspector(one) for one in each]
    check_comparable(inspectors)
    progress = Progress(len(samples))
    # One list of lines for each checkpoint.
    lines: list[list[Line]] = [[] for _ in inspectors]
    errors: list[str] = []
    for category, members in groupby(samples, key=lambda sample: sample.category):
        for found in _evaluate(inspectors, category, list(members), arguments.batch_size, progress, errors, tiling):
            for own, line in zip(lines, found, strict=True):
                own.append(line)
    progress.clear()
    for own in lines:
        totals = [line for line in own if line.kind == _ALL]
        good, defective = sum(line.good for line in totals), sum(line.defective for line in totals)
        own.append(Line("mean", _ALL, good, defective, mean_metrics([line.metrics for line in totals])))
    table_lines = [spread_line(found) for found in zip(*lines, strict=True)]
    settings = [result_settings(inspector, one) for inspector, one in zip(inspectors, each, strict=True)]
    report = {
        "data": str(arguments.data),
        "split": arguments.split,
        "lines": [line.flat() for line in table_lines],
        "errors": errors,
        "settings": settings[0],
        "device": inspectors[0].device_name,
        **versions(),
    }
    if len(inspectors) > 1:
        report["checkpoints"] = [
            {"settings": one, "lines": [line.flat() for line in own]} for one, own in zip(settings, lines, strict=True)
        ]
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    table = markdown_table(table_lines)
    if arguments.out is not None:
        _write(arguments.out, text, table, table_lines)
    sys.stdout.write(text if arguments.json else table)
    for error in errors:
        sys.stderr.write(f"tokenclip: {error}\n")
    return ExitCode.SOME_UNREADABLE if errors else ExitCode.DONE


def markdown_table(lines: Sequence[Line]) -> str:
    """Return the lines as a Markdown table, metrics in percent, with their deviations if there are several values."""
    notes = any(line.note for line in lines)
    head = ["category", "defect", "good", "defective", *_COLUMNS.values(), *(["note"] if notes else [])]
    rows = [head, ["---", "---", *["---:"] * (2 + len(_COLUMNS)), *(["---"] if notes else [])]]
    for line in lines:
        numbers = [line.percent(name) for name in _COLUMNS]
        rows.append([line.category, line.kind, str(line.good), str(line.defective), *numbers])
        if notes:
            rows[-1].append(line.note or "")
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def spread_line(found: Sequence[Line]) -> Line:
    """Return the mean of one line over several checkpoints, with deviations; a single line as it is."""
    if len(found) == 1:
        return found[0]
    first, means, deviations = found[0], {}, {}
    for name in _COLUMNS:
        values = [value for line in found if (value := line.metrics.get(name)) is not None]
        means[name] = fmean(values) if values else None
        deviations[name] = stdev(values) if len(values) > 1 else None
    return Line(first.category, first.kind, first.good, first.defective, means, first.note, deviations)


def _evaluate(
    inspectors: Sequence[Inspector],
    category: str,
    samples: list[Sample],
    batch_size: int,
    progress: Progress,
    errors: list[str],
    tiling: Tiling | None = None,
) -> Iterator[list[Line]]:
    """Yield the lines of one category, one for each inspector: all kinds together, then each kind.

    Unreadable files go to `errors`.
    """
    from tokenclip_core.commands.batches import inspect_files
    from tokenclip_core.data.layouts import GOOD, load_mask

    kinds: dict[str, _Kind] = {GOOD: _Kind.of(len(inspectors))}
    files = [sample.image for sample in samples]
    inspected = inspect_files(inspectors[0], files, batch_size, progress, inspectors[1:], tiling)
    for sample, outcome in zip(samples, inspected, strict=True):
        kind = kinds.setdefault(sample.kind, _Kind.of(len(inspectors)))
        if outcome.result is None:
            errors.append(str(outcome.error))
            continue
        try:
            mask = load_mask(sample, (outcome.result.height, outcome.result.width))
        except ImageError as error:
            errors.append(str(error))
            mask = None
        kind.missing_masks += mask is None
        for number, result in enumerate((outcome.result, *outcome.others)):
            kind.scores[number].append(result.score)
            if mask is not None:
                kind.pixels[number].add(mask, result.anomaly_map)
    good = kinds.pop(GOOD)
    yield [_line(category, _ALL, good, list(kinds.values()), number) for number in range(len(inspectors))]
    for name, kind in kinds.items():
        yield [_line(category, name, good, [kind], number) for number in range(len(inspectors))]


def _line(category: str, name: str, good: _Kind, defects: Sequence[_Kind], number: int) -> Line:
    """Return a line of one checkpoint."""
    from tokenclip_core.measuring.metrics import PixelScores, image_metrics, undefined_reason

    scores = [score for kind in defects for score in kind.scores[number]]
    labels = [0] * len(good.scores[number]) + [1] * len(scores)
    pixels = PixelScores()
    for kind in (good, *defects):
        pixels.merge(kind.pixels[number])
    return Line(
        category,
        name,
        len(good.scores[number]),
        len(scores),
        {**image_metrics(labels, good.scores[number] + scores), **pixels.metrics()},
        undefined_reason(labels, missing_masks=sum(kind.missing_masks for kind in defects)),
    )


def _write(folder: Path, text: str, table: str, lines: Sequence[Line]) -> None:
    from tokenclip_core.files import write_atomically
    from tokenclip_core.output.table import table_text

    contents = {".json": text, ".csv": table_text([line.flat() for line in lines]), ".md": table}
    try:
        for suffix, content in contents.items():
            write_atomically(folder / f"{REPORT_NAME}{suffix}", content.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written ({error.strerror}); choose another --out") from error


COMMAND = Command("evaluate", "measure a model on a data set with known defects", _EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
