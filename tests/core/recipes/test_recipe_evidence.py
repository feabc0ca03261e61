"""A recipe keeps the evidence it was made with: its kind and weights, a frozen pool, good parts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tokenclip_core import Inspector, Judgement, Recipe, load_image
from tokenclip_core.errors import SettingsError


@pytest.fixture(scope="module")
def comparing(bundled_model: str, alike_parts: Path) -> Inspector:
    inspector = Inspector.from_pretrained(bundled_model)
    parts = inspector.encode([load_image(file) for file in sorted(alike_parts.iterdir())])
    inspector = inspector.with_references(parts[:3], ["a", "b", "c"])
    return inspector.with_evidence(pools=inspector.pools_of(parts), frozen=True)


@pytest.fixture
def saved(comparing: Inspector, tmp_path: Path) -> Recipe:
    return comparing.recipe(Judgement(0.5)).save(tmp_path / "line 1.recipe.json")


def test_a_recipe_brings_its_evidence_back(comparing: Inspector, saved: Recipe, alike_parts: Path) -> None:
    assert saved.file is not None
    assert (saved.file.parent / "line 1.evidence.safetensors").is_file()
    recipe = Recipe.load(saved.file)
    assert recipe == saved
    assert recipe.sha256 == saved.sha256 == comparing.recipe(Judgement(0.5)).sha256
    assert [one.name for one in recipe.references] == ["a", "b", "c"]
    again = Inspector.from_recipe(recipe)
    assert again.evidence.description() == comparing.evidence.description()
    assert again.evidence.description()["pools"]
    for name in ("good05.png", "bad13.png"):
        image = load_image(alike_parts / name)
        mine, theirs = again.inspect(image), comparing.inspect(image)
        assert mine.score == pytest.approx(theirs.score, abs=1e-6)
        assert set(mine.channels) == {"text", "self", "consensus", "reference"}


def test_it_goes_with_the_recipe_to_another_place(saved: Recipe, tmp_path: Path) -> None:
    assert saved.file is not None
    elsewhere = Recipe.load(saved.file).save(tmp_path / "other" / "copy.json")
    assert elsewhere.tokens is not None
    assert elsewhere.tokens.name == "copy.evidence.safetensors"
    assert Inspector.from_recipe(tmp_path / "other" / "copy.json").evidence.shelf is not None
    # Saved in its own place, the file stays what it is.
    assert Recipe.load(saved.file).save(saved.file) == saved
    assert Inspector.from_recipe(saved.file).evidence.pools


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-8])


def _other_values(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-4:] = np.float32(2.0).tobytes()
    file.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("damage", "words"), [(Path.unlink, "missing"), (_cut, "not the file"), (_other_values, "not the file")]
)
def test_other_tokens_are_refused(saved: Recipe, damage: Callable[[Path], object], words: str) -> None:
    assert saved.file is not None
    damage(saved.file.parent / "line 1.evidence.safetensors")
    with pytest.raises(SettingsError, match=words):
        Inspector.from_recipe(saved.file)


def test_a_damaged_file_of_the_right_hash_is_refused(saved: Recipe) -> None:
    import hashlib

    assert saved.file is not None
    file = saved.file.parent / "line 1.evidence.safetensors"
    for damage, words in ((_other_values, "unit length|other parts"), (_cut, "damaged|match|larger|cut")):
        damage(file)
        values = json.loads(saved.file.read_text("utf-8"))
        values["evidence"]["tokens"]["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
        saved.file.write_text(json.dumps(values), "utf-8")
        with pytest.raises(SettingsError, match=words):
            Inspector.from_recipe(saved.file)


def test_thresholds_of_another_rule_are_refused(saved: Recipe) -> None:
    assert saved.file is not None
    values = json.loads(saved.file.read_text("utf-8"))
    del values["evidence"]["rule"]
    saved.file.write_text(json.dumps(values), "utf-8")
    with pytest.raises(SettingsError, match="another rule of the score"):
        Inspector.from_recipe(saved.file)


def test_what_differs_is_said(comparing: Inspector, saved: Recipe) -> None:
    other = comparing.with_evidence(pools=()).recipe(Judgement(0.5))
    assert any("pool" in words for words in saved.differences(other))
    lighter = replace(saved, weights=None)
    assert any("weights" in words for words in saved.differences(lighter))
    text = comparing.with_evidence("text").recipe(Judgement(0.5))
    assert any("evidence is fused" in words for words in saved.differences(text))
    assert text.references == ()
