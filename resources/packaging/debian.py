"""Builds a package for Debian: the window and all commands, without torch.

    python3.11 resources/packaging/debian.py --out dist

Run it with the version of Python that the target system has: the package holds libraries that are compiled for it, and
asks for it. It needs pip, and dpkg-deb. What is inside: the program, its models, OpenVINO, Qt, and the licence texts of
all of them. torch is left out: who needs a GPU or wants to train, adds it as the package's description says.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from contents import MOST_MEGABYTES, NAME, ROOT, licence_texts, packages_in, version

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


def install_packages(target: Path) -> None:
    """The program and all that it needs, but for torch, into a folder."""
    from requirements import requirements

    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target", str(target)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([*pip, *requirements(window=True)], check=True, env=environment)
    subprocess.run([*pip, "--no-deps", str(ROOT)], check=True, env=environment)
    for waste in ("bin", "tests"):
        shutil.rmtree(target / waste, ignore_errors=True)


def lay_out(tree: Path) -> None:
    """Everything where the system expects it, below a folder."""
    library = tree / "usr/lib" / NAME
    install_packages(library)
    places = {
        "usr/share/applications": HERE / "linux/tokenclip-inspector.desktop",
        "usr/share/mime/packages": HERE / "linux/tokenclip-inspector.xml",
        "lib/systemd/system": HERE / "tokenclip-station@.service",
    }
    for place, file in places.items():
        (tree / place).mkdir(parents=True, exist_ok=True)
        shutil.copy(file, tree / place)
    icons = tree / "usr/share/icons/hicolor/scalable/apps"
    icons.mkdir(parents=True)
    shutil.copy(ROOT / "resources/icons/app.svg", icons / f"{NAME}.svg")
    documents = tree / "usr/share/doc" / NAME
    documents.mkdir(parents=True)
    own = (ROOT / "LICENSE").read_text(encoding="utf-8")
    (documents / "copyright").write_text("\n".join([own, *licence_texts(packages_in(library))]), encoding="utf-8")
    start = tree / "usr/bin/tokenclip"
    start.parent.mkdir(parents=True)
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    start.write_text(
        f"#!/bin/sh\nexport PYTHONPATH=/usr/lib/{NAME}${{PYTHONPATH:+:$PYTHONPATH}} PYTHONDONTWRITEBYTECODE=1\n"
        f'exec /usr/bin/{python} -c "import sys; from tokenclip_core.launch import main; sys.exit(main())" "$@"\n',
        encoding="utf-8",
    )
    start.chmod(0o755)


def write_control(tree: Path) -> None:
    """What the package says of itself, and what happens when it is removed."""
    kilobytes = sum(file.lstat().st_size for file in tree.rglob("*") if not file.is_dir()) >> 10
    minor = sys.version_info[1]
    control = tree / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(
        f"Package: {NAME}\nVersion: {version()}\nArchitecture: {architecture()}\nSection: science\nPriority: optional\n"
        f"Maintainer: TokenCLIP Inspector\nInstalled-Size: {kilobytes}\n"
        f"Depends: python3.{minor}, {', '.join(LIBRARIES)}\n"
        "Description: find and understand defects on parts, without training on them\n"
        " The window, the command line and stations, on the processor. For a GPU or training, add\n"
        " torch, open_clip_torch and timm: make a folder with\n"
        " `pip install --target DIR torch open_clip_torch timm`, and set PYTHONPATH=DIR.\n",
        encoding="utf-8",
    )
    removal = control / "postrm"
    removal.write_text(
        "#!/bin/sh\nset -e\n"
        'if [ "$1" = remove ] || [ "$1" = purge ]; then\n'
        '    echo "Your results, models and settings stay in ~/.local/share/tokenclip-inspector,"\n'
        '    echo "~/.config and, of stations, in /var/lib/tokenclip; delete them there if you want to."\nfi\nexit 0\n',
        encoding="utf-8",
    )
    removal.chmod(0o755)


def build(out: Path, compression: str) -> Path:
    """Build the package; its file.

    Raises:
        SystemExit: it is larger than promised.
    """
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{NAME}_{version()}_{architecture()}.deb"
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place) / "tree"
        tree.mkdir(mode=0o755)
        lay_out(tree)
        write_control(tree)
        line = ["dpkg-deb", "--root-owner-group", f"-Z{compression}", "--build", str(tree), str(file)]
        subprocess.run(line, check=True)
    megabytes = file.stat().st_size / 1e6
    sys.stdout.write(f"{file}: {megabytes:.0f} MB\n")
    if megabytes > MOST_MEGABYTES:
        raise SystemExit(f"it has more than {MOST_MEGABYTES} MB")
    return file


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("dist"))
    parser.add_argument("--compression", choices=("xz", "gzip", "zstd"), default="xz")
    given = parser.parse_args()
    build(given.out, given.compression)
