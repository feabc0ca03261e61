"""What packages are built from: the list without torch, the licence texts, and files that systems read."""

from __future__ import annotations

import configparser
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest


@pytest.fixture(scope="module")
def folder(project_root: Path) -> Path:
    return project_root / "resources" / "packaging"


@pytest.fixture
def debian(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(folder))
    return import_module("debian")


@pytest.fixture
def contents(debian: ModuleType) -> ModuleType:
    return import_module("contents")


@pytest.fixture
def bundle(debian: ModuleType) -> ModuleType:
    return import_module("bundle")


def test_the_list_of_packages_is_the_programs_own_without_torch(folder: Path, project_root: Path) -> None:
    project = tomllib.loads((project_root / "pyproject.toml").read_text("utf-8"))["project"]
    for words, window in (([], False), (["--window"], True)):
        line = [sys.executable, str(folder / "requirements.py"), *words]
        listed = subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()
        left = {one for one in project["dependencies"] if one not in listed}
        names = {one.split(">")[0] for one in left}
        assert names == {"torch", "open_clip_torch", "timm"} | (set() if window else {"PySide6-Essentials"})
        assert set(project["optional-dependencies"]["station"]) <= set(listed)


def test_every_package_inside_has_its_licence(contents: ModuleType) -> None:
    texts = "\n".join(contents.licence_texts(contents.packages_in(Path(np.__file__).parents[1])))
    assert "\nnumpy " in texts.lower()
    assert "Redistribution and use in source and binary forms" in texts
    assert texts.count("Licence: ") > 20


def test_a_package_has_all_in_its_places(debian: ModuleType, contents: ModuleType, tmp_path: Path) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")

    program = tmp_path / "tokenclip"
    program.mkdir()
    (program / "tokenclip").write_text('#!/bin/sh\necho "$# $1"\n')
    (program / "tokenclip").chmod(0o755)
    (program / contents.LICENCES).write_text("all texts")
    said = debian.build(program, tmp_path, "gzip")
    (file,) = tmp_path.glob("*.deb")
    assert said == f"{file}: 0 MB"
    subprocess.run(["dpkg-deb", "-x", str(file), str(tmp_path / "tree")], check=True)
    subprocess.run(["dpkg-deb", "-e", str(file), str(tmp_path / "control")], check=True)
    inside = {place.relative_to(tmp_path / "tree").as_posix() for place in (tmp_path / "tree").rglob("*")}
    assert {
        "usr/bin/tokenclip",
        "usr/lib/tokenclip-inspector/tokenclip",
        "usr/share/applications/tokenclip-inspector.desktop",
        "usr/share/icons/hicolor/scalable/apps/tokenclip-inspector.svg",
        "usr/share/mime/packages/tokenclip-inspector.xml",
        "usr/share/doc/tokenclip-inspector/copyright",
        "lib/systemd/system/tokenclip-station@.service",
    } <= inside
    control = (tmp_path / "control" / "control").read_text("utf-8")
    assert f"Version: {debian.version()}\n" in control
    assert "python" not in control.split("Depends: ", 1)[1].splitlines()[0]
    assert (tmp_path / "tree/usr/share/doc/tokenclip-inspector/copyright").read_text() == "all texts"
    started = [tmp_path / "tree/usr/bin/tokenclip", "a word", "b"]
    assert subprocess.run(started, capture_output=True, text=True, check=True).stdout == "2 a word\n"
    assert (program / contents.LICENCES).exists(), "the program's own folder stays as it is"
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


def test_a_bundle_has_the_licences_of_what_it_needs_and_of_python(bundle: ModuleType) -> None:
    texts = bundle.own_licences().lower()
    assert "\npython 3." in texts
    window = ("pyside6_essentials",) if find_spec("PySide6") else ()
    for name in ("numpy", "openvino", "sqlalchemy", *window):
        assert f"\n{name} " in texts, name
    assert "\ntorch " not in texts
    assert "\npytest " not in texts


def test_only_libraries_with_what_is_for_debuggers_are_stripped(
    bundle: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = tmp_path / "tokenclip" / "ot"
    inside.mkdir(parents=True)
    for name, sections in (("large", b".debug_info\0"), ("small", b".text\0")):
        (inside / f"{name}.so").write_bytes(b"\x7fELF" + sections)
    tool = tmp_path / "strip"
    tool.write_text('#!/bin/sh\nfor last; do :; done\nprintf stripped > "$last"\n')
    tool.chmod(0o755)
    monkeypatch.setattr(bundle.shutil, "which", lambda _name: None)
    bundle.strip(tmp_path / "tokenclip")
    assert "strip (binutils)" in capsys.readouterr().out
    monkeypatch.setattr(bundle.shutil, "which", lambda _name: str(tool))
    bundle.strip(tmp_path / "tokenclip")
    assert {place.name: place.read_bytes() for place in inside.iterdir()} == {
        "large.so": b"stripped",
        "small.so": b"\x7fELF.text\0",
    }


def test_an_app_image_is_its_runtime_and_the_packed_folder(
    bundle: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "tokenclip"
    program.mkdir()
    (program / "tokenclip").write_text('#!/bin/sh\necho "$# $1"\n')
    (program / "tokenclip").chmod(0o755)
    folder = bundle.app_dir(program, tmp_path / "AppDir")
    said = subprocess.run([folder / "AppRun", "a word", "b"], capture_output=True, text=True, check=True).stdout
    assert said == "2 a word\n"
    assert {place.name for place in folder.iterdir()} == {
        "usr",
        "AppRun",
        ".DirIcon",
        "tokenclip-inspector.svg",
        "tokenclip-inspector.desktop",
    }
    runtime, file = tmp_path / "runtime", tmp_path / "it.AppImage"
    runtime.write_bytes(b"the runtime")
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setattr(bundle.shutil, "which", lambda name: str(tools / name) if (tools / name).exists() else None)
    assert "--runtime FILE and mksquashfs" in bundle.app_image(folder, file, None)
    assert "mksquashfs" in bundle.app_image(folder, file, runtime)
    (tools / "mksquashfs").write_text('#!/bin/sh\nprintf " and the folder" > "$2"\n')
    (tools / "mksquashfs").chmod(0o755)
    assert bundle.app_image(folder, file, runtime) == ""
    assert file.read_bytes() == b"the runtime and the folder"
    assert file.stat().st_mode & 0o111
    (tools / "appimagetool").write_text('#!/bin/sh\nfor last; do :; done\necho "$ARCH $*" > "$last"\n')
    (tools / "appimagetool").chmod(0o755)
    assert bundle.app_image(folder, file, runtime) == ""
    assert f"--runtime-file {runtime}" in file.read_text()


class Build:
    """Stands in for PyInstaller, and keeps what the specification says."""

    def __init__(self) -> None:
        self.said: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {}

    def __getitem__(self, name: str) -> Any:
        def note(*values: Any, **named: Any) -> SimpleNamespace:
            self.said.setdefault(name, []).append((values, named))
            return SimpleNamespace(pure=[], scripts=[], binaries=[], datas=[])

        return note


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_the_specification_of_the_bundle(
    system: str, folder: Path, debian: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = SimpleNamespace(
        collect_all=lambda _name: ([], [], []),
        collect_data_files=lambda _name: [],
        collect_submodules=lambda name, **_known: [name],
        copy_metadata=lambda _name: [],
    )
    for name in ("PyInstaller", "PyInstaller.utils", "PyInstaller.utils.hooks"):
        monkeypatch.setitem(sys.modules, name, hooks)
    monkeypatch.setattr("sys.platform", system)
    build = Build()
    known = {"SPECPATH": str(folder)} | {name: build[name] for name in ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")}
    runpy.run_path(str(folder / "tokenclip.spec"), known)
    ((_, analysis),) = build.said["Analysis"]
    assert "torch" in analysis["excludes"]
    places = {Path(source).name for source, _ in analysis["datas"]}
    assert {"models", "descriptors", "samples", "translations", "manual", "icons"} <= places
    assert "packaging" not in places
    assert [named["console"] for _, named in build.said["EXE"]] == ([True] if system == "linux" else [True, False])
    assert ("BUNDLE" in build.said) is (system == "darwin")
    if system == "darwin":
        ((_, named),) = build.said["BUNDLE"]
        assert "camera" in named["info_plist"]["NSCameraUsageDescription"]
        assert named["version"] == debian.version()


def test_the_installer_of_windows_keeps_what_is_the_users(folder: Path) -> None:
    script = (folder / "windows" / "tokenclip.iss").read_text("utf-8")
    assert "[UninstallDelete]" not in script
    assert "localappdata" in script.split("CurUninstallStepChanged", 1)[1]
    assert set(re.findall(r"{#(\w+)}", script)) == {"Version", "Program", "Output", "Root", "Title"}


def test_the_workflow_builds_for_three_systems_by_the_same_command(project_root: Path) -> None:
    yaml = pytest.importorskip("yaml", reason="pip install pyyaml")
    flow = yaml.safe_load((project_root / ".github" / "workflows" / "installers.yml").read_text("utf-8"))
    job = flow["jobs"]["bundle"]
    assert [entry["system"].split("-")[0] for entry in job["strategy"]["matrix"]["include"]] == [
        "windows",
        "macos",
        "ubuntu",
    ]
    runs = " ".join(step.get("run", "") for step in job["steps"])
    assert "resources/packaging/bundle.py" in runs
    assert "tokenclip" in runs
