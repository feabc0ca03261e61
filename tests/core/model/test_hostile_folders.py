"""Model folders, vocabularies, calibrations and areas of strangers: refused in a sentence, before memory is taken."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tokenclip_core.errors import DescriptorsError, ModelError, SettingsError, TokenClipError
from tokenclip_core.judgement.areas import Areas
from tokenclip_core.judgement.calibration import Calibration
from tokenclip_core.model.catalog import CONFIG_FILE, DEFAULTS_FILE
from tokenclip_core.model.loading import load_model
from tokenclip_core.small_files import TooLargeError, read_small, read_small_json
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

DEEP = "[" * 100_000
HUGE_NUMBER = "1" + "0" * 400


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "tiny"))


def described(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    config = json.loads((folder / CONFIG_FILE).read_text())
    change(config["model_cfg"])
    (folder / CONFIG_FILE).write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model["vision_cfg"].update(width=1 << 20),
        lambda model: model["vision_cfg"].update(layers=10**9),
        lambda model: model["vision_cfg"].update(layers=200),
        lambda model: model["vision_cfg"].update(image_size=1 << 20, patch_size=1),
        lambda model: model["text_cfg"].update(vocab_size=1 << 20),
        lambda model: model["text_cfg"].update(context_length=1 << 20),
        lambda model: model.update(embed_dim=1 << 20),
        lambda model: model.update(embed_dim=10**30),
        lambda model: model.update(embed_dim=float("nan")),
        lambda model: model.update(embed_dim=float("inf")),
        lambda model: model.update(embed_dim="wide"),
        lambda model: model.update(embed_dim=0),
        lambda model: model.update(vision_cfg=5),
        lambda model: model.update(vision_cfg={"patch_size": 0}),
        lambda model: model.update(text_cfg=[]),
        lambda model: model["text_cfg"].update(heads=0),
        lambda model: model["text_cfg"].update(tokenizer_kwargs=5),
        lambda model: model.update(unknown=True),
        lambda model: model.clear(),
    ],
)
def test_a_description_that_is_no_models_is_refused(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    with pytest.raises(ModelError, match="can't be built"):
        load_model(described(folder, change))


@pytest.mark.parametrize(
    "options",
    [
        {"trust_remote_code": True},
        {"cache_dir": "/"},
        {"bpe_path": "/etc/passwd"},
        {"clean": "__import__"},
        {"clean": ["lower"]},
        {"subfolder": "../.."},
        {"revision": "main"},
    ],
)
def test_a_folder_says_nothing_to_a_tokenizer_but_what_is_allowed(folder: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="which is not allowed"):
        load_model(described(folder, lambda model: model["text_cfg"].update(tokenizer_kwargs=options)))


def test_what_is_allowed_reaches_the_tokenizer(folder: Path) -> None:
    load_model(described(folder, lambda model: model["text_cfg"].update(tokenizer_kwargs={"clean": "canonicalize"})))


@pytest.mark.parametrize("name", [CONFIG_FILE, DEFAULTS_FILE])
@pytest.mark.parametrize("text", [DEEP, "5", "null", '{"a": ' + "9" * 5000 + "}", "\xff\xfe", " " * (2 << 20), "{"])
def test_a_file_of_a_model_folder_that_is_damaged(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="latin-1")
    with pytest.raises(ModelError):
        load_model(folder)


@pytest.mark.parametrize(
    "values",
    [
        {"image_size": 10**30},
        {"image_size": 1.5},
        {"layers": [10**30]},
        {"layers": {"a": 1}},
        {"first_vv_block": -1},
        {"scoring": [1]},
        {"scoring": {"epsilon": 10**400}},
        {"position_interpolation": ["bicubic"]},
        {"position_interpolation": {}},
        {"checkpoint": "../x"},
        {"weights_sha256": 5},
    ],
)
def test_defaults_beyond_range_or_of_another_kind(folder: Path, values: dict[str, Any]) -> None:
    (folder / DEFAULTS_FILE).write_text(json.dumps(values))
    with pytest.raises(ModelError):
        load_model(folder)


@pytest.mark.parametrize(
    "text",
    [
        ".".join("a" * 200_000) + " = 1",
        "[" + ".".join("a" * 200_000) + "]",
        " . ".join(["'a'"] * 100_000) + " = 1",
        "x = {" + ".".join("a" * 100_000) + " = 1}",
        "x = " + "[" * 100_000,
        "x = " + "{a=" * 100_000,
        "x = " + "9" * 100_000,
        "x = 9999-99-99",
        "x = nan",
        "a" * 500_000,
        "[" * 500_000,
        '"' + "\\n" * 400_000 + '" = 1',
    ],
)
def test_a_vocabulary_that_would_take_minutes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "words.toml"
    file.write_text(text)
    with pytest.raises(DescriptorsError):
        DescriptorVocabulary.from_file(file)


def test_phrases_with_dots_are_no_long_keys() -> None:
    text = 'normal_words = ["v1.2.3"]\n[[family]]\nname = "crack"\nanomalous = ["3.4.5 mm, see www.a.b.c"]\n'
    assert DescriptorVocabulary.from_text(text).families[0].anomalous == ("3.4.5 mm, see www.a.b.c",)


AREA = {"kind": "include", "shape": "rectangle", "points": [[0, 0], [1, 1]]}


@pytest.mark.parametrize(
    "text",
    [
        DEEP,
        "5",
        '{"format_version": 1, "areas": 5}',
        '{"format_version": ' + DEEP,
        '{"format_version": 1, "areas": [{"kind": [], "shape": "polygon", "points": []}]}',
        json.dumps({"format_version": 1, "areas": [AREA] * 2_000}),
        json.dumps({"format_version": 1, "areas": [{**AREA, "points": [[0, 1]] * 25_000}]}),
        json.dumps({"format_version": 1, "areas": [{**AREA, "points": [[0, 10**400], [1, 1]]}]}),
        json.dumps({"format_version": 1, "areas": [{**AREA, "points": [[0, float("nan")], [1, 1]]}]}),
    ],
)
@pytest.mark.parametrize("read", [Areas.load, Calibration.read])
def test_areas_and_calibrations_of_strangers(tmp_path: Path, text: str, read: Callable[[Path], object]) -> None:
    file = tmp_path / "file.json"
    file.write_text(text)
    with pytest.raises(SettingsError):
        read(file)


@pytest.mark.parametrize("name", ["threshold", "false_reject_rate", "good_parts", "settings"])
@pytest.mark.parametrize("value", ["null", "[]", '"x"', HUGE_NUMBER, "-1", "NaN", "1e999"])
def test_a_calibration_with_an_impossible_value(tmp_path: Path, name: str, value: str) -> None:
    values: dict[str, Any] = {
        "threshold": 0.5,
        "false_reject_rate": 0.1,
        "good_parts": 3,
        "good_rejected": 0,
        "defective_parts": 0,
        "defective_found": 0,
        "settings": {},
    }
    file = tmp_path / "calibration.json"
    Calibration(**values).write(file)
    content = json.loads(file.read_text())
    content[name] = "HERE"
    file.write_text(json.dumps(content).replace('"HERE"', value))
    if (name, value) in {("good_parts", HUGE_NUMBER), ("settings", "[]")}:
        pytest.skip("a count of any size, and no settings at all, are possible")
    with pytest.raises(SettingsError):
        Calibration.read(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.parametrize("read", [Areas.load, Calibration.read, DescriptorVocabulary.from_file])
def test_a_pipe_is_not_waited_for(tmp_path: Path, read: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "file")
    with pytest.raises(TokenClipError, match="file"):
        read(tmp_path / "file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_among_a_models_files_is_not_waited_for(folder: Path) -> None:
    (folder / CONFIG_FILE).unlink()
    os.mkfifo(folder / CONFIG_FILE)
    with pytest.raises(ModelError):
        load_model(folder)


def test_a_small_file_is_bounded(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    file.write_text('{"a": 1}')
    assert read_small(file, 8) == b'{"a": 1}'
    assert read_small_json(file, 8) == {"a": 1}
    with pytest.raises(TooLargeError):
        read_small(file, 7)
    with pytest.raises(OSError, match="regular"):
        read_small(tmp_path, 7)
