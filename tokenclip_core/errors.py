"""The errors that TokenCLIP Inspector raises on purpose.

Every message says what is wrong and what to do, in one line, so that a command or a window can show it as it is.
"""

from __future__ import annotations

from tokenclip_core.printable import printable

_LONGEST_MESSAGE = 1000


class TokenClipError(Exception):
    """Base of all errors raised on purpose by `tokenclip_core`; its message has no control signs, whatever names do."""

    def __str__(self) -> str:
        """Return the message; of one that quotes too much of a file, the beginning and the advice at its end."""
        message = printable(super().__str__())
        if len(message) <= _LONGEST_MESSAGE:
            return message
        return f"{message[: _LONGEST_MESSAGE - 250]} … {message[-240:]}"


class ImageError(TokenClipError):
    """An image cannot be read, is damaged, too large, or has the wrong shape or type."""


class ModelError(TokenClipError):
    """A backbone is unknown, missing, damaged, or has no supported visual tower."""


class CheckpointError(TokenClipError):
    """A checkpoint of learned prompts cannot be read or does not fit the backbone."""


class DescriptorsError(TokenClipError):
    """A descriptor vocabulary cannot be read or is incomplete."""


class DataLayoutError(TokenClipError):
    """A data set's folders do not follow a known layout."""


class SettingsError(TokenClipError):
    """A setting is out of its range or contradicts another one."""


class DeviceError(TokenClipError):
    """The requested device or precision is not available on this machine."""
