from __future__ import annotations

import re
from contextlib import suppress
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.errors import DescriptorsError
from tokenclip_core.subspaces.textual import PALETTE
from tokenclip_core.subspaces.vocabulary import DefectFamily, DescriptorVocabulary, default_vocabulary

FAMILY = '[[family]]\nname = "crack"\nanomalous = ["a crack"]\n'
VALID = 'normal_words = ["a part"]\n' + FAMILY


def test_the_bundled_vocabulary_is_whole() -> None:
    vocabulary = default_vocabulary()
    assert len(vocabulary.families) >= 10
    for family in vocabulary.families:
        assert len(family.anomalous) >= 3
        assert len(family.normal) >= 3
    assert len(vocabulary.templates) >= 2
    assert vocabulary.fingerprint == default_vocabulary().fingerprint


def test_a_small_vocabulary() -> None:
    vocabulary = DescriptorVocabulary.from_text(VALID + 'colour = "#FF8000"\n')
    assert vocabulary.templates == ("{}",)
    assert vocabulary.families[0].colour == (255, 128, 0)
    assert vocabulary.families[0].normal == ()
    assert vocabulary.fingerprint != DescriptorVocabulary.from_text(VALID).fingerprint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "[[family]]"),
        ("family = 3", "[[family]]"),
        ("= broken", "TOML"),
        (FAMILY, "normal_words"),
        ("normal_words = []\n" + FAMILY, "normal_words"),
        ("normal_words = [1]\n" + FAMILY, "normal_words"),
        ('normal_words = ["  "]\n' + FAMILY, "normal_words"),
        ('normal_words = "a part"\n' + FAMILY, "normal_words"),
        ('normal_words = ["a part"]\n[[family]]\nanomalous = ["x"]', "family 1"),
        ('normal_words = ["a part"]\n[[family]]\nname = "x"', "anomalous"),
        (VALID + "normal = 3", "normal"),
        (VALID + 'colour = "red"', "#RRGGBB"),
        (VALID + 'color = "#112233"', "color"),
        (VALID + FAMILY.replace("crack", "Crack"), "already taken"),
        ('templates = ["a photo"]\n' + VALID, "{}"),
        ('templates = ["{} and {}"]\n' + VALID, "{}"),
        ('templates = ["{0} {}"]\n' + VALID, "{}"),
        (f'normal_words = ["{"x" * 400}"]\n' + FAMILY, "letters"),
        ('normal_words = ["a part"]\n' + "".join(FAMILY.replace("crack", f"crack {n}") for n in range(65)), "65"),
    ],
)
def test_what_is_wrong_is_named(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(DescriptorsError, match=re.escape(says)):
        DescriptorVocabulary.from_text(text)
    file = tmp_path / "words.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DescriptorsError, match=re.escape("words.toml")):
        DescriptorVocabulary.from_file(file)


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DescriptorsError, match=r"missing\.toml"):
        DescriptorVocabulary.from_file(tmp_path / "missing.toml")
    with pytest.raises(DescriptorsError):
        DescriptorVocabulary.from_file(tmp_path)
    (tmp_path / "latin.toml").write_bytes(VALID.replace("a part", "Teil für").encode("latin-1"))
    with pytest.raises(DescriptorsError, match="UTF-8"):
        DescriptorVocabulary.from_file(tmp_path / "latin.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(DescriptorsError, match="larger"):
        DescriptorVocabulary.from_file(tmp_path / "large.toml")


@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with suppress(DescriptorsError):
        DescriptorVocabulary.from_text(text)


def linear(colours: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def lab(linear_rgb: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """CIELAB (D65) of linear sRGB."""
    to_xyz = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])
    xyz = linear_rgb @ to_xyz.T / to_xyz.sum(axis=1)
    root = np.where(xyz > 216 / 24389, np.cbrt(np.maximum(xyz, 0)), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)


def test_colours_are_told_apart_with_and_without_deuteranopia() -> None:
    colours = linear(np.array(PALETTE) / 255)
    # Machado, Oliveira and Fernandes 2009, severity 1.0.
    deuteranopia = np.array([[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]])
    for seen in (colours, np.clip(colours @ deuteranopia.T, 0, 1)):
        places = lab(seen)
        distances = [np.linalg.norm(one - other) for one, other in combinations(places, 2)]
        assert min(distances) > 18


def test_a_vocabulary_comes_back_from_its_text() -> None:
    for vocabulary in (
        default_vocabulary(),
        DescriptorVocabulary(
            (DefectFamily('odd "name" \\ 裂纹', ("a\tphrase", "\u007f"), ("ok",), (1, 2, 255)),),
            ("fine",),
            ("bad",),
            ("a {}",),
        ),
    ):
        text = vocabulary.to_text()
        assert DescriptorVocabulary.from_text(text) == vocabulary
        assert text.count("[[family]]") == len(vocabulary.families)
