"""The ablation table: means and deviations over the seeds, as Markdown, CSV and JSON, and what they say of the paper.

The column "mean" is the mean over the sets that define a metric, taken for each seed before the mean over seeds, so
that differences between rows are compared seed by seed.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenclip_core.files import write_atomically
from tokenclip_core.measuring.ablation_rows import DEFAULT, SINGLE, UNTRAINED, AblationRow
from tokenclip_core.measuring.ablation_run import Measurement
from tokenclip_core.measuring.metrics import Metrics, mean_metrics
from tokenclip_core.output.table import table_text

TABLE_NAME = "ablations"
"""The table is `ablations.md`, `.csv` and `.json`."""

MEAN = "mean"
# Metrics of the table in Markdown; the other two files have all of them.
_COLUMNS = {"image_auroc": "image AUROC", "pixel_auroc": "pixel AUROC", "aupro": "AUPRO"}
# A difference that is smaller is not seen in the digits of the table.
_NO_DIFFERENCE = 0.0005
_ALL_METRICS = ("image_auroc", "image_ap", "image_f1max", "pixel_auroc", "pixel_ap", "aupro")


@dataclass(frozen=True)
class Spread:
    """Mean and sample deviation over the seeds.

    Attributes:
        mean: of the values.
        deviation: None for a single value.
        count: how many values.
    """

    mean: float
    deviation: float | None
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Spread of some values; None of none."""
        if not values:
            return None
        deviation = statistics.stdev(values) if len(values) > 1 else None
        return cls(statistics.fmean(values), deviation, len(values))

    def percent(self) -> str:
        """Such as ``83.1 ± 0.4``."""
        return f"{100 * self.mean:.1f}" + ("" if self.deviation is None else f" ± {100 * self.deviation:.1f}")


@dataclass(frozen=True)
class TableRow:
    """Figures of one row.

    Attributes:
        row: which one.
        metrics: by set name (and "mean") and seed.
    """

    row: AblationRow
    metrics: Mapping[str, Mapping[int, Metrics]]

    def spread(self, of: str, metric: str) -> Spread | None:
        """Spread of a metric over the seeds; None where it is not defined or not yet measured."""
        found = [metrics.get(metric) for metrics in self.metrics.get(of, {}).values()]
        return Spread.of([value for value in found if value is not None])


class AblationTable:
    """The figures measured so far, in the rows of the table.

    Attributes:
        rows: in the order of the table; a row without figures is not yet measured, or skipped.
        sets: names of the sets.
    """

    def __init__(
        self, rows: Sequence[AblationRow], sets: Sequence[str], measurements: Mapping[tuple[str, int, str], Measurement]
    ) -> None:
        """Sort measurements, by (row key, seed, set name), into the rows."""
        self.sets = tuple(sets)
        self.rows = [TableRow(row, _by_set(row, sets, measurements)) for row in rows]

    def write(self, folder: Path, heading: str) -> None:
        """Replace the three files of the table.

        Args:
            folder: of the table.
            heading: Markdown that says what was trained on and how.
        """
        contents = {
            ".md": f"{heading}\n{self.markdown()}\n{self.claims()}",
            ".csv": table_text(self.records()),
            ".json": json.dumps({"rows": self.details(), "claims": self.claims()}, indent=2, ensure_ascii=False) + "\n",
        }
        for suffix, content in contents.items():
            write_atomically(folder / f"{TABLE_NAME}{suffix}", content.encode())

    def markdown(self) -> str:
        """The table in percent: mean ± deviation over the seeds, over all sets and for each."""
        columns = [
            (of, metric)
            for of in (MEAN, *self.sets)
            for metric in _COLUMNS
            if any(row.spread(of, metric) for row in self.rows)
        ]
        names = [f"{of}: {_COLUMNS[metric]}" for of, metric in columns]
        lines = [["group", "row", *names, "trained"], ["---", "---", *["---:"] * len(columns), "---"]]
        for row in self.rows:
            spreads = [row.spread(of, metric) for of, metric in columns]
            numbers = ["–" if spread is None else spread.percent() for spread in spreads]
            note = f"skipped: {row.row.skipped}" if row.row.skipped else row.row.trained
            lines.append([row.row.group, row.row.name, *numbers, note])
        return "".join("| " + " | ".join(line) + " |\n" for line in lines)

    def records(self) -> list[dict[str, Any]]:
        """One flat record for each row and set, for CSV."""
        found = []
        for row in self.rows:
            for of in (MEAN, *self.sets):
                record: dict[str, Any] = {
                    "group": row.row.group,
                    "row": row.row.name,
                    "set": of,
                    "seeds": len(row.metrics.get(of, {})),
                    "trained": row.row.trained,
                    "skipped": row.row.skipped,
                }
                for metric in _ALL_METRICS:
                    spread = row.spread(of, metric)
                    record[metric] = None if spread is None else spread.mean
                    record[f"{metric}_deviation"] = None if spread is None else spread.deviation
                found.append(record)
        return found

    def details(self) -> list[dict[str, Any]]:
        """Every row with its settings and the figures of each set and seed, for JSON."""
        return [
            {
                "group": row.row.group,
                "row": row.row.name,
                "trained": row.row.trained,
                "skipped": row.row.skipped,
                "training": None if row.row.training is None else row.row.training.identity(),
                "scoring": row.row.scoring.to_mapping(),
                "layers": list(row.row.layers),
                "training_key": row.row.training_key,
                "figures": {
                    of: {str(seed): dict(metrics) for seed, metrics in seeds.items()}
                    for of, seeds in row.metrics.items()
                },
            }
            for row in self.rows
        ]

    def claims(self) -> str:
        """A sentence on each claim of the paper, from differences seed by seed; Markdown."""
        compared = (
            ("Token-wise subspaces against a single one", ("baselines", DEFAULT), ("baselines", SINGLE)),
            ("Trained against descriptors", ("baselines", DEFAULT), ("baselines", UNTRAINED)),
            ("Transport against softmax", ("assignment", "transport"), ("assignment", "softmax")),
            ("Transport against uniform weights", ("assignment", "transport"), ("assignment", "uniform")),
            ("Orthogonal states against none", ("orthogonality", "of states"), ("orthogonality", "off")),
            ("Orthogonal directions against none", ("orthogonality", "of directions"), ("orthogonality", "off")),
        )
        lines = [self._claim(words, one, other) for words, one, other in compared]
        lines.append(self._mask_claim())
        lines.append(self._best())
        return "".join(f"- {line}\n" for line in lines if line)

    def _find(self, group: str, name: str) -> TableRow | None:
        return next((row for row in self.rows if (row.row.group, row.row.name) == (group, name)), None)

    def _mask_claim(self) -> str:
        masks = [row for row in self.rows if row.row.group == "top-k"]
        default = self._find("baselines", DEFAULT)
        same = next((row for row in masks if default is not None and row.row.key == default.row.key), None)
        whole = next((row for row in masks if row.row.name.startswith("all ")), None)
        if same is None or whole is None or same is whole:
            return ""
        return self._claim(
            f"The mask ({same.row.name}) against none", ("top-k", same.row.name), ("top-k", whole.row.name)
        )

    def _claim(self, words: str, one: tuple[str, str], other: tuple[str, str]) -> str:
        rows = self._find(*one), self._find(*other)
        if rows[0] is None or rows[1] is None:
            return ""
        parts = [difference_words(rows[0], rows[1], metric) for metric in _COLUMNS]
        known = [part for part in parts if part]
        return f"{words}: {'; '.join(known)}." if known else ""

    def _best(self) -> str:
        """Which rows have a better mean of image and pixel AUROC than the default."""

        def value(row: TableRow) -> float | None:
            spreads = [row.spread(MEAN, metric) for metric in ("image_auroc", "pixel_auroc")]
            means = [spread.mean for spread in spreads if spread is not None]
            return statistics.fmean(means) if means else None

        default = self._find("baselines", DEFAULT)
        reference = None if default is None else value(default)
        if reference is None:
            return ""
        found = [(value(row), f"{row.row.group}: {row.row.name}") for row in self.rows]
        better = sorted(((one - reference, name) for one, name in found if one is not None and one > reference + 1e-9))
        if not better:
            return "The default configuration is the best row by the mean of image and pixel AUROC."
        names = ", ".join(f"{name} (+{100 * gain:.2f} points)" for gain, name in reversed(better))
        return f"By the mean of image and pixel AUROC, better than the default: {names}."


def difference_words(one: TableRow, other: TableRow, metric: str) -> str:
    """How a metric's mean over the sets differs between rows, and whether several seeds agree; "" where undefined."""
    mine, theirs = one.metrics.get(MEAN, {}), other.metrics.get(MEAN, {})
    # A row that is not trained has one seed, which stands for all.
    alone = next(iter(theirs.values())) if len(theirs) == 1 else None
    differences = []
    for seed, metrics in mine.items():
        value, reference = metrics.get(metric), (theirs.get(seed) or alone or {}).get(metric)
        if value is not None and reference is not None:
            differences.append(value - reference)
    spread = Spread.of(differences)
    if spread is None:
        return ""
    signs = {difference > 0 for difference in differences}
    if abs(spread.mean) < _NO_DIFFERENCE:
        verdict = "no difference"
    elif spread.count == 1 or len(signs) > 1:
        verdict = "undecided"
    else:
        verdict = "confirmed here" if signs == {True} else "the contrary here"
    deviation = "" if spread.deviation is None else f" ± {100 * spread.deviation:.1f}"
    seeds = f"{spread.count} seed{'s' * (spread.count > 1)}"
    return f"{_COLUMNS[metric]} {100 * spread.mean:+.1f}{deviation} points ({verdict}, {seeds})"


def _by_set(
    row: AblationRow, sets: Sequence[str], measurements: Mapping[tuple[str, int, str], Measurement]
) -> dict[str, dict[int, Metrics]]:
    found: dict[str, dict[int, Metrics]] = {}
    for (key, seed, of), measurement in measurements.items():
        if key == row.key and of in sets:
            found.setdefault(of, {})[seed] = measurement.metrics
    complete = [seed for seed in found.get(sets[0], {}) if all(seed in found.get(of, {}) for of in sets)]
    if complete:
        found[MEAN] = {seed: mean_metrics([found[of][seed] for of in sets]) for seed in complete}
    return found
