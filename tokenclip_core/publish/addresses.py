"""From what a person names to an output: the address of a broker or of a web server, a file, a folder."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from tokenclip_core.errors import SettingsError
from tokenclip_core.publish.credentials import credential
from tokenclip_core.publish.json_lines import SUFFIX, JsonLinesOutput
from tokenclip_core.publish.mqtt import Broker, MqttOutput
from tokenclip_core.publish.output import Output
from tokenclip_core.publish.webhook import WebhookOutput

SIGNING_VARIABLE = "TOKENCLIP_WEBHOOK_SECRET"
"""An environment variable with the secret that POSTs are signed with."""

MQTT_SCHEMES = ("mqtt", "mqtts")


def output_of(words: str, name: str) -> Output:
    """The output that a person means; it is not reached yet.

    Args:
        words: ``mqtt://name@host/prefix`` (or ``mqtts://``), ``http://`` or ``https://``, a file ``NAME.jsonl``, or a
            folder for one file a day.
        name: of the station, by which a broker knows it.

    Raises:
        SettingsError: it is none of them, holds a password, or needs a package that is missing.
    """
    scheme = words.partition("://")[0].lower() if "://" in words else ""
    if scheme in MQTT_SCHEMES:
        return MqttOutput(Broker.of(words), f"tokenclip-{name}")
    if scheme in ("http", "https"):
        parts = urlsplit(words)
        if parts.password is not None or parts.username is not None or not parts.hostname:
            raise SettingsError(
                f"{scheme}://{parts.hostname or ''}: name a server without user name and password; results are signed "
                f"with the secret in {SIGNING_VARIABLE}"
            )
        return WebhookOutput(words, credential(SIGNING_VARIABLE, parts.hostname))
    if scheme:
        raise SettingsError(f"{scheme}:// is not known; results go to mqtt://, mqtts://, http://, https:// or a file")
    place = Path(words)
    if place.suffix and place.suffix != SUFFIX:
        raise SettingsError(f"{words} is neither a folder nor a file whose name ends in {SUFFIX}")
    return JsonLinesOutput(place.absolute())
