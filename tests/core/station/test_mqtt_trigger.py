"""Triggers from a broker that does not let the station listen: it says so instead of being deaf."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from patience import until

from tokenclip_core.publish.mqtt import Broker
from tokenclip_core.publish.output import OutputError
from tokenclip_core.station import mqtt_trigger
from tokenclip_core.station.mqtt_trigger import MqttTrigger
from tokenclip_core.station.station import Station


class StandInBroker:
    """Answers to who wants to listen as it is told, see SUBACK in MQTT 3.1.1."""

    name, topic = "mqtt://host/line1", "line1"

    def __init__(self) -> None:
        self.refuses = True
        self.asked = threading.Event()

    def client(self, _name: str, **_options: Any) -> Any:
        made = SimpleNamespace(disconnect=lambda: None, loop_stop=lambda: None, on_subscribe=None)

        def subscribe(_topic: str, qos: int) -> None:
            answer: Callable[..., None] = made.on_subscribe
            answer(made, None, qos, [SimpleNamespace(is_failure=self.refuses)], None)
            self.asked.set()

        made.subscribe = subscribe
        return made


def test_a_broker_that_refuses_the_topic_is_a_problem_until_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = StandInBroker()
    gone = [True]

    def connect(_client: object, _broker: object) -> None:
        if gone[0]:
            raise OutputError("it can't be reached")

    monkeypatch.setattr(mqtt_trigger, "connected_to", connect)
    monkeypatch.setattr(mqtt_trigger, "_PAUSE_SECONDS", 0.01)
    station = SimpleNamespace(settings=SimpleNamespace(name="s"))
    trigger = MqttTrigger(cast("Station", station), cast("Broker", broker))
    try:
        until(lambda: "can't be reached" in trigger.problem)
        gone[0] = False
        until(lambda: "refuses to be listened to" in trigger.problem)
        assert broker.asked.is_set()
        broker.refuses = False
        until(lambda: not trigger.problem)
    finally:
        trigger.close()
