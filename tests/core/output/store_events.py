"""Runs and results of the store's tests, for the tests and the programs that they start."""

from __future__ import annotations

from tokenclip_core.output.store.events import ResultMade, RunBegins

SETTINGS = {"model": "compact", "image_size": 192}


def run_of(uid: str = "run-1", **others: object) -> RunBegins:
    values = {"station": "desk", "run_kind": "inspect", "title": "parts/", "started": 1000.0, "model": "compact"}
    values |= {"threshold": 0.5, "settings": SETTINGS, "sizes": (1, 2, 5), "subspaces": ("crack", "stain")} | others
    return RunBegins(uid=uid, **values)


def result_of(position: int, score: float = 0.2, run: str = "run-1", **others: object) -> ResultMade:
    values: dict[str, object] = {
        "path": f"/parts/cam{position % 2}/part_{position}.png",
        "moment": 1000.0 + position,
        "sha256": f"{position:064d}",
        "size": 10 + position,
        "modified": 5,
        "score": score,
        "threshold": 0.5,
        "verdict": "defect" if score >= 0.5 else "good",
        "levels": (score, 0.0),
        "size_scores": (score, score / 2, score / 4),
        "regions": ((1, 2, 3, 4, 12, score),) if score >= 0.5 else (),
        "channels": {"text": 0.25, "consensus": 0.75},
    }
    return ResultMade(run=run, position=position, **(values | others))
