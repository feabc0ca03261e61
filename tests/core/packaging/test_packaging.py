"""What packages are built from: the list without torch, the licence texts, and files that systems read."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture(scope="module")
def folder(project_root: Path) -> Path:
    return project_root / "resources" / "packaging"


@pytest.fixture
def debian(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(folder))
    return import_module("debian")


def test_the_list_of_packages_is_the_programs_own_without_torch(folder: Path, project_root: Path) -> None:
    project = tomllib.loads((project_root / "pyproject.toml").read_text("utf-8"))["project"]
    for words, window in (([], False), (["--window"], True)):
        line = [sys.executable, str(folder / "requirements.py"), *words]
        listed = subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()
        left = {one for one in project["dependencies"] if one not in listed}
        names = {one.split(">")[0] for one in left}
        assert names == {"torch", "open_clip_torch", "timm"} | (set() if window else {"PySide6-Essentials"})
        assert set(project["optional-dependencies"]["station"]) <= set(listed)


def test_every_package_inside_has_its_licence(debian: ModuleType) -> None:
    texts = "\n".join(debian.licence_texts(Path(np.__file__).parents[1]))
    assert "\nnumpy " in texts.lower()
    assert "Redistribution and use in source and binary forms" in texts
    assert texts.count("Licence: ") > 20


def test_a_package_has_all_in_its_places(debian: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")

    def few(target: Path) -> None:
        (target / "tokenclip_core").mkdir(parents=True)
        (target / "tokenclip_core" / "launch.py").write_text("def main(): raise SystemExit(7)\n")

    monkeypatch.setattr(debian, "install_packages", few)
    file = debian.build(tmp_path, "gzip")
    subprocess.run(["dpkg-deb", "-x", str(file), str(tmp_path / "tree")], check=True)
    subprocess.run(["dpkg-deb", "-e", str(file), str(tmp_path / "control")], check=True)
    inside = {place.relative_to(tmp_path / "tree").as_posix() for place in (tmp_path / "tree").rglob("*")}
    assert {
        "usr/bin/tokenclip",
        "usr/lib/tokenclip-inspector/tokenclip_core/launch.py",
        "usr/share/applications/tokenclip-inspector.desktop",
        "usr/share/icons/hicolor/scalable/apps/tokenclip-inspector.svg",
        "usr/share/mime/packages/tokenclip-inspector.xml",
        "usr/share/doc/tokenclip-inspector/copyright",
        "lib/systemd/system/tokenclip-station@.service",
    } <= inside
    control = (tmp_path / "control" / "control").read_text("utf-8")
    assert f"Version: {debian.version()}\n" in control
    assert f"python3.{sys.version_info[1]}," in control
    removal = subprocess.run(
        ["sh", str(tmp_path / "control" / "postrm"), "remove"], capture_output=True, text=True, check=True
    )
    assert "~/.local/share/tokenclip-inspector" in removal.stdout


def test_files_for_the_desktop_and_for_systemd_are_read(folder: Path) -> None:
    desktop = configparser.RawConfigParser()
    desktop.read(folder / "linux" / "tokenclip-inspector.desktop", "utf-8")
    kinds = desktop["Desktop Entry"]["MimeType"].split(";")
    kind = re.search(r'<mime-type type="(.+?)">', (folder / "linux" / "tokenclip-inspector.xml").read_text("utf-8"))
    assert kind is not None
    assert kind[1] in kinds
    unit = configparser.RawConfigParser(strict=False)
    unit.read(folder / "tokenclip-station@.service", "utf-8")
    assert unit["Service"]["Type"] == "notify"
    assert " station " in unit["Service"]["ExecStart"]
