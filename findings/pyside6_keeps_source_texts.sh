#!/usr/bin/env bash
# PySide6 6.11.3 (shiboken6 6.11.3) keeps the source text of what is imported after it in memory: behind every import it looks
# whether the module's source speaks of PySide6, so that `from __feature__ import ...` may rename methods there, and it reads the
# text through `inspect`, which leaves all of it in `linecache`. A program that never uses `__feature__` pays too. Seen with numpy
# and a few modules of the standard library: 188 files, 132,836 lines, none without PySide6; with torch half
# a million lines and 45 MB. Exits with 0 while it is so.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet PySide6-Essentials==6.11.3 numpy==2.2.6
cat >"$folder/count.py" <<'PYTHON'
import linecache
import sys

if sys.argv[1] == "with":
    import PySide6.QtCore
import email.mime.text
import unittest.mock
import xml.dom.minidom

import numpy.polynomial

kept = [entry[2] for entry in linecache.cache.values() if len(entry) > 2]
print(sys.argv[1], "PySide6:", len(kept), "files,", sum(map(len, kept)), "lines kept")
sys.exit(0 if (len(kept) > 50) == (sys.argv[1] == "with") else 1)
PYTHON
"$folder/venv/bin/python" "$folder/count.py" without
"$folder/venv/bin/python" "$folder/count.py" with
