"""`evaluate`: the benchmark table of a model on a data set, per category, per kind of defect, and the mean."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from tokenclip_core.commands.command import Command, ExitCode, say
from tokenclip_core.commands.comparing import Comparison, Trial, add_shots_option, trials_of
from tokenclip_core.commands.data_options import add_data_options, chosen_set, say_set
from tokenclip_core.commands.evidence_options import add_evidence_options, check_evidence_options, evidence_kind
from tokenclip_core.commands.options import (
    add_depth_option,
    add_model_options,
    add_recipe_option,
    add_tiling_options,
    check_comparable,
    choose_bits,
    each_checkpoint,
    load_inspector,
    result_settings,
    take_recipe,
    tiling_of,
)
from tokenclip_core.commands.progress import Progress
from tokenclip_core.errors import SettingsError
from tokenclip_core.output.versions import versions
from tokenclip_core.printable import printable

if TYPE_CHECKING:
    from tokenclip_core.data.layouts import Sample
    from tokenclip_core.inspection.tiling import Tiling
    from tokenclip_core.measuring.evaluation import Line

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
    ("tokenclip evaluate --data mvtec --evidence text", "by the words alone, without looking at other parts"),
    ("tokenclip evaluate --data mvtec --shots 0,1,4,16 --seeds 3", "with good parts given, drawn three times"),
)


def _add_arguments(parser: ArgumentParser) -> None:
    add_depth_option(add_data_options(parser))
    add_recipe_option(parser)
    add_model_options(parser, several_checkpoints=True)
    add_tiling_options(parser)
    add_evidence_options(parser)
    add_shots_option(parser)
    output = parser.add_argument_group("output")
    output.add_argument("--out", type=Path, metavar="DIR", help="write evaluation.json, .csv and .md there")
    output.add_argument("--json", action="store_true", help="print JSON instead of the Markdown table")


def _run(arguments: Namespace) -> int:
    from tokenclip_core.measuring.evaluation import ALL, Line
    from tokenclip_core.measuring.metrics import mean_metrics

    take_recipe(arguments)
    check_evidence_options(arguments)
    tiling = tiling_of(arguments)
    data = chosen_set(arguments)
    samples = data.samples
    say_set(data)
    choose_bits(arguments, [sample.image for sample in samples])
    each = each_checkpoint(arguments)
    trials = trials_of(arguments, len(each))
    inspectors = [load_inspector(one).with_evidence(evidence_kind(arguments)) for one in each]
    check_comparable(inspectors)
    comparison = Comparison(inspectors, arguments, trials)
    comparison.prepare(samples)
    progress = Progress(len(samples))
    # One list of lines for each trial.
    lines: list[list[Line]] = [[] for _ in trials]
    measurement = _Measurement(comparison, arguments, progress, tiling)
    for category, members in groupby(samples, key=lambda sample: sample.category):
        for found in measurement.evaluate(category, list(members)):
            for own, line in zip(lines, found, strict=True):
                own.append(line)
    progress.clear()
    errors, notes = measurement.errors, [*data.notes, *comparison.notes, *measurement.census.notes()]
    for own, trial in zip(lines, trials, strict=True):
        totals = [line for line in own if line.kind == ALL]
        good, defective = sum(line.good for line in totals), sum(line.defective for line in totals)
        means = mean_metrics([line.metrics for line in totals])
        own.append(Line("mean", ALL, good, defective, means, shots=trial.shots))
    table_lines = [line for own in _of_each_shots(trials, lines) for line in own]
    settings = [result_settings(inspector, one) for inspector, one in zip(inspectors, each, strict=True)]
    report = {
        "data": str(arguments.data),
        "split": arguments.split,
        "lines": [line.flat() for line in table_lines],
        "errors": errors,
        "notes": notes,
        "settings": settings[0],
        "device": inspectors[0].device_name,
        **versions(),
    }
    if arguments.shots is not None:
        report["draws"] = max(trial.seed for trial in trials) + 1
    if len(inspectors) > 1:
        report["checkpoints"] = [
            {"settings": one, "lines": [line.flat() for line in own]} for one, own in zip(settings, lines, strict=True)
        ]
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    table = markdown_table(table_lines)
    if arguments.out is not None:
        _write(arguments.out, text, table, table_lines)
    sys.stdout.write(text if arguments.json else table)
    for words in (*comparison.notes, *measurement.census.notes(), *errors):
        say(words)
    return ExitCode.SOME_UNREADABLE if errors else ExitCode.DONE


def _of_each_shots(trials: Sequence[Trial], lines: Sequence[Sequence[Line]]) -> Iterator[list[Line]]:
    """The lines of each number of good parts, each the mean over its draws or checkpoints."""
    for shots in dict.fromkeys(trial.shots for trial in trials):
        own = [found for trial, found in zip(trials, lines, strict=True) if trial.shots == shots]
        yield [spread_line(found) for found in zip(*own, strict=True)]


def markdown_table(lines: Sequence[Line]) -> str:
    """Return the lines as a Markdown table, metrics in percent, with their deviations if there are several values."""
    from tokenclip_core.measuring.evaluation import COLUMNS

    notes = any(line.note for line in lines)
    shots = any(line.shots is not None for line in lines)
    counts = [*(["good parts given"] if shots else []), "good", "defective"]
    head = ["category", "defect", *counts, *COLUMNS.values(), *(["note"] if notes else [])]
    rows = [head, ["---", "---", *["---:"] * (len(counts) + len(COLUMNS)), *(["---"] if notes else [])]]
    for line in lines:
        numbers = [line.percent(name) for name in COLUMNS]
        given = [str(line.shots)] if shots else []
        rows.append([_cell(line.category), _cell(line.kind), *given, str(line.good), str(line.defective), *numbers])
        if notes:
            rows[-1].append(_cell(line.note or ""))
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def _cell(text: str) -> str:
    """Text that stays in its cell of a Markdown table."""
    return printable(text).replace("|", "\\|")


def spread_line(found: Sequence[Line]) -> Line:
    """Return the mean of one line over several checkpoints, with deviations; a single line as it is."""
    from tokenclip_core.measuring.evaluation import COLUMNS

    if len(found) == 1:
        return found[0]
    first, means, deviations = found[0], {}, {}
    for name in COLUMNS:
        values = [value for line in found if (value := line.metrics.get(name)) is not None]
        means[name] = fmean(values) if values else None
        deviations[name] = stdev(values) if len(values) > 1 else None
    return replace(first, metrics=means, deviations=deviations)


class _Measurement:
    """Measures category after category; what can't be read costs itself only.

    Attributes:
        errors: one line for each part or mask that can't be read.
        census: masks that look wrong.
    """

    def __init__(self, comparison: Comparison, arguments: Namespace, progress: Progress, tiling: Tiling | None) -> None:
        from tokenclip_core.data.layouts import MaskCensus

        self.errors: list[str] = []
        self.census = MaskCensus()
        self._comparison = comparison
        self._arguments = arguments
        self._progress = progress
        self._tiling = tiling

    def evaluate(self, category: str, samples: Sequence[Sample]) -> Iterator[list[Line]]:
        """Yield the lines of one category, one for each trial: all kinds together, each kind, and their mean."""
        from tokenclip_core.commands.batches import inspect_files
        from tokenclip_core.measuring.evaluation import CategoryScores, mean_of_kinds

        compared = self._comparison.of(category, samples)
        shots = [trial.shots for trial in self._comparison.trials]
        scores = CategoryScores(category, samples, shots, self.census)
        inspected = inspect_files(
            compared[0].inspector,
            [sample.image for sample in samples],
            self._arguments.batch_size,
            self._progress,
            [one.inspector for one in compared[1:]],
            self._tiling,
            self._arguments.bits,
        )
        for sample, outcome in zip(samples, inspected, strict=True):
            if outcome.result is None:
                scores.fail(sample, str(outcome.error))
                continue
            measured = [sample.image not in one.left_out for one in compared]
            scores.add(sample, (outcome.result, *outcome.others), measured)
        self.errors += scores.errors
        yield scores.lines()
        each = [scores.lines(kind) for kind in scores.kinds]
        yield from each
        if len(each) > 1 and shots[0] is not None:
            yield [mean_of_kinds(found) for found in zip(*each, strict=True)]


def _write(folder: Path, text: str, table: str, lines: Sequence[Line]) -> None:
    from tokenclip_core.files import write_atomically
    from tokenclip_core.output.table import table_text

    contents = {".json": text, ".csv": table_text([line.flat() for line in lines]), ".md": table}
    try:
        for suffix, content in contents.items():
            write_atomically(folder / f"{REPORT_NAME}{suffix}", content.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written ({error.strerror}); choose another --out") from error


COMMAND = Command(_EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
