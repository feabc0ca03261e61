"""Small files that others may have written: no pipe is waited for, and no more bytes are read than are allowed."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import IO, Any

from tokenclip_core.errors import SettingsError, TokenClipError

# 0 where a system lacks the flag: there, opening a pipe does not wait, or every file is read as it is.
_WITHOUT_WAITING: int = getattr(os, "O_NONBLOCK", 0)
_AS_IT_IS: int = getattr(os, "O_BINARY", 0)


class TooLargeError(ValueError):
    """A file holds more than is allowed."""


def open_regular(path: Path) -> IO[bytes]:
    """Open a regular file for reading; what is none is not waited for.

    Raises:
        OSError: it is missing, unreadable, or no regular file (opening a pipe would wait for its writer).
    """
    number = os.open(path, os.O_RDONLY | _WITHOUT_WAITING | _AS_IT_IS)
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
    except OSError:
        os.close(number)
        raise
    return os.fdopen(number, "rb")


def read_small(path: Path, most_bytes: int) -> bytes:
    """Read a regular file of at most so many bytes.

    Args:
        path: of the file.
        most_bytes: how many are allowed.

    Raises:
        OSError: it is missing, unreadable, or no regular file (opening a pipe would wait for its writer).
        TooLargeError: it holds more.
    """
    with open_regular(path) as stream:
        content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise TooLargeError(f"it is larger than {most_bytes} bytes")
    return content


def read_own(path: Path, most_bytes: int, what: str, failure: type[TokenClipError] = SettingsError) -> bytes:
    """Read a file of the program's own formats, such as a recipe.

    Args:
        path: of the file.
        most_bytes: how many are allowed.
        what: it should be, with its article, for the message: "a recipe".
        failure: which error to raise.

    Raises:
        TokenClipError: of the kind `failure`; the file is missing, unreadable, no regular file, or larger.
    """
    try:
        return read_small(path, most_bytes)
    except TooLargeError as error:
        raise failure(f"{path} is larger than {most_bytes >> 10:,} KB; that is not {what}.") from error
    except OSError as error:
        raise failure(f"{path} cannot be read ({error.strerror or error}); check the name.") from error


def read_small_json(path: Path, most_bytes: int) -> Any:
    """Read a JSON file of at most so many bytes.

    Raises:
        OSError: as `read_small`.
        ValueError: it is too large, no JSON in UTF-8, or nested too deeply.
    """
    return parse_json(read_small(path, most_bytes))


def parse_json(content: bytes | str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is no JSON in UTF-8, nested too deeply, or holds a number of thousands of digits.
    """
    try:
        return json.loads(content.decode("utf-8") if isinstance(content, bytes) else content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
