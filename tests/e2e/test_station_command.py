"""`station`: the real program, without a window and without torch: one result for each trigger, whatever happens."""

from __future__ import annotations

import json
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import mosquitto_server
import pytest
from patience import until
from station_program import StationProgram

from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.history import History
from tokenclip_core.publish.mqtt import Broker, connected_to

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="programs are ended otherwise here")


@pytest.fixture(scope="module")
def recipe(bundled_model: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("recipes") / "line1.recipe.json"
    inspector = Inspector.from_pretrained(bundled_model)
    inspector.recipe(Judgement(0.5), title="line 1").save(file)
    inspector.recipe(Judgement(0.01), title="strict").save(file.with_name("strict.recipe.json"))
    return file


@pytest.fixture
def station(recipe: Path, tmp_path: Path) -> Iterator[StationProgram]:
    own = shutil.copy(recipe, tmp_path / "line.recipe.json")
    words = ["--recipe", str(own), "--camera", "left=demo:1", "--camera", "right=demo:2", "--name", "line1"]
    program = StationProgram([*words, "--publish", str(tmp_path / "out.jsonl")], tmp_path)
    yield program
    if program.process.poll() is None:
        program.kill()


def stored(folder: Path) -> list[str]:
    """The parts of all runs of the store, in any order."""
    with closing(Store.open(folder / "history.sqlite")) as opened:
        history = History(opened)
        return [result.path for run in history.runs() for result in history.results(run.uid)]


def published(folder: Path) -> list[dict[str, object]]:
    """The whole lines so far: a station that runs may be in the middle of the last one."""
    file = folder / "out.jsonl"
    lines = file.read_text("utf-8").splitlines(keepends=True) if file.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def test_each_trigger_has_one_result_and_the_end_is_clean(station: StationProgram, tmp_path: Path) -> None:
    status, first = station.trigger("A1", camera="left")
    assert (status, first["part"], first["camera"], first["error"]) == (200, "A1", "left", None)
    assert first["verdict"] in ("good", "defect")
    assert station.trigger("A1", camera="left")[1]["id"] == first["id"], "the same part again is the same result"
    assert station.trigger("A1", camera="right")[1]["id"] != first["id"]
    assert station.trigger("A2", camera="left", wait=0)[0] == 202
    assert station.trigger("A3")[0] == 400, "with two cameras one is named"
    assert station.trigger("A3", camera="middle")[0] == 400
    health = station.health()
    assert (health["status"], health["recipe"]["name"]) == ("ok", "line 1")
    text = station.get("/metrics")[1].decode()
    assert 'tokenclip_results_total{camera="right",outcome=' in text
    assert station.get("/live/left.jpg")[1].startswith(b"\xff\xd8")
    assert station.get("/elsewhere")[0] == 404
    assert "results" in station.end()
    assert station.process.returncode == 0
    assert sorted(stored(tmp_path)) == ["left/A1", "left/A2", "right/A1"]
    assert Counter(row["part"] for row in published(tmp_path)) == {"A1": 2, "A2": 1}


def test_a_changed_recipe_comes_into_force_between_two_parts(
    station: StationProgram, recipe: Path, tmp_path: Path
) -> None:
    before = station.trigger("A1", camera="left")[1]
    (tmp_path / "line.recipe.json").write_text("no recipe")
    until(lambda: station.health()["recipe_problem"])
    assert station.trigger("A2", camera="left")[1]["threshold"] == before["threshold"]
    shutil.copy(recipe.with_name("strict.recipe.json"), tmp_path / "next")
    (tmp_path / "next").rename(tmp_path / "line.recipe.json")
    until(lambda: station.health()["recipe"]["name"] == "strict")
    assert station.trigger("A3", camera="left")[1]["threshold"] == 0.01
    station.end()
    with closing(Store.open(tmp_path / "history.sqlite")) as opened:
        runs = History(opened).runs()
    assert sorted((run.threshold, run.count, run.finished) for run in runs) == [(0.01, 1, True), (0.5, 2, True)]


def test_a_kill_leaves_each_trigger_one_result(station: StationProgram, tmp_path: Path) -> None:
    station.trigger("A0", camera="left")
    for number in range(1, 30):
        assert station.trigger(f"A{number}", camera="left", wait=0)[0] in (200, 202)
    station.kill()
    words = ["--recipe", str(tmp_path / "line.recipe.json"), "--camera", "left=demo:1", "--camera", "right=demo:2"]
    again = StationProgram([*words, "--name", "line1", "--publish", str(tmp_path / "out.jsonl")], tmp_path)
    repeated = again.trigger("A0", camera="left")[1]
    assert again.trigger("A30", camera="left")[1]["error"] is None
    again.end()
    expected = {f"A{number}": 1 for number in range(31)}
    assert Counter(path.removeprefix("left/") for path in stored(tmp_path)) == expected
    rows = published(tmp_path)
    assert Counter(row["part"] for row in rows) == expected
    assert repeated["id"] == next(row["id"] for row in rows if row["part"] == "A0")
    lost = [row for row in rows if row["error"] is not None]
    assert all("the station was stopped" in str(row["error"]) for row in lost)


def test_lines_of_the_input_are_triggers_and_torch_stays_out(recipe: Path, tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    program = (
        "import sys; from tokenclip_core.commands.cli import main; code = main(sys.argv[1:]); "
        "sys.stderr.write(f\"torch {'torch' in sys.modules} Qt {'PySide6' in sys.modules}\\n\"); sys.exit(code)"
    )
    words = ["station", "--recipe", str(recipe), "--camera", "demo", "--trigger", "lines", "--json", "--name", "s"]
    words += ["--patience", "60"]
    done = subprocess.run(
        [sys.executable, "-c", program, *words, "--store", str(tmp_path / "h.sqlite"), "--data", str(tmp_path / "d")],
        input='A1\n{"part": "A2"}\n{broken\nA1\nA3',
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TOKENCLIP_DATA_DIR": str(tmp_path / "user")},
    )
    assert done.returncode == 3, done.stderr
    assert [json.loads(line)["part"] for line in done.stdout.splitlines()] == ["A1", "A2", "A3"]
    assert "a trigger is a part's identifier" in done.stderr
    assert "torch False Qt False" in done.stderr


@pytest.mark.skipif(bool(mosquitto_server.why_not()), reason=mosquitto_server.why_not())
def test_a_broker_triggers_also_what_came_while_the_station_was_gone(recipe: Path, tmp_path: Path) -> None:
    server = mosquitto_server.MosquittoServer()
    server.start()
    address = f"mqtt://127.0.0.1:{server.port}/line1/trigger"
    words = ["--recipe", str(recipe), "--camera", "demo", "--name", "line1", "--trigger", address]
    words += ["--publish", str(tmp_path / "out.jsonl")]
    broker = Broker.of(address)
    sender = broker.client("sender")
    connected_to(sender, broker)
    try:
        station = StationProgram(words, tmp_path)
        # What comes before the station has subscribed is lost.
        until(lambda: sender.publish(broker.topic, "A1", qos=1).wait_for_publish(30) or published(tmp_path))
        station.end()
        for part in ("A2", "A3", "A2"):
            sender.publish(broker.topic, json.dumps({"part": part}), qos=1).wait_for_publish(30)
        station = StationProgram(words, tmp_path)
        until(lambda: len(published(tmp_path)) >= 3)
        station.end()
    finally:
        sender.disconnect()
        sender.loop_stop()
        server.close()
    assert [row["part"] for row in published(tmp_path)] == ["A1", "A2", "A3"]
