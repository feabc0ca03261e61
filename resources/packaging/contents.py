"""What all packages of the program have in common: its name, version, and the licence texts of what is inside."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = "tokenclip-inspector"
TITLE = "TokenCLIP Inspector"
MOST_MEGABYTES = 400
_LICENCE = re.compile(r"(licen[cs]e|copying|notice|copyright|authors)", re.IGNORECASE)


def version() -> str:
    """The program's own."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


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
