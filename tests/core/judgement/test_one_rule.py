"""The verdict is decided in one place: nothing else compares with a threshold or a limit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOMS = ("tokenclip_core/judgement/", "tokenclip_core/measuring/", "tokenclip_core/evidence/curve.py")
"""Where comparing with thresholds is the subject."""

EXCEPTIONS = {
    ("app/canvas/scale_bar.py", "self._threshold <= self.top"): "whether the mark lies on the scale that is drawn",
    ("app/process/garbage.py", "counts[0] > thresholds[0] > 0"): "how many objects the garbage collector waits for",
    ("app/process/garbage.py", "counts[generation] > thresholds[generation] > 0"): "the same",
    ("app/process/garbage.py", "thresholds[_OLDEST] == 0"): "whether the oldest objects are ever collected",
    ("app/parts/store.py", "others != (after.own_thresholds, after.channel_limits)"): "whether the list is sorted anew",
    ("app/parts/store.py", "bool(after.channel_limits) != bool(before.channel_limits)"): (
        "whether parts whose levels are not known are out of date"
    ),
    ("app/parts/state.py", "one.threshold == self.threshold"): "whether the measured one is in force",
    ("app/measuring/curves.py", "found.thresholds >= threshold"): "which point of a curve is marked",
    ("app/history/controller.py", "replace(one, threshold=other.threshold, recipe=other.recipe) == other"): (
        "whether two runs differ in nothing but how they are judged"
    ),
    ("app/result/folder_threshold.py", "threshold != self._threshold"): "whether the line was moved",
    ("app/result/threshold_plot.py", "threshold != self._threshold"): "whether the line was dragged to another place",
    (
        "tokenclip_core/recipes/building.py",
        "judgement.channel_limits == before.channel_limits",
    ): "whether they were measured",
    ("tokenclip_core/recipes/differences.py", "first.threshold != second.threshold"): "whether two recipes differ",
    ("tokenclip_core/recipes/differences.py", "limits.get(name) != others.get(name)"): "the same",
    ("tokenclip_core/inspection/scored_part.py", "anomalies < limit"): "which patches are tolerated, before any score",
    ("tokenclip_core/scoring/settings.py", "0 <= limit <= 1"): "whether a tolerance can be one",
}
"""Comparisons with something that is called so, and why they decide no verdict."""

OTHER_LIMITS = {
    "tokenclip_core/commands/inputs.py": "how many frames and seconds of a video are read",
    "tokenclip_core/commands/live_pictures.py": "how many frames and seconds of a stream are read",
}
"""Files in which the word means something else throughout."""


def compared_limits(source: str) -> Iterator[str]:
    """Comparisons with an operand whose name has threshold or limit in it, as they are written."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare):
            continue
        if all(isinstance(operator, ast.Is | ast.IsNot | ast.In | ast.NotIn) for operator in node.ops):
            continue
        names = {
            inner.id if isinstance(inner, ast.Name) else inner.attr
            for operand in (node.left, *node.comparators)
            for inner in ast.walk(operand)
            if isinstance(inner, ast.Name | ast.Attribute)
        }
        if any(word in name.lower() for name in names for word in ("threshold", "limit")):
            yield ast.unparse(node)


def test_nothing_else_compares_with_a_threshold(project_root: Path) -> None:
    found: set[tuple[str, str]] = set()
    for package in ("app", "tokenclip_core"):
        for file in sorted((project_root / package).rglob("*.py")):
            name = file.relative_to(project_root).as_posix()
            if not name.startswith(ROOMS) and name not in OTHER_LIMITS:
                found |= {(name, compared) for compared in compared_limits(file.read_text(encoding="utf-8"))}
    assert found - set(EXCEPTIONS) == set()
    assert set(EXCEPTIONS) - found == set(), "exceptions that nothing needs any more"


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("defect = score >= threshold", 1),
        ("bad = part.alarm or part.score >= self._session.threshold", 1),
        ("any(peaks[k] >= own_thresholds[k] for k in ks)", 1),
        ("x = limit is None or k in thresholds", 0),
        ("judgement.verdict(scores) == 'defect'", 0),
    ],
)
def test_what_counts_as_such_a_comparison(source: str, count: int) -> None:
    assert len(list(compared_limits(source))) == count
