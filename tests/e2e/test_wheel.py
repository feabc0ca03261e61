"""A built wheel works like the clone: installed elsewhere, with the resources inside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import said_by

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    said_by(sys.executable, "-m", "pip", "wheel", project_root, "--no-deps", "--quiet", "--wheel-dir", folder)
    (file,) = folder.glob("tokenclip_inspector-*.whl")
    return file


def test_the_wheel_holds_all_resources_and_nothing_else(wheel: Path, project_root: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for resource in _resources(project_root):
        assert f"tokenclip_core/_{resource}" in names
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"tokenclip_core"}, "nothing that could collide with another program's `app` or `main`"
    assert {"tokenclip_core/_window/main.py", "tokenclip_core/_window/app/shell/main_window.py"} <= names
    assert "tokenclip_core/py.typed" in names


def _resources(project_root: Path) -> list[str]:
    """What is committed below resources; where there is no git, what lies there."""
    if shutil.which("git") is None:
        folder = project_root / "resources"
        return [file.relative_to(project_root).as_posix() for file in folder.rglob("*") if file.is_file()]
    line = ["git", "ls-files", "-z", "resources"]
    listed = subprocess.run(line, cwd=project_root, capture_output=True, text=True, check=False)
    return list(filter(None, listed.stdout.split("\0")))


def test_the_wheel_inspects_from_elsewhere(
    wheel: Path, tiny_model: Path, make_parts: Callable[..., Path], tmp_path: Path
) -> None:
    target = tmp_path / "installed"
    line = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(line, capture_output=True, check=True)
    # -S would hide the libraries too; what is installed in `target` comes before an editable install of the clone.
    environment = os.environ | {"PYTHONPATH": str(target)}
    for stranger in ("app.py", "main.py"):
        (tmp_path / stranger).write_text("raise SystemExit('another program was imported')\n")
    program = (
        "import sys, tokenclip_core; from tokenclip_core.launch import main; print(tokenclip_core.__file__); "
        "code = main(sys.argv[1:]); import app.shell; print(app.__file__); sys.exit(code)"
    )
    parts = make_parts("1.png")
    words = ("inspect", parts, "--model", tiny_model, "--out", tmp_path / "r")
    told = said_by(sys.executable, "-c", program, *words, folder=tmp_path, environment=environment)
    lines = told.splitlines()
    assert lines[0].startswith(str(target))
    assert lines[-1].startswith(str(target / "tokenclip_core" / "_window"))
    assert (tmp_path / "r" / "results.jsonl").read_text("utf-8").count("\n") == 1
