"""`station`: inspection beside the belt without a window, for weeks."""

from __future__ import annotations

import os
import platform
import re
import sys
import threading
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tokenclip_core.commands.command import Command, ExitCode, UsageError, say
from tokenclip_core.commands.history import add_publish_option, add_store_option
from tokenclip_core.commands.options import (
    add_depth_option,
    add_model_options,
    check_calibration,
    load_inspector,
    result_settings,
    take_recipe,
)
from tokenclip_core.errors import SettingsError
from tokenclip_core.process.interruption import stop_on_interrupt

if TYPE_CHECKING:
    from tokenclip_core.publish.output import Output
    from tokenclip_core.publish.publisher import Publisher
    from tokenclip_core.station.cameras import Camera
    from tokenclip_core.station.line import Line, LineKeeper
    from tokenclip_core.station.metrics import Meter
    from tokenclip_core.station.station import Station

_EXAMPLES = (
    ("tokenclip station --recipe line1.recipe.json --camera 0 --http 8090", "each POST to /trigger inspects a part"),
    (
        "tokenclip station --recipe line1.recipe.json --camera demo --trigger lines --json",
        "each line of input is a part",
    ),
    ("tokenclip station --recipe line1.recipe.json --camera left=0 --camera right=1 --http 8090", "two cameras"),
    (
        "tokenclip station --recipe line1.recipe.json --camera 0 --continuous --every 1",
        "without triggers, once a second",
    ),
    (
        "tokenclip station --recipe line1.recipe.json --camera 0 --http 8090 --publish mqtt://broker/line1",
        "results to a broker too, as line1/result",
    ),
    (
        "tokenclip station --recipe line1.recipe.json --camera 0 --trigger mqtt://broker/line1/trigger",
        "triggers from a broker",
    ),
)
LINES = "lines"
"""Word by which `--trigger` names the standard input."""

_GIGABYTE = 1 << 30
_WARM_SHAPE = (480, 640, 3)
_LAST_PORT = 65535
_UNITS = {"": 1, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--recipe", type=Path, required=True, metavar="FILE", help="how parts are inspected and judged")
    parser.add_argument(
        "--camera",
        action="append",
        required=True,
        metavar="[NAME=]SOURCE",
        help="a camera's number or name, an address, genicam:NAME, a folder of new pictures, or demo; repeated",
    )
    add_depth_option(parser)
    _add_when(parser)
    _add_results(parser)
    _add_upkeep(parser)
    add_model_options(parser)


def _add_when(parser: ArgumentParser) -> None:
    asked = parser.add_argument_group("when a part is inspected")
    asked.add_argument(
        "--trigger",
        action="append",
        default=[],
        metavar="WHERE",
        help="one result for each trigger: `lines` of the standard input, or mqtt://name@host/topic; repeated. POST "
        "/trigger works with --http. A trigger is a part's identifier, or JSON with part, camera and id",
    )
    asked.add_argument("--continuous", action="store_true", help="inspect every camera's newest frame, again and again")
    asked.add_argument(
        "--every", type=_seconds, default=0.0, metavar="S", help="with --continuous: at most every S seconds"
    )
    asked.add_argument(
        "--next-frame", action="store_true", help="a trigger means the first frame after it, not the newest one"
    )
    asked.add_argument(
        "--pictures-by-name",
        action="store_true",
        help="of a folder: a picture belongs only to the part that its file is called like, never to the next trigger",
    )
    asked.add_argument(
        "--patience",
        type=_seconds,
        default=2.0,
        metavar="S",
        help="how long a trigger waits for a frame (default: 2; of a folder 12 at least)",
    )


def _add_results(parser: ArgumentParser) -> None:
    results = parser.add_argument_group("results")
    add_store_option(results, default="default")
    add_publish_option(results)
    results.add_argument("--json", action="store_true", help="print results as JSON lines")
    results.add_argument("--pictures", type=Path, metavar="DIR", help="keep pictures of defective parts there")
    results.add_argument("--good-pictures", action="store_true", help="keep those of good parts too")
    results.add_argument(
        "--disk-limit",
        type=_size,
        default=10 * _GIGABYTE,
        metavar="SIZE",
        help="of the pictures; the oldest go (default: 10G)",
    )


def _add_upkeep(parser: ArgumentParser) -> None:
    station = parser.add_argument_group("station")
    station.add_argument("--name", type=_name, metavar="NAME", help="of the station (default: the machine's)")
    station.add_argument(
        "--data", type=Path, metavar="DIR", help="where results wait for outputs (default: among your data)"
    )
    station.add_argument("--http", type=_address, metavar="[HOST:]PORT", help="/health, /metrics, /trigger and /live")
    station.add_argument(
        "--opcua",
        type=_address,
        metavar="[HOST:]PORT",
        help="be a server of OPC UA: results, state, and the method StartSingleJob as a trigger (usually 4840)",
    )
    station.add_argument("--log", type=Path, metavar="FILE", help="also write the log there; it is turned over at 5 MB")
    station.add_argument(
        "--watchdog", type=_seconds, default=60.0, metavar="S", help="end when one part takes longer (default: 60)"
    )


def _run(arguments: Namespace) -> int:
    from tokenclip_core.output.store.database import Store, data_folder
    from tokenclip_core.publish.addresses import output_of
    from tokenclip_core.publish.publisher import Publisher
    from tokenclip_core.publish.spool import Spool
    from tokenclip_core.publish.stored import StoreOutput
    from tokenclip_core.station.cameras import camera_names
    from tokenclip_core.station.keeping import begin_log
    from tokenclip_core.station.line import LineKeeper
    from tokenclip_core.station.metrics import Meter
    from tokenclip_core.station.supervision import Supervisor, end_at_once, tell_systemd

    _check_triggers(arguments)
    arguments.bits = _known_bits(arguments)
    begin_log(arguments.log)
    name = arguments.name or _name(re.sub(r"[^\w.-]", "-", platform.node()) or "station")
    folder = arguments.data or data_folder() / "stations" / name
    cameras = camera_names(arguments.camera)
    outputs: list[Output] = [StoreOutput(Store.connect(arguments.store))]
    outputs += [output_of(words, name) for words in arguments.publish]
    spool = Spool(folder / "spool.sqlite")
    opcua = None
    if arguments.opcua is not None:
        from tokenclip_core.station.opcua_server import OpcUaServer

        opcua = OpcUaServer(*arguments.opcua, continuous=arguments.continuous)
        outputs.append(opcua)
    # Outputs are known before the run begins, so that they hear of it.
    publisher = Publisher(spool, outputs)
    opened = _opened(arguments, cameras)
    rejected: list[str] = []
    try:
        lines = LineKeeper(arguments.recipe, partial(_line, arguments, name, cameras), spool)
        with stop_on_interrupt() as stop, ExitStack() as servers:
            meter = Meter()
            station = _station(arguments, name, opened, lines, publisher, meter)
            for camera in opened:
                if _starts_late(camera, cameras[camera.name], arguments):
                    camera.start()
            if opcua is not None:
                opcua.trigger = station.trigger
            _listen(arguments, station, meter, servers, rejected)
            sys.stderr.write(f"station {name}: cameras {', '.join(cameras)}; recipe {lines.recipe.name}\n")
            sys.stderr.flush()
            tell_systemd("READY=1")
            station.run(stop, Supervisor(station.each_second, arguments.watchdog, end_at_once))
            tell_systemd("STOPPING=1")
    finally:
        for camera in opened:
            camera.stop()
        left = publisher.close()
    for output in left:
        for words in output.left_over("the next start"):
            say(words)
    sys.stderr.write(f"station {name}: {station.results} results\n")
    # The exit code of a station that was told to end says nothing of single parts.
    lacks = not stop.is_set() and (station.errors or rejected)
    return ExitCode.SOME_UNREADABLE if lacks else ExitCode.DONE


def _known_bits(arguments: Namespace) -> int | None:
    """How many of 16 bits are used: as a person says, or else as the recipe was calibrated."""
    from tokenclip_core.recipes.recipe import Recipe

    if arguments.bits is not None:
        return int(arguments.bits)
    calibration = Recipe.load(arguments.recipe).calibration
    return None if calibration is None else calibration.bits


def _check_triggers(arguments: Namespace) -> None:
    if arguments.continuous and arguments.trigger:
        raise UsageError("--continuous inspects without triggers; leave it, or --trigger, out")
    if arguments.watchdog < 1:
        raise UsageError("--watchdog is at least 1 second; a part takes some of it")
    if arguments.every and not arguments.continuous:
        raise UsageError("--every goes with --continuous")
    asked = (arguments.trigger, arguments.http, arguments.opcua)
    if not arguments.continuous and not any(asked):
        raise UsageError(
            "say when a part is inspected: --trigger lines, --trigger mqtt://…, --http PORT, --opcua PORT, or "
            "--continuous"
        )
    for words in arguments.trigger:
        if words != LINES and not words.startswith(("mqtt://", "mqtts://")):
            raise UsageError(f"--trigger {words}: triggers come from `lines`, or from mqtt://name@host/topic")


def _line(arguments: Namespace, name: str, cameras: Mapping[str, str]) -> Line:
    """What the recipe's file describes now, ready to inspect."""
    import numpy as np

    from tokenclip_core.commands.storing import stored_recipe
    from tokenclip_core.evidence.curve import SIZES
    from tokenclip_core.output.store.schema import WHOLE_PART
    from tokenclip_core.sources.network.streams import without_credentials
    from tokenclip_core.station.line import Line

    # What one recipe says must not contradict the next one.
    arguments = Namespace(**vars(arguments))
    recipe = take_recipe(arguments)
    if recipe is None:
        raise UsageError("a station needs --recipe FILE")
    inspector = load_inspector(arguments)
    if recipe.calibration is not None:
        check_calibration(recipe.calibration, inspector, arguments)
    # The first inspection takes longer than all others, so it is one of an empty picture.
    inspector.inspect(np.zeros(_WARM_SHAPE, np.uint8))
    begins = {
        "station": name,
        "run_kind": "station",
        "title": ", ".join(f"{camera}: {without_credentials(source)}" for camera, source in cameras.items()),
        "model": inspector.model_name,
        "threshold": recipe.judgement.threshold,
        "settings": result_settings(inspector, arguments),
        "sizes": (*SIZES, WHOLE_PART),
        "recipe": stored_recipe(recipe),
        "subspaces": [subspace.name for subspace in inspector.subspaces.subspaces],
    }
    return Line(recipe, inspector, begins)


def _opened(arguments: Namespace, cameras: Mapping[str, str]) -> list[Camera]:
    """Open the cameras: by the time the model is loaded, most of them give frames."""
    from tokenclip_core.station.cameras import Camera

    opened = [Camera(name, source, arguments.bits) for name, source in cameras.items()]
    for camera in opened:
        if not _starts_late(camera, cameras[camera.name], arguments):
            camera.start()
    return opened


def _starts_late(camera: Camera, source: str, arguments: Namespace) -> bool:
    """Whether a camera is started when triggers are listened to, and not before.

    A video would be at its end before anything can look at it, and a picture that comes into a folder while the model
    loads has no trigger: it would become the first trigger's, and every later part would get the one before its own.
    """
    return Path(source).is_file() or (camera.one_by_one and not arguments.continuous)


def _station(
    arguments: Namespace,
    name: str,
    cameras: Sequence[Camera],
    lines: LineKeeper,
    publisher: Publisher,
    meter: Meter,
) -> Station:
    from tokenclip_core.station.keeping import PictureFolder
    from tokenclip_core.station.station import Station, StationSettings

    settings = StationSettings(
        name,
        continuous=arguments.continuous,
        every=arguments.every,
        next_frame=arguments.next_frame,
        by_name=arguments.pictures_by_name,
        patience=arguments.patience,
    )
    folder: Path | None = arguments.pictures
    pictures = None if folder is None else PictureFolder(folder, arguments.disk_limit, good_too=arguments.good_pictures)
    return Station(
        settings,
        cameras,
        lines,
        publisher,
        meter=meter,
        pictures=pictures,
        told=_print if arguments.json else lambda _content: None,
    )


def _listen(arguments: Namespace, station: Station, meter: Meter, servers: ExitStack, rejected: list[str]) -> None:
    """Let triggers come in from everywhere that was named; what is no trigger of the input goes to `rejected`."""
    from tokenclip_core.publish.mqtt import Broker
    from tokenclip_core.station.http_server import HttpServer
    from tokenclip_core.station.mqtt_trigger import MqttTrigger

    if arguments.http is not None:
        host, port = arguments.http
        server = HttpServer(station, meter, host, port)
        servers.callback(server.close)
        sys.stderr.write(f"station {station.settings.name}: http://{host}:{server.port}\n")
    for words in arguments.trigger:
        if words == LINES:
            only = len(arguments.trigger) == 1 and arguments.http is None and arguments.opcua is None
            threading.Thread(target=_read_lines, args=(station, only, rejected), name="lines", daemon=True).start()
        else:
            source = MqttTrigger(station, Broker.of(words))
            servers.callback(source.close)
            station.watch(source)


def _read_lines(station: Station, only: bool, rejected: list[str]) -> None:
    """A trigger for each line; at the end of the input the station ends, where nothing else triggers it."""
    from tokenclip_core.publish.spool import SpoolError
    from tokenclip_core.station.triggers import Request

    for line in filter(None, map(bytes.strip, _lines(sys.stdin.fileno()))):
        try:
            station.trigger(Request.read(line))
        except (SettingsError, SpoolError) as error:
            rejected.append(str(error))
            say(str(error))
    if only:
        station.finish()


def _lines(source: int) -> Iterator[bytes]:
    """Lines of a file as soon as they are whole, the last one also without its end; none grows without limit."""
    from tokenclip_core.station.triggers import MOST_BYTES

    rest = b""
    # Not by `sys.stdin`: a thread that waits there keeps Python from ending.
    while chunk := os.read(source, MOST_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > MOST_BYTES:
            lines, rest = [*lines, rest], b""
        yield from lines
    yield rest


def _print(content: str) -> None:
    sys.stdout.write(content + "\n")
    sys.stdout.flush()


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e6:
        raise ArgumentTypeError(f"{text!r} is no time in seconds")
    return seconds


def _size(text: str) -> int:
    found = re.fullmatch(r"(\d{1,6})([MGT]?)", text)
    if found is None or not int(found[1]):
        raise ArgumentTypeError(f"{text!r} is no size such as 500M or 10G")
    return int(found[1]) * _UNITS[found[2]]


def _name(text: str) -> str:
    if not re.fullmatch(r"[\w.-]{1,60}", text):
        raise ArgumentTypeError(f"{text!r} is no name of letters, digits, dots and hyphens, 60 at most")
    return text


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > _LAST_PORT:
        raise ArgumentTypeError(f"{text!r} is no port such as 8090, or 0.0.0.0:8090 for other machines too")
    return host or "127.0.0.1", int(port)


COMMAND = Command(_EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
