"""Files, web servers and brokers get each result, in order, and a repeat is recognisable."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mosquitto_server
import pytest
from parts_made import message
from web_receiver import Receiver

from tokenclip_core.errors import SettingsError
from tokenclip_core.publish.addresses import output_of
from tokenclip_core.publish.json_lines import JsonLinesOutput
from tokenclip_core.publish.messages import Message
from tokenclip_core.publish.mqtt import Broker, connected_to
from tokenclip_core.publish.output import OutputError, RefusedError
from tokenclip_core.publish.publisher import Publisher
from tokenclip_core.publish.spool import Spool
from tokenclip_core.publish.webhook import ID_HEADER, SIGNATURE_HEADER, TIME_HEADER, WebhookOutput, signature


def delivered(output: Any, *messages: Message) -> list[str]:
    done: list[Message] = []
    output.deliver(messages, done.append)
    return [one.uid for one in done]


def parts_in(file: Path) -> list[str]:
    return [json.loads(line)["part"] for line in file.read_text("utf-8").splitlines()]


def test_lines_are_written_once_also_after_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "deeper" / "results.jsonl"
    first = JsonLinesOutput(file)
    assert delivered(first, message("A"), message("B")) == [message("A").uid, message("B").uid]
    assert delivered(first, message("C")) == [message("C").uid]
    # Killed within a line, and before the spool knew of the lines before it.
    with file.open("ab") as stream:
        stream.write(b'{"id": "half of')
    assert len(delivered(JsonLinesOutput(file), message("B"), message("C"), message("D"))) == 3
    assert parts_in(file) == ["A", "B", "C", "D"]


def test_a_folder_gets_a_file_a_day(tmp_path: Path) -> None:
    delivered(output_of(str(tmp_path / "results"), "s"), message("A"))
    (file,) = (tmp_path / "results").iterdir()
    assert parts_in(file) == ["A"]
    assert file.suffix == ".jsonl"


def test_a_file_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file in the way of the folder")
    output = JsonLinesOutput(tmp_path / "results" / "a.jsonl")
    with pytest.raises(OutputError, match="can't be written"):
        delivered(output, message("A"))
    (tmp_path / "results").unlink()
    assert delivered(output, message("A")) == [message("A").uid]


@pytest.mark.parametrize(
    "words",
    [
        "mqtt://user:secret@host/topic",
        "https://user:secret@host/",
        "mqtt://host",
        "mqtt://host/a/#",
        "ftp://host/a",
        "results.txt",
    ],
)
def test_addresses_with_passwords_and_nonsense_are_refused(words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        output_of(words, "s")
    assert "secret@" not in str(refused.value)


def test_clients_of_one_broker_have_names_of_their_own() -> None:
    """A broker cuts off a client when another one of its name comes."""
    pytest.importorskip("paho.mqtt.client")
    topics = ("line1", "line2", "line1/trigger")
    clients = [Broker.of(f"mqtt://host/{topic}").client("tokenclip-line1") for topic in (*topics, "line1")]
    names = [client._client_id.decode() for client in clients]
    assert len(set(names)) == len(topics)
    assert names[0] == names[-1], "the same at every start"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def test_posts_are_signed_and_tried_again(receiver: Receiver) -> None:
    output = WebhookOutput(receiver.address, "a secret")
    receiver.answers = [204, 503, 204, 422]
    done: list[Message] = []
    with pytest.raises(OutputError, match="503"):
        output.deliver([message("A"), message("B")], done.append)
    assert [one.uid for one in done] == [message("A").uid]
    assert delivered(output, message("B")) == [message("B").uid]
    with pytest.raises(RefusedError, match="422"):
        delivered(output, message("C"))
    output.close()
    for headers, body in receiver.got:
        expected = signature("a secret", headers[TIME_HEADER], body)
        assert headers[SIGNATURE_HEADER] == f"sha256={expected}"
        assert headers[ID_HEADER] == json.loads(body)["id"]
    assert [json.loads(body)["part"] for _, body in receiver.got] == ["A", "B"]


def test_a_connection_that_the_server_closed_meanwhile_is_no_failure(receiver: Receiver) -> None:
    receiver.hangs_up = True
    output = WebhookOutput(receiver.address, None)
    for part in "ABC":
        assert delivered(output, message(part)) == [message(part).uid]
        receiver.hung_up.wait(60)
    output.close()
    assert [json.loads(body)["part"] for _, body in receiver.got] == ["A", "B", "C"]


def test_a_web_server_that_is_gone_is_said_without_a_secret(receiver: Receiver) -> None:
    receiver.close()
    with pytest.raises(OutputError, match="can't be reached") as gone:
        delivered(WebhookOutput(receiver.address, "a secret"), message("A"))
    assert "a secret" not in str(gone.value)


needs_broker = pytest.mark.skipif(bool(mosquitto_server.why_not()), reason=mosquitto_server.why_not())


@pytest.fixture
def broker() -> Iterator[mosquitto_server.MosquittoServer]:
    made = mosquitto_server.MosquittoServer("line", "pass word")
    made.start()
    yield made
    made.close()


class Listener:
    """Another program that listens to everything below a topic, for as long as the broker lives."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, dict[str, Any], bool]] = []
        self._changed = threading.Condition()
        broker = Broker.of(f"mqtt://line@127.0.0.1:{port}/line1")
        self._client = broker.client("listener", keep_session=True)
        self._client.on_message = self._hear
        connected_to(self._client, broker)
        self._client.subscribe("line1/#", qos=1)

    def _hear(self, client: Any, _data: object, heard: Any) -> None:
        with self._changed:
            self.heard.append((heard.topic, json.loads(heard.payload), heard.retain))
            self._changed.notify_all()
        client.ack(heard.mid, heard.qos)

    def wait(self, until: Callable[[], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(until, 60)

    def results(self) -> list[str]:
        return [values["part"] for topic, values, _ in self.heard if topic == "line1/result"]

    def states(self) -> list[str]:
        return [values["state"] for topic, values, _ in self.heard if topic == "line1/state"]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@needs_broker
def test_a_broker_gets_each_result_in_order_also_after_it_was_gone(
    broker: mosquitto_server.MosquittoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKENCLIP_MQTT_PASSWORD", "pass word")
    listener = Listener(broker.port)
    output = output_of(f"mqtt://line@127.0.0.1:{broker.port}/line1", "test")
    publisher = Publisher(Spool(tmp_path / "spool.sqlite"), [output])
    publisher.announce({"station": "test"})
    publisher.add(message("A"))
    assert listener.wait(lambda: listener.results() == ["A"])
    assert listener.wait(lambda: "online" in listener.states())
    listener.close()
    broker.stop()
    for part in "BCD":
        publisher.add(message(part))
    broker.start()
    second = Listener(broker.port)
    assert second.wait(lambda: second.results()[-1:] == ["D"])
    seen = list(dict.fromkeys(second.results()))
    assert seen in (["B", "C", "D"], ["A", "B", "C", "D"]), "in order, and a repeat has the same id"
    assert [fact.waiting for fact in publisher.close()] == [0]
    assert second.wait(lambda: second.states()[-1:] == ["offline"])
    second.close()


@needs_broker
def test_a_broker_that_refuses_the_password_is_said(
    broker: mosquitto_server.MosquittoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKENCLIP_MQTT_PASSWORD", "wrong")
    output = output_of(f"mqtt://line@127.0.0.1:{broker.port}/line1", "test")
    with pytest.raises(OutputError, match="look at name, password and rights") as refused:
        delivered(output, message("A"))
    assert "wrong" not in str(refused.value)
