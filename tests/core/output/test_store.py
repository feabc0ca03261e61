"""The store: what is put is kept once, whatever happens to the database, and answers questions exactly."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from postgres_server import PostgresServer, why_not
from sqlalchemy import text
from sqlalchemy.engine import make_url
from store_events import SETTINGS, result_of, run_of

import tokenclip_core.output.store
from tokenclip_core.output.store.database import Store, StoreError, move_aside, store_url
from tokenclip_core.output.store.events import (
    Decided,
    Event,
    ResultMade,
    RunEnds,
    channel_details,
    event_from_json,
    settings_fingerprint,
)
from tokenclip_core.output.store.history import History
from tokenclip_core.output.store.schema import WHOLE_PART, metadata
from tokenclip_core.output.store.spool import Spool, spool_folder
from tokenclip_core.output.store.summaries import Filter
from tokenclip_core.output.store.writing import MOST_IN_BATCH, StoreWriter

PATIENCE = 60.0
MIGRATIONS = Path(tokenclip_core.output.store.__file__).parent / "migrations"
UNREADABLE = {"score": 0.0, "verdict": None, "levels": (), "error": "\x1b[1mno picture\0"}


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("TOKENCLIP_DATA_DIR", str(folder))
    return folder


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    if why_not():
        pytest.skip(why_not())
    server = PostgresServer()
    server.start()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        made = Store.open(tmp_path / "history.sqlite")
    else:
        made = Store.connect(request.getfixturevalue("server").url)
        with made.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        made.prepare()
    yield made
    made.close()


def write(store: Store, *events: Event) -> None:
    writer = StoreWriter(store)
    writer.put(*events)
    assert writer.flush(PATIENCE)
    assert writer.problem == ""
    writer.close()


def test_the_migrations_make_the_tables_of_the_schema(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.prepare()


def test_a_store_of_before_is_brought_up_to_date(tmp_path: Path) -> None:
    store = Store.connect(tmp_path / "old.sqlite")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO stations VALUES (1, 'desk')"))
        connection.execute(
            text(
                "INSERT INTO runs VALUES (1, 'run-0', 1, NULL, 'window', 'parts', 5.0, NULL, 0, 'compact', 0.5, "
                "'', '{}', '[]', '[\"crack\"]', 1, 0, 0, 0)"
            )
        )
        connection.execute(text("INSERT INTO parts VALUES (1, '/parts/a.png', 'abc', 1, 1)"))
        levels = np.asarray([0.25], "<f4").tobytes()
        connection.execute(
            text(
                "INSERT INTO results VALUES (1, 'run-0:0', 1, 1, 0, 5.0, 0.25, 0.5, 'good', NULL, 1, 1, NULL, NULL, "
                ":levels, '{}')"
            ),
            {"levels": levels},
        )
    store.prepare()
    history = History(store)
    assert history.judge_again("run-0", 0.2).changed == 1
    assert history.judge_again("run-0", 0.9, own_thresholds={"crack": 0.25}).changed == 1
    write(store, run_of(), result_of(0))
    assert [run.count for run in history.runs()] == [1, 1]
    store.close()


def test_what_is_put_is_found(store: Store) -> None:
    results = [result_of(place, 0.1 * place) for place in range(10)]
    unreadable = result_of(10, **UNREADABLE)
    write(store, run_of(), *results, unreadable, RunEnds("run-1", 2000.0, finished=True))
    history = History(store)
    (run,) = history.runs()
    assert (run.good, run.defect, run.inspected, run.error, run.count) == (5, 5, 0, 1, 11)
    assert (run.finished, run.ended, run.settings, run.sizes) == (True, 2000.0, SETTINGS, (1, 2, 5))
    found = history.results("run-1")
    assert [result.score for result in found] == [result.score for result in (*results, unreadable)]
    assert found[10].error == "\x1b[1mno picture\\0"
    assert found[3].path == "/parts/cam1/part_3.png"
    assert history.regions("run-1:7") == [(1, 2, 3, 4, 12, pytest.approx(0.7))]
    assert history.channels("run-1:7") == {"text": 0.25, "consensus": 0.75}
    assert [r.position for r in history.results("run-1", Filter(verdict="defect"), after=6)] == [7, 8, 9]
    assert [r.position for r in history.results("run-1", Filter(text="CAM1/part_3"))] == [3]
    assert [r.position for r in history.results("run-1", Filter(verdict="error"))] == [10]
    assert history.runs("parts")[0].uid == "run-1"
    assert history.runs("100%") == []
    assert history.run("run") == run


def test_what_is_delivered_twice_is_stored_once(store: Store) -> None:
    events = [run_of(), *(result_of(place) for place in range(5))]
    write(store, *events)
    write(store, *events, result_of(5))
    (run,) = History(store).runs()
    assert run.count == 6
    assert History(store).positions("run-1") == frozenset(range(6))


def test_a_part_that_could_be_inspected_after_all_takes_the_place_of_its_error(store: Store) -> None:
    error = result_of(1, **UNREADABLE)
    write(store, run_of(), result_of(0), error)
    write(store, result_of(0, 0.9), error, result_of(1, 0.6), error)
    history = History(store)
    (run,) = history.runs()
    assert (run.good, run.defect, run.error, run.count) == (1, 1, 0, 2)
    assert [(result.score, result.error) for result in history.results("run-1")] == [(0.2, None), (0.6, None)]
    write(store, error)
    assert history.runs() == [run]


def test_more_than_a_batch_and_two_writers_at_once(store: Store) -> None:
    count = 2 * MOST_IN_BATCH + 7
    writers = [StoreWriter(store), StoreWriter(store)]
    for number, writer in enumerate(writers):
        uid = f"run-{number}"
        writer.put(run_of(uid), *(result_of(place, run=uid) for place in range(count)))
    for writer in writers:
        writer.close()
        assert writer.problem == ""
    assert [run.count for run in History(store).runs()] == [count, count]


def test_judging_again_is_what_judging_would_have_been(store: Store) -> None:
    generator = np.random.default_rng(5)
    levels = np.sort(generator.random((300, 3)), axis=1)[:, ::-1]
    own = generator.random((300, 2)).astype(np.float32)
    made = [
        result_of(place, float(levels[place, 0]), levels=own[place].tolist(), size_scores=levels[place].tolist())
        for place in range(300)
    ]
    write(store, run_of(), *made)
    history = History(store)
    judged = history.judge_again("run-1", 0.8, own_thresholds={"stain": 0.9})
    expected = (levels[:, 0] >= 0.8) | (own[:, 1] >= 0.9)
    assert (judged.defect == expected).all()
    assert judged.changed == int((expected != (levels[:, 0] >= 0.5)).sum())
    larger = history.judge_again("run-1", 0.5, minimum_size=2)
    assert (larger.defect == (levels[:, 1:].max(axis=1) >= 0.5)).all()
    assert 0 < larger.defect.sum() < (levels[:, 0] >= 0.5).sum()
    # At a score itself, to the last digit.
    exact = history.judge_again("run-1", float(levels[7, 1]), minimum_size=2)
    assert exact.defect[7]
    above = history.judge_again("run-1", float(np.nextafter(levels[7, 1], 1)), minimum_size=2)
    assert not above.defect[7]


def test_the_whole_part_counts_at_every_size(store: Store) -> None:
    made = [result_of(0, 0.9, size_scores=(0.3, 0.1, 0.9)), result_of(1, 0.6, size_scores=(0.6, 0.1, 0.2))]
    write(store, run_of(sizes=(1, 2, WHOLE_PART)), *made)
    assert History(store).judge_again("run-1", 0.5, minimum_size=2).defect.tolist() == [True, False]


def test_what_is_not_stored_is_not_guessed(store: Store) -> None:
    write(store, run_of(), result_of(0, 0.9), result_of(1, 0.9, size_scores=(), levels=()))
    history = History(store)
    assert history.judge_again("run-1", 0.95).changed == 2
    with pytest.raises(StoreError, match="sizes are not stored"):
        history.judge_again("run-1", 0.5, minimum_size=2)
    with pytest.raises(StoreError, match="subspaces are not stored"):
        history.judge_again("run-1", 0.5, own_thresholds={"stain": 0.5})


def test_a_run_judged_by_channels_is_judged_by_them_again(store: Store) -> None:
    limits = (("self", 0.6), ("consensus", 0.9))
    made = [
        result_of(place, 0.1, details=channel_details((("self", level), ("text", 0.99)), limits))
        for place, level in enumerate((0.5, 0.6, 0.7))
    ]
    write(store, run_of(), *made)
    history = History(store)
    assert history.judge_again("run-1", 0.5).defect.tolist() == [False, True, True]
    assert [dict(one.channel_levels or ()) for one in history.results("run-1")][1] == {"self": 0.6, "text": 0.99}
    # Levels that are not stored are not taken for levels below the limit, nor are unknown limits for none.
    write(store, result_of(4, 0.1, details=channel_details((), limits)), result_of(3, 0.1))
    with pytest.raises(StoreError, match="whose levels are not stored with every result"):
        history.judge_again("run-1", 0.5)
    write(store, run_of("run-2"), result_of(0, 0.1, run="run-2", reason="channel:self"))
    with pytest.raises(StoreError, match="limits of evidence channels, too, which are not stored"):
        history.judge_again("run-2", 0.5)
    recipe = json.dumps({"judgement": {"channel_limits": {"self": 0.6}}})
    write(store, run_of("run-3", recipe=("abc", "line", recipe)), result_of(0, 0.1, run="run-3"))
    with pytest.raises(StoreError, match="whose levels are not stored"):
        history.judge_again("run-3", 0.5)


def test_a_run_judged_by_own_thresholds_is_judged_by_them_again(store: Store) -> None:
    details = channel_details((), (), (("stain", 0.6),))
    made = [
        result_of(place, 0.1, levels=(0.9, level), details=details, verdict="good" if level < 0.6 else "defect")
        for place, level in enumerate((0.5, 0.6, 0.7))
    ]
    names = ("crack", "stain")
    write(store, run_of(subspaces=names), *made)
    history = History(store)
    again = history.judge_again("run-1", 0.5)
    assert (again.defect.tolist(), again.changed) == ([False, True, True], 0)
    assert history.judge_again("run-1", 0.5, own_thresholds={}).defect.tolist() == [False, False, False]
    assert history.judge_again("run-1", 0.5, own_thresholds={"crack": 0.8}).defect.tolist() == [True, True, True]
    # Unknown own thresholds are not taken for none, unless others are named.
    write(store, run_of("run-2", subspaces=names), result_of(0, 0.1, run="run-2", reason="subspace:stain"))
    with pytest.raises(StoreError, match="own thresholds, too, which are not stored"):
        history.judge_again("run-2", 0.5)
    assert history.judge_again("run-2", 0.5, own_thresholds={}).defect.tolist() == [False]
    # Those of a recipe are known, and muted subspaces have no say.
    for uid, muted, defect in (("run-3", [], True), ("run-4", [1], False)):
        judgement = {"own_thresholds": [[1, 0.6]], "muted": muted}
        recipe = (uid, "line", json.dumps({"judgement": judgement}))
        write(store, run_of(uid, subspaces=names, recipe=recipe), result_of(0, 0.1, run=uid, levels=(0.9, 0.6)))
        assert history.judge_again(uid, 0.5).defect.tolist() == [defect]


def test_false_alarms_are_grouped_by_what_stands_out(store: Store) -> None:
    names = ("crack", "stain", "scratch")
    levels = ((0.9, 0.1, 0.1), (0.1, 0.8, 0.2), (0.2, 0.7, 0.1), (0.6, 0.1, 0.5), (), (0.1, 0.9, 0.1), (0.9, 0.1, 0.1))
    made = [result_of(place, 0.9, levels=peaks, verdict="defect") for place, peaks in enumerate(levels)]
    good = result_of(7, 0.1, levels=(0.9, 0.1, 0.1), verdict="good")
    write(store, run_of(subspaces=names), *made, good)
    assert History(store).false_alarms("run-1") == ()
    # The sixth is a defect for the person as well, the last is not decided.
    for part, decision in [(part, "accepted") for part in (*made[:5], good)] + [(made[5], "rejected")]:
        write(store, Decided(part.path, part.path, "Ada", 10.0, decision, "", part.sha256, part.size, part.modified))
    groups = History(store).false_alarms("run-1")
    found = {group.subspaces: [result.position for result in group.results] for group in groups}
    assert found == {("stain",): [1, 2], (): [4], ("crack",): [0], ("crack", "scratch"): [3]}
    assert groups[0].subspaces == ("stain",), "the largest comes first"


def test_a_second_opinion_keeps_the_first(store: Store) -> None:
    def decided(uid: str, who: str, decision: str, moment: float, place: int = 1) -> Decided:
        part = result_of(place)
        return Decided(uid, part.path, who, moment, decision, "looked", part.sha256, part.size, part.modified)

    write(store, run_of(), *(result_of(place, 0.3 * place) for place in range(3)))
    write(
        store,
        decided("a", "Ada", "rejected", 10.0),
        decided("b", "Bo", "accepted", 20.0),
        decided("c", "Ada", "rejected", 30.0, place=2),
    )
    history = History(store)
    part = result_of(1)
    assert [(one.who, one.decision) for one in history.decisions(part.path)] == [
        ("Ada", "rejected"),
        ("Bo", "accepted"),
    ]
    assert history.decisions("/moved/elsewhere.png", part.sha256) == history.decisions(part.path)
    shown = {result.position: result.decision for result in history.results("run-1")}
    assert shown[0] is None
    assert shown[1] is not None
    assert (shown[1].who, shown[1].decision) == ("Bo", "accepted")
    assert [r.position for r in history.results("run-1", Filter(decision="none"))] == [0]
    assert [r.position for r in history.results("run-1", Filter(decision="rejected"))] == [2]
    agreement = history.agreement("run-1")
    assert (agreement.good_accepted, agreement.defect_rejected, agreement.decided) == (1, 1, 2)


def test_a_folder_opened_again_has_its_latest_results(store: Store) -> None:
    other = run_of("run-2", started=2000.0, settings=SETTINGS | {"image_size": 256})
    write(store, run_of(), *(result_of(place) for place in range(6)), other, result_of(0, 0.9, run="run-2"))
    write(store, run_of("run-3", started=3000.0), result_of(1, 0.7, run="run-3", moment=3000.0))
    known = History(store).known_results("/parts/cam1", settings_fingerprint(SETTINGS))
    assert sorted(known) == [f"/parts/cam1/part_{place}.png" for place in (1, 3, 5)]
    assert known["/parts/cam1/part_1.png"].score == 0.7
    assert History(store).known_results("/parts/cam", settings_fingerprint(SETTINGS)) == {}


def test_two_runs_are_compared_by_content(store: Store) -> None:
    write(store, run_of(), *(result_of(place, 0.2) for place in range(4)))
    moved = [result_of(place, 0.6 if place == 2 else 0.3, run="run-2", path=f"/new/{place}.png") for place in range(4)]
    write(store, run_of("run-2"), *moved)
    (difference,) = History(store).compare("run-1", "run-2")
    assert (difference.path, difference.before, difference.after) == ("/parts/cam0/part_2.png", "good", "defect")


def test_old_runs_are_forgotten_decisions_stay(store: Store) -> None:
    part = result_of(0)
    decision = Decided("a", part.path, "Ada", 10.0, "rejected", "", part.sha256)
    write(
        store,
        run_of(),
        result_of(0),
        result_of(1),
        run_of("run-2", started=5000.0),
        result_of(1, run="run-2"),
        decision,
    )
    history = History(store)
    assert history.space().results == 3
    assert history.forget_before(2000.0) == 1
    assert [run.uid for run in history.runs()] == ["run-2"]
    assert (history.space().runs, history.space().results) == (1, 1)
    assert len(history.decisions(part.path)) == 1


@pytest.mark.parametrize(("now", "kept"), [(5100.0, ["run-2"]), (4e9, ["run-2"]), (900.0, ["run-2", "run-1"])])
def test_a_clock_that_is_set_ahead_deletes_nothing_of_late(store: Store, now: float, kept: list[str]) -> None:
    write(store, run_of(started=1000.0), result_of(0), run_of("run-2", started=5000.0), result_of(1, run="run-2"))
    History(store).forget_older_than(2000.0, now)
    assert [run.uid for run in History(store).runs()] == kept


def test_names_that_are_no_text_are_kept(store: Store) -> None:
    name = b"/parts/b\xe9.png".decode("utf-8", "surrogateescape")
    write(store, run_of(title=name), result_of(0, path=name))
    (result,) = History(store).results("run-1")
    assert result.path == r"/parts/b\udce9.png"
    assert event_from_json(result_of(0, path=name).to_json()) == result_of(
        0, path=name, levels=[0.2, 0.0], size_scores=[0.2, 0.1, 0.05], regions=[]
    )


def test_while_the_store_is_gone_results_wait_and_come_once(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    store = Store.connect(blocked / "history.sqlite")
    writer = StoreWriter(store)
    writer.put(run_of(), result_of(0))
    assert writer.flush(PATIENCE)
    assert "blocked" in writer.problem
    blocked.unlink()
    writer.put(result_of(1))
    writer.close()
    assert writer.problem == ""
    assert History(store).positions("run-1") == {0, 1}
    assert list(spool_folder(store.url).iterdir()) == []
    store.close()


def test_what_can_be_kept_nowhere_is_tried_again_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked, tried, room = tmp_path / "blocked", [], threading.Event()
    blocked.write_text("a file where the folder should be")
    append = Spool.append

    def full(spool: Spool, events: Sequence[Event]) -> None:
        tried.append(len(events))
        if not room.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        append(spool, events)

    monkeypatch.setattr(Spool, "append", full)
    store = Store.connect(blocked / "history.sqlite")
    writer = StoreWriter(store)
    writer.put(run_of(), result_of(0), result_of(1))
    assert not writer.flush(2.0)
    assert len(tried) <= 3, "the pauses become longer"
    assert writer.problem
    room.set()
    blocked.unlink()
    writer.put(result_of(2))
    writer.close()
    assert writer.problem == ""
    assert History(store).positions("run-1") == {0, 1, 2}
    store.close()


def test_what_a_full_disk_cut_off_spoils_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append([result_of(0)])

    def full(number: int) -> None:
        os.ftruncate(number, os.fstat(number).st_size - 20)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("tokenclip_core.output.store.spool.os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            spool.append([result_of(1)])
    spool.append([result_of(1), result_of(2)])
    assert [event.position for event in spool.read() if isinstance(event, ResultMade)] == [0, 1, 2]
    spool.clear()
    spool.close()


def test_what_a_killed_program_left_is_delivered(tmp_path: Path) -> None:
    program = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from store_events import run_of, result_of
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.writing import StoreWriter
writer = StoreWriter(Store.connect(Path(sys.argv[1])))
writer.put(run_of(), *(result_of(place) for place in range(20)))
assert writer.flush(60) and writer.problem
os.kill(os.getpid(), 9)
"""
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    file = blocked / "history.sqlite"
    line = [sys.executable, "-c", program, str(file), str(Path(__file__).parent)]
    killed = subprocess.run(line, capture_output=True, text=True, check=False, env=_environment())
    assert killed.returncode == -9, killed.stderr
    blocked.unlink()
    store = Store.connect(file)
    StoreWriter(store).close()
    assert History(store).positions("run-1") == frozenset(range(20))
    assert [name.name for name in spool_folder(store.url).glob("*.jsonl")] == []
    store.close()


def _environment() -> dict[str, str]:
    tests = Path(__file__).resolve().parents[2]
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)])}


def test_a_server_that_is_gone_loses_and_doubles_nothing(server: PostgresServer) -> None:
    store = Store.connect(server.url)
    with store.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    writer = StoreWriter(store)
    writer.put(run_of(), *(result_of(place) for place in range(50)))
    assert writer.flush(PATIENCE)
    assert writer.problem == ""
    server.stop()
    try:
        writer.put(*(result_of(place) for place in range(50, 120)))
        assert writer.flush(PATIENCE)
        assert writer.problem
    finally:
        server.start()
    writer.put(*(result_of(place) for place in range(120, 130)))
    deadline = time.monotonic() + PATIENCE
    while len(History(store).positions("run-1")) < 130 and time.monotonic() < deadline:
        writer.flush(PATIENCE)
    writer.close()
    (run,) = History(store).runs()
    assert (run.count, len(History(store).positions("run-1"))) == (130, 130)
    store.close()


def test_stores_of_newer_versions_and_damaged_ones_are_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    store = Store.open(file)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version"):
        Store.open(file)
    store.close()
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError, match="damaged"):
        Store.open(damaged)
    aside = move_aside(damaged)
    assert aside.read_bytes().startswith(b"this is no database")
    Store.open(damaged).close()


def test_urls_are_understood_and_passwords_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOKENCLIP_STORE_PASSWORD", "secret")
    url = store_url("postgresql://station@server/parts")
    assert (url.drivername, url.password) == ("postgresql+psycopg", "secret")
    assert "secret" not in Store.connect(url).name
    assert store_url(str(tmp_path / "a.sqlite")) == make_url(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with pytest.raises(StoreError, match="can't be read"):
        store_url("://nothing")
    with pytest.raises(StoreError, match="not installed"):
        Store.connect("nosuch://server/parts")
