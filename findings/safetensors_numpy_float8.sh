#!/usr/bin/env bash
# safetensors 0.8.0 with numpy 2: one tensor of eight-bit floats makes a whole file unreadable through `safetensors.numpy`.
#
# The format has the types F8_E4M3 and F8_E5M2, and torch writes and reads them. `safetensors.numpy.load_file` looks the type
# up as an attribute of numpy, which has none, and ends in an AttributeError about numpy instead of an error of its own about
# the file, although every other tensor of the file could be read. `safe_open` with the framework "np" reads the others, and
# fails in the same words for the one. Who stores part of a model in eight bits (word vectors, say) must read tensors one by
# one wherever torch is not loaded.
#
# Exits 0 while that is so, 1 when it has changed, 2 when the packages could not be installed.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "safetensors==0.8.0" "numpy==2.3.5" || exit 2
"$folder/venv/bin/python" - "$folder/file.safetensors" <<'PYTHON'
import json
import struct
import sys

import numpy
from safetensors import safe_open
from safetensors.numpy import load_file

# A file by the format's description: three eight-bit floats, and two ordinary ones.
header = json.dumps(
    {
        "eight": {"dtype": "F8_E4M3", "shape": [3], "data_offsets": [0, 3]},
        "plain": {"dtype": "F32", "shape": [2], "data_offsets": [3, 11]},
    }
).encode()
header += b" " * (-len(header) % 8)
with open(sys.argv[1], "wb") as stream:
    stream.write(struct.pack("<Q", len(header)) + header + bytes(3) + numpy.ones(2, "<f4").tobytes())

try:
    load_file(sys.argv[1])
    sys.exit("load_file reads the file now")
except AttributeError as error:
    print("load_file:", type(error).__name__, error)
with safe_open(sys.argv[1], "np") as tensors:
    plain = tensors.get_tensor("plain").tolist()
    print("safe_open, the other tensor:", plain)
    if plain != [1.0, 1.0]:
        sys.exit("the other tensor is not what was stored")
    try:
        tensors.get_tensor("eight")
        sys.exit("safe_open reads it now")
    except AttributeError as error:
        print("safe_open, the tensor itself:", type(error).__name__, error)
PYTHON
