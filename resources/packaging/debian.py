"""The package for Debian: the program's folder with its own interpreter, where the system expects it, without torch.

`bundle.py` builds it. It asks for the libraries of a desktop and for no Python, so it is the same for every release of
Debian and Ubuntu whose libc is as new as the one of the system that it was built on.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from contents import LICENCES, NAME, TITLE, for_desktop, told, version

HERE = Path(__file__).resolve().parent
LIBRARIES = (
    "libgl1",
    "libglib2.0-0",
    "libxcb1",
    "libegl1",
    "libxkbcommon-x11-0",
    "libdbus-1-3",
    "libfontconfig1",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
    "libxcb-xkb1",
    "libxcb-image0",
    "libxcb-render-util0",
    "libxcb-util1",
)


def architecture() -> str:
    """The machine's, as Debian calls it."""
    line = ["dpkg", "--print-architecture"]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()


def lay_out(program: Path, tree: Path) -> None:
    """Everything where the system expects it, below a folder.

    Args:
        program: the folder with the program and the licence texts of all that is inside.
        tree: a folder that is empty.
    """
    shutil.copytree(program, tree / "usr/lib" / NAME, symlinks=True, copy_function=os.link)
    for_desktop(tree)
    units = tree / "lib/systemd/system"
    units.mkdir(parents=True)
    shutil.copy(HERE / "tokenclip-station@.service", units)
    documents = tree / "usr/share/doc" / NAME
    documents.mkdir(parents=True)
    shutil.move(tree / "usr/lib" / NAME / LICENCES, documents / "copyright")
    start = tree / "usr/bin/tokenclip"
    start.parent.mkdir(parents=True)
    start.symlink_to(f"../lib/{NAME}/tokenclip")


def write_control(tree: Path) -> None:
    """What the package says of itself, and what happens when it is removed."""
    kilobytes = sum(file.lstat().st_size for file in tree.rglob("*") if not file.is_dir()) >> 10
    control = tree / "DEBIAN"
    control.mkdir()
    # What was compiled or collected here asks for no newer libc than this system's.
    needs = [f"libc6 (>= {platform.libc_ver()[1]})", *LIBRARIES]
    (control / "control").write_text(
        f"Package: {NAME}\nVersion: {version()}\nArchitecture: {architecture()}\nSection: science\nPriority: optional\n"
        f"Maintainer: {TITLE}\nInstalled-Size: {kilobytes}\nDepends: {', '.join(needs)}\n"
        "Description: find and understand defects on parts, without training on them\n"
        " The window, the command line and stations, on the processor. For a GPU or training,\n"
        " install the program with pip instead, as its README says.\n",
        encoding="utf-8",
    )
    removal = control / "postrm"
    removal.write_text(
        "#!/bin/sh\nset -e\n"
        'if [ "$1" = remove ]; then\n'
        '    echo "Your results, models and settings stay in ~/.local/share/tokenclip-inspector,"\n'
        '    echo "~/.config/tokenclip-inspector and, of stations, in /var/lib/tokenclip;"\n'
        '    echo "delete them there if you want to."\nfi\nexit 0\n',
        encoding="utf-8",
    )
    removal.chmod(0o755)


def build(program: Path, out: Path, compression: str = "zstd") -> str:
    """Build the package; what is said of it.

    Args:
        program: see `lay_out`.
        out: the folder for the package; on the disk of the program's, whose files are not copied.
        compression: as dpkg-deb calls it.

    Raises:
        SystemExit: it is larger than promised.
    """
    file = out / f"{NAME}_{version()}_{architecture()}.deb"
    with tempfile.TemporaryDirectory(dir=out) as place:
        tree = Path(place) / "tree"
        tree.mkdir(mode=0o755)
        lay_out(program, tree)
        write_control(tree)
        line = ["dpkg-deb", "--root-owner-group", f"-Z{compression}", "--build", str(tree), str(file)]
        subprocess.run(line, check=True)
    return told(file)
