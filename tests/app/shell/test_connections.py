"""Few signal connections hold the window together, and controllers are not given one another."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from connections import connections, declarations

MOST = 235
"""Helpers that connect count at each call; 422 before owners and actions were made, 350 before owners were followed in
sequences of calls."""

ALLOWED = {("LiveRemembering", "LiveRecording"), ("LiveSettings", "LiveRecording"), ("LiveSettings", "LiveRemembering")}
"""The live view's own parts; see ARCHITECTURE.md."""


def test_there_are_few_connections(capsys: pytest.CaptureFixture[str]) -> None:
    count = connections().total()
    with capsys.disabled():
        print(f"\n{count} signal connections in app, and {declarations()} declared actions")
    assert count <= MOST


def test_controllers_are_given_owners_and_not_one_another(project_root: Path) -> None:
    controllers: dict[str, set[str]] = {}
    for path in (project_root / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                for function in node.body:
                    if isinstance(function, ast.FunctionDef) and function.name == "__init__":
                        controllers[node.name] = {
                            argument.annotation.id
                            for argument in function.args.args
                            if isinstance(argument.annotation, ast.Name)
                        }
    kinds = {name for name in controllers if name.endswith("Controller")} | {
        "LiveRecording",
        "LiveRemembering",
        "LiveSettings",
        "LiveView",
    }
    given = {(name, other) for name in kinds for other in controllers[name] & kinds}
    assert given == ALLOWED
