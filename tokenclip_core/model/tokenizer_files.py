"""What of a model folder a tokenizer of the library transformers may see: data and plain settings, nothing else.

That library follows what such a folder says: to classes in Python files, to other repositories, to files anywhere. So
it is given a folder with copies of the data files, and of its settings only those that are on a list.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tokenclip_core.small_files import read_small_json

CONFIG = "tokenizer_config.json"
SPECIAL_TOKENS = "special_tokens_map.json"
DATA_FILES = frozenset(
    {"tokenizer.json", "vocab.json", "vocab.txt", "merges.txt", "tokenizer.model", "spiece.model"},
)
"""Vocabularies and rules; each is data, none a program."""

_MAX_JSON_BYTES = 1 << 24
_CLASSES = frozenset(
    f"{name}{kind}"
    for name in ("CLIP", "T5", "Siglip", "Gemma", "XLMRoberta", "Roberta", "Bert", "PreTrained")
    for kind in ("Tokenizer", "TokenizerFast")
)
_SWITCHES = frozenset(
    {
        "add_bos_token",
        "add_eos_token",
        "add_prefix_space",
        "clean_up_tokenization_spaces",
        "do_lower_case",
        "do_basic_tokenize",
        "keep_accents",
        "legacy",
        "spaces_between_special_tokens",
        "split_special_tokens",
        "strip_accents",
        "tokenize_chinese_chars",
    }
)
_NUMBERS = frozenset({"model_max_length", "max_length", "extra_ids", "stride", "pad_to_multiple_of"})
_SIDES = {"padding_side": ("left", "right"), "truncation_side": ("left", "right"), "errors": ("replace", "strict")}
_TOKENS = frozenset(
    {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"},
)
_TOKEN_FIELDS = {
    "content": str,
    "lstrip": bool,
    "rstrip": bool,
    "normalized": bool,
    "single_word": bool,
    "special": bool,
}


@contextmanager
def allowed_folder(folder: Path) -> Iterator[Path]:
    """Give a folder for a while that holds what a tokenizer may see of a model folder.

    Raises:
        ValueError: the settings name a class of tokenizer that is not on the list, or can't be read.
        OSError: a file can't be read or copied.
    """
    with TemporaryDirectory(prefix="tokenclip-tokenizer-") as temporary:
        place = Path(temporary)
        for name in DATA_FILES:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, place / name)
        for name, allowed in ((CONFIG, allowed_settings), (SPECIAL_TOKENS, _allowed_tokens)):
            if (folder / name).is_file():
                values = read_small_json(folder / name, _MAX_JSON_BYTES)
                (place / name).write_text(json.dumps(allowed(values)), "utf-8")
        yield place


def allowed_settings(values: Any) -> dict[str, Any]:
    """The settings of a tokenizer that are on the list, of those that a folder states.

    Raises:
        ValueError: they are none, or name a class of tokenizer that is not on the list.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"{CONFIG} holds no settings")
    kind = values.get("tokenizer_class")
    if kind is not None and not (isinstance(kind, str) and kind in _CLASSES):
        raise ValueError(f"a tokenizer of class {kind!r:.60} is not on the list of those that are used")
    found = _allowed_tokens(values) if kind is None else {"tokenizer_class": kind, **_allowed_tokens(values)}
    for name, value in values.items():
        plain = name in _SWITCHES and (value is None or isinstance(value, bool))
        # Some state 10 to the 30th for "no limit".
        number = name in _NUMBERS and isinstance(value, int | float) and not isinstance(value, bool)
        if plain or number or (isinstance(value, str) and value in _SIDES.get(name, ())):
            found[name] = value
    return found


def _allowed_tokens(values: Any) -> dict[str, Any]:
    """Special tokens, as text or as text with switches."""
    if not isinstance(values, Mapping):
        raise ValueError(f"{SPECIAL_TOKENS} holds no tokens")
    found: dict[str, Any] = {name: values[name] for name in _TOKENS if _is_token(values.get(name))}
    more = values.get("additional_special_tokens")
    if isinstance(more, list):
        found["additional_special_tokens"] = [token for token in more if _is_token(token)]
    numbered = values.get("added_tokens_decoder")
    if isinstance(numbered, Mapping):
        found["added_tokens_decoder"] = {
            number: token for number, token in numbered.items() if number.isdecimal() and _is_token(token)
        }
    return found


def _is_token(value: Any) -> bool:
    if isinstance(value, str):
        return True
    return isinstance(value, Mapping) and all(
        name == "__type" or isinstance(field, _TOKEN_FIELDS.get(name, ())) for name, field in value.items()
    )
