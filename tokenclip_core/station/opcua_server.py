"""A station as a server of OPC UA: the state and result part of the machine vision companion specification.

Names are those of OPC 40100-1 (VisionStateMachine, AutomaticModeStateMachine, ResultManagement, ResultReadyEventType),
in a namespace of this program's own: the specification's own types are not loaded, so a client finds nodes by their
names below `VisionSystem`. Configuration, recipe management and transfer of files are not served; a recipe is exchanged
by its file. Results are shown in order, each once; a client knows by `ResultId` which it has seen.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import TimeoutError as LateError
from typing import TYPE_CHECKING, Any

from tokenclip_core.errors import SettingsError, TokenClipError
from tokenclip_core.extras import import_extra
from tokenclip_core.publish.messages import Message
from tokenclip_core.publish.output import Done, Output, OutputError
from tokenclip_core.station.triggers import Request, Ticket

if TYPE_CHECKING:
    from asyncua.common.node import Node
    from asyncua.crypto.permission_rules import User
    from asyncua.server.event_generator import EventGenerator
    from asyncua.server.server import Server

NAMESPACE = "urn:tokenclip-inspector:station"

CREDENTIAL_VARIABLE = "TOKENCLIP_OPCUA_PASSWORD"
"""An environment variable: where it is set, clients come as the user `station` with this password."""

USER = "station"
MOST_RECENT = 100
"""How many of the latest results can be asked for by their `ResultId`."""

SECONDS = 15.0
"""The longest that showing one result may take."""

# Thousands of the standard's own nodes are made first.
_START_SECONDS = 120.0

# OPC 40100-1, ResultStateDataType: 1 completed, 3 failed.
_COMPLETED, _FAILED = 1, 3
_TEXTS = ("ResultId", "MeasId", "PartId", "ExternalRecipeId", "JobId", "CreationTime", "Verdict", "ResultContent")

_log = logging.getLogger(__name__)


class OpcUaServer(Output):
    """Shows results and the station's state, and takes triggers by the method `StartSingleJob`.

    Attributes:
        trigger: called for each job, in any thread; set it before clients come.
        port: that it listens on.
    """

    def __init__(self, host: str, port: int, *, continuous: bool) -> None:
        """Listen.

        Args:
            host: ``127.0.0.1`` for this machine alone.
            port: usually 4840.
            continuous: whether the station inspects without triggers.

        Raises:
            SettingsError: the port is taken, or the package is missing.
        """
        super().__init__(f"opc.tcp://{host}:{port}")
        self._asyncua = import_extra("asyncua", "opcua", "OPC UA")
        self.trigger: Callable[[Request], Ticket] = _nobody
        self.port = port
        self._host, self._continuous = host, continuous
        self._recent: OrderedDict[str, str] = OrderedDict()
        self._state: dict[str, Any] = {}
        self._nodes: dict[str, Node] = {}
        self._event: EventGenerator | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="opc ua", daemon=True)
        self._thread.start()
        # asyncua logs every connection, and every node that it makes.
        for name in ("asyncua", "asyncua.server"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self._server: Server = self._run(self._made(), _START_SECONDS)
        try:
            self._run(self._server.start(), _START_SECONDS)
        except OSError as error:
            self._end_loop()
            raise SettingsError(f"{self.name} can't be listened on ({error.strerror}); name another port") from error

    def deliver(self, messages: Sequence[Message], done: Done) -> None:
        """Show them one after the other, each with an event."""
        for message in messages:
            self._run(self._show(message))
            done(message)

    def tend(self) -> None:
        """Show the station's state where it has changed."""
        self._run(self._show_state())

    def announce(self, state: Mapping[str, Any]) -> None:
        """Show this state soon."""
        self._state = dict(state)

    def close(self) -> None:
        """Stop listening."""
        try:
            self._run(self._server.stop())
        except OutputError:
            _log.warning("%s does not end", self.name)
        self._end_loop()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        if not self._thread.is_alive():
            self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any], seconds: float = SECONDS) -> Any:
        task = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return task.result(seconds)
        except LateError as error:
            task.cancel()
            raise OutputError(f"{self.name} hangs; it is tried again") from error

    async def _made(self) -> Server:
        """The server with all its nodes."""
        ua = self._asyncua.ua
        users = _Users(os.environ.get(CREDENTIAL_VARIABLE, ""))
        server: Server = self._asyncua.Server(user_manager=users)
        await server.init()
        server.set_endpoint(f"opc.tcp://{self._host}:{self.port}")
        server.set_server_name("TokenCLIP station")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        if users.password:
            server.set_identity_tokens([ua.UserNameIdentityToken])
        space = await server.register_namespace(NAMESPACE)
        system = await server.nodes.objects.add_object(space, "VisionSystem")
        machine = await system.add_object(space, "VisionStateMachine")
        self._nodes["state"] = await machine.add_variable(space, "CurrentState", "Preoperational")
        automatic = await machine.add_object(space, "AutomaticModeStateMachine")
        self._nodes["mode"] = await automatic.add_variable(space, "CurrentState", "Initialized")
        self._nodes["problem"] = await system.add_variable(space, "DiagnosticInfo", "")
        texts = [ua.VariantType.String]
        for place in (automatic, system):
            # Below the state machine, as the specification has it, and where people look first.
            await place.add_method(
                space, "StartSingleJob", self._start_single_job, 3 * texts, [*texts, ua.VariantType.Int32]
            )
        results = await system.add_object(space, "ResultManagement")
        await results.add_method(space, "GetResultById", self._result_by_id, texts, [*texts, ua.VariantType.Int32])
        last = await results.add_object(space, "Result")
        for name in _TEXTS:
            self._nodes[name] = await last.add_variable(space, name, "")
        self._nodes["ResultState"] = await last.add_variable(space, "ResultState", 0, ua.VariantType.Int32)
        self._nodes["Score"] = await last.add_variable(space, "Score", 0.0, ua.VariantType.Double)
        fields = [(name, ua.VariantType.String) for name in _TEXTS]
        fields += [("ResultState", ua.VariantType.Int32), ("Score", ua.VariantType.Double)]
        kind = await server.create_custom_event_type(space, "ResultReadyEventType", ua.ObjectIds.BaseEventType, fields)
        self._event = await server.get_event_generator(kind, system.nodeid)
        return server

    async def _show(self, message: Message) -> None:
        values = json.loads(message.content)
        self._recent[message.uid] = message.content
        while len(self._recent) > MOST_RECENT:
            self._recent.popitem(last=False)
        shown: dict[str, Any] = {
            "ResultId": message.uid,
            "MeasId": values.get("triggered", ""),
            "PartId": values.get("part", ""),
            "ExternalRecipeId": self._state.get("recipe", {}).get("name", ""),
            "JobId": f"{values.get('camera', '')}/{values.get('part', '')}",
            "CreationTime": values.get("moment", ""),
            "Verdict": values.get("verdict") or "",
            "ResultContent": message.content,
        }
        numbers: dict[str, Any] = {
            "ResultState": _COMPLETED if values.get("error") is None else _FAILED,
            "Score": float(values.get("score") or 0.0),
        }
        ua = self._asyncua.ua
        for name, text in shown.items():
            await self._nodes[name].write_value(text)
        await self._nodes["ResultState"].write_value(numbers["ResultState"], ua.VariantType.Int32)
        await self._nodes["Score"].write_value(numbers["Score"])
        if self._event is not None:
            for name, value in {**shown, **numbers}.items():
                setattr(self._event.event, name, value)
            await self._event.trigger(message=f"result of part {values.get('part', '')}")

    async def _show_state(self) -> None:
        status = self._state.get("status", "")
        machine = {"": "Preoperational", "failing": "Error"}.get(status, "Operational")
        mode = "Initialized" if machine != "Operational" else "ContinuousExecution" if self._continuous else "Ready"
        wrong = [f"{name}: {words}" for name, words in self._state.get("cameras", {}).items() if words != "ok"]
        for name, text in (("state", machine), ("mode", mode), ("problem", "; ".join(wrong))):
            if await self._nodes[name].read_value() != text:
                await self._nodes[name].write_value(text)

    async def _start_single_job(self, _parent: object, meas: Any, part: Any, camera: Any) -> list[Any]:
        """Inspect one part; answers with the job's id and 0, or with what is wrong and 1."""
        values = {"part": part.Value or "", "camera": camera.Value or "", "id": meas.Value or ""}
        try:
            request = Request.of(values)
            # `trigger` waits for the disk; here it would hold up all clients.
            ticket = await self._loop.run_in_executor(None, self.trigger, request)
        except TokenClipError as error:
            return self._answer(str(error), 1)
        return self._answer(f"{ticket.camera}/{ticket.part}", 0)

    async def _result_by_id(self, _parent: object, uid: Any) -> list[Any]:
        """The JSON of a recent result and 0, or "" and 1."""
        content = self._recent.get(str(uid.Value))
        return self._answer("", 1) if content is None else self._answer(content, 0)

    def _answer(self, text: str, error: int) -> list[Any]:
        ua = self._asyncua.ua
        return [ua.Variant(text, ua.VariantType.String), ua.Variant(error, ua.VariantType.Int32)]


class _Users:
    """Who may come: everybody, or the one user with the password."""

    def __init__(self, password: str) -> None:
        self.password = password

    def get_user(
        self, _server: object, username: str | None = None, password: Any = None, **_rest: object
    ) -> User | None:
        """Called by the library for every session; None turns it away."""
        users = import_extra("asyncua.crypto.permission_rules", "opcua", "OPC UA")
        given = password.decode("utf-8", "replace") if isinstance(password, bytes) else str(password or "")
        known = username == USER and hmac.compare_digest(given.encode("utf-8"), self.password.encode("utf-8"))
        if self.password and not known:
            return None
        guest: User = users.User(role=users.UserRole.User)
        return guest


def _nobody(_request: Request) -> Ticket:
    raise SettingsError("the station is not ready yet; ask again in a moment")
