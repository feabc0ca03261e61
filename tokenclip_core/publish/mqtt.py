"""Results to a broker of MQTT: QoS 1, a retained state, and a last will.

A broker that is gone for long is no reason to keep messages in memory: they stay in the spool. When the connection is
lost, the client is thrown away with all that was not confirmed to it, and the spool gives that to the next one; so a
result may come twice, and has the same `id` then.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tokenclip_core.errors import SettingsError
from tokenclip_core.extras import import_extra
from tokenclip_core.publish.credentials import credential
from tokenclip_core.publish.messages import Message
from tokenclip_core.publish.output import Done, Output, OutputError

if TYPE_CHECKING:
    from paho.mqtt.client import Client

CREDENTIAL_VARIABLE = "TOKENCLIP_MQTT_PASSWORD"
"""An environment variable with the password of a broker."""

SECONDS = 10.0
"""The longest that the broker may take to connect or to confirm."""

KEEP_ALIVE_SECONDS = 20
RESULTS, STATE = "result", "state"
"""Topics below the prefix."""

_PORT, _TLS_PORT = 1883, 8883
_TOPIC_LETTERS = 8


@dataclass(frozen=True)
class Broker:
    """Where a broker is, from an address such as ``mqtt://name@host:1883/line1``.

    Attributes:
        host: name or number.
        port: by default 1883, with TLS 8883.
        tls: whether the connection is encrypted and the server's certificate checked.
        user: name, or "".
        topic: what stands behind the host.
    """

    host: str
    port: int
    tls: bool
    user: str
    topic: str

    @classmethod
    def of(cls, address: str) -> Broker:
        """Read an address.

        Raises:
            SettingsError: it has no host or topic, a wildcard in the topic, or a password.
        """
        parts = urlsplit(address)
        shown = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
        if parts.password is not None:
            raise SettingsError(
                f"{shown}: a password is seen by others in an address; leave it out, and set {CREDENTIAL_VARIABLE} or "
                "keep it in the key ring"
            )
        tls = parts.scheme == "mqtts"
        topic = unquote(parts.path).strip("/")
        if not parts.hostname or not topic or any(sign in address for sign in "+#?\0"):
            raise SettingsError(f"{shown} is no address such as mqtt://name@host/line1, with a topic behind the host")
        return cls(
            parts.hostname, parts.port or (_TLS_PORT if tls else _PORT), tls, unquote(parts.username or ""), topic
        )

    @property
    def name(self) -> str:
        """The address as people may see it."""
        return f"mqtt{'s' if self.tls else ''}://{self.host}:{self.port}/{self.topic}"

    def client(self, name: str, *, keep_session: bool = False) -> Client:
        """A client that is not connected yet.

        Args:
            name: of the client at the broker, which knows it by this and by the topic: another one of the same would
                be cut off.
            keep_session: whether the broker keeps messages for it while it is gone.
        """
        mqtt = import_extra("paho.mqtt.client", "station", "MQTT")
        client: Client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=f"{name}-{hashlib.sha256(self.topic.encode('utf-8')).hexdigest()[:_TOPIC_LETTERS]}",
            clean_session=not keep_session,
            manual_ack=keep_session,
            # Whoever connects again publishes the state again, which the library would not do.
            reconnect_on_failure=False,
        )
        client.connect_timeout = SECONDS
        if self.user:
            client.username_pw_set(self.user, credential(CREDENTIAL_VARIABLE, f"{self.user}@{self.host}"))
        if self.tls:
            client.tls_set()
        return client


class MqttOutput(Output):
    """Publishes to ``PREFIX/result``; ``PREFIX/state`` says how the station is, also when it has died."""

    def __init__(self, broker: Broker, name: str) -> None:
        """Choose the broker.

        Args:
            broker: with the prefix of the topics.
            name: of this client at the broker, the same at every start.
        """
        super().__init__(broker.name)
        import_extra("paho.mqtt.client", "station", "MQTT")
        self._broker, self._name = broker, name
        self._client: Client | None = None
        self._state: Mapping[str, Any] = {}
        self._state_to_show = threading.Event()

    def deliver(self, messages: Sequence[Message], done: Done) -> None:
        """Publish them all, then wait for each confirmation, in order."""
        self.tend()
        topic = f"{self._broker.topic}/{RESULTS}"
        sent = [self._publish(topic, message.content) for message in messages]
        for message, confirmed in zip(messages, sent, strict=True):
            confirmed()
            done(message)

    def tend(self) -> None:
        """Connect, and show the state where it has changed."""
        if self._client is None or not self._client.is_connected():
            self._connect()
        if self._state_to_show.is_set():
            self._state_to_show.clear()
            self._show_state({"state": "online", **self._state})

    def announce(self, state: Mapping[str, Any]) -> None:
        """Show this state beside "online"."""
        if state != self._state:
            self._state = dict(state)
            self._state_to_show.set()

    def close(self) -> None:
        """Publish the state "offline", and disconnect."""
        if self._client is not None and self._client.is_connected():
            try:
                self._show_state({"state": "offline", "reason": "stopped"})
            except OutputError:
                # The broker publishes it itself, as the last will.
                self._drop()
        self._drop()

    def _connect(self) -> None:
        self._drop()
        client = self._broker.client(self._name)
        will = json.dumps({"state": "offline", "reason": "lost"})
        client.will_set(f"{self._broker.topic}/{STATE}", will, qos=1, retain=True)
        connected_to(client, self._broker)
        self._client = client
        self._state_to_show.set()

    def _show_state(self, state: Mapping[str, Any]) -> None:
        self._publish(f"{self._broker.topic}/{STATE}", json.dumps(state), retain=True)()

    def _publish(self, topic: str, payload: str, *, retain: bool = False) -> Callable[[], None]:
        """Send; the returned call waits until the broker has it."""
        client = self._client
        if client is None:
            raise OutputError(f"{self.name} is gone; it is tried again")
        sent = client.publish(topic, payload.encode("utf-8"), qos=1, retain=retain)

        def confirmed() -> None:
            try:
                sent.wait_for_publish(SECONDS)
            except (RuntimeError, ValueError) as error:
                self._drop()
                raise OutputError(f"{self.name} can't be sent to ({error}); it is tried again") from error
            if not sent.is_published():
                self._drop()
                raise OutputError(f"{self.name} confirms nothing any more; it is tried again")

        return confirmed

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()


def connected_to(client: Client, broker: Broker) -> None:
    """Connect a client, and let it work in a thread of its own.

    Raises:
        OutputError: the broker is gone, or refuses name and password.
    """
    answered = threading.Event()
    refusal: list[str] = []

    def on_connect(_client: object, _data: object, _flags: object, reason: Any, _properties: object) -> None:
        if reason.is_failure:
            refusal.append(str(reason))
        answered.set()

    client.on_connect = on_connect
    try:
        client.connect(broker.host, broker.port, KEEP_ALIVE_SECONDS)
    except (OSError, ValueError) as error:
        raise OutputError(f"{broker.name} can't be reached ({error}); it is tried again") from error
    client.loop_start()
    if answered.wait(SECONDS) and not refusal:
        return
    client.disconnect()
    client.loop_stop()
    reason = refusal[0] if refusal else "no answer"
    raise OutputError(f"{broker.name} refuses the connection ({reason}); look at name, password and rights")


def subscribed_to(client: Client, broker: Broker) -> None:
    """Let a connected client hear what is sent to the broker's topic.

    Raises:
        OutputError: the broker refuses the topic, or does not answer.
    """
    answered = threading.Event()
    refusal: list[str] = []

    def on_subscribe(_client: object, _data: object, _number: int, reasons: Sequence[Any], _properties: object) -> None:
        refusal.extend(str(reason) for reason in reasons if reason.is_failure)
        answered.set()

    client.on_subscribe = on_subscribe
    client.subscribe(broker.topic, qos=1)
    if not answered.wait(SECONDS):
        raise OutputError(f"{broker.name} does not answer to who wants to listen; it is tried again")
    if refusal:
        raise OutputError(f"{broker.name} refuses to be listened to ({refusal[0]}); look at the rights of this name")
