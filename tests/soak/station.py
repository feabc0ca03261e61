"""Lets a station work while its broker stops, a camera is cut and it is killed; counts what becomes of each part.

    PYTHONPATH=.:tests python tests/soak/station.py --seconds 3600 --every 1

Four network cameras of 640 x 480 pixels and 25 frames a second are triggered over HTTP; who triggers asks again until a
trigger is accepted, as a controller does. Prints how often each part came, the time from trigger to result beyond the
inspection itself (apart from that of parts whose camera was cut or not open yet, and that waited for it), the processor
time of a part, and the memory of every life of the station; exits with 1 if a part has no result or several, in the
store or at the broker. With `--made-up` the cameras are the program's own belts. Needs mosquitto.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

import mosquitto_server
import numpy as np
from live_server import NetworkCamera
from processes import processor_seconds, resident_mebibytes
from station_program import StationProgram

from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.history import History
from tokenclip_core.publish.mqtt import Broker, connected_to

BELTS = ("one", "two", "three", "four")
LONGEST = 600.0
"""Seconds that a machine which is busy with other things may take at the end."""


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


class BrokerLog:
    """Everything that the broker sends about results, in order; it keeps it while this is away."""

    def __init__(self, port: int) -> None:
        self.results: list[dict[str, Any]] = []
        self._broker = Broker.of(f"mqtt://127.0.0.1:{port}/soak")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            client = self._broker.client("soak-log", keep_session=True)
            client.on_message = self._hear
            with suppress(Exception):
                connected_to(client, self._broker)
                client.subscribe("soak/result", qos=1)
                while client.is_connected() and not self._ended.wait(0.2):
                    continue
            client.disconnect()
            client.loop_stop()
            self._ended.wait(0.5)

    def _hear(self, client: Any, _data: object, heard: Any) -> None:
        self.results.append(json.loads(heard.payload))
        client.ack(heard.mid, heard.qos)


class Soak:
    """The station, what surrounds it, and what it is asked."""

    def __init__(
        self,
        folder: Path,
        recipe: Path,
        every: float,
        *,
        made_up: bool = False,
        away: tuple[float, float] = (5, 10),
        belts: int = 4,
    ) -> None:
        self.folder, self.every, self.away, self.belts = folder, every, away, BELTS[:belts]
        self.broker = mosquitto_server.MosquittoServer()
        self.broker.start()
        self.log = BrokerLog(self.broker.port)
        self.cameras = [NetworkCamera(rate=25.0) for _ in self.belts]
        for camera in self.cameras:
            camera.start()
        self.words = ["--recipe", str(recipe), "--name", "soak", "--patience", "2"]
        self.words += ["--publish", f"mqtt://127.0.0.1:{self.broker.port}/soak"]
        for number, (belt, camera) in enumerate(zip(self.belts, self.cameras, strict=True), start=1):
            self.words += ["--camera", f"{belt}=demo:{number}" if made_up else f"{belt}={camera.address}"]
        self.accepted: Counter[str] = Counter()
        self.memory: list[list[float]] = []
        self.seconds: list[float] = []
        self.ended = threading.Event()
        self._change = threading.Lock()
        self.station = StationProgram(self.words, folder)
        self._begin_life()

    def belt(self, name: str) -> None:
        """Trigger one part after the other until the end; none is given up before it is accepted."""
        number = 0
        while not self.ended.wait(self.every * random.uniform(0.8, 1.2)):
            number += 1
            while not self._accepted(name, f"{name}-{number}"):
                _pause(0.2)
            self.accepted[f"{name}/{name}-{number}"] += 1

    def kill(self) -> None:
        """Kill the station and start it again."""
        with self._change:
            self.station.kill()
            self.station = StationProgram(self.words, self.folder)
            self._begin_life()

    def cut_camera(self) -> None:
        camera = random.choice(self.cameras)
        camera.stop()
        _pause(random.uniform(0.5, 3))
        camera.start()

    def stop_broker(self) -> None:
        self.broker.stop()
        _pause(random.uniform(*self.away))
        self.broker.start()

    def look(self) -> None:
        """Note the station's memory now and then."""
        while not self.ended.wait(2):
            process = self.station.process.pid
            if held := resident_mebibytes(process):
                self.memory[-1].append(held)
            with suppress(OSError):
                self.seconds[-1] = processor_seconds(process)

    def finish(self) -> None:
        """End everything in order, when all belts are done."""
        late = time.monotonic() + LONGEST
        while not self._everywhere() and time.monotonic() < late:
            _pause(0.2)
        self.station.end()
        late = time.monotonic() + LONGEST
        while len({one["id"] for one in self.log.results}) < len(self.accepted) and time.monotonic() < late:
            _pause(0.2)
        self.log.close()
        for camera in self.cameras:
            camera.stop()
        self.broker.close()

    def _begin_life(self) -> None:
        self.memory.append([])
        self.seconds.append(0.0)

    def _everywhere(self) -> bool:
        """Whether every part has its result, and every output has them all."""
        with suppress(OSError, HTTPException, ValueError):
            health = self.station.health()
            return not health["waiting"] and not any(output["waiting"] for output in health["outputs"])
        return False

    def _accepted(self, camera: str, part: str) -> bool:
        with suppress(OSError, HTTPException, ValueError):
            return self.station.trigger(part, wait=0, camera=camera)[0] in (200, 202)
        return False


def at_times(seconds: float, count: int, do: Callable[[], None], ended: threading.Event) -> threading.Thread:
    """Do something so many times, spread over the run."""

    def work() -> None:
        for _ in range(count):
            if ended.wait(seconds / (count + 1)):
                return
            do()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def in_store(folder: Path) -> Counter[str]:
    with closing(Store.open(folder / "history.sqlite")) as opened:
        history = History(opened)
        return Counter(result.path for run in history.runs() for result in history.results(run.uid))


def overhead(results: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Milliseconds from trigger to result beyond the inspection: of parts that were before their camera, and of others.

    The others had no frame of their moment, and waited for the first one of a camera that was cut or not open yet.
    """
    before: list[float] = []
    waited: list[float] = []
    for one in results:
        if one["error"] is None:
            triggered, captured, moment = (
                datetime.fromisoformat(one[name]).timestamp() for name in ("triggered", "captured", "moment")
            )
            (waited if captured > triggered else before).append(1000 * (moment - triggered) - one["milliseconds"])
    return before, waited


def told(soak: Soak, folder: Path) -> bool:
    """Print what was found; whether each part has exactly one result everywhere."""
    stored = in_store(folder)
    ids = {one["id"]: f"{one['camera']}/{one['part']}" for one in soak.log.results}
    sent = Counter(ids.values())
    right = stored == soak.accepted and sent == soak.accepted
    unique = [*{one["id"]: one for one in soak.log.results}.values()]
    errors = Counter(one["error"] for one in unique if one["error"] is not None)
    sys.stdout.write(
        f"{len(soak.accepted)} parts triggered; in the store {sum(stored.values())} results of {len(stored)} parts; at "
        f"the broker {len(unique)} results of {len(sent)} parts, {len(soak.log.results) - len(unique)} repeats: "
        f"{'each part once' if right else 'NOT EACH PART ONCE'}\n"
    )
    for reason, count in errors.items():
        sys.stdout.write(f"  {count} with an error: {reason}\n")
    for times, which in zip(overhead(unique), ("", ", of parts that waited for their camera"), strict=True):
        if times:
            p50, p99 = np.percentile(times, [50, 99])
            sys.stdout.write(
                f"trigger to result beyond the inspection{which}: {len(times)} parts, median {p50:.0f} ms, 99 % "
                f"{p99:.0f} ms\n"
            )
    inspected = [one["milliseconds"] for one in unique if one["error"] is None]
    if inspected:
        p50, p99 = np.percentile(inspected, [50, 99])
        each = 1000 * sum(soak.seconds) / len(unique)
        sys.stdout.write(
            f"an inspection: median {p50:.0f} ms, 99 % {p99:.0f} ms; processor time, with starts and cameras, "
            f"{each:.0f} ms a part\n"
        )
    for number, life in enumerate(soak.memory, start=1):
        if len(life) > 4:
            begin = float(np.median(life[len(life) // 4 : len(life) // 2]))
            sys.stdout.write(
                f"life {number}: {min(life):.0f} to {max(life):.0f} MiB, {life[-1] - begin:+.0f} MiB since its begin\n"
            )
    return right


def new_recipe(folder: Path) -> Path:
    recipe = folder / "soak.recipe.json"
    Inspector.from_pretrained("compact").recipe(Judgement(0.5), title="soak").save(recipe)
    return recipe


def run(soak: Soak, seconds: float, *, kills: int, cuts: int, stops: int) -> bool:
    """Let it work, and tell what became of it; whether each part has exactly one result."""
    threads = [threading.Thread(target=soak.belt, args=(belt,)) for belt in soak.belts]
    threads.append(threading.Thread(target=soak.look))
    for thread in threads:
        thread.start()
    threads += [
        at_times(seconds, kills, soak.kill, soak.ended),
        at_times(seconds, cuts, soak.cut_camera, soak.ended),
        at_times(seconds, stops, soak.stop_broker, soak.ended),
    ]
    soak.ended.wait(seconds)
    soak.ended.set()
    for thread in threads:
        thread.join()
    soak.finish()
    return told(soak, soak.folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--every", type=float, default=1, help="seconds between two parts of a belt")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--stops", type=int, default=2)
    parser.add_argument("--made-up", action="store_true")
    given = parser.parse_args()
    if mosquitto_server.why_not():
        sys.exit(mosquitto_server.why_not())
    with tempfile.TemporaryDirectory() as place:
        asked = Soak(Path(place), new_recipe(Path(place)), given.every, made_up=given.made_up)
        sys.exit(not run(asked, given.seconds, kills=given.kills, cuts=given.cuts, stops=given.stops))
