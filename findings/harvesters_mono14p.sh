#!/usr/bin/env bash
# harvesters 1.4.3 unpacks Mono14p wrongly: it gives numpy.bitwise_or three arrays, of which the third is not combined but
# taken as the place for the result, so that the second and third of four pixels lose their highest bits: 16383 becomes
# 1023 and 4095. (The table of format numbers lacks Mono14p too, so that a camera's buffer fails with a KeyError before that.)
# Exits with 0 while it is so.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet harvesters==1.4.3 numpy==2.2.6
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
from harvesters.util import pfnc

values = np.full(8, 16383, np.uint16)
bits = ((values[:, None] >> np.arange(14)) & 1).astype(np.uint8)
found = pfnc.Mono14p().expand(np.packbits(bits.reshape(-1), bitorder="little"))
print("packed", values.tolist(), "unpacked", found.tolist(), "known number", "Mono14p" in pfnc.symbolics.values())
sys.exit(0 if not np.array_equal(found, values) else 1)
PYTHON
