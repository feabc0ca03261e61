"""Installs what was built in a Debian with nothing but its base, opens the window there, inspects, and removes it.

    export PYTHONPATH=tests:tests/benchmarks:resources/packaging
    python tests/soak/minimal_debian.py dist/*.deb --pictures pictures
    python tests/soak/minimal_debian.py dist/AppDir --pictures pictures

Takes a package for Debian, an AppImage, or the folder that an AppImage is packed from. It makes the system by
debootstrap (`--root DIR` keeps it and uses it again), shows the window on a screen of Xvfb, and prints the seconds from
the start to the first heatmap for a person who never used the program and for one who did, what `tokenclip inspect`
found, and what removing it left. Exits with 1 where the system needed a Python, where something failed, or where files
of the package stayed. Needs root, debootstrap, Xvfb, ImageMagick's `import`, and Debian's packages within reach.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from contents import NAME
from debian import LIBRARIES
from processes import processor_seconds
from window import HEATMAP, SHOWN, milestones, wait_for_heatmap

PERSON = "person"
HOME = f"/home/{PERSON}"
SCREEN = "1366x768x24"
SETTLED_SECONDS = 5.0
LEFT_ALONE = ("proc", "dev", "tmp", "home", "var", "run", "sys")
"""Folders whose files are not the package's: the person's, and what apt and dpkg keep."""


class System:
    """A system below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / HOME[1:]

    def run(self, *words: str, check: bool = True) -> str:
        """What a command of root says there."""
        line = ["chroot", str(self.root), "/usr/bin/env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", *words]
        done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if check and done.returncode:
            raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-2000:]}")
        return done.stdout

    def line(self, *words: str, **variables: str) -> list[str]:
        """How a command of an ordinary person is started there, in their home."""
        person = ["chroot", f"--userspec={PERSON}", str(self.root), "/usr/bin/env", "-i", f"--chdir={HOME}"]
        known = {"HOME": HOME, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **variables}
        return [*person, *(f"{name}={value}" for name, value in known.items()), *words]

    def welcome(self) -> None:
        """Let an ordinary person be there who has never used it."""
        if self.home.exists():
            self.run("userdel", "--remove", PERSON)
        self.run("useradd", "--create-home", PERSON)

    def files(self) -> set[str]:
        """All files of the system itself."""
        pruned = [word for name in LEFT_ALONE for word in ("-path", f"./{name}", "-o")][:-1]
        line = ["find", ".", "(", *pruned, ")", "-prune", "-o", "!", "-type", "d", "-print"]
        return set(subprocess.run(line, cwd=self.root, check=True, capture_output=True, text=True).stdout.splitlines())


@contextmanager
def system(root: Path) -> Iterator[System]:
    """Debian's base below a folder, made where there is none; screens of this machine are reached from there."""
    if not (root / "etc/debian_version").exists():
        line = ["debootstrap", "--variant=minbase", "bookworm", str(root)]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    with ExitStack() as mounted:
        for kind, place in (("proc", root / "proc"), ("sysfs", root / "sys")):
            place.mkdir(exist_ok=True)
            subprocess.run(["mount", "-t", kind, kind, str(place)], check=True)
            mounted.callback(subprocess.run, ["umount", "--lazy", str(place)], check=True)
        yield System(root)


@contextmanager
def screen() -> Iterator[str]:
    """The name of a screen that is there meanwhile."""
    reading, writing = os.pipe()
    line = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-ac", "-nolisten", "tcp"]
    with subprocess.Popen(line, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as said:
            name = f":{said.readline().strip()}"
        try:
            yield name
        finally:
            server.terminate()


def install(where: System, package: Path) -> str:
    """Install what was built; the command that starts it."""
    where.run("apt-get", "update", "-qq")
    apt = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    place = where.home / package.name
    there = f"{HOME}/{package.name}"
    if package.suffix == ".deb":
        shutil.copy(package, place)
        where.run(*apt, there)
        place.unlink()
        return "/usr/bin/tokenclip"
    # What a desktop has anyway; an AppImage brings the rest.
    where.run(*apt, *LIBRARIES)
    if package.is_dir():
        shutil.copytree(package, place, symlinks=True)
        return f"{there}/AppRun"
    shutil.copy(package, place)
    return there


def open_window(where: System, command: str, picture: Path) -> str:
    """Open the window, take its picture, close it; the seconds from the start."""
    trace = where.home / "trace.jsonl"
    trace.write_text("")
    trace.chmod(0o666)
    with screen() as name:
        started = time.time()
        line = where.line(command, "--demo", DISPLAY=name, TOKENCLIP_TRACE=trace.name)
        with subprocess.Popen(line) as window:
            try:
                wait_for_heatmap(window, trace)
                computed = processor_seconds(window.pid)
                time.sleep(SETTLED_SECONDS)
                subprocess.run(["import", "-display", name, "-window", "root", str(picture)], check=True)
                window.send_signal(signal.SIGINT)
                window.wait(60)
            finally:
                window.kill()
    found = milestones(trace)
    shown, heatmap = (found[name]["time"] - started for name in (SHOWN, HEATMAP))
    load = os.getloadavg()[0]
    return (
        f"window after {shown:.1f} s, first heatmap after {heatmap:.1f} s at a load of {load:.0f} on {os.cpu_count()} "
        f"processors, {computed:.1f} s of their time: {picture}"
    )


def inspect(where: System, command: str) -> str:
    """Inspect made-up parts there; the verdicts."""
    for words in (["--version"], ["samples", "parts", "--count", "6"]):
        subprocess.run(where.line(command, *words), check=True, stdout=subprocess.DEVNULL)
    line = where.line(command, "inspect", "parts", "--out", "results", "--threshold", "0.5")
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    results = where.home / "results" / "results.jsonl"
    if done.returncode not in (0, 3) or not results.exists():
        raise SystemExit(f"inspect ended with {done.returncode}: {done.stderr[-2000:]}")
    rows = [json.loads(one) for one in results.read_text("utf-8").splitlines()]
    return f"inspected {len(rows)}: {', '.join(str(row['verdict']) for row in rows)}"


def remove(where: System, package: Path, before: set[str]) -> Iterator[str]:
    """Remove it; what it says, and what stayed."""
    if package.suffix != ".deb":
        shutil.rmtree(where.home / package.name, ignore_errors=True)
        (where.home / package.name).unlink(missing_ok=True)
        return
    said = where.run("apt-get", "purge", "-y", "-qq", NAME).splitlines()
    yield from (line for line in said if "~/" in line or "/var/lib" in line or "delete them" in line)
    where.run("apt-get", "purge", "-y", "-qq", "--autoremove")
    left = where.files() - before
    yield f"{len(left)} files of the system stayed{': ' if left else ''}{', '.join(sorted(left)[:5])}"
    own = sorted(place.name for place in (where.home / ".local/share").glob("*"))
    yield f"of the person's own stayed: {', '.join(own)}"
    if any("tokenclip" in file for file in left) or NAME not in own:
        raise SystemExit("removing it was not clean")


def trial(where: System, package: Path, pictures: Path) -> Iterator[str]:
    """Everything with one package, line by line."""
    where.welcome()
    before = where.files()
    if where.run("sh", "-c", "command -v python3 || true").strip():
        raise SystemExit(f"{where.root} has a Python already: take another --root")
    command = install(where, package)
    yield f"{package.name}: {size(package):.0f} MB, {len(where.files() - before)} new files"
    for time_of_use in ("first", "second"):
        picture = pictures / f"{package.name}_{time_of_use}.png"
        yield f"{time_of_use} run: {open_window(where, command, picture)}"
    yield inspect(where, command)
    python = where.run("sh", "-c", "command -v python3 || true").strip()
    yield f"a Python of the system: {python or 'none'}"
    yield from remove(where, package, before)
    if python:
        raise SystemExit("it brought a Python of the system with it")


def size(package: Path) -> float:
    """Megabytes of a file, or of all in a folder."""
    files: Sequence[Path] = [package] if package.is_file() else [one for one in package.rglob("*") if one.is_file()]
    return sum(one.lstat().st_size for one in files) / 1e6


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", type=Path, nargs="+")
    parser.add_argument("--pictures", type=Path, default=Path("pictures"))
    parser.add_argument("--root", type=Path)
    given = parser.parse_args()
    lacks = [tool for tool in ("debootstrap", "Xvfb", "import") if shutil.which(tool) is None]
    if lacks or os.geteuid():
        sys.exit(f"it needs root and {', '.join(lacks) or 'nothing else'}")
    given.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, system(given.root or Path(temporary) / "root") as debian:
        for asked in given.packages:
            for line in trial(debian, asked.absolute(), given.pictures):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
