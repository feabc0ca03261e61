"""A recipe says all that decides a verdict: its file brings the same back, and what can't be followed is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core import Recipe
from tokenclip_core.commands.cli import main
from tokenclip_core.commands.storing import stored_recipe
from tokenclip_core.errors import CheckpointError, ModelError, SettingsError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.inspection.tiling import Tiling
from tokenclip_core.judgement.areas import Area, Areas
from tokenclip_core.judgement.calibration import Calibration, calibrate
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.events import RunBegins
from tokenclip_core.output.store.writing import StoreWriter
from tokenclip_core.recipes.building import recipe_of, with_threshold
from tokenclip_core.recipes.differences import stored_differences
from tokenclip_core.recipes.recipe import MAX_FILE_BYTES, NamedSubspace, Reference
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.subspaces.checkpoint import Checkpoint, CheckpointInfo, learned_fingerprint, save_checkpoint
from tokenclip_core.subspaces.vocabulary import DefectFamily, DescriptorVocabulary

WORDS = DescriptorVocabulary(
    families=(
        DefectFamily("crack", ("a crack",), ("a closed surface",), (17, 34, 51)),
        DefectFamily("stain", ("a stain",)),
    ),
    normal_words=("an intact part",),
)
LEFT = Areas((Area("ignore", "rectangle", ((0.0, 0.0), (0.5, 1.0))),))
PLAIN = Recipe(
    model="compact",
    model_sha256="0" * 64,
    image_size=224,
    scoring=ScoringSettings(),
    judgement=Judgement(0.5),
    subspaces=(NamedSubspace("crack", "crack", (17, 34, 51)), NamedSubspace("stain", "Fleck", (1, 2, 3))),
    vocabulary=WORDS,
)
FULL = replace(
    PLAIN,
    scoring=ScoringSettings(epsilon=0.05, layers=(3, 6), rarity_scale=0.1),
    judgement=Judgement(0.123456789, ((1, 0.25),), 40, LEFT, frozenset({0}), (("self", 0.75),)),
    tiling=Tiling(256, 17),
    references=(Reference("good 1.png", "a" * 64),),
    calibration=calibrate([0.1, 0.2, 0.3], 0.4, {"model_sha256": "0" * 64}, [0.9]),
    part_width=48.5,
    title="line 1, 部品",
)
Change = Callable[[dict[str, Any]], object]


def test_a_file_brings_the_same_back(tmp_path: Path) -> None:
    for recipe in (PLAIN, FULL):
        saved = recipe.save(tmp_path / "new" / "line 1.recipe.json")
        again = Recipe.load(tmp_path / "new" / "line 1.recipe.json")
        assert again == recipe == saved
        assert again.sha256 == recipe.sha256
        assert recipe.differences(again) == ()
    assert PLAIN.save(tmp_path / "line 1.recipe.json").name == "line 1"
    assert FULL.name == "line 1, 部品"
    assert "part_width_mm" not in PLAIN.to_mapping()
    # What was read is replaced, also by nothing.
    read = Recipe.from_mapping(FULL.to_mapping())
    assert Recipe.from_mapping(replace(read, part_width=None).to_mapping()).part_width is None


@given(
    st.floats(0, 1),
    st.dictionaries(st.integers(0, 1), st.floats(0, 1)).map(lambda own: tuple(sorted(own.items()))),
    st.integers(1, 10**9),
    st.integers(16, 4096),
    st.floats(1e-6, 10),
)
def test_numbers_come_back_to_the_last_bit(
    threshold: float, own: tuple[tuple[int, float], ...], smallest: int, size: int, epsilon: float
) -> None:
    recipe = replace(
        PLAIN,
        judgement=Judgement(threshold, own, smallest),
        image_size=size,
        scoring=ScoringSettings(epsilon=epsilon),
    )
    assert Recipe.from_mapping(json.loads(json.dumps(recipe.to_mapping()))) == recipe


def test_unknown_fields_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "line.json"
    values = FULL.to_mapping()
    values["operator"] = {"name": "someone", "list": [1, {"deep": None}]}
    values["model"]["licence"] = "Apache-2.0"
    values["judgement"]["why"] = "audit 7"
    values["tiles"]["remark"] = 1.5
    values["subspaces"][1]["group"] = "surface"
    file.write_text(json.dumps(values), "utf-8")
    recipe = Recipe.load(file)
    changed = replace(recipe, judgement=Judgement(0.75), tiling=None)
    changed.save(file)
    kept = json.loads(file.read_text("utf-8"))
    assert kept["operator"] == values["operator"]
    assert kept["model"]["licence"] == "Apache-2.0"
    assert kept["judgement"]["why"] == "audit 7"
    assert kept["subspaces"][1]["group"] == "surface"
    # What is the user's own names is not: a limit that was taken away stays away.
    assert kept["judgement"]["channel_limits"] == {}
    assert kept["tiles"] is None
    assert Recipe.load(file) == changed


def _set(*path: str | int, to: object) -> Change:
    def change(values: dict[str, Any]) -> None:
        inner: Any = values
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("version", to=2), "newer program"),
        (_set("version", to=True), "no version"),
        (_set("version", to="1"), "no version"),
        (_set("format", to="tokenclip-calibration"), "no recipe"),
        (_set("model", to="compact"), "model is"),
        (_set("model", "sha256", to="../../etc/passwd"), "SHA-256"),
        (_set("model", "name", to="x" * 5000), "text of at most"),
        (_set("image_size", to=10**9), "whole number"),
        (_set("image_size", to=224.0), "whole number"),
        (_set("tiles", to={"tile": 16, "overlap": 0}), "tile"),
        (_set("tiles", to={"tile": 10**12, "overlap": 0}), "whole number"),
        (_set("scoring", "epsilon", to=-1), "epsilon"),
        (_set("scoring", "magic", to=1), "magic"),
        (_set("scoring", "muted", to=[0]), "muted"),
        (_set("judgement", "threshold", to=1.5), "threshold"),
        (_set("judgement", "format_version", to=2), "format version"),
        (_set("judgement", "muted", to=[7]), "subspaces"),
        (_set("judgement", "areas", "areas", to=[{"kind": "ignore"}]), "areas"),
        (_set("subspaces", to=[]), "subspaces"),
        (_set("subspaces", to="many"), "subspaces"),
        (_set("subspaces", 0, "colour", to="red"), "colour"),
        (_set("vocabulary", to=None), "vocabulary or a checkpoint"),
        (_set("vocabulary", "family", to=[]), "family"),
        (_set("checkpoint", to={"file": "a.safetensors", "sha256": "0" * 64}), "vocabulary or a checkpoint"),
        (_set("checkpoint", to={"file": "../a.safetensors", "sha256": "0" * 64}), "without a folder"),
        (_set("checkpoint", to=3), "damaged"),
        (_set("evidence", to={"kind": "text", "references": [{"name": "x"}]}), "damaged"),
        (_set("evidence", "references", to=[{"name": "x", "sha256": "0" * 64}] * 10_001), "at most"),
        (_set("calibration", "threshold", to="high"), "calibration"),
    ],
)
def test_what_can_not_be_followed_is_refused_in_a_sentence(tmp_path: Path, change: Change, words: str) -> None:
    values = FULL.to_mapping()
    change(values)
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(values), "utf-8")
    with pytest.raises(SettingsError, match=words) as caught:
        Recipe.load(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no recipe"),
        (b"\xff\xfe", "no recipe"),
        (b"[]", "no recipe"),
        (b"[" * 100_000, "no recipe"),
        (b'{"format": "tokenclip-recipe", "version": NaN}', "no recipe"),
        (b" " * (MAX_FILE_BYTES + 1), "larger than"),
    ],
)
def test_files_that_are_no_recipes(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "wrong.json"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        Recipe.load(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(SettingsError, match="no regular file"):
        Recipe.load(tmp_path / "pipe.json")


def test_missing_and_deep_files(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        Recipe.load(tmp_path / "missing.json")
    values = PLAIN.to_mapping()
    deep: Any = []
    for _ in range(60):
        deep = [deep]
    values["extra"] = deep
    with pytest.raises(SettingsError, match="nested"):
        Recipe.from_mapping(values)
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written"):
        PLAIN.save(tmp_path / "file" / "recipe.json")


def test_what_differs_is_said_in_words() -> None:
    words = " ".join(FULL.differences(PLAIN))
    for part in (
        "threshold is 0.123456789, the other's 0.5",
        "own threshold of Fleck is 0.25, the other's not set",
        "smallest region has 40",
        "areas",
        "crack is muted here, heard by the other",
        "epsilon is 0.05",
        "layers",
        "cut into tiles of 256 pixels that share 17",
        "limit of self is 0.75",
        "reference parts",
        "It is calibrated, the other not calibrated.",
    ):
        assert part in words
    other = replace(PLAIN, model="other", vocabulary=None, checkpoint="a.safetensors", checkpoint_sha256="1" * 64)
    assert "The model is compact, the other's other." in PLAIN.differences(other)
    assert "The subspaces come from a vocabulary, the other's from a.safetensors." in PLAIN.differences(other)
    assert len(PLAIN.differences(replace(PLAIN, title="another name"))) == 0


def test_what_differs_is_said_in_the_language_of_the_window() -> None:
    other = replace(PLAIN, model="other", vocabulary=None, checkpoint="a.safetensors", checkpoint_sha256="1" * 64)
    for one, another in ((FULL, PLAIN), (PLAIN, FULL), (PLAIN, other)):
        english, chinese = one.differences(another), one.differences(another, "zh_CN")
        assert len(chinese) == len(english) > 0
        for words in chinese:
            assert words.endswith("。"), words
    assert stored_differences(None, "{}", "zh_CN") == ("只有第二次运行是按配方判定的。",)
    assert stored_differences("{}", "{}", "zh_CN")[0].startswith("它们的配方无法比较")


def test_an_inspector_comes_again_from_its_recipe(tiny_model: Path, tmp_path: Path) -> None:
    image = np.random.default_rng(5).integers(0, 255, (150, 110, 3), dtype=np.uint8)
    inspector = Inspector.from_pretrained(tiny_model, descriptors=WORDS, image_size=96)
    settings = inspector.settings.replace(epsilon=0.07, muted=frozenset({1}))
    judgement = Judgement(0.3, ((0, 0.2),), 20, LEFT, frozenset({1}))
    for tiling in (None, Tiling(64, 8)):
        recipe = recipe_of(
            inspector, judgement, settings=settings, tiling=tiling, names={"crack": "Riss"}, title="made here"
        )
        file = tmp_path / "line.recipe.json"
        recipe.save(file)
        again = Inspector.from_recipe(file, model=tiny_model)
        result = again.inspect(image)
        if tiling is None:
            expected = inspector.score(inspector.encode([image])[0], settings, ignored=LEFT)
        else:
            expected = inspector.score(inspector.encode_tiled(image, tiling), settings, ignored=LEFT)
        assert result.score == pytest.approx(expected.score, abs=1e-6)
        np.testing.assert_allclose(result.anomaly_map, expected.anomaly_map, atol=1e-6)
        assert again.inspect_batch([image])[0].score == pytest.approx(expected.score, abs=1e-6)
        assert result.judged_regions(judgement)[0] == expected.judged_regions(judgement)[0]
        assert [subspace.name for subspace in result.subspaces] == ["Riss", "stain"]
        assert [subspace.muted for subspace in result.subspaces] == [False, True]
        # A recipe made from it again says the same, also how the subspaces are called in the model.
        assert recipe_of(again, judgement, tiling=tiling, title="made here") == recipe


def test_learned_subspaces_are_found_by_their_content(tiny_model: Path, tmp_path: Path) -> None:
    plain = Inspector.from_pretrained(tiny_model, descriptors=WORDS)
    learned = np.random.default_rng(0).normal(size=(3, 2, plain.model.embed_dim)).astype(np.float32)
    learned /= np.linalg.norm(learned, axis=-1, keepdims=True)
    info = CheckpointInfo(plain.model_name, plain.model_hash, (2, 4), 1, ("a", "b", "c"), image_size=96)
    file = tmp_path / "here" / "mine.safetensors"
    file.parent.mkdir()
    save_checkpoint(file, Checkpoint(info, learned))
    inspector = Inspector.from_pretrained(tiny_model, checkpoint=file)
    assert learned_fingerprint(file) == inspector.subspaces.fingerprint
    recipe = inspector.recipe(Judgement(0.4)).save(tmp_path / "here" / "line.json")
    beside = Inspector.from_recipe(recipe, model=tiny_model)
    assert (beside.layers, beside.first_vv_block, beside.image_size) == ((2, 4), 1, 96)
    alone = recipe.save(tmp_path / "line.json")
    with pytest.raises(CheckpointError, match="neither beside the recipe nor with the model"):
        Inspector.from_recipe(alone, model=tiny_model)
    assert Inspector.from_recipe(alone, model=tiny_model, checkpoint=file).checkpoint_name == "mine.safetensors"
    other = file.with_name("other.safetensors")
    save_checkpoint(other, Checkpoint(info, np.ascontiguousarray(learned[::-1])))
    with pytest.raises(CheckpointError, match="is not what"):
        Inspector.from_recipe(alone, model=tiny_model, checkpoint=other)


def test_other_weights_and_unknown_evidence_are_refused(tiny_model: Path) -> None:
    inspector = Inspector.from_pretrained(tiny_model, descriptors=WORDS)
    recipe = inspector.recipe(Judgement(0.4))
    with pytest.raises(ModelError, match="other weights"):
        Inspector.from_recipe(replace(recipe, model_sha256="1" * 64), model=tiny_model)
    with pytest.raises(SettingsError, match="evidence"):
        Inspector.from_recipe(replace(recipe, evidence="telepathy"), model=tiny_model)
    with pytest.raises(ModelError, match="there is no model 'nowhere'"):
        Inspector.from_recipe(replace(recipe, model="nowhere"))
    renamed = tuple(replace(one, name="other") for one in recipe.subspaces)
    with pytest.raises(SettingsError, match="other subspaces"):
        Inspector.from_recipe(replace(recipe, subspaces=renamed), model=tiny_model)


def test_runs_of_two_recipes_are_compared_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store.open(str(tmp_path / "a.sqlite"))
    writer = StoreWriter(store, tmp_path / "spool")
    for name, recipe in (("one", PLAIN), ("two", FULL), ("none", None)):
        kept = None if recipe is None else stored_recipe(recipe)
        writer.put(RunBegins(name, "here", "inspect", name, 1.7e9, "compact", 0.5, {}, recipe=kept))
    writer.close()
    store.close()

    def compare(*runs: str) -> int:
        return main(["history", "compare", *runs, "--store", str(tmp_path / "a.sqlite")])

    assert compare("one", "two") == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "0 verdicts differ"
    assert tuple(said[1:]) == PLAIN.differences(FULL)
    assert len(said) > 5
    assert compare("one", "none") == 0
    assert "Only the first run was judged by a recipe." in capsys.readouterr().err
    assert compare("one", "one") == 0
    assert capsys.readouterr().err == "0 verdicts differ\n"


def test_limits_of_channels_go_with_the_calibration_that_measured_them() -> None:
    def calibration(**limits: float) -> Calibration:
        return Calibration(0.4, 0.05, 20, 1, 0, 0, {}, channel_limits=tuple(limits.items()))

    first = with_threshold(PLAIN, 0.4, calibration(self=0.7))
    assert first.judgement.channel_limits == (("self", 0.7),)
    assert with_threshold(first, 0.3, calibration()).judgement.channel_limits == ()
    chosen = replace(first, judgement=replace(first.judgement, channel_limits=(("self", 0.9),)))
    assert with_threshold(chosen, 0.3, calibration()).judgement.channel_limits == (("self", 0.9),)
    assert with_threshold(chosen, 0.3, calibration(text=0.2)).judgement.channel_limits == (("text", 0.2),)


def test_a_measured_smallest_region_goes_with_its_calibration() -> None:
    def calibration(pixels: int) -> Calibration:
        return Calibration(0.4, 0.05, 20, 1, 0, 0, {}, smallest_region=pixels)

    first = with_threshold(PLAIN, 0.4, calibration(37))
    assert first.judgement.smallest_region == 37
    assert with_threshold(first, 0.3, calibration(0)).judgement.smallest_region == 1
    assert with_threshold(first, 0.3, None).judgement.smallest_region == 1
    chosen = replace(first, judgement=replace(first.judgement, smallest_region=50))
    assert with_threshold(chosen, 0.3, calibration(0)).judgement.smallest_region == 50
    assert with_threshold(chosen, 0.3, calibration(1)).judgement.smallest_region == 1
