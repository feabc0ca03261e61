"""Counts the signal connections that the window's source makes: `python tests/app/shell/connections.py`.

A call of ``connect`` counts once, and so does every call of a helper of the window that makes a connection out of what
it is given, such as a timer that is told what to begin. Declared actions are counted apart: they are rows of a table
that one place connects.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DECLARATIONS = frozenset({"Action"})
DATABASES = frozenset({"sqlite3", "Store"})
"""What is connected with these is a database, not a signal."""


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _of_database(call: ast.Call) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and getattr(function.value, "id", "") in DATABASES


def _parameters(function: ast.FunctionDef) -> set[str]:
    arguments = function.args
    given = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return {argument.arg for argument in given} - {"self", "cls"}


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def helpers(trees: list[ast.Module]) -> frozenset[str]:
    """Functions that connect what they are given as an argument."""
    found = set()
    for tree in trees:
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef) or function.name.startswith("__"):
                continue
            given = _parameters(function)
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and _name(call) == "connect" and _names(call) & given:
                    slots = [argument for argument in call.args if _names(argument) & given]
                    if any(isinstance(slot, ast.Name) for slot in slots):
                        found.add(function.name)
    return frozenset(found)


def connections(folder: Path = ROOT / "app") -> Counter[str]:
    """How many connections each file of a folder makes, by its path below it."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.py"))}
    counted = helpers(list(trees.values())) | {"connect"}
    found: Counter[str] = Counter()
    for path, tree in trees.items():
        calls = [_name(node) for node in ast.walk(tree) if isinstance(node, ast.Call) and not _of_database(node)]
        found[path.relative_to(folder).as_posix()] = sum(name in counted for name in calls)
    return found


def declarations(folder: Path = ROOT / "app") -> int:
    """How many actions the features declare."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.py"))]
    return sum(isinstance(node, ast.Call) and _name(node) in DECLARATIONS for tree in trees for node in ast.walk(tree))


def main() -> None:
    """Print them, the most first."""
    found = connections()
    for name, count in found.most_common():
        if count:
            print(f"{count:4d}  {name}")
    print(f"{found.total():4d}  connections, and {declarations()} declared actions")


if __name__ == "__main__":
    main()
