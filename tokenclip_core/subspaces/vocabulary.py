"""The editable vocabulary of defect families: a TOML file of words, read and checked."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenclip_core.errors import DescriptorsError
from tokenclip_core.resources import resource_path
from tokenclip_core.small_files import read_own

Colour = tuple[int, int, int]

MAX_FILE_BYTES = 1 << 20
MAX_FAMILIES = 64
MAX_PHRASES = 200
MAX_PHRASE_LENGTH = 300
# Time and memory of a dotted key grow with the square of its parts, so these are counted before it is parsed.
_MOST_PARTS = 32
_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{_MOST_PARTS}}}")
_HINT = "resources/descriptors/default.toml shows how a vocabulary is written."


@dataclass(frozen=True)
class DefectFamily:
    """A kind of defect and how it is put into words.

    Attributes:
        name: unique in its vocabulary.
        anomalous: phrases of a part that has it.
        normal: phrases of a part that doesn't; empty for the vocabulary's own normal words.
        colour: how it is drawn, or None for the palette's.
    """

    name: str
    anomalous: tuple[str, ...]
    normal: tuple[str, ...] = ()
    colour: Colour | None = None


@dataclass(frozen=True)
class DescriptorVocabulary:
    """Defect families in words.

    Attributes:
        families: at least one.
        normal_words: phrases of a flawless part in general.
        anomalous_words: phrases of a damaged part in general, for the single baseline; may be empty.
        templates: each with one ``{}`` for the phrase.
    """

    families: tuple[DefectFamily, ...]
    normal_words: tuple[str, ...]
    anomalous_words: tuple[str, ...] = ()
    templates: tuple[str, ...] = field(default=("{}",))

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all words, for caches; names and colours count too."""
        return hashlib.sha256(repr((*self._parts(),)).encode()).hexdigest()

    def _parts(self) -> tuple[object, ...]:
        return self.families, self.normal_words, self.anomalous_words, self.templates

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> DescriptorVocabulary:
        """Read a TOML vocabulary.

        Raises:
            DescriptorsError: unreadable, not TOML, or incomplete; the message names the entry.
        """
        file = Path(path)
        content = read_own(file, MAX_FILE_BYTES, "a vocabulary", DescriptorsError)
        try:
            return cls.from_text(content.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise DescriptorsError(f"{file}: not UTF-8 text; save it as UTF-8. {_HINT}") from error
        except DescriptorsError as error:
            raise DescriptorsError(f"{file}: {error}") from error

    @classmethod
    def from_text(cls, text: str) -> DescriptorVocabulary:
        """Read a vocabulary from TOML text; errors as `from_file`."""
        if _LONG_KEY.search(text):
            raise DescriptorsError(f"not a vocabulary: a key of more than {_MOST_PARTS} parts. {_HINT}")
        try:
            table = tomllib.loads(text)
        # A number of thousands of digits is a plain ValueError.
        except (ValueError, RecursionError) as error:
            raise DescriptorsError(f"not valid TOML: {error}. {_HINT}") from error
        return cls.from_mapping(table)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON or TOML, as `from_mapping` reads them."""
        return {
            "templates": list(self.templates),
            "normal_words": list(self.normal_words),
            **({"anomalous_words": list(self.anomalous_words)} if self.anomalous_words else {}),
            "family": [
                {
                    "name": family.name,
                    **({} if family.colour is None else {"colour": "#{:02X}{:02X}{:02X}".format(*family.colour)}),
                    "anomalous": list(family.anomalous),
                    **({"normal": list(family.normal)} if family.normal else {}),
                }
                for family in self.families
            ],
        }

    def to_text(self) -> str:
        """TOML that a person can read and change, as `from_file` reads it."""
        lines = []
        for key, value in self.to_mapping().items():
            if key == "family":
                for family in value:
                    lines += ["", "[[family]]", *(f"{name} = {_toml(entry)}" for name, entry in family.items())]
            else:
                lines.append(f"{key} = {_toml(value)}")
        return "\n".join(lines) + "\n"

    @classmethod
    def from_mapping(cls, table: Mapping[str, Any]) -> DescriptorVocabulary:
        """Check a parsed vocabulary; errors as `from_file`."""
        _only_known(table, {"normal_words", "anomalous_words", "templates", "family"}, "the vocabulary")
        entries = table.get("family")
        if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
            raise DescriptorsError(f"no [[family]] entries: at least one is needed. {_HINT}")
        if len(entries) > MAX_FAMILIES:
            raise DescriptorsError(f"{len(entries)} families; at most {MAX_FAMILIES} are allowed.")
        families = tuple(_family(entry, number) for number, entry in enumerate(entries, start=1))
        names = [family.name.casefold() for family in families]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise DescriptorsError(f"family {number + 1}: the name {families[number].name!r} is already taken.")
        templates = _phrases(table, "templates", "the vocabulary", ("{}",))
        for template in templates:
            # Other braces would be fields of str.format, or break it.
            if template.count("{}") != 1 or template.count("{") != 1 or template.count("}") != 1:
                raise DescriptorsError(f"template {template!r} must hold {{}} exactly once, where the phrase goes.")
        return cls(
            families=families,
            normal_words=_phrases(table, "normal_words", "the vocabulary"),
            anomalous_words=_phrases(table, "anomalous_words", "the vocabulary", ()),
            templates=templates,
        )


def default_vocabulary() -> DescriptorVocabulary:
    """The bundled vocabulary."""
    return DescriptorVocabulary.from_file(resource_path("descriptors", "default.toml"))


def _family(entry: Mapping[str, Any], number: int) -> DefectFamily:
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_PHRASE_LENGTH:
        raise DescriptorsError(f'family {number}: it needs a name, such as name = "crack".')
    where = f"family {name.strip()!r}"
    _only_known(entry, {"name", "colour", "anomalous", "normal"}, where)
    colour = entry.get("colour")
    if colour is not None and (not isinstance(colour, str) or not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour)):
        raise DescriptorsError(f'{where}: colour is {colour!r}; write it as "#RRGGBB", such as "#0078B4".')
    return DefectFamily(
        name=name.strip(),
        anomalous=_phrases(entry, "anomalous", where),
        normal=_phrases(entry, "normal", where, ()),
        colour=None if colour is None else (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)),
    )


def _phrases(table: Mapping[str, Any], key: str, where: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
    value = table.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, list) or not value:
        raise DescriptorsError(f"{where}: {key} must be a list of at least one phrase. {_HINT}")
    if len(value) > MAX_PHRASES:
        raise DescriptorsError(f"{where}: {key} has {len(value)} phrases; at most {MAX_PHRASES} are allowed.")
    for phrase in value:
        if not isinstance(phrase, str) or not phrase.strip() or len(phrase) > MAX_PHRASE_LENGTH:
            raise DescriptorsError(
                f"{where}: {key} holds {phrase!r:.60}; each phrase is a text of 1 to {MAX_PHRASE_LENGTH} letters."
            )
    return tuple(phrase.strip() for phrase in value)


def _only_known(table: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise DescriptorsError(f"{where} has the unknown entry {unknown[0]!r}; known are {', '.join(sorted(known))}.")


def _toml(value: str | Sequence[str]) -> str:
    """A string or a list of strings in TOML, whose basic strings are JSON's but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
