"""Every phrase that the core says to people is in the tables of the other languages."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator
from pathlib import Path

from tokenclip_core.languages import Phrase, said_in, translator


def phrases(function: ast.FunctionDef) -> Iterator[str]:
    """What a function makes phrases of: given at once, or chosen from words of its own."""
    calls = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Phrase"
    ]
    named = {call.args[0].id for call in calls if isinstance(call.args[0], ast.Name)}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(
            isinstance(name, ast.Name) and name.id in named for name in node.targets
        ):
            yield from (one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant))
    for call in calls:
        if isinstance(call.args[0], ast.Constant):
            yield call.args[0].value


def test_every_phrase_has_its_translation(project_root: Path) -> None:
    table = json.loads((project_root / "resources" / "report" / "zh_CN.json").read_text(encoding="utf-8"))
    found = set[str]()
    for file in (project_root / "tokenclip_core").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if "Phrase(" in text:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    found.update(phrases(node))
    assert len(found) >= 17
    assert sorted(found - set(table)) == []


def test_a_phrase_is_text_and_keeps_its_values() -> None:
    said = Phrase("going on after epoch {epoch}", epoch=3)
    assert said == "going on after epoch 3"
    again = copy.deepcopy(said)
    assert (again, again.phrase, again.values) == (said, said.phrase, {"epoch": 3})
    assert said_in(said, translator("zh_CN")) == "从第 3 轮之后继续"
    assert said_in("anything else", translator("zh_CN")) == "anything else"
