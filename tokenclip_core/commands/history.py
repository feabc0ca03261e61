"""`history`: what a store holds: runs, their results, other thresholds, two runs compared."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _ActionsContainer
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tokenclip_core.commands.command import Command, ExitCode
from tokenclip_core.commands.options import positive, share
from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.score_words import score_words
from tokenclip_core.printable import printable

if TYPE_CHECKING:
    from tokenclip_core.output.store.history import History
    from tokenclip_core.output.store.summaries import Filter, RunSummary, StoredResult

_EXAMPLES = (
    ("tokenclip history", "the newest runs of the store among your data"),
    ("tokenclip history show 3f2a --verdict defect", "the defective parts of the run whose name begins with 3f2a"),
    ("tokenclip history judge 3f2a --threshold 0.6", "what another threshold would change, without the model"),
    ("tokenclip history alarms 3f2a", "what it called defective and people accepted, by what stands out in it"),
    ("tokenclip history compare 3f2a 81bc", "parts whose verdict differs between two runs"),
    ("tokenclip history --store postgresql://name@server/parts", "of a database server"),
    ("tokenclip history forget --days 365", "delete runs that are older; decisions stay"),
)


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        default="list",
        choices=("list", "show", "judge", "alarms", "compare", "forget"),
        help="what is asked (default: list)",
    )
    parser.add_argument("runs", nargs="*", metavar="RUN", help="beginning of a run's name, as `list` prints it")
    add_store_option(parser, default="default")
    parser.add_argument("--text", default="", metavar="WORDS", help="list, show: only what contains these words")
    parser.add_argument("--verdict", choices=("good", "defect", "inspected", "error"), help="show: only these")
    parser.add_argument("--decision", choices=("accepted", "rejected", "none"), help="show: only these")
    parser.add_argument("--threshold", type=share, metavar="T", help="judge: score from which on a part is defective")
    parser.add_argument(
        "--smallest-region", type=positive, default=1, metavar="PATCHES", help="judge: regions of fewer don't count"
    )
    parser.add_argument(
        "--own-threshold",
        action="append",
        default=[],
        type=_own_threshold,
        metavar="NAME=T",
        help="judge: a subspace's own threshold; may be repeated (default: those of the run)",
    )
    parser.add_argument("--days", type=positive, metavar="N", help="forget: runs that began more than N days ago")
    parser.add_argument("--json", action="store_true", help="print JSON lines")


def add_store_option(parser: _ActionsContainer, default: str | None = None) -> None:
    """Declare `--store`, without which a command keeps nothing unless it has a default."""
    parser.add_argument(
        "--store",
        default=default,
        metavar="URL",
        help="the store: `default` (among your data), a file for SQLite, or a URL such as postgresql://name@server/db; "
        "a password comes from TOKENCLIP_STORE_PASSWORD",
    )


def add_publish_option(parser: _ActionsContainer) -> None:
    """Declare `--publish`: which other programs get each result."""
    parser.add_argument(
        "--publish",
        action="append",
        default=[],
        metavar="WHERE",
        help="mqtt://name@host/prefix (or mqtts://), http:// or https:// (signed POSTs), a file NAME.jsonl, or a "
        "folder; repeated. Passwords come from TOKENCLIP_MQTT_PASSWORD, TOKENCLIP_WEBHOOK_SECRET or the key ring",
    )


def _own_threshold(text: str) -> tuple[str, float]:
    name, sign, value = text.rpartition("=")
    if not sign or not name:
        raise ArgumentTypeError(f"{text!r} is not NAME=T, such as crack=0.4")
    return name, share(value)


def _run(arguments: Namespace) -> int:
    from tokenclip_core.output.store.database import Store
    from tokenclip_core.output.store.history import History

    wanted = {"list": 0, "forget": 0, "show": 1, "judge": 1, "alarms": 1, "compare": 2}[arguments.what]
    needs = {"judge": ("threshold", "--threshold T"), "forget": ("days", "--days N")}.get(arguments.what)
    if len(arguments.runs) != wanted or (needs is not None and getattr(arguments, needs[0]) is None):
        words = f"{wanted} RUN" if wanted else "no RUN"
        option = f" and {needs[1]}" if needs is not None else ""
        sys.stderr.write(f"tokenclip history {arguments.what}: needs {words}{option}\n")
        return ExitCode.WRONG_USAGE
    store = Store.open(arguments.store)
    try:
        history = History(store)
        found = [named_run(history, name) for name in arguments.runs]
        _ANSWERS[arguments.what](history, found, arguments)
    finally:
        store.close()
    return ExitCode.DONE


def named_run(history: History, name: str) -> RunSummary:
    """The one run whose name begins so.

    Raises:
        SettingsError: there is none, or more than one.
    """
    run = history.run(name)
    if run is None:
        raise SettingsError(f"there is not exactly one run whose name begins with {name}; `tokenclip history` has them")
    return run


def _list(history: History, _found: list[RunSummary], arguments: Namespace) -> None:
    for run in history.runs(arguments.text):
        if arguments.json:
            _say_json(asdict(run))
            continue
        state = "" if run.finished else "  (not finished)"
        counts = f"{run.count} parts, {run.defect} defective, {run.error} unreadable"
        sys.stdout.write(f"{run.uid[:8]}  {_time(run.started)}  {run.model}  {counts}  {run.title}{state}\n")
    space = history.space()
    on_disk = f", {space.nbytes / 1e6:.1f} MB on disk" if space.nbytes is not None else ""
    sys.stderr.write(f"{history.store.name}: {space.runs} runs, {space.results} results{on_disk}\n")


def _show(history: History, found: list[RunSummary], arguments: Namespace) -> None:
    from tokenclip_core.output.store.summaries import Filter

    wanted = Filter(arguments.verdict or "", arguments.decision or "", arguments.text)
    for result in all_results(history, found[0].uid, wanted):
        if arguments.json:
            _say_json(asdict(result))
            continue
        score = "unread" if result.score is None else score_words(result.score, 4)
        decision = result.decision
        said = f"  {decision.decision} by {decision.who} {_time(decision.moment)}" if decision else ""
        sys.stdout.write(f"{score}  {result.verdict or result.error or '':6}  {result.path}{said}\n")


def all_results(history: History, run: str, wanted: Filter) -> Iterator[StoredResult]:
    """Every result of a run, page by page; see `History.results`."""
    page = history.results(run, wanted)
    while page:
        yield from page
        page = history.results(run, wanted, after=page[-1].position)


def _judge(history: History, found: list[RunSummary], arguments: Namespace) -> None:
    run = found[0]
    own = dict(arguments.own_threshold)
    unknown = [name for name in own if name not in run.subspaces]
    if unknown:
        raise SettingsError(f"the run has no subspace {unknown[0]}; it has {', '.join(run.subspaces) or 'none'}")
    judged = history.judge_again(
        run.uid, arguments.threshold, minimum_size=arguments.smallest_region, own_thresholds=own or None
    )
    defective = int(judged.defect.sum())
    if arguments.json:
        _say_json({"parts": len(judged.defect), "defective": defective, "changed": judged.changed})
    else:
        sys.stdout.write(f"{len(judged.defect)} parts, {defective} defective, {judged.changed} verdicts change\n")


def _alarms(history: History, found: list[RunSummary], arguments: Namespace) -> None:
    groups = history.false_alarms(found[0].uid)
    for group in groups:
        if arguments.json:
            _say_json({"subspaces": group.subspaces, "parts": [result.path for result in group.results]})
            continue
        sys.stdout.write(f"{len(group.results)}  {' + '.join(group.subspaces) or 'unknown'}\n")
        sys.stdout.writelines(f"    {printable(result.path)}\n" for result in group.results)
    sys.stderr.write(f"{sum(len(group.results) for group in groups)} false alarms in {len(groups)} groups\n")


def _compare(history: History, found: list[RunSummary], arguments: Namespace) -> None:
    from tokenclip_core.recipes.differences import stored_differences

    count = 0
    for difference in history.compare(found[0].uid, found[1].uid):
        count += 1
        if arguments.json:
            _say_json(asdict(difference))
        else:
            sys.stdout.write(f"{difference.before or '-'} → {difference.after or '-'}  {difference.path}\n")
    sys.stderr.write(f"{count} verdicts differ\n")
    for words in stored_differences(history.recipe(found[0].uid), history.recipe(found[1].uid)):
        sys.stderr.write(f"{printable(words)}\n")


def _forget(history: History, _found: list[RunSummary], arguments: Namespace) -> None:
    until = datetime.now(UTC) - timedelta(days=arguments.days)
    sys.stdout.write(f"{history.forget_before(until.timestamp())} runs deleted\n")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def _say_json(values: object) -> None:
    sys.stdout.write(json.dumps(values, ensure_ascii=True) + "\n")


_ANSWERS: dict[str, Callable[[History, list[RunSummary], Namespace], None]] = {
    "list": _list,
    "show": _show,
    "judge": _judge,
    "alarms": _alarms,
    "compare": _compare,
    "forget": _forget,
}

COMMAND = Command(_EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
