#!/usr/bin/env bash
# Pillow 12.0.0 and 13.0.0 read a JPEG 2000 picture of 16-bit colours as 8 bits, rounded; a sample of 65408 or more, nearly
# white, wraps round and becomes 0, black. OpenCV reads the same file exactly.
# Exits with 0 while it is so.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pillow==12.0.0 numpy==2.2.6 opencv-python-headless==4.12.0.88
"$folder/venv/bin/python" - "$folder/white.jp2" <<'PYTHON'
import sys

import cv2
import numpy as np
from PIL import Image

white = np.full((64, 64, 3), 65500, np.uint16)
cv2.imwrite(sys.argv[1], white, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])
exact = cv2.imread(sys.argv[1], cv2.IMREAD_UNCHANGED)
read = np.asarray(Image.open(sys.argv[1]))
print("stored", int(exact.min()), "to", int(exact.max()), "of 65535; Pillow reads", read.dtype, int(read.min()), "to", int(read.max()))
sys.exit(0 if (exact == white).all() and (read == 0).all() else 1)
PYTHON
