"""What the bundled vocabulary's subspaces are called in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def called_here(name: str) -> str:
    """A subspace's name in the language of the window; names of other vocabularies stay as they are."""
    translate = QCoreApplication.translate
    known = {
        "scratch": translate("Subspaces", "scratch"),
        "crack": translate("Subspaces", "crack"),
        "hole": translate("Subspaces", "hole"),
        "stain": translate("Subspaces", "stain"),
        "dent": translate("Subspaces", "dent"),
        "contamination": translate("Subspaces", "contamination"),
        "missing part": translate("Subspaces", "missing part"),
        "deformation": translate("Subspaces", "deformation"),
        "discolouration": translate("Subspaces", "discolouration"),
        "wear": translate("Subspaces", "wear"),
        "weave fault": translate("Subspaces", "weave fault"),
        "misprint": translate("Subspaces", "misprint"),
    }
    return known.get(name, name)
