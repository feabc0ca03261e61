"""Builds what people double-click, for the system it runs on: the program with its interpreter, without torch.

    python resources/packaging/bundle.py --out dist

It needs an environment with the program, PyInstaller and the packages of `requirements.py --window`.

- Linux: an AppImage, by `appimagetool` or, with `--runtime FILE`, by `mksquashfs`; and the package for Debian, where
  `dpkg-deb` is installed. The runtime is AppImage's own, of its releases; nothing is downloaded here.
- Windows: an installer, by Inno Setup's `iscc`.
- macOS: a disk image with the bundle, by `hdiutil`.

Where one of these tools is missing, the folder that it would have taken stays, and it is said what is missing.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import debian
from contents import LICENCES, NAME, ROOT, TITLE, for_desktop, licence_texts, needed, packages_in, told, version
from requirements import requirements

HERE = Path(__file__).resolve().parent
KEPT = {
    "linux": "~/.local/share/tokenclip-inspector and ~/.config/tokenclip-inspector",
    "darwin": "~/Library/Application Support/tokenclip-inspector",
    "win32": r"%LOCALAPPDATA%\tokenclip-inspector",
}
"""Where results, models and settings are, which stay when the program is removed."""

APP_RUN = """#!/bin/sh
# The first word of a command goes on to the program; without one the window opens.
exec "$(dirname "$(readlink -f "$0")")/usr/lib/tokenclip/tokenclip" "$@"
"""


def frozen(out: Path) -> Path:
    """The folder with the program that PyInstaller makes."""
    line = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--distpath", str(out), "--workpath", str(out / "work")]
    subprocess.run([*line, str(HERE / "tokenclip.spec")], check=True, cwd=ROOT)
    program = out / (f"{TITLE}.app" if sys.platform == "darwin" else "tokenclip")
    if sys.platform == "linux":
        strip(program)
    return program


def strip(program: Path) -> None:
    """Leave out what compilers wrote for debuggers: one library of POT comes with 173 MB of it."""
    tool = shutil.which("strip")
    if tool is None:
        sys.stdout.write("what is for debuggers stays inside: it takes strip (binutils)\n")
        return
    for file in program.rglob("*.so"):
        if b".debug_info\0" in file.read_bytes():
            subprocess.run([tool, "--strip-debug", str(file)], check=True)


def own_licences() -> str:
    """The texts of the program, of Python, and of every package that the program needs."""
    python = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    texts = [(ROOT / "LICENSE").read_text(encoding="utf-8")]
    if python.is_file():
        texts.append(f"{'=' * 78}\nPython {platform.python_version()}\n{python.read_text(encoding='utf-8')}")
    installed = packages_in(Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("platlib")))
    return "\n".join([*texts, *licence_texts(needed(requirements(window=True), installed))])


def app_dir(program: Path, folder: Path) -> Path:
    """What an AppImage holds: the program, the start, the desktop's entry and the icon where they are looked for."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(program, folder / "usr/lib/tokenclip", symlinks=True, copy_function=os.link)
    for_desktop(folder)
    shutil.copy(ROOT / "resources/icons/app.svg", folder / f"{NAME}.svg")
    shutil.copy(HERE / f"linux/{NAME}.desktop", folder)
    (folder / ".DirIcon").symlink_to(f"{NAME}.svg")
    start = folder / "AppRun"
    start.write_text(APP_RUN, encoding="utf-8")
    start.chmod(0o755)
    return folder


def app_image(folder: Path, file: Path, runtime: Path | None) -> str:
    """Pack an AppDir; why it is not packed, "" where it is."""
    given = [] if runtime is None else ["--runtime-file", str(runtime)]
    tool = shutil.which("appimagetool")
    if tool is not None:
        machine = {**os.environ, "ARCH": platform.machine(), "APPIMAGE_EXTRACT_AND_RUN": "1"}
        subprocess.run([tool, "--no-appstream", *given, str(folder), str(file)], check=True, env=machine)
        return ""
    squash = shutil.which("mksquashfs")
    if runtime is None or squash is None:
        lacks = [*([] if runtime else ["--runtime FILE"]), *([] if squash else ["mksquashfs (squashfs-tools)"])]
        return f"{folder} is not packed: it takes appimagetool, or {' and '.join(lacks)}"
    image = file.with_suffix(".squashfs")
    image.unlink(missing_ok=True)
    line = [squash, str(folder), str(image), "-root-owned", "-noappend", "-comp", "zstd", "-quiet", "-no-progress"]
    subprocess.run(line, check=True)
    with file.open("wb") as whole:
        for part in (runtime, image):
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, whole)
    image.unlink()
    file.chmod(file.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return ""


def for_linux(program: Path, out: Path, runtime: Path | None) -> Iterator[str]:
    """The AppImage, and the package for Debian."""
    file = out / f"{TITLE.replace(' ', '_')}-{version()}-{platform.machine()}.AppImage"
    reason = app_image(app_dir(program, out / "AppDir"), file, runtime)
    yield reason or told(file)
    if shutil.which("dpkg-deb") is None:
        yield "no package for Debian: it takes dpkg-deb"
    else:
        yield debian.build(program, out)


def for_windows(program: Path, out: Path) -> Iterator[str]:
    """The installer."""
    tool = shutil.which("iscc")
    if tool is None:
        yield f"{program} is not packed: it takes Inno Setup's iscc"
        return
    facts = {"Version": version(), "Program": str(program), "Output": str(out), "Root": str(ROOT)}
    given = [f"/D{name}={value}" for name, value in facts.items()]
    subprocess.run([tool, "/Q", *given, str(HERE / "windows" / "tokenclip.iss")], check=True)
    yield told(out / f"{NAME}-{version()}-setup.exe")


def for_macos(bundle: Path, out: Path) -> Iterator[str]:
    """The disk image."""
    file = out / f"{NAME}-{version()}-{platform.machine()}.dmg"
    line = ["hdiutil", "create", "-volname", TITLE, "-srcfolder", str(bundle), "-ov", "-format", "UDZO", str(file)]
    subprocess.run(line, check=True)
    yield told(file)


def build(out: Path, runtime: Path | None) -> None:
    """Build everything for this system, and say what there is now."""
    out.mkdir(parents=True, exist_ok=True)
    program = frozen(out)
    inside = program / "Contents" / "Resources" if sys.platform == "darwin" else program
    (inside / LICENCES).write_text(own_licences(), encoding="utf-8")
    kept = KEPT.get(sys.platform, KEPT["linux"])
    (inside / "README.txt").write_text(
        f"{TITLE} {version()}, for the processor. For a GPU or training, install it with pip.\n\n"
        f"Your results, models and settings stay when it is removed: {kept}\n",
        encoding="utf-8",
    )
    if sys.platform == "win32":
        said = for_windows(program, out)
    elif sys.platform == "darwin":
        said = for_macos(program, out)
    else:
        said = for_linux(program, out, runtime)
    for line in said:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("dist"))
    parser.add_argument("--runtime", type=Path, metavar="FILE", help="of AppImages, for this machine's architecture")
    given_words = parser.parse_args()
    build(given_words.out.absolute(), given_words.runtime)
