"""What the program says where the system lacks libraries or a display."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tokenclip_core.process import system_libraries
from tokenclip_core.process.system_libraries import SystemLibraryError, check_window, explain_import_error

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the other systems bring the libraries")


def test_an_import_that_misses_a_library_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_libraries, "_loads", lambda library: library != "libGL.so.1")
    error = ImportError("libGL.so.1: cannot open shared object file: No such file or directory")
    line = explain_import_error(error)
    assert line is not None
    assert line.endswith("apt-get install -y libgl1")
    assert "\n" not in line


def test_an_unknown_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_libraries, "_loads", lambda _: True)
    line = explain_import_error(ImportError("libodd.so.3: cannot open shared object file: No such file or directory"))
    assert line is not None
    assert "libodd.so.3" in line


def test_other_import_errors_are_left_alone() -> None:
    assert explain_import_error(ImportError("No module named 'cv3'")) is None


@pytest.fixture
def complete_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_libraries, "_loads", lambda _: True)
    monkeypatch.setattr(system_libraries, "_missing_for_platform_plugin", lambda: ())


def test_all_missing_packages_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_libraries, "_loads", lambda _: False)
    packages = system_libraries.missing_packages({"liba.so.1": "a", "libb.so.1": "b", "libb.so.2": "b"})
    assert packages == ("a", "b")
    with pytest.raises(SystemLibraryError, match=r"libgl1 libglib2\.0-0 libxcb1$"):
        check_window({"DISPLAY": ":0"})


def test_the_plugin_decides_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("PySide6", reason="the window's toolkit is not installed")

    def refuse(_: str) -> None:
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(system_libraries, "_loads", lambda library: library != "libxcb-cursor.so.0")
    monkeypatch.setattr(system_libraries.ctypes, "CDLL", refuse)
    with pytest.raises(SystemLibraryError, match=r"apt-get install -y libxcb-cursor0$"):
        check_window({"DISPLAY": ":0"})


@pytest.mark.usefixtures("complete_system")
def test_no_display() -> None:
    with pytest.raises(SystemLibraryError, match="no display"):
        check_window({})


@pytest.mark.usefixtures("complete_system")
@pytest.mark.parametrize(
    "environment", [{"DISPLAY": ":54321"}, {"WAYLAND_DISPLAY": "wayland-none", "XDG_RUNTIME_DIR": "/nonexistent"}]
)
def test_a_display_that_does_not_answer(environment: Mapping[str, str]) -> None:
    with pytest.raises(SystemLibraryError, match="does not answer"):
        check_window(environment)


def test_drawing_off_screen_needs_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_libraries, "_loads", lambda library: "xcb-" not in library)
    check_window({"QT_QPA_PLATFORM": "offscreen"})


def test_other_systems_are_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(system_libraries, "_loads", lambda _: False)
    check_window({})
