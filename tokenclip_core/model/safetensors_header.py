"""The header of a safetensors file, read and checked before any memory is taken for its tensors."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_HEADER_BYTES = 2**20
_LENGTH_BYTES = 8
_ITEM_BYTES = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U8": 1,
    "BOOL": 1,
    "F8_E4M3": 1,
}
_LONGEST_SIDE = 1 << 32


class NoSafetensorsError(ValueError):
    """A file is too large, cut off, or no safetensors file at all."""


@dataclass(frozen=True)
class TensorEntry:
    """A tensor as the header states it: its type, such as ``F32``, and its shape."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Bytes in the file."""
        return _ITEM_BYTES[self.dtype] * math.prod(self.shape)


@dataclass(frozen=True)
class SafetensorsHeader:
    """What a file says of itself.

    Attributes:
        metadata: text that the program wrote into it, by name.
        tensors: by name.
        data_bytes: of the file behind the header.
    """

    metadata: dict[str, str]
    tensors: dict[str, TensorEntry]
    data_bytes: int


def read_header(file: Path, most_bytes: int) -> SafetensorsHeader:
    """Read no more of a file than its header.

    Args:
        file: the file.
        most_bytes: size of the whole file up to which it is taken.

    Raises:
        OSError: it can't be read.
        NoSafetensorsError: it is too large, cut off, or not such a file.
        ValueError: its header is damaged, or promises more than the file holds.
    """
    size = file.stat().st_size
    if size > most_bytes:
        raise NoSafetensorsError(f"{size} bytes are too many")
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(_LENGTH_BYTES), "little")
        available = size - _LENGTH_BYTES
        if not 2 <= length <= min(MAX_HEADER_BYTES, available):
            raise NoSafetensorsError("it is not a safetensors file, or cut off")
        content = stream.read(length)
    try:
        header = json.loads(content)
        if not isinstance(header, dict):
            raise ValueError(f"its header is {header!r:.60}")
        metadata = header.pop("__metadata__", {})
        if not isinstance(metadata, dict):
            raise ValueError(f"its metadata is {metadata!r:.60}")
        tensors = {name: _entry(entry, available - length) for name, entry in header.items()}
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return SafetensorsHeader(metadata, tensors, available - length)


def _entry(entry: Any, available: int) -> TensorEntry:
    dtype, shape = entry["dtype"], entry["shape"]
    if dtype not in _ITEM_BYTES:
        raise ValueError(f"a tensor is {dtype!r:.20}")
    if not isinstance(shape, list) or not all(type(side) is int and 0 <= side < _LONGEST_SIDE for side in shape):
        raise ValueError(f"a tensor has shape {shape!r:.60}")
    found = TensorEntry(dtype, tuple(shape))
    if found.nbytes > available:
        raise ValueError(f"a tensor of shape {shape} is larger than the file")
    return found
