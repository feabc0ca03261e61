"""The shared libraries and the display that OpenCV and Qt expect of a Linux system, checked before they are needed.

Qt aborts the process when its platform plugin does not load or the display refuses it, and an import that misses a
library ends in a traceback; here both become one line that says what to install. No Qt is imported.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from tokenclip_core.errors import TokenClipError

# Which Debian or Ubuntu package brings which library. The rest of what they need comes with these packages.
_OPENCV_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb.so.1": "libxcb1",
}
_WINDOW_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon-x11-0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-util.so.1": "libxcb-util1",
}
_OFFSCREEN_PACKAGES = {
    library: _WINDOW_PACKAGES[library]
    for library in ("libEGL.so.1", "libxkbcommon.so.0", "libdbus-1.so.3", "libfontconfig.so.1")
}
PACKAGES = tuple(dict.fromkeys((*_OPENCV_PACKAGES.values(), *_WINDOW_PACKAGES.values())))
"""The Debian and Ubuntu packages that the window needs; the first three are enough without it."""

_MISSING_LIBRARY = re.compile(r"(\S+\.so(?:\.\d+)*): cannot open shared object file")


class SystemLibraryError(TokenClipError):
    """The operating system lacks a library or a display that the program needs."""


def check_window(environment: Mapping[str, str] = os.environ) -> None:
    """Check that a Qt window can be opened; call it before Qt is imported.

    Raises:
        SystemLibraryError: libraries or the display are missing. Never on Windows and macOS, which bring them.
    """
    if not sys.platform.startswith("linux"):
        return
    headless = environment.get("QT_QPA_PLATFORM", "").split(":")[0] not in ("", "xcb", "wayland")
    missing = missing_packages(_OPENCV_PACKAGES | (_OFFSCREEN_PACKAGES if headless else {}))
    if not missing and not headless:
        missing = _missing_for_platform_plugin()
    if missing:
        raise SystemLibraryError(_what_to_install("The window", missing))
    if headless:
        return
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        raise SystemLibraryError(
            "There is no display for the window (neither DISPLAY nor WAYLAND_DISPLAY is set); "
            "start it on a desktop, or use `tokenclip inspect`, which needs none"
        )
    if not (_wayland_answers(environment) or _x11_answers(environment.get("DISPLAY", ""))):
        raise SystemLibraryError(
            f"The display {environment.get('DISPLAY') or environment.get('WAYLAND_DISPLAY')} does not answer or "
            "refuses this user; start the program on a desktop, or use `tokenclip inspect`, which needs none"
        )


def missing_packages(packages: Mapping[str, str] = _OPENCV_PACKAGES) -> tuple[str, ...]:
    """Return the packages, out of a table of library to package, whose libraries do not load here."""
    return tuple(dict.fromkeys(package for library, package in packages.items() if not _loads(library)))


def explain_import_error(error: ImportError) -> str | None:
    """Return one line for an import that failed because of a system library; None if it failed otherwise."""
    match = _MISSING_LIBRARY.search(str(error))
    if match is None:
        return None
    library = match.group(1)
    table = _OPENCV_PACKAGES | _WINDOW_PACKAGES
    packages = missing_packages(_OPENCV_PACKAGES if library in _OPENCV_PACKAGES else table)
    if not packages:
        return f"The system library {library} is missing; install the package of your system that brings it"
    return _what_to_install("The program", packages)


def _what_to_install(subject: str, packages: tuple[str, ...]) -> str:
    return (
        f"{subject} needs system libraries that are missing here; on Debian or Ubuntu: apt-get install -y "
        + " ".join(packages)
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _missing_for_platform_plugin() -> tuple[str, ...]:
    """Load Qt's own plugin for X11 as Qt will, and return the packages that it lacks.

    What the plugin loads is what counts; the table only tells which packages to name.
    """
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        raise SystemLibraryError("The window needs PySide6; install it with: pip install PySide6-Essentials")
    plugin = Path(spec.origin).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if not plugin.exists():
        return ()
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        match = _MISSING_LIBRARY.search(str(error))
        if match is None:
            return ()
        packages = missing_packages(_OPENCV_PACKAGES | _WINDOW_PACKAGES)
        return packages or (f"(the package with {match.group(1)})",)
    return ()


def _x11_answers(display: str) -> bool:
    """Return whether the X server accepts a connection, with its own client library and the user's cookie."""
    if not display:
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    xcb.xcb_connection_has_error.argtypes = (ctypes.c_void_p,)
    xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(display.encode(), None)
    refused = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not refused


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    """Return whether the Wayland compositor's socket accepts a connection."""
    name = environment.get("WAYLAND_DISPLAY", "")
    path = Path(environment.get("XDG_RUNTIME_DIR", "/")) / name
    if not name:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
