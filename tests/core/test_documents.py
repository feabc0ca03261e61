"""The documents say what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tokenclip_core.commands.cli import COMMANDS, command_parser
from tokenclip_core.process.system_libraries import PACKAGES

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")


@pytest.fixture(scope="module")
def readme(project_root: Path) -> str:
    return (project_root / "README.md").read_text("utf-8")


@pytest.mark.parametrize("mark", ["demo", "test"])
def test_the_line_for_linux_brings_every_library(readme: str, mark: str) -> None:
    block = readme.split(f"<!-- command: {mark} -->\n```sh\n")[1].split("\n```")[0]
    assert "\n" not in block
    assert set(PACKAGES) <= set(block.split(" && ")[1].split())


def test_every_command_is_listed_and_its_examples_are_valid(readme: str) -> None:
    for name in COMMANDS:
        assert f"| `{name} " in readme
    lines = re.findall(r"`(?:\.venv/bin/)?tokenclip (\w+) ([^`]*)`", readme)
    for name, words in lines:
        if "…" not in words and name in COMMANDS:
            command_parser(COMMANDS[name]).parse_args([word for word in words.split() if word])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(project_root: Path, name: str) -> None:
    text = (project_root / name).read_text("utf-8")
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert (project_root / target).exists(), target
