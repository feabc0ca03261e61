"""A client of OPC UA sees state and results, and starts jobs."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("asyncua", reason='pip install "tokenclip-inspector[opcua]"')

from asyncua import Client, ua

from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.store.identity import FileIdentity
from tokenclip_core.output.store.result_event import result_event
from tokenclip_core.publish.messages import Message, result_message
from tokenclip_core.station.opcua_server import CREDENTIAL_VARIABLE, NAMESPACE, OpcUaServer
from tokenclip_core.station.triggers import Request, Ticket


def message(part: str, error: str | None = None) -> Message:
    row = ResultRow(f"1/{part}", score=None if error else 0.7, verdict=None if error else "defect", error=error)
    event = result_event("run", 0, part, row, FileIdentity(row.path))
    return result_message(row, event, {"camera": "1", "part": part, "triggered": "now"})


@pytest.fixture(scope="module")
def server() -> Iterator[OpcUaServer]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = OpcUaServer("127.0.0.1", port, continuous=False)
    yield made
    made.close()


class Events:
    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()

    def event_notification(self, event: Any) -> None:
        self.queue.put_nowait(event)


async def path(client: Client, *names: str) -> Any:
    space = await client.get_namespace_index(NAMESPACE)
    return await client.nodes.objects.get_child([f"{space}:{name}" for name in ("VisionSystem", *names)])


def test_a_client_sees_results_in_order_with_their_events(server: OpcUaServer) -> None:
    async def look() -> None:
        async with Client(server.name) as client:
            events = Events()
            system = await path(client)
            space = await client.get_namespace_index(NAMESPACE)
            kind = await client.nodes.base_event_type.get_child(f"{space}:ResultReadyEventType")
            subscription = await client.create_subscription(20, events)
            await subscription.subscribe_events(system, kind)
            done: list[Message] = []
            sent = [message("A"), message("B", "no picture")]
            await asyncio.to_thread(server.deliver, sent, done.append)
            heard = [await asyncio.wait_for(events.queue.get(), 30) for _ in sent]
            assert [event.PartId for event in heard] == ["A", "B"]
            assert [event.ResultState for event in heard] == [1, 3]
            assert [event.Verdict for event in heard] == ["defect", ""]
            assert done == sent
            shown = await path(client, "ResultManagement", "Result", "ResultContent")
            assert json.loads(await shown.read_value())["error"] == "no picture"
            management = await path(client, "ResultManagement")
            content, error = await management.call_method(f"{space}:GetResultById", sent[0].uid)
            assert (json.loads(content)["part"], error) == ("A", 0)
            assert (await management.call_method(f"{space}:GetResultById", "unknown"))[1] == 1

    asyncio.run(look())


def test_a_client_starts_a_job_and_sees_the_state(server: OpcUaServer) -> None:
    asked: list[Request] = []

    def trigger(request: Request) -> Ticket:
        asked.append(request)
        return Ticket(request.part, "left")

    async def look() -> None:
        async with Client(server.name) as client:
            state = await path(client, "VisionStateMachine", "CurrentState")
            mode = await path(client, "VisionStateMachine", "AutomaticModeStateMachine", "CurrentState")
            assert await state.read_value() == "Preoperational"
            system = await path(client)
            space = await client.get_namespace_index(NAMESPACE)
            words = [ua.Variant(text, ua.VariantType.String) for text in ("7", "A17", "")]
            answer = await system.call_method(f"{space}:StartSingleJob", *words)
            assert answer[1] == 1
            assert "not ready" in answer[0]
            server.trigger = trigger
            assert await system.call_method(f"{space}:StartSingleJob", *words) == ["left/A17", 0]
            server.announce({"status": "ok", "recipe": {"name": "line 1"}, "cameras": {"left": "ok"}})
            await asyncio.to_thread(server.tend)
            assert (await state.read_value(), await mode.read_value()) == ("Operational", "Ready")
            server.announce({"status": "failing", "cameras": {"left": "no cable"}})
            await asyncio.to_thread(server.tend)
            assert await state.read_value() == "Error"

    asyncio.run(look())
    assert asked == [Request("A17", "", "7")]


def test_with_a_password_nobody_else_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CREDENTIAL_VARIABLE, "pass word")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = OpcUaServer("127.0.0.1", port, continuous=False)

    async def look(user: str, password: str) -> str:
        client = Client(server.name)
        if user:
            client.set_user(user)
            client.set_password(password)
        async with client:
            return str(await (await path(client, "VisionStateMachine", "CurrentState")).read_value())

    try:
        assert asyncio.run(look("station", "pass word")) == "Preoperational"
        for user, password in (("station", "wrong"), ("", ""), ("another", "pass word")):
            with pytest.raises(ua.UaError):
                asyncio.run(look(user, password))
    finally:
        server.close()
