"""What differs between two recipes, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenclip_core.inspection.tiling import Tiling
    from tokenclip_core.recipes.recipe import Recipe


def differences(one: Recipe, other: Recipe) -> tuple[str, ...]:
    """What differs, a sentence each: what the first says, then what the other says."""
    return (*_of_the_model(one, other), *_of_the_scoring(one, other), *_of_the_judgement(one, other))


def _of_the_model(one: Recipe, other: Recipe) -> Iterator[str]:
    if one.model != other.model:
        yield f"The model is {one.model}, the other's {other.model}."
    elif one.model_sha256 != other.model_sha256:
        yield f"The weights of {one.model} are other ones ({one.model_sha256[:12]}, {other.model_sha256[:12]})."
    if (one.checkpoint, one.checkpoint_sha256) != (other.checkpoint, other.checkpoint_sha256):
        yield f"The subspaces come from {_origin(one)}, the other's from {_origin(other)}."
    elif one.vocabulary != other.vocabulary:
        yield "The vocabulary has other words."
    if one.image_size != other.image_size:
        yield f"Parts are looked at with {one.image_size} pixels a side, by the other with {other.image_size}."
    if one.tiling != other.tiling:
        yield f"Large parts are {_tiles(one.tiling)}, by the other {_tiles(other.tiling)}."
    if one.evidence != other.evidence:
        yield f"The evidence is {one.evidence}, the other's {other.evidence}."
    if one.weights != other.weights:
        yield "The weights of the evidence are other ones."
    if one.part_width != other.part_width:
        yield f"A part's width is {_millimetres(one.part_width)}, the other's {_millimetres(other.part_width)}."
    if one.pools != other.pools:
        yield f"Its pool of {_pooled(one)} is not the other's of {_pooled(other)}."
    if set(one.references) != set(other.references):
        yield f"Its {len(one.references)} reference parts are not the other's {len(other.references)}."


def _of_the_scoring(one: Recipe, other: Recipe) -> Iterator[str]:
    first, second = one.scoring.to_mapping(), other.scoring.to_mapping()
    for name in sorted(first.keys() | second.keys()):
        if first.get(name) != second.get(name):
            here, there = (values.get(name, "not set") for values in (first, second))
            yield f"The scoring's {name} is {here}, the other's {there}."


def _of_the_judgement(one: Recipe, other: Recipe) -> Iterator[str]:
    first, second = one.judgement, other.judgement
    if first.threshold != second.threshold:
        yield f"The threshold is {_number(first.threshold)}, the other's {_number(second.threshold)}."
    mine, theirs = dict(first.own_thresholds), dict(second.own_thresholds)
    for index in sorted(mine.keys() | theirs.keys()):
        if mine.get(index) != theirs.get(index):
            yield (
                f"The own threshold of {_called(one, other, index)} is {_own(mine.get(index))}, "
                f"the other's {_own(theirs.get(index))}."
            )
    if first.smallest_region != second.smallest_region:
        yield f"The smallest region has {first.smallest_region} pixels, the other's {second.smallest_region}."
    if first.areas != second.areas:
        yield f"Its {len(first.areas.areas)} areas are not the other's {len(second.areas.areas)}."
    for index in sorted(first.muted ^ second.muted):
        which = ("muted here", "heard by the other") if index in first.muted else ("heard here", "muted by the other")
        yield f"{_called(one, other, index)} is {which[0]}, {which[1]}."
    for name in sorted(dict(first.channel_limits).keys() | dict(second.channel_limits).keys()):
        mine_of, theirs_of = dict(first.channel_limits).get(name), dict(second.channel_limits).get(name)
        if mine_of != theirs_of:
            yield f"The limit of {name} is {_own(mine_of)}, the other's {_own(theirs_of)}."
    if [part.called for part in one.subspaces] != [part.called for part in other.subspaces]:
        yield "Subspaces have other names."
    if [part.colour for part in one.subspaces] != [part.colour for part in other.subspaces]:
        yield "Subspaces have other colours."
    if one.calibration != other.calibration:
        made = {True: "calibrated", False: "not calibrated"}
        here, there = made[one.calibration is not None], made[other.calibration is not None]
        yield f"It is {here}, the other {there}." if here != there else "They were calibrated with other parts."


def _pooled(recipe: Recipe) -> str:
    return f"{sum(map(len, recipe.pools))} parts" if recipe.pools else "each folder's own parts"


def _origin(recipe: Recipe) -> str:
    return recipe.checkpoint or "a vocabulary"


def _tiles(tiling: Tiling | None) -> str:
    return "not cut" if tiling is None else f"cut into tiles of {tiling.tile} pixels that share {tiling.overlap}"


def _called(one: Recipe, other: Recipe, index: int) -> str:
    names = one.subspaces if index < len(one.subspaces) else other.subspaces
    return names[index].called


def _number(value: float) -> str:
    return f"{value:.10g}"


def _millimetres(value: float | None) -> str:
    return "not known" if value is None else f"{_number(value)} mm"


def _own(value: float | None) -> str:
    return "not set" if value is None else _number(value)
