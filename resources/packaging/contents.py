"""What all packages have in common: name, version, size, files for the desktop, and licence texts of what is inside."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = "tokenclip-inspector"
TITLE = "TokenCLIP Inspector"
MOST_MEGABYTES = 400
LICENCES = "LICENCES.txt"
"""The file in the program's folder with the licence texts of all that is inside."""
_LICENCE = re.compile(r"(licen[cs]e|copying|notice|copyright|authors)", re.IGNORECASE)


def version() -> str:
    """The program's own."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def told(file: Path) -> str:
    """What is said of a package that was built.

    Raises:
        SystemExit: it is larger than promised.
    """
    megabytes = file.stat().st_size / 1e6
    if megabytes > MOST_MEGABYTES:
        raise SystemExit(f"{file} has {megabytes:.0f} MB, more than {MOST_MEGABYTES}")
    return f"{file}: {megabytes:.0f} MB"


def for_desktop(tree: Path) -> None:
    """Lay the entry, the icon and the kind of file of recipes where a Linux desktop looks for them, below a folder."""
    linux = ROOT / "resources" / "packaging" / "linux"
    places = {
        f"usr/share/applications/{NAME}.desktop": linux / f"{NAME}.desktop",
        f"usr/share/mime/packages/{NAME}.xml": linux / f"{NAME}.xml",
        f"usr/share/icons/hicolor/scalable/apps/{NAME}.svg": ROOT / "resources" / "icons" / "app.svg",
    }
    for place, file in places.items():
        (tree / place).parent.mkdir(parents=True)
        shutil.copy(file, tree / place)


def packages_in(*folders: Path) -> list[Distribution]:
    """All that is installed in some folders, by name."""
    found = distributions(path=[str(folder) for folder in folders])
    return sorted(found, key=lambda one: one.metadata["Name"].lower())


def needed(wanted: Iterable[str], installed: Iterable[Distribution]) -> list[Distribution]:
    """Of what is installed only what is needed, by name: some packages, and all that these need.

    Args:
        wanted: requirements as `requirements.requirements` gives them.
        installed: see `packages_in`.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    known = {canonicalize_name(one.metadata["Name"]): one for one in installed}
    left = [Requirement(words) for words in wanted]
    found: dict[str, Distribution] = {}
    while left:
        one = left.pop()
        name = canonicalize_name(one.name)
        if name in found or name not in known or (one.marker is not None and not one.marker.evaluate({"extra": ""})):
            continue
        found[name] = known[name]
        left += [Requirement(words) for words in known[name].requires or ()]
    return [found[name] for name in sorted(found)]


def licence_texts(packages: Iterable[Distribution]) -> Iterator[str]:
    """For each package inside: its name, version and licence, and the texts that came with it."""
    for found in packages:
        facts = found.metadata
        licence = facts.get("License-Expression") or facts.get("License") or "see below"
        yield f"{'=' * 78}\n{facts['Name']} {facts['Version']}\nLicence: {licence.splitlines()[0]}\n"
        for file in _licence_files(found):
            yield f"{'-' * 78}\n{file.name}\n\n{file.read_text(encoding='utf-8', errors='replace')}\n"


def _licence_files(found: Distribution) -> Iterator[Path]:
    for file in found.files or ():
        place = Path(str(file.locate()))
        if _LICENCE.search(file.name) and ".dist-info" in str(file) and place.is_file():
            yield place
