"""Passwords of outputs: from the environment or the system's key ring, never from an address."""

from __future__ import annotations

import os
from importlib import import_module

KEY_RING_SERVICE = "tokenclip-inspector"
"""The service under which a key ring keeps the passwords: `keyring set tokenclip-inspector NAME@HOST`."""


def credential(variable: str, account: str) -> str | None:
    """A password or secret.

    Args:
        variable: the environment variable that is looked at first.
        account: who it belongs to in the key ring, such as ``name@host``.

    Returns:
        None where there is none, or no key ring.
    """
    given = os.environ.get(variable)
    if given:
        return given
    try:
        found = import_module("keyring").get_password(KEY_RING_SERVICE, account)
    except Exception:
        # It may not be installed, be locked, or have no place to keep things; then there is no password.
        return None
    return None if found is None else str(found)
