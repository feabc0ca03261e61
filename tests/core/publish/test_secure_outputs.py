"""TLS and passwords: a server's certificate is checked, and passwords come from the environment or the key ring."""

from __future__ import annotations

import ipaddress
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import mosquitto_server
import pytest
from parts_made import message
from web_receiver import Receiver

from tokenclip_core.publish.addresses import output_of
from tokenclip_core.publish.credentials import KEY_RING_SERVICE, credential
from tokenclip_core.publish.messages import Message
from tokenclip_core.publish.mqtt import Broker, connected_to
from tokenclip_core.publish.output import Output, OutputError
from tokenclip_core.publish.webhook import SIGNATURE_HEADER, TIME_HEADER, signature

needs_broker = pytest.mark.skipif(bool(mosquitto_server.why_not()), reason=mosquitto_server.why_not())


def delivered(output: Output, *messages: Message) -> list[str]:
    done: list[Message] = []
    try:
        output.deliver(messages, done.append)
    finally:
        output.close()
    return [one.uid for one in done]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a server at 127.0.0.1, with its key beside it; it vouches for itself."""
    pytest.importorskip("cryptography", reason="pip install cryptography")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a plant's own authority")])
    public = key.public_key()
    uses = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign"), False
    )
    may = x509.KeyUsage(digital_signature=True, key_cert_sign=True, encipher_only=False, decipher_only=False, **uses)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(may, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("authority") / "server.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    file.with_suffix(".key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return file


# The library leaves the socket of a failed handshake to Python, which closes it at once and tells.
@pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning")
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl:pytest.PytestUnraisableExceptionWarning")
@needs_broker
def test_a_broker_is_spoken_to_over_tls_if_its_certificate_is_known(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = mosquitto_server.MosquittoServer(certificate=certificate)
    broker.start()
    address = f"mqtts://127.0.0.1:{broker.port}/line1"
    try:
        with pytest.raises(OutputError, match="certificate"):
            delivered(output_of(address, "s"), message("A"))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert delivered(output_of(address, "s"), message("A")) == [message("A").uid]
        heard: list[str] = []
        came = threading.Event()
        listener = Broker.of(address).client("listener")

        def hear(_client: object, _data: object, one: object) -> None:
            heard.append(json.loads(getattr(one, "payload", b"{}"))["state"])
            came.set()

        listener.on_message = hear
        connected_to(listener, Broker.of(address))
        listener.subscribe("line1/state", qos=1)
        assert came.wait(60), "the state is retained"
        listener.disconnect()
        listener.loop_stop()
        assert heard == ["offline"]
    finally:
        broker.close()


@pytest.fixture
def receiver(certificate: Path) -> Iterator[Receiver]:
    made = Receiver(certificate)
    yield made
    made.close()


def test_a_web_server_is_posted_to_over_tls_if_its_certificate_is_known(
    receiver: Receiver, certificate: Path, key_ring: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key_ring[KEY_RING_SERVICE, "127.0.0.1"] = "a secret"
    with pytest.raises(OutputError, match="CERTIFICATE_VERIFY_FAILED"):
        delivered(output_of(receiver.address, "s"), message("A"))
    assert receiver.got == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert delivered(output_of(receiver.address, "s"), message("A")) == [message("A").uid]
    ((headers, body),) = receiver.got
    assert headers[SIGNATURE_HEADER] == f"sha256={signature('a secret', headers[TIME_HEADER], body)}"


@pytest.fixture
def key_ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[tuple[str, str], str]]:
    """The system's key ring, as a test sees it: (service, account) and password."""
    for variable in ("TOKENCLIP_MQTT_PASSWORD", "TOKENCLIP_WEBHOOK_SECRET"):
        monkeypatch.delenv(variable, raising=False)
    keyring = pytest.importorskip("keyring", reason="pip install keyring")
    from keyring.backend import KeyringBackend

    kept: dict[tuple[str, str], str] = {}

    class Ring(KeyringBackend):
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            if ("locked", username) in kept:
                raise RuntimeError("the key ring is locked")
            return kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            kept[service, username] = password

    before = keyring.get_keyring()
    keyring.set_keyring(Ring())
    yield kept
    keyring.set_keyring(before)


def test_a_password_comes_from_the_environment_or_else_from_the_key_ring(
    key_ring: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert credential("TOKENCLIP_MQTT_PASSWORD", "line@host") is None
    key_ring[KEY_RING_SERVICE, "line@host"] = "from the ring"
    assert credential("TOKENCLIP_MQTT_PASSWORD", "line@host") == "from the ring"
    assert credential("TOKENCLIP_MQTT_PASSWORD", "line@another") is None
    monkeypatch.setenv("TOKENCLIP_MQTT_PASSWORD", "from the environment")
    assert credential("TOKENCLIP_MQTT_PASSWORD", "line@host") == "from the environment"
    monkeypatch.setenv("TOKENCLIP_MQTT_PASSWORD", "")
    key_ring["locked", "line@host"] = ""
    assert credential("TOKENCLIP_MQTT_PASSWORD", "line@host") is None


@needs_broker
def test_a_broker_takes_the_password_of_the_key_ring(key_ring: dict[tuple[str, str], str]) -> None:
    broker = mosquitto_server.MosquittoServer("line", "pass word")
    broker.start()
    address = f"mqtt://line@127.0.0.1:{broker.port}/line1"
    try:
        with pytest.raises(OutputError, match="look at name, password and rights"):
            delivered(output_of(address, "s"), message("A"))
        key_ring[KEY_RING_SERVICE, "line@127.0.0.1"] = "pass word"
        assert delivered(output_of(address, "s"), message("A")) == [message("A").uid]
    finally:
        broker.close()
