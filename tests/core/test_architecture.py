"""The house: every folder is named in ARCHITECTURE.md, none is crowded, and each lists its modules."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

MOST_MODULES = 22
MOST_WHOLE_WINDOWS = 184
"""Tests that start the whole window; it only falls: a feature is tested by itself, at a desk (`feature_desk`)."""


def folders(root: Path) -> list[Path]:
    """Every folder with code, the packages themselves first."""
    found = {file.parent for package in ("app", "tokenclip_core") for file in (root / package).rglob("*.py")}
    return sorted(found)


def modules(folder: Path) -> list[str]:
    return sorted(file.stem for file in folder.glob("*.py") if file.stem != "__init__")


def test_architecture_names_every_folder_and_its_entry(project_root: Path) -> None:
    text = (project_root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `((?:app|tokenclip_core)/[^`]*)` \| [^|]+ \| `([^`]+)` \|$", text, re.MULTILINE))
    assert sorted(rows) == [f"{folder.relative_to(project_root).as_posix()}/" for folder in folders(project_root)]
    for folder, entry in rows.items():
        assert (project_root / folder / entry).is_file(), f"{folder}{entry}"


def test_architecture_names_files_that_there_are(project_root: Path) -> None:
    text = (project_root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:app|tokenclip_core|tests|resources)/[^`*]*)`", text))
    assert len(named) > 60
    assert [name for name in sorted(named) if not (project_root / name).exists()] == []


def test_no_folder_is_crowded(project_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = {folder.relative_to(project_root).as_posix(): len(modules(folder)) for folder in folders(project_root)}
    with capsys.disabled():
        largest = sorted(counts.items(), key=lambda item: -item[1])[:3]
        print("\nmodules in the largest folders: " + ", ".join(f"{name} {count}" for name, count in largest))
    assert {name: count for name, count in counts.items() if count > MOST_MODULES} == {}


def test_a_folder_lists_its_modules(project_root: Path) -> None:
    for folder in folders(project_root):
        text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
        listed = re.findall(r"^- (\w+):", text, re.MULTILINE)
        assert sorted(listed) == modules(folder), folder


def test_no_module_imports_a_test_module(project_root: Path) -> None:
    # Also not in programs that a test writes down as text and starts.
    found = [
        f"{file.name}: {line.strip()}"
        for file in (project_root / "tests").rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(from|import) test_\w+", line)
    ]
    assert found == []


def test_no_two_test_modules_share_a_name(project_root: Path) -> None:
    # pytest imports them by their names alone.
    names = [file.name for file in (project_root / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def whole_windows(folder: Path) -> tuple[int, int]:
    """Count test functions below a folder, and those among them that start the whole window.

    A test starts it that takes the fixture `start`, by itself or through its other fixtures; parameters count once.
    """
    functions = {file.stem: _functions(file) for file in folder.rglob("*.py")}
    tests = whole = 0
    for module in [module for module in functions if module.startswith("test_")]:
        known = functions["conftest"] | _imported(folder, module, functions) | functions[module]
        for name in [name for name in functions[module] if name.startswith("test_")]:
            tests += 1
            whole += _needs(name, "start", known, set())
    return tests, whole


def _functions(file: Path) -> dict[str, list[str]]:
    """Functions of a module, and the names of their arguments."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return {one.name: [argument.arg for argument in one.args.args] for one in body if isinstance(one, ast.FunctionDef)}


def _imported(folder: Path, module: str, functions: dict[str, dict[str, list[str]]]) -> dict[str, list[str]]:
    """What a test module takes of the helpers beside it, with all that those may need."""
    (file,) = folder.rglob(f"{module}.py")
    helpers = [
        one.module for one in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(one, ast.ImportFrom)
    ]
    known: dict[str, list[str]] = {}
    for helper in helpers:
        known |= functions.get(helper or "", {})
    return known


def _needs(name: str, wanted: str, known: dict[str, list[str]], seen: set[str]) -> bool:
    if name == wanted:
        return True
    seen.add(name)
    return any(_needs(one, wanted, known, seen) for one in known.get(name, ()) if one not in seen)


def test_few_tests_start_the_whole_window(project_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tests, whole = whole_windows(project_root / "tests" / "app")
    with capsys.disabled():
        print(f"\ntests of the window: {tests}, of which {whole} start all of it")
    assert 0 < whole <= MOST_WHOLE_WINDOWS
