"""What a tokenizer sees of a model folder that would like it to see more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tokenclip_core.model import loading
from tokenclip_core.model.tokenizer_files import CONFIG, SPECIAL_TOKENS, allowed_folder, allowed_settings

GOOD: dict[str, Any] = {
    "tokenizer_class": "T5TokenizerFast",
    "eos_token": {"content": "</s>", "lstrip": False, "__type": "AddedToken"},
    "pad_token": "<pad>",
    "model_max_length": 1e30,
    "do_lower_case": True,
    "padding_side": "right",
    "additional_special_tokens": ["<a>"],
    "added_tokens_decoder": {"0": {"content": "<pad>", "special": True}},
}
BAD: dict[str, Any] = {
    "auto_map": {"AutoTokenizer": ["evil--repository.Evil", None]},
    "chat_template": "{{ x }}",
    "vocab_file": "/etc/passwd",
    "tokenizer_file": "../../secret",
    "name_or_path": "someone/else",
    "sp_model_kwargs": {"model_file": "/etc/passwd"},
    "padding_side": "up",
    "do_lower_case": "yes",
    "eos_token": {"content": "</s>", "file": "/etc/passwd"},
    "added_tokens_decoder": {"x": {"content": "a"}, "1": {"content": "a", "lstrip": "x"}},
}


def test_usual_settings_are_kept() -> None:
    assert allowed_settings(GOOD) == GOOD


def test_what_is_not_on_the_list_is_left_out() -> None:
    assert allowed_settings(BAD) == {"added_tokens_decoder": {}}
    assert allowed_settings({**BAD, **GOOD}) == GOOD


@pytest.mark.parametrize("kind", ["Evil", "evil.py", ["T5TokenizerFast"], 5])
def test_other_classes_are_refused(kind: Any) -> None:
    with pytest.raises(ValueError, match="is not on the list"):
        allowed_settings({"tokenizer_class": kind})


def test_only_data_and_listed_settings_reach_the_tokenizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / CONFIG).write_text(json.dumps({**GOOD, **{name: BAD[name] for name in ("auto_map", "vocab_file")}}))
    (tmp_path / SPECIAL_TOKENS).write_text(json.dumps({"pad_token": "<pad>", "auto_map": {}}))
    (tmp_path / "tokenizer.json").write_text("{}")
    for name in ("evil.py", "config.json", "tokenizer.pkl", "added_tokens.json"):
        (tmp_path / name).write_text("{}")
    seen: dict[str, str] = {}

    def tokenizer(place: str, **more: Any) -> object:
        seen.update({path.name: path.read_text() for path in Path(place).iterdir()})
        assert (more["trust_remote_code"], more["local_files_only"]) == (False, True)
        return object()

    monkeypatch.setattr(loading, "HFTokenizer", tokenizer)
    loading._tokenizer({"hf_tokenizer_name": "someone/else"}, tmp_path)
    assert sorted(seen) == [SPECIAL_TOKENS, "tokenizer.json", CONFIG]
    assert json.loads(seen[CONFIG]) == GOOD
    assert json.loads(seen[SPECIAL_TOKENS]) == {"pad_token": "<pad>"}


def test_the_copy_goes_when_it_is_used(tmp_path: Path) -> None:
    with allowed_folder(tmp_path) as place:
        assert place.is_dir()
    assert not place.exists()
