"""Subspaces have names in the language of the window; files for programs don't follow it."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from window_steps import speaking

from app.editing.adjustments import Adjustments
from tokenclip_core.subspaces.vocabulary import default_vocabulary


def test_the_bundled_vocabulary_speaks_chinese(qapp: QApplication) -> None:
    adjustments = Adjustments(names=(("crack", "Riss"),))
    names = [family.name for family in default_vocabulary().families]
    with speaking(qapp, "zh_CN"):
        called = [adjustments.called(name) for name in names]
        written = [adjustments.written(name) for name in names]
    assert called[names.index("crack")] == written[names.index("crack")] == "Riss"
    # Every bundled name is known.
    assert [name for name, word in zip(names, called, strict=True) if word == name] == []
    assert "缺件" in called
    assert {*written} == {*names} - {"crack"} | {"Riss"}
    with speaking(qapp, "en"):
        assert adjustments.called("stain") == "stain"
    assert adjustments.called("finger mark") == "finger mark"
