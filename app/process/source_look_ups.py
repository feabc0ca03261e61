"""Importing modules without reading their source texts.

Qt's bindings look after every import whether the module's source speaks of PySide6, so that ``from __feature__ import``
may rename their methods in such modules alone (`_mod_uses_pyside`). The texts stay in memory,
in ``linecache``. Nothing here uses ``__feature__``, so the answer does not matter. Measured with 6.11, at importing the
window and torch: half a million lines of source kept, 45 MB, and a tenth of the time until the window is built. It can
go when the bindings look only where ``__feature__`` is used.
"""

from __future__ import annotations

import sys
from types import ModuleType

_BINDINGS = "shibokensupport.feature"
_LOOK_UP = "_mod_uses_pyside"


def spare_source_look_ups() -> bool:
    """Answer the question for every module without reading it; after Qt is imported, before the window's modules are.

    Returns:
        Whether the bindings ask in the way that is known here; otherwise nothing is changed.
    """
    bindings = sys.modules.get(_BINDINGS)
    if not callable(getattr(bindings, _LOOK_UP, None)):
        return False
    setattr(bindings, _LOOK_UP, _uses_no_feature)
    return True


def _uses_no_feature(_module: ModuleType) -> bool:
    return False
