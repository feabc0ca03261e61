"""The recipe itself: one value, its file, and what is checked when it is read.

The file is JSON. It says what it is (``"format": "tokenclip-recipe"``) and which version of the format (``"version"``).
Fields that this program does not know are kept and written again; a file of a later version is refused, because what
it says may mean something else. README.md describes the fields.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn, Self

from tokenclip_core.errors import SettingsError, TokenClipError
from tokenclip_core.evidence.evidence import RULE, Evidence
from tokenclip_core.evidence.fusion import EvidenceScale
from tokenclip_core.files import write_atomically
from tokenclip_core.inspection.tiling import Tiling
from tokenclip_core.judgement.calibration import Calibration
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.small_files import read_own
from tokenclip_core.subspaces.vocabulary import Colour, DescriptorVocabulary

FORMAT = "tokenclip-recipe"
VERSION = 1
SUFFIX = ".recipe.json"
"""Suffix of the recipes that the window writes; a recipe of any name is read."""

MAX_FILE_BYTES = 8 << 20
MAX_DEPTH = 24
MAX_SUBSPACES = 64
MAX_REFERENCES = 10_000
MAX_TEXT = 1000
MOST_MILLIMETRES = 100_000.0
"""Largest width of a part's picture, in millimetres."""

_REACH = "reach"
_PART_WIDTH = "part_width_mm"
_LARGEST_IMAGE_SIZE = 4096
_LARGEST_TILE = 1 << 20
TEXT_EVIDENCE = "text"
_RULE_BEFORE = 1

# Objects whose unknown fields are kept; of all others the fields are the user's own names.
_KEPT_WITHIN = ("model", "checkpoint", "evidence", "tiles", "judgement", "calibration")


@dataclass(frozen=True)
class NamedSubspace:
    """How a subspace is called and drawn.

    Attributes:
        name: in the model.
        called: by the person who made the recipe.
        colour: (red, green, blue), 0 to 255.
    """

    name: str
    called: str
    colour: Colour


@dataclass(frozen=True)
class Reference:
    """A good part that others are compared with: its file's name, and the SHA-256 of its content."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Recipe:
    """All that decides how a part is inspected and judged; a value that never changes.

    Attributes:
        model: name of the backbone.
        model_sha256: of its weights.
        image_size: side in pixels that a square part gets.
        scoring: how tokens become map and score; which subspaces are muted, the judgement says.
        judgement: threshold, own thresholds, smallest region, areas, muted subspaces.
        subspaces: every subspace in order, with its name and colour.
        vocabulary: that the subspaces were made from; None with a checkpoint.
        checkpoint: file name of the learned subspaces; "" with a vocabulary.
        checkpoint_sha256: of the learned subspaces (`TextualSubspaces.fingerprint`); "" with a vocabulary.
        tiling: how large parts are cut; None for not at all.
        evidence: what decides: ``text``, ``self``, ``consensus``, ``reference`` or ``fused``.
        rule: version of the rule of scoring that its thresholds are for; see `tokenclip_core.evidence.evidence.RULE`.
        weights: how channels add up, as `EvidenceScale.to_mapping`; None for the model's own.
        pools: the hashes of the parts of each frozen consensus pool; empty where each folder gets its own pools.
        references: the good parts that it compares with.
        calibration: where the threshold comes from, or None.
        reach: where parts lie in the same place in every picture: how far from its own place a patch is compared with
            those of other parts, as a share of the part's height and width; None where they lie anywhere.
        part_width: what the width of a part's picture shows, in millimetres; None where that is not known.
        title: for people, or "".
        file: that it was read from, or None; not part of the value.
        rest: the file's content, for the fields that this program does not know; not part of the value.
        held: the tokens of pools and good parts, where they are in memory; `save` writes them beside the recipe. Their
            hashes tell which they are, so the tokens are not part of the value.
        tokens: name and SHA-256 of the file beside the recipe that holds them, or None; not part of the value.
    """

    model: str
    model_sha256: str
    image_size: int
    scoring: ScoringSettings
    judgement: Judgement
    subspaces: tuple[NamedSubspace, ...]
    vocabulary: DescriptorVocabulary | None = None
    checkpoint: str = ""
    checkpoint_sha256: str = ""
    tiling: Tiling | None = None
    evidence: str = TEXT_EVIDENCE
    rule: int = RULE
    weights: Mapping[str, Any] | None = None
    pools: tuple[tuple[str, ...], ...] = ()
    references: tuple[Reference, ...] = ()
    calibration: Calibration | None = None
    reach: float | None = None
    part_width: float | None = None
    title: str = ""
    file: Path | None = field(default=None, compare=False)
    rest: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    held: Evidence | None = field(default=None, compare=False, repr=False)
    tokens: Reference | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if (self.vocabulary is None) == (not self.checkpoint):
            raise SettingsError("a recipe needs either a vocabulary or a checkpoint, and not both.")
        if self.scoring.muted:
            raise SettingsError("which subspaces are muted belongs into a recipe's judgement, not into its scoring.")
        count = len(self.subspaces)
        limits = (*self.judgement.own_thresholds, *self.scoring.tolerated)
        named = {*self.judgement.muted, *(index for index, _ in limits)}
        if not 0 < count <= MAX_SUBSPACES or any(index >= count for index in named):
            raise SettingsError(f"a recipe has {count} subspaces, and names number {max(named, default=0)} of them.")

    @property
    def name(self) -> str:
        """What it is called: its title, or its file's name without the ending."""
        if self.title or self.file is None:
            return self.title
        return self.file.name.removesuffix(SUFFIX).removesuffix(".json")

    @property
    def sha256(self) -> str:
        """SHA-256 of its content, for records: equal for recipes that judge alike."""
        content = {**replace(self, tokens=None).to_mapping(), "title": ""}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def settings(self) -> ScoringSettings:
        """The scoring settings with the muted subspaces."""
        return self.scoring.replace(muted=self.judgement.muted)

    def differences(self, other: Recipe, language: str = "en") -> tuple[str, ...]:
        """What differs between this recipe and another one, in words, a sentence each; none where they judge alike."""
        from tokenclip_core.recipes.differences import differences

        return differences(self, other, language)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON, as `from_mapping` reads them, with the unknown fields that were read."""
        scoring = self.scoring.to_mapping()
        del scoring["muted"]
        known: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "title": self.title,
            "model": {"name": self.model, "sha256": self.model_sha256},
            "checkpoint": {"file": self.checkpoint, "sha256": self.checkpoint_sha256} if self.checkpoint else None,
            "vocabulary": None if self.vocabulary is None else self.vocabulary.to_mapping(),
            "image_size": self.image_size,
            "tiles": None if self.tiling is None else self.tiling.to_mapping(),
            "scoring": scoring,
            "evidence": {
                "kind": self.evidence,
                "rule": self.rule,
                "weights": None if self.weights is None else dict(self.weights),
                "pools": [list(pool) for pool in self.pools],
                "tokens": None if self.tokens is None else {"file": self.tokens.name, "sha256": self.tokens.sha256},
                "references": [{"name": one.name, "sha256": one.sha256} for one in self.references],
                # Left out where parts lie anywhere, so that earlier recipes stay the same.
                **({_REACH: self.reach} if self.reach is not None or _REACH in self._rest_of_evidence else {}),
            },
            "judgement": self.judgement.to_mapping(),
            "subspaces": [
                {"name": one.name, "called": one.called, "colour": "#{:02X}{:02X}{:02X}".format(*one.colour)}
                for one in self.subspaces
            ],
            "calibration": None if self.calibration is None else self.calibration.to_mapping(),
        }
        # Left out where it is not known, so that earlier recipes stay the same; what was read of it is replaced.
        if self.part_width is not None or _PART_WIDTH in self.rest:
            known[_PART_WIDTH] = self.part_width
        return _merged(self.rest, known)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Read a recipe from plain values.

        Raises:
            SettingsError: it is no recipe, one of a later version, or one with impossible values.
        """
        if not isinstance(values, Mapping) or values.get("format") != FORMAT:
            raise SettingsError("this is no recipe; save one in the window, or with `Recipe.save`.")
        _check_version(values.get("version"))
        _check_depth(values)
        try:
            return cls(**_fields(values), rest=dict(values))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SettingsError(f"this recipe is damaged ({error}); save it again.") from error

    @property
    def _rest_of_evidence(self) -> Mapping[str, Any]:
        found = self.rest.get("evidence")
        return found if isinstance(found, Mapping) else {}

    def save(self, file: Path | str) -> Self:
        """Write the recipe, in one step; returns it as one of that file.

        What it compares parts with is written first, beside it: `NAME.evidence.safetensors` for `NAME.recipe.json`.

        Raises:
            SettingsError: it can't be written.
        """
        place = Path(file)
        if self.pools or self.references:
            from tokenclip_core.recipes.evidence_file import saved_beside

            return replace(self, tokens=saved_beside(self, place))._save(place)
        return replace(self, tokens=None)._save(place)

    def _save(self, place: Path) -> Self:
        text = json.dumps(self.to_mapping(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        try:
            write_atomically(place, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise SettingsError(f"{place} cannot be written ({error.strerror}); choose another place.") from error
        return replace(self, file=place)

    @classmethod
    def load(cls, file: Path | str) -> Self:
        """Read a recipe's file.

        Raises:
            SettingsError: it can't be read, is too large, or holds no recipe that this program can follow.
        """
        place = Path(file)
        content = read_own(place, MAX_FILE_BYTES, "a recipe")
        try:
            values = json.loads(content.decode("utf-8"), parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise SettingsError(f"{place} is no recipe: it is not JSON in UTF-8, or damaged.") from error
        try:
            return replace(cls.from_mapping(values), file=place)
        except TokenClipError as error:
            raise SettingsError(f"{place}: {error}") from error


def _check_version(version: object) -> None:
    if type(version) is int and version > VERSION:
        raise SettingsError(
            f"this recipe was made by a newer program (version {version} of the format, this one reads {VERSION}); "
            "update this program."
        )
    if type(version) is not int or version != VERSION:
        raise SettingsError(f"this recipe has no version that this program reads ({version!r:.40}); save it again.")


def _check_depth(values: Mapping[str, Any]) -> None:
    """Refuse what is nested so deeply that writing it again would fail."""
    level: list[Any] = [values]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, Mapping) else outer)
            if isinstance(inner, Mapping | list)
        ]
        if not level:
            return
    raise SettingsError(f"this recipe is nested more than {MAX_DEPTH} deep; save it again.")


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a recipe from plain values, each checked."""
    model, checkpoint = _table(values, "model"), values.get("checkpoint")
    vocabulary, tiles, evidence = values.get("vocabulary"), values.get("tiles"), values.get("evidence") or {}
    references = evidence.get("references", [])
    calibration = values.get("calibration")
    if len(references) > MAX_REFERENCES:
        raise SettingsError(f"the recipe names {len(references)} reference parts; at most {MAX_REFERENCES} are read.")
    return {
        "model": _text(model["name"], "the model's name"),
        "model_sha256": _sha256(model["sha256"], "the model"),
        "checkpoint": "" if checkpoint is None else _file_name(checkpoint["file"], "the checkpoint"),
        "checkpoint_sha256": "" if checkpoint is None else _sha256(checkpoint["sha256"], "the checkpoint"),
        "vocabulary": None if vocabulary is None else DescriptorVocabulary.from_mapping(vocabulary),
        "image_size": _whole(values["image_size"], "image_size", 16, _LARGEST_IMAGE_SIZE),
        "tiling": None if tiles is None else _tiling(tiles),
        "scoring": ScoringSettings.from_mapping(_table(values, "scoring")),
        "evidence": _text(evidence.get("kind", TEXT_EVIDENCE), "the evidence"),
        "rule": _whole(evidence.get("rule", _RULE_BEFORE), "the rule of the score", _RULE_BEFORE, 1 << 20),
        "weights": _weights(evidence.get("weights")),
        "pools": _pools(evidence.get("pools", [])),
        "tokens": _tokens(evidence.get("tokens")),
        "reach": _reach(evidence.get(_REACH)),
        "references": tuple(
            Reference(_text(one["name"], "a reference's name"), _sha256(one["sha256"], "a reference"))
            for one in references
        ),
        "judgement": Judgement.from_mapping(_table(values, "judgement")),
        "subspaces": _subspaces(values["subspaces"]),
        "calibration": None if calibration is None else Calibration.from_mapping(calibration),
        "part_width": _length(values.get(_PART_WIDTH)),
        "title": _text(values.get("title", ""), "the title", least=0),
    }


def _reach(value: object) -> float | None:
    """A share of a side, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise SettingsError(f"the evidence's {_REACH} is {value!r:.40}; it must be a number above 0 and up to 1.")
    return float(value)


def _length(value: object) -> float | None:
    """Millimetres, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST_MILLIMETRES:
        raise SettingsError(f"{_PART_WIDTH} is {value!r:.40}; it must be a number up to {MOST_MILLIMETRES:g}.")
    return float(value)


def _weights(value: object) -> dict[str, Any] | None:
    """How channels add up, checked."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise SettingsError(f"the weights of the evidence are {value!r:.40}; they must be an object.")
    return EvidenceScale.from_mapping(value).to_mapping()


def _pools(value: object) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list) or not all(isinstance(pool, list) for pool in value):
        raise SettingsError(f"the pools of the evidence are {value!r:.40}; they must be lists of hashes.")
    pools = tuple(tuple(_sha256(part, "a part of a pool") for part in pool) for pool in value)
    if sum(map(len, pools)) > MAX_REFERENCES or not all(pools):
        raise SettingsError(f"the recipe's pools have {sum(map(len, pools))} parts, or one has none; save it again.")
    return pools


def _tokens(value: object) -> Reference | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise SettingsError(f"the tokens of the evidence are {value!r:.40}; they must be an object.")
    return Reference(_file_name(value["file"], "the evidence"), _sha256(value["sha256"], "the evidence"))


def _tiling(values: Mapping[str, Any]) -> Tiling:
    tile = _whole(values["tile"], "a tile's side", 1, _LARGEST_TILE)
    return Tiling(tile, _whole(values["overlap"], "the tiles' overlap", 0, _LARGEST_TILE))


def _subspaces(values: Sequence[Any]) -> tuple[NamedSubspace, ...]:
    if not isinstance(values, list) or len(values) > MAX_SUBSPACES:
        raise SettingsError(f"a recipe lists its subspaces, {MAX_SUBSPACES} at most.")
    found = []
    for one in values:
        name, colour = _text(one["name"], "a subspace's name"), one["colour"]
        if not isinstance(colour, str) or not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
            raise SettingsError(f'the colour of {name} is {colour!r:.40}; it is written as "#RRGGBB".')
        red, green, blue = bytes.fromhex(colour[1:])
        found.append(NamedSubspace(name, _text(one.get("called", name), "a subspace's name"), (red, green, blue)))
    return tuple(found)


def _table(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = values[key]
    if not isinstance(value, Mapping):
        raise SettingsError(f"{key} is {value!r:.40}; it must be an object.")
    return value


def _text(value: object, what: str, least: int = 1) -> str:
    if not isinstance(value, str) or not least <= len(value) <= MAX_TEXT:
        raise SettingsError(f"{what} is {value!r:.40}; it must be a text of at most {MAX_TEXT} letters.")
    return value


def _file_name(value: object, what: str) -> str:
    """A file's own name: a recipe from elsewhere names no folder of this machine."""
    name = _text(value, f"{what}'s file")
    if name in (".", "..") or re.search(r'[/\\:*?"<>|\x00-\x1f]', name):
        raise SettingsError(f"{what}'s file is {name!r:.60}; it must be a file's name without a folder.")
    return name


def _sha256(value: object, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise SettingsError(f"the SHA-256 of {what} is {value!r:.40}; it must be 64 hexadecimal digits.")
    return value


def _whole(value: object, what: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise SettingsError(f"{what} is {value!r:.40}; it must be a whole number from {least} to {most}.")
    return value


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _merged(rest: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What is known, with the unknown fields of what was read beside it."""
    merged = {**{name: value for name, value in rest.items() if name not in known}, **known}
    for name in _KEPT_WITHIN:
        before, now = rest.get(name), known.get(name)
        if isinstance(before, Mapping) and isinstance(now, Mapping):
            merged[name] = {**{key: value for key, value in before.items() if key not in now}, **now}
    before, now = rest.get("subspaces"), known["subspaces"]
    if isinstance(before, list) and len(before) == len(now):
        merged["subspaces"] = [{**old, **new} for old, new in zip(before, now, strict=True)]
    return {"format": merged["format"], "version": merged["version"], **merged}
