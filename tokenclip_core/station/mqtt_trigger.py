"""Triggers from a broker of MQTT.

The broker keeps triggers while the station is gone (QoS 1, a lasting session), and gets its confirmation when a trigger
is noted on disk; one that comes twice is known by its id, or by part and camera.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from tokenclip_core.errors import SettingsError
from tokenclip_core.publish.mqtt import Broker, connected_to, subscribed_to
from tokenclip_core.publish.output import OutputError
from tokenclip_core.publish.spool import SpoolError
from tokenclip_core.station.station import Station
from tokenclip_core.station.triggers import Request

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

_PAUSE_SECONDS = 2.0
_LOOK_SECONDS = 0.5

_log = logging.getLogger(__name__)


class MqttTrigger:
    """Listens to a topic for as long as the station lives, and connects again by itself.

    Attributes:
        problem: why no trigger can come from there, in words; "" while all is well.
    """

    def __init__(self, station: Station, broker: Broker) -> None:
        """Begin to listen.

        Args:
            station: gets the triggers.
            broker: with the topic to listen to.

        Raises:
            SettingsError: the package for it is missing.
        """
        self.problem = ""
        self._station, self._broker = station, broker
        self._client = self._new_client()
        self._ended = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mqtt trigger", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more; the broker keeps what comes meanwhile."""
        self._ended.set()
        self._thread.join()

    def _new_client(self) -> Client:
        return self._broker.client(f"tokenclip-{self._station.settings.name}-trigger", keep_session=True)

    def _run(self) -> None:
        while not self._ended.is_set():
            client, self._client = self._client, self._new_client()
            self._lost.clear()
            client.on_message = self._heard
            client.on_disconnect = self._disconnected
            try:
                connected_to(client, self._broker)
                subscribed_to(client, self._broker)
                _log.info("listening for triggers at %s", self._broker.name)
                self.problem = ""
                while not self._lost.is_set() and not self._ended.wait(_LOOK_SECONDS):
                    continue
            except OutputError as error:
                if not self.problem:
                    _log.warning("triggers: %s", error)
                self.problem = f"triggers: {error}"
                self._ended.wait(_PAUSE_SECONDS)
            finally:
                client.disconnect()
                client.loop_stop()

    def _heard(self, client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            self._station.trigger(Request.read(bytes(message.payload)))
        except SpoolError as error:
            # Not confirmed: the broker sends it again after the next connection.
            _log.error("triggers: %s", error)
            self._lost.set()
            return
        except SettingsError as error:
            _log.warning("a trigger from %s is none: %s", self._broker.name, error)
        client.ack(message.mid, message.qos)

    def _disconnected(self, *_facts: Any) -> None:
        self._lost.set()
