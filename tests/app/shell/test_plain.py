"""What needs no window: cache, settings, colours, pixels, imports."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import app
from app.canvas import compose
from app.editing.adjustments import Adjustments
from app.parts.scores import ScoresByMix
from app.parts.state import Part, Verdict
from app.result.verdict_words import part_words
from app.settings.store import SettingsStore
from app.settings.table import Settings
from app.shell.theme import DARK, LIGHT, Colours
from app.widgets.qimage import lines
from tokenclip_core.judgement.judgement import Judgement

APP = Path(app.__file__).parent


def test_verdicts_follow_the_threshold() -> None:
    part = Part("x.png", score=0.4)
    assert part.verdict(Judgement(0.4)) is Verdict.DEFECT
    assert part.verdict(Judgement(0.41)) is Verdict.GOOD
    assert Part("x.png").verdict(Judgement(0.1)) is Verdict.UNKNOWN
    assert Part("x.png", error="broken").verdict(Judgement(0.1)) is Verdict.ERROR


def test_a_part_that_was_inspected_with_another_mix_is_not_called_not_inspected() -> None:
    seen, unseen = Part("seen.png"), Part("unseen.png")
    scores = ScoresByMix()
    whole, other = Adjustments().mix(3), replace(Adjustments(), muted=frozenset({1})).mix(3)
    scores.take(whole, seen.path, 0.7, (), ())

    def words() -> list[str]:
        return [part_words(part, part.verdict(Judgement())) for part in (seen, unseen)]

    scores.give(whole, (seen, unseen))
    assert words() == ["Defect", "Not inspected"]
    scores.give(other, (seen, unseen))
    assert words() == ["Score out of date", "Not inspected"]
    scores.take(other, seen.path, 0.3, (), ())
    scores.give(other, (seen, unseen))
    assert words() == ["Good", "Not inspected"]
    scores.forget(seen.path)
    scores.give(whole, (seen, unseen))
    assert words() == ["Not inspected", "Not inspected"]


def test_solo_overrides_mute() -> None:
    muted = Adjustments(muted=frozenset({0}))
    assert muted.silenced(3) == {0}
    assert replace(muted, soloed=frozenset({0, 1})).silenced(3) == {2}


def test_settings_survive_a_round_trip_and_bad_files(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "new")
    store.values.threshold = 0.31
    store.values.theme = "dark"
    store.values.remember("/a")
    store.values.remember("/b")
    store.values.remember("/a")
    store.save()
    again = SettingsStore(tmp_path / "new").values
    assert (again.threshold, again.theme, again.recent) == (0.31, "dark", ["/a", "/b"])
    for text in ("", "[1]", "{", '{"threshold": 7, "theme": "pink", "layer": 3, "recent": [1, "x"]}'):
        store.file.write_text(text)
        values = SettingsStore(tmp_path / "new").values
        assert (values.threshold, values.theme, values.layer) == (0.5, "system", "heatmap")
    assert Settings.from_mapping({"recent": [1, "x"]}).recent == ["x"]


def test_settings_that_cannot_be_saved_leave_nothing_beside_them(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    (store.file / "taken").mkdir(parents=True)
    store.save()
    assert list(tmp_path.iterdir()) == [store.file]


def luminance(colour: str) -> float:
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable(colours: Colours) -> None:
    grounds = (colours.window, colours.surface, colours.raised, colours.selection)
    pairs = [(text, ground) for text in (colours.text, colours.muted) for ground in grounds]
    pairs += [(text, colours.surface) for text in (colours.good, colours.defect, colours.warning, colours.accent)]
    pairs += [(text, colours.selection) for text in (colours.defect, colours.text)]
    pairs += [(colours.on_accent, ground) for ground in (colours.accent, colours.good, colours.defect, colours.warning)]
    pairs += [(colours.text, colours.notice)]
    for text, ground in pairs:
        lighter, darker = sorted((luminance(text), luminance(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (text, ground)


@settings(max_examples=40, deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.floats(0, 1, width=32)))
def test_the_outline_separates_what_is_above_from_what_is_below(anomaly_map: np.ndarray) -> None:
    segments = compose.outline(anomaly_map >= 0.5)
    above = np.pad(anomaly_map >= 0.5, 1)
    edges = (above[1:] != above[:-1]).sum() + (above[:, 1:] != above[:, :-1]).sum()
    lengths = np.abs(segments[:, 2:] - segments[:, :2]).sum()
    assert lengths == pytest.approx(edges)


def test_large_maps_are_averaged_and_odd_shapes_stay_whole() -> None:
    assert compose.reduced(np.ones((3300, 10), np.float32), 1600).shape == (1100, 3)
    assert compose.reduced(np.ones((30_000, 1), np.float32), 1600).max() == 1
    assert compose.heatmap(np.ones((1, 1), np.float32)).shape == (1, 1)


def test_a_picture_has_halved_levels() -> None:
    rgb = np.zeros((2000, 3000, 3), np.uint8)
    rgb[..., 1] = 200
    picture = compose.picture(rgb)
    assert (picture.width, picture.height) == (3000, 2000)
    assert [level.shape for level in picture.levels] == [(2000, 3000), (1000, 1500), (500, 750)]
    assert {int(level[3, 4]) for level in picture.levels} == {0xFF00C800}
    assert compose.picture(np.zeros((1, 1, 3), np.uint8)).levels[0].shape == (1, 1)
    assert compose.picture(np.zeros((1, 5000, 3), np.uint8)).width == 5000


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


WIDGETS = ("QtWidgets", "QtGui")


def rooms_of(kind: str) -> list[Path]:
    """Modules of the features that work in threads (`work`), or that are widgets (`widgets`)."""
    found = []
    for file in sorted(APP.rglob("*.py")):
        if file.stem == "work" or file.parent.name == "work":
            in_kind = "work"
        elif defines_a_widget(file) and file.parent.name != "shell":
            in_kind = "widgets"
        else:
            in_kind = ""
        if in_kind == kind:
            found.append(file)
    return found


def defines_a_widget(file: Path) -> bool:
    """Whether a class in it is one of Qt's widgets."""
    bases = {
        base.id
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name)
    }
    return any(base.startswith("Q") and base.endswith(("Widget", "Frame", "View", "Dialog", "Label")) for base in bases)


def test_widgets_know_no_torch_and_no_work() -> None:
    files = rooms_of("widgets")
    assert len(files) > 20
    for file in files:
        known = [name for name in imported(file) if name.split(".")[0] in ("torch", "cv2", "open_clip")]
        known += [name for name in imported(file) if name.startswith("app.") and name.endswith(".work")]
        assert known == [], file


def test_work_knows_no_widgets() -> None:
    files = rooms_of("work")
    assert len(files) > 6
    widgets = {".".join(file.relative_to(APP.parent).with_suffix("").parts) for file in rooms_of("widgets")}
    for file in files:
        assert imported(file) & widgets == set(), file
        assert [name for name in imported(file) if name.startswith("PySide6.") and name.endswith(WIDGETS)] == [], file


def test_lines_are_those_of_the_segments() -> None:
    segments = np.array([[0, 1, 5.5, 1], [2, 3, 2, 9]], np.float32)
    path = lines(segments)
    elements = [path.elementAt(place) for place in range(path.elementCount())]
    assert [(element.x, element.y) for element in elements] == [(0, 1), (5.5, 1), (2, 3), (2, 9)]
    assert [element.isMoveTo() for element in elements] == [True, False, True, False]
    assert lines(segments[:0]).isEmpty()
