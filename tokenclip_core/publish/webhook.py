"""Results to a web server: each a signed POST."""

from __future__ import annotations

import hashlib
import hmac
import ssl
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from tokenclip_core.publish.messages import Message
from tokenclip_core.publish.output import Done, Output, OutputError, RefusedError

SECONDS = 15.0
"""The longest that the server may take to answer."""

SIGNATURE_HEADER = "X-TokenCLIP-Signature"
TIME_HEADER = "X-TokenCLIP-Timestamp"
ID_HEADER = "X-TokenCLIP-Id"

# Statuses by which a server refuses a message for good; after any other one, the next try may succeed.
_REFUSALS = frozenset({400, 409, 410, 413, 415, 422})


def signature(secret: str, moment: str, body: bytes) -> str:
    """What a receiver compares: HMAC-SHA256 by the secret over the time, a full stop and the body, in hexadecimal.

    Args:
        secret: that both sides know.
        moment: the header `TIME_HEADER`, seconds since 1970; a receiver refuses old ones.
        body: of the POST.
    """
    return hmac.new(secret.encode("utf-8"), moment.encode("ascii") + b"." + body, hashlib.sha256).hexdigest()


class WebhookOutput(Output):
    """Posts each result as JSON; a success (2xx) confirms it, and redirects are not followed."""

    def __init__(self, address: str, secret: str | None) -> None:
        """Choose the server.

        Args:
            address: ``http://`` or ``https://``, without a password.
            secret: to sign with; None for no signature.
        """
        super().__init__(address)
        self._parts = urlsplit(address)
        self._secret = secret
        self._connection: HTTPConnection | None = None

    def deliver(self, messages: Sequence[Message], done: Done) -> None:
        """Post them one after the other."""
        for message in messages:
            status = self._post(message)
            if status in _REFUSALS:
                raise RefusedError(f"{self.name} answers {status}")
            if not 200 <= status < 300:
                raise OutputError(f"{self.name} answers {status}; it is tried again")
            done(message)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, message: Message) -> int:
        body = message.content.encode("utf-8")
        headers = {"Content-Type": "application/json", ID_HEADER: message.uid, TIME_HEADER: str(int(time.time()))}
        if self._secret is not None:
            headers[SIGNATURE_HEADER] = f"sha256={signature(self._secret, headers[TIME_HEADER], body)}"
        target = (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else "")
        is_kept = self._connection is not None
        try:
            try:
                return self._answer(target, body, headers)
            except (ConnectionError, HTTPException):
                # The server may have closed a connection that was kept since the last one; that is no failure.
                self.close()
                if not is_kept:
                    raise
                return self._answer(target, body, headers)
        except (OSError, HTTPException) as error:
            self.close()
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise OutputError(f"{self.name} can't be reached ({reason}); it is tried again") from error

    def _answer(self, target: str, body: bytes, headers: Mapping[str, str]) -> int:
        connection = self._connected()
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
        # The text of an answer is not needed, however long it is.
        if len(answer.read(1 << 16)) == 1 << 16:
            self.close()
        return answer.status

    def _connected(self) -> HTTPConnection:
        if self._connection is None:
            host, port = self._parts.hostname or "", self._parts.port
            self._connection = (
                HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())
                if self._parts.scheme == "https"
                else HTTPConnection(host, port, timeout=SECONDS)
            )
        return self._connection
