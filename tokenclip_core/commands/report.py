"""`report`: a page or a PDF of what a run found, from its folder or from a store; no model runs."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tokenclip_core.commands.command import Command, ExitCode, UsageError
from tokenclip_core.commands.history import add_store_option
from tokenclip_core.commands.options import positive, share
from tokenclip_core.commands.progress import Progress
from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.judgement import DEFAULT_THRESHOLD

if TYPE_CHECKING:
    from tokenclip_core.output.report_of_run import FinishedRun, PageMaker
    from tokenclip_core.output.report_page import Said
    from tokenclip_core.output.rows import ResultRow
    from tokenclip_core.output.store.history import History
    from tokenclip_core.output.store.summaries import StoredResult

_NAME = "report.html"
_PDF = ".pdf"
_EXAMPLES = (
    ("tokenclip report results", "results/report.html of what `inspect --out results` left there"),
    ("tokenclip report results --to line1.pdf --pictured 50", "as PDF, the 50 worst parts with pictures"),
    ("tokenclip report --run 3f2a --to monday.html", "of a run of the store, with what people decided"),
    ("tokenclip report results --language zh_CN", "in Chinese"),
)


def _add_arguments(parser: ArgumentParser) -> None:
    from tokenclip_core.output.report_of_run import MOST_PICTURED

    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="folder that inspect --out wrote to")
    parser.add_argument("--run", metavar="RUN", help="instead: beginning of a run's name, as `history` prints it")
    add_store_option(parser, default="default")
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help=f"a page ending in .html, or a {_PDF} (default: DIR/{_NAME})"
    )
    parser.add_argument(
        "--pictured",
        type=positive,
        default=MOST_PICTURED,
        metavar="N",
        help=f"worst parts with pictures (default: {MOST_PICTURED})",
    )
    parser.add_argument(
        "--threshold",
        type=share,
        default=DEFAULT_THRESHOLD,
        metavar="T",
        help=f"judges the parts of a run that was made without a threshold (default: {DEFAULT_THRESHOLD})",
    )
    parser.add_argument("--language", default="en", metavar="NAME", help="of its words: en or zh_CN (default: en)")


def _run(arguments: Namespace) -> int:
    from tokenclip_core.output.report_of_run import run_in_folder, write_report

    if (arguments.folder is None) == (arguments.run is None):
        raise UsageError("name either a folder or --run RUN")
    if arguments.run is not None and arguments.to is None:
        raise UsageError("--run needs --to FILE")
    place: Path = arguments.to if arguments.to is not None else arguments.folder / _NAME
    make = _maker(arguments, place)
    run = _stored_run(arguments) if arguments.folder is None else run_in_folder(arguments.folder)
    progress = Progress(min(arguments.pictured, len(run.rows)), word="parts")
    try:
        writing = write_report(
            run,
            place,
            make,
            pictured=arguments.pictured,
            language=arguments.language,
            threshold=arguments.threshold,
        )
        for _ in writing:
            progress.advance()
    except OSError as error:
        raise SettingsError(f"{place} cannot be written ({error.strerror}); name another place with --to") from error
    finally:
        progress.clear()
    unreadable = any(row.error is not None for row in run.rows)
    sys.stdout.write(f"{len(run.rows)} parts in {place}\n")
    return ExitCode.SOME_UNREADABLE if unreadable else ExitCode.DONE


def _maker(arguments: Namespace, place: Path) -> PageMaker:
    from tokenclip_core.output.report import ReportWriter

    if place.suffix.lower() != _PDF:
        return ReportWriter
    paper: PageMaker | None = arguments.paper
    if paper is None:
        raise UsageError("a PDF needs the window's part of the program; name a file that ends in .html")
    return paper


def _stored_run(arguments: Namespace) -> FinishedRun:
    from tokenclip_core.commands.history import all_results, named_run
    from tokenclip_core.output.report_of_run import FinishedRun, settings_in_words
    from tokenclip_core.output.store.database import Store
    from tokenclip_core.output.store.history import History
    from tokenclip_core.output.store.summaries import Filter

    store = Store.open(arguments.store)
    try:
        history = History(store)
        run = named_run(history, arguments.run)
        results = list(all_results(history, run.uid, Filter()))
        rows = [_row(history, result, run.model, run.subspaces) for result in results]
        said = dict(_said(results))
        return FinishedRun(run.title or run.uid, rows, settings_in_words(run.settings), said)
    finally:
        store.close()


def _row(history: History, result: StoredResult, model: str, subspaces: tuple[str, ...]) -> ResultRow:
    from tokenclip_core.judgement.findings import Region
    from tokenclip_core.output.rows import ResultRow, SubspaceRow

    regions = history.regions(result.uid) if result.verdict == "defect" else []
    return ResultRow(
        result.path,
        width=result.width,
        height=result.height,
        score=result.score,
        threshold=result.threshold,
        verdict="defect" if result.verdict == "defect" else "good" if result.verdict == "good" else None,
        regions=tuple(
            Region(int(x), int(y), int(width), int(height), int(area), peak)
            for x, y, width, height, area, peak in regions
        ),
        subspaces=tuple(SubspaceRow(name, 0.0, level) for name, level in zip(subspaces, result.levels, strict=False)),
        model=model,
        error=result.error,
    )


def _said(results: list[StoredResult]) -> Iterator[tuple[str, Said]]:
    from tokenclip_core.output.report_page import MOMENT, Said

    for result in results:
        decision = result.decision
        if decision is not None:
            when = datetime.fromtimestamp(decision.moment).astimezone().strftime(MOMENT)
            yield result.path, Said(decision.decision, decision.note, decision.who, when)


COMMAND = Command(_EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
