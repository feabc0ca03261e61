"""Another mix outdates no list: what is kept of parts is scored anew, behind everything else, without the model."""

from __future__ import annotations

from pathlib import Path

from batch_fakes import Watched
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

from app.batch.kept import KeptParts
from app.editing.adjustments import Mix
from app.parts.images import ImageStore
from app.parts.state import ModelChoice
from app.work.engine import Engine
from app.work.jobs import Cancellation

MUTED = Mix(muted=frozenset({1}))


def test_only_what_is_kept_is_scored(parts: Path) -> None:
    inspector = Watched()
    engine = Engine(ImageStore(), lambda *_given: inspector)
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    paths = sorted(str(path) for path in parts.iterdir())
    for path in paths[:2]:
        engine.inspect(path, Mix(), Cancellation())
    encoded = inspector.encoded
    kept = KeptParts(engine, lambda: False, enumerate(paths))
    numbers = {}
    while kept.left:
        report = kept.work(MUTED, Cancellation())
        assert report.mix == MUTED
        assert report.failures == []
        numbers |= {summary.number: summary.score for summary in report.summaries}
    assert sorted(numbers) == [0, 1]
    assert inspector.encoded == encoded
    assert numbers[1] == engine.inspect(paths[1], MUTED, Cancellation()).score


def test_it_makes_way(parts: Path) -> None:
    inspector = Watched()
    engine = Engine(ImageStore(), lambda *_given: inspector)
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    path = str(parts / "part_0001.png")
    engine.inspect(path, Mix(), Cancellation())
    waits = [True, False]
    kept = KeptParts(engine, lambda: waits.pop(0) if waits else False, [(1, path)])
    assert kept.work(MUTED, Cancellation()).summaries == []
    assert kept.left == 1
    assert [summary.number for summary in kept.work(MUTED, Cancellation()).summaries] == [1]


def test_the_list_follows_the_mixer(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assembly.actions.run("inspect-all")
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    before = [part.score for part in assembly.session.parts]
    assembly.judging.set_mix(frozenset({0}), frozenset())
    assert any(part.outdated for part in assembly.session.parts)
    qtbot.waitUntil(lambda: not any(part.outdated for part in assembly.session.parts), timeout=WAIT)
    after = [part.score for part in assembly.session.parts]
    assert None not in after
    assert after != before
