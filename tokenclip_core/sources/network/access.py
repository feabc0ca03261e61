"""How user name and password are given to a server: HTTP's and RTSP's basic and digest access."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

# One parameter of a challenge: name="value" or name=value. What does not look like one is passed over, since a server
# may send anything.
_PARAMETER = re.compile(r'([A-Za-z][\w-]*)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))')


def basic_answer(credentials: tuple[str, str]) -> str:
    """What the header ``Authorization`` says under basic access."""
    return "Basic " + base64.b64encode(":".join(credentials).encode()).decode()


def digest_answer(method: str, place: str, credentials: tuple[str, str], challenge: str) -> str:
    """What the header ``Authorization`` says to a server that wants a digest (RFC 7616), which many cameras do.

    Args:
        method: of the request, such as ``GET``.
        place: what is asked for, as the request names it.
        credentials: user name and password.
        challenge: the server's header ``WWW-Authenticate``; what is malformed in it is passed over.
    """
    parameters = _PARAMETER.findall(challenge.partition(" ")[2])
    wanted = {name.lower(): quoted or plain for name, quoted, plain in parameters}
    algorithm = wanted.get("algorithm", "MD5")
    realm, nonce = wanted.get("realm", ""), wanted.get("nonce", "")

    def hashed(*words: str) -> str:
        name = "sha256" if algorithm.upper().startswith("SHA-256") else "md5"
        return hashlib.new(name, ":".join(words).encode(), usedforsecurity=False).hexdigest()

    who, what = hashed(credentials[0], realm, credentials[1]), hashed(method, place)
    fields = {"username": credentials[0], "realm": realm, "nonce": nonce, "uri": place}
    plain = {"algorithm": algorithm}
    if "qop" in wanted:
        once = secrets.token_hex(8)
        plain |= {"qop": "auth", "nc": "00000001"}
        fields |= {"cnonce": once, "response": hashed(who, nonce, "00000001", once, "auth", what)}
    else:
        fields["response"] = hashed(who, nonce, what)
    if "opaque" in wanted:
        fields["opaque"] = wanted["opaque"]
    quoted = [f'{name}="{value}"' for name, value in fields.items()]
    return "Digest " + ", ".join([*quoted, *(f"{name}={value}" for name, value in plain.items())])
