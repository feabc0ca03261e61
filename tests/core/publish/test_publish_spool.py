"""The spool: each trigger one result, each output everything in order, whatever happens in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from parts_made import StandIn, message

from tokenclip_core.errors import SettingsError
from tokenclip_core.publish.messages import RESULT
from tokenclip_core.publish.publisher import Publisher
from tokenclip_core.publish.spool import Spool, SpoolError, Trigger

KINDS = (RESULT,)


def trigger(part: str) -> Trigger:
    return Trigger(f"part 1 {part}", part, "1", 1000.0)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """A spool from which one output takes."""
    with closing(Spool(tmp_path / "spool.sqlite")) as made:
        made.register(["one"])
        yield made


def test_a_trigger_gets_one_result_however_often_it_comes(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite")
    assert spool.accept(trigger("A")).new
    repeat = spool.accept(trigger("A"))
    assert (repeat.new, repeat.content) == (False, None)
    assert spool.waiting_triggers() == [trigger("A")]
    assert spool.add(message("A"), trigger("A").key)
    assert not spool.add(message("A", run="another run"), trigger("A").key)
    assert not spool.add(message("A"))
    answered = spool.accept(trigger("A"))
    assert (answered.new, json.loads(answered.content or "")["part"]) == (False, "A")
    assert spool.waiting_triggers() == []
    spool.close()


def test_outputs_get_everything_in_order_from_where_they_were(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite")
    spool.add(message("before"))
    spool.register(["one", "two"])
    for part in "ABC":
        spool.add(message(part))
    first = spool.next_for("one", KINDS, 2)
    assert [one.uid for one in first] == [message("A").uid, message("B").uid]
    spool.delivered("one", first[-1].number)
    spool.delivered("one", first[0].number)
    assert [one.uid for one in spool.next_for("one", KINDS, 9)] == [message("C").uid]
    assert (spool.waiting_for("one", KINDS), spool.waiting_for("two", KINDS)) == (1, 3)
    spool.close()
    again = Spool(tmp_path / "spool.sqlite")
    again.register(["one", "two"])
    assert (again.waiting_for("one", KINDS), again.waiting_for("two", KINDS)) == (1, 3)
    again.close()


def test_what_an_output_lacks_is_not_pruned(spool: Spool) -> None:
    for number in range(10):
        spool.accept(trigger(str(number)))
        spool.add(message(str(number)), trigger(str(number)).key)
    spool.delivered("one", spool.next_for("one", KINDS, 7)[-1].number)
    spool.prune(kept=2)
    assert spool.waiting_for("one", KINDS) == 3
    assert not spool.accept(trigger("9")).new, "the last keys are still known"
    assert spool.accept(trigger("0")).new


def test_a_trigger_is_known_for_as_long_as_its_result(spool: Spool) -> None:
    for number in range(4):
        spool.accept(trigger(str(number)))
        # Other messages come between them, as where a camera is also inspected without triggers.
        spool.add(message(f"between {number}"))
        spool.add(message(str(number)), trigger(str(number)).key)
    spool.prune(kept=3)
    assert [spool.accept(trigger(str(number))).content is not None for number in range(4)] == [True] * 4
    spool.delivered("one", 8)
    spool.prune(kept=3)
    assert [spool.accept(trigger(str(number))).new for number in range(4)] == [True, True, False, False]
    assert all(spool.accept(trigger(str(number))).content is not None for number in (2, 3))


def test_a_spool_that_is_gone_is_a_problem_of_each_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    side = StandIn()
    publisher = Publisher(Spool(tmp_path / "spool.sqlite"), [side])

    def gone(_name: str, _kinds: object) -> int:
        raise SpoolError("the disk is gone")

    with monkeypatch.context() as patched:
        patched.setattr(publisher.spool, "waiting_for", gone)
        assert [fact.problem for fact in publisher.facts()] == ["the disk is gone"]
    publisher.close()


def test_nobody_who_writes_waits_for_who_counts(spool: Spool) -> None:
    spool.add(message("A"))
    found: list[int] = []
    counting = threading.Thread(target=lambda: found.append(spool.waiting_for("one", KINDS)))
    with spool._transaction() as execute:
        execute("DELETE FROM messages")
        counting.start()
        counting.join(60)
        assert found == [1], "what was there before"
    assert spool.waiting_for("one", KINDS) == 0


def test_what_fails_within_a_transaction_leaves_nothing(spool: Spool) -> None:

    def fail() -> None:
        with spool._transaction() as execute:
            execute("INSERT INTO facts VALUES ('a', 'b')")
            execute("INSERT INTO nothing VALUES (1)")

    with pytest.raises(SpoolError, match="fails"):
        fail()
    assert spool.fact("a") == ""
    assert spool.add(message("A"))


def test_two_programs_do_not_share_a_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite")
    with pytest.raises(SettingsError, match="belongs to a program that runs now"):
        Spool(tmp_path / "spool.sqlite")
    spool.close()
    Spool(tmp_path / "spool.sqlite").close()


def test_a_file_that_is_no_spool_is_said(tmp_path: Path) -> None:
    (tmp_path / "spool.sqlite").write_bytes(b"not a database at all " * 100)
    with pytest.raises(SpoolError, match="not a database"):
        Spool(tmp_path / "spool.sqlite")


def test_a_refused_message_keeps_nothing_back_and_a_gone_side_loses_nothing(tmp_path: Path) -> None:
    side = StandIn()
    side.gone, side.refuses = True, '"part": "B"'
    publisher = Publisher(Spool(tmp_path / "spool.sqlite"), [side])
    for part in "ABC":
        publisher.add(message(part))
    assert publisher.facts()[0].waiting == 3
    side.gone = False
    assert side.wait(lambda: len(side.got) == 2)
    spool = publisher.spool
    assert side.got == [message("A").uid, message("C").uid]
    assert spool.refused() == [("other side", "not this one")]
    (facts,) = publisher.close()
    assert (facts.refused, facts.refusal) == (1, "not this one")
    assert facts.left_over("the next run") == ["other side has refused 1 results for good; not this one"]


def test_at_the_end_what_is_not_taken_waits_on_disk(tmp_path: Path) -> None:
    side = StandIn()
    side.gone = True
    publisher = Publisher(Spool(tmp_path / "spool.sqlite"), [side])
    publisher.add(message("A"))
    publisher.close(patience=0)
    side.gone = False
    second = Publisher(Spool(tmp_path / "spool.sqlite"), [side])
    assert side.wait(lambda: side.got == [message("A").uid])
    second.close()


KILLED = """
import sys
from tokenclip_core.publish.spool import Spool, Trigger
from collections.abc import Callable, Iterator
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from parts_made import message
spool = Spool(Path(sys.argv[1]))
number = 0
while True:
    trigger = Trigger(f"k{number}", str(number), "1", 0.0)
    spool.accept(trigger)
    print("accepted", number, flush=True)
    if number % 3:
        spool.add(message(str(number)), trigger.key)
        print("answered", number, flush=True)
    number += 1
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="programs are killed otherwise here")
def test_a_kill_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    file = tmp_path / "spool.sqlite"
    words = [sys.executable, "-c", KILLED, str(file), str(Path(__file__).parent)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = [process.stdout.readline().split() for _ in range(60)]
    os.kill(process.pid, signal.SIGKILL)
    said += [line.split() for line in process.stdout.read().splitlines()]
    process.wait()
    process.stdout.close()
    accepted = {number for word, number in said if word == "accepted"}
    answered = {number for word, number in said if word == "answered"}
    spool = Spool(file)
    waiting = {one.part for one in spool.waiting_triggers()}
    assert accepted - answered - {max(accepted, key=int)} <= waiting
    assert not waiting & answered
    for number in answered:
        known = spool.accept(Trigger(f"k{number}", number, "1", 0.0))
        assert not known.new
        assert known.content
    spool.close()


def test_only_what_must_not_be_lost_waits_for_the_disk(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite")
    said: list[str] = []
    spool._connection.set_trace_callback(said.append)

    def flushed(do: Callable[[], object]) -> bool:
        said.clear()
        do()
        return "PRAGMA synchronous=FULL" in said

    assert flushed(lambda: spool.register(["one"])) is False
    assert flushed(lambda: spool.accept(trigger("A"))) is True
    assert flushed(lambda: spool.add(message("A"), trigger("A").key)) is True
    assert flushed(lambda: spool.delivered("one", spool.next_for("one", KINDS, 9)[-1].number)) is False
    assert flushed(lambda: spool.waiting_for("one", KINDS)) is False
    assert flushed(spool.prune) is False
    spool.close()


def test_what_waits_is_counted_without_reading_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite")
    said: list[str] = []
    spool._reader.set_trace_callback(said.append)
    spool.waiting_for("one", KINDS)
    (question,) = [words for words in said if words.startswith("SELECT count")]
    plan = spool._connection.execute(f"EXPLAIN QUERY PLAN {question}").fetchall()
    assert "COVERING INDEX kinds" in str(plan)
    spool.close()
