"""Headers of safetensors files: read alone, and every kind of damage is told before memory is taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from tokenclip_core.model.safetensors_header import NoSafetensorsError, TensorEntry, read_header

MOST = 1 << 20


def written(file: Path, header: object, data: bytes = b"") -> Path:
    content = json.dumps(header).encode()
    file.write_bytes(len(content).to_bytes(8, "little") + content + data)
    return file


def test_what_safetensors_wrote_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    tensors = {"one": torch.zeros(2, 3), "two": torch.zeros(5, dtype=torch.float16)}
    save_file(tensors, file, metadata={"format": "test"})
    header = read_header(file, MOST)
    assert header.metadata == {"format": "test"}
    assert header.tensors == {"one": TensorEntry("F32", (2, 3)), "two": TensorEntry("F16", (5,))}
    assert sum(entry.nbytes for entry in header.tensors.values()) == header.data_bytes == 34


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"a": {"dtype": "F32", "shape": [1000]}}, "larger than the file"),
        ({"a": {"dtype": "F32", "shape": [-1]}}, "has shape"),
        ({"a": {"dtype": "F32", "shape": [True]}}, "has shape"),
        ({"a": {"dtype": "EXE", "shape": [1]}}, "is 'EXE'"),
        ({"a": {"shape": [1]}}, "dtype"),
        ({"a": 3}, "subscriptable"),
        ({"__metadata__": 3}, "metadata"),
        ([1, 2], "header is"),
    ],
)
def test_damage_is_told(tmp_path: Path, header: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_header(written(tmp_path / "a.safetensors", header, b"1234"), MOST)


def test_other_files_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    for content in (b"", b"1234", b"\xff" * 40):
        file.write_bytes(content)
        with pytest.raises(NoSafetensorsError):
            read_header(file, MOST)
    with pytest.raises(NoSafetensorsError, match="too many"):
        read_header(written(file, {}), 4)
    with pytest.raises(OSError, match="No such file"):
        read_header(tmp_path / "none", MOST)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.safetensors"
    file.write_bytes(content)
    try:
        read_header(file, MOST)
    except ValueError:
        return
    assert len(content) >= 10
