"""Starts TokenCLIP Inspector: the window, or with a command's name the command line (`python main.py --help`)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from tokenclip_core.commands import cli
from tokenclip_core.process.bundled import is_bundled, runs_module
from tokenclip_core.process.threads import size_thread_pools

if TYPE_CHECKING:
    from tokenclip_core.output.report_of_run import Pages
    from tokenclip_core.output.report_page import ReportFacts


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with the given words, those of the process by default, and return its exit code."""
    if is_bundled() and runs_module(sys.argv[1:]):
        return 0
    size_thread_pools()
    return cli.main(argv, open_window=_open_window, paper=_paper)


def _open_window(paths: Sequence[Path], *, demo: bool, camera: str | None, recipe: Path | None) -> int:
    # Imported here so that commands run where there is no Qt, and after the check that Qt can start at all.
    from tokenclip_core.process.system_libraries import check_window

    check_window()
    from app.shell.bootstrap import run

    return run(paths, demo=demo, camera=camera, recipe=recipe)


def _paper(place: Path, facts: ReportFacts) -> AbstractContextManager[Pages]:
    from app.report.printing import paper_writer

    return paper_writer(place, facts)


if __name__ == "__main__":
    sys.exit(main())
