"""What differs between two recipes, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tokenclip_core.errors import SettingsError
from tokenclip_core.languages import ENGLISH, Translate, translator
from tokenclip_core.small_files import parse_json

if TYPE_CHECKING:
    from tokenclip_core.inspection.tiling import Tiling
    from tokenclip_core.recipes.recipe import Recipe


def differences(one: Recipe, other: Recipe, language: str = ENGLISH) -> tuple[str, ...]:
    """What differs, a sentence each: what the first says, then what the other says.

    Args:
        one: a recipe.
        other: another one.
        language: of the sentences, see `tokenclip_core.languages.translator`.
    """
    say = translator(language)
    return (*_of_the_model(one, other, say), *_of_the_scoring(one, other, say), *_of_the_judgement(one, other, say))


def stored_differences(one: str | None, other: str | None, language: str = ENGLISH) -> tuple[str, ...]:
    """What differs between the recipes of two runs of the history, a sentence each.

    Args:
        one: the content of the first run's recipe; None for a run without one.
        other: the same of the second run.
        language: of the sentences.
    """
    from tokenclip_core.recipes.recipe import Recipe

    say = translator(language)
    if one is None and other is None:
        return ()
    if one is None:
        return (say("Only the second run was judged by a recipe."),)
    if other is None:
        return (say("Only the first run was judged by a recipe."),)
    try:
        first, second = (Recipe.from_mapping(parse_json(content)) for content in (one, other))
    except (ValueError, SettingsError) as error:
        return (say("Their recipes can't be compared: {error}", error=error),)
    return differences(first, second, language)


def _of_the_model(one: Recipe, other: Recipe, say: Translate) -> Iterator[str]:
    if one.model != other.model:
        yield say("The model is {one}, the other's {other}.", one=one.model, other=other.model)
    elif one.model_sha256 != other.model_sha256:
        hashes = {"one": one.model_sha256[:12], "other": other.model_sha256[:12]}
        yield say("The weights of {model} are other ones ({one}, {other}).", model=one.model, **hashes)
    if (one.checkpoint, one.checkpoint_sha256) != (other.checkpoint, other.checkpoint_sha256):
        origins = {"one": _origin(one, say), "other": _origin(other, say)}
        yield say("The subspaces come from {one}, the other's from {other}.", **origins)
    elif one.vocabulary != other.vocabulary:
        yield say("The vocabulary has other words.")
    if one.image_size != other.image_size:
        sizes = {"one": one.image_size, "other": other.image_size}
        yield say("Parts are looked at with {one} pixels a side, by the other with {other}.", **sizes)
    if one.tiling != other.tiling:
        cuts = {"one": _tiles(one.tiling, say), "other": _tiles(other.tiling, say)}
        yield say("Large parts are {one}, by the other {other}.", **cuts)
    if one.evidence != other.evidence:
        yield say("The evidence is {one}, the other's {other}.", one=one.evidence, other=other.evidence)
    if one.weights != other.weights:
        yield say("The weights of the evidence are other ones.")
    if one.reach != other.reach:
        reaches = {"one": _placed(one.reach, say), "other": _placed(other.reach, say)}
        yield say("A patch is compared {one}, by the other {other}.", **reaches)
    if one.part_width != other.part_width:
        widths = {"one": _millimetres(one.part_width, say), "other": _millimetres(other.part_width, say)}
        yield say("A part's width is {one}, the other's {other}.", **widths)
    if one.pools != other.pools:
        pools = {"one": _pooled(one, say), "other": _pooled(other, say)}
        yield say("Its pool of {one} is not the other's of {other}.", **pools)
    if set(one.references) != set(other.references):
        counts = {"one": len(one.references), "other": len(other.references)}
        yield say("Its {one} reference parts are not the other's {other}.", **counts)


def _of_the_scoring(one: Recipe, other: Recipe, say: Translate) -> Iterator[str]:
    first, second = one.scoring.to_mapping(), other.scoring.to_mapping()
    for name in sorted(first.keys() | second.keys()):
        if first.get(name) != second.get(name):
            here, there = (values.get(name, say("not set")) for values in (first, second))
            yield say("The scoring's {name} is {one}, the other's {other}.", name=name, one=here, other=there)


def _of_the_judgement(one: Recipe, other: Recipe, say: Translate) -> Iterator[str]:
    first, second = one.judgement, other.judgement
    if first.threshold != second.threshold:
        values = {"one": _number(first.threshold), "other": _number(second.threshold)}
        yield say("The threshold is {one}, the other's {other}.", **values)
    mine, theirs = dict(first.own_thresholds), dict(second.own_thresholds)
    for index in sorted(mine.keys() | theirs.keys()):
        if mine.get(index) != theirs.get(index):
            values = {"one": _own(mine.get(index), say), "other": _own(theirs.get(index), say)}
            words = "The own threshold of {subspace} is {one}, the other's {other}."
            yield say(words, subspace=_called(one, other, index), **values)
    if first.smallest_region != second.smallest_region:
        sizes = {"one": first.smallest_region, "other": second.smallest_region}
        yield say("The smallest region has {one} pixels, the other's {other}.", **sizes)
    if first.areas != second.areas:
        counts = {"one": len(first.areas.areas), "other": len(second.areas.areas)}
        yield say("Its {one} areas are not the other's {other}.", **counts)
    for index in sorted(first.muted ^ second.muted):
        muted = "{subspace} is muted here, heard by the other."
        words = muted if index in first.muted else "{subspace} is heard here, muted by the other."
        yield say(words, subspace=_called(one, other, index))
    limits, others = dict(first.channel_limits), dict(second.channel_limits)
    for name in sorted(limits.keys() | others.keys()):
        if limits.get(name) != others.get(name):
            values = {"one": _own(limits.get(name), say), "other": _own(others.get(name), say)}
            yield say("The limit of {channel} is {one}, the other's {other}.", channel=name, **values)
    yield from _of_names_and_calibration(one, other, say)


def _of_names_and_calibration(one: Recipe, other: Recipe, say: Translate) -> Iterator[str]:
    if [part.called for part in one.subspaces] != [part.called for part in other.subspaces]:
        yield say("Subspaces have other names.")
    if [part.colour for part in one.subspaces] != [part.colour for part in other.subspaces]:
        yield say("Subspaces have other colours.")
    if one.calibration != other.calibration:
        if one.calibration is None:
            yield say("It is not calibrated, the other calibrated.")
        elif other.calibration is None:
            yield say("It is calibrated, the other not calibrated.")
        else:
            yield say("They were calibrated with other parts.")


def _pooled(recipe: Recipe, say: Translate) -> str:
    count = sum(map(len, recipe.pools))
    return say("{count} parts", count=count) if count else say("each folder's own parts")


def _origin(recipe: Recipe, say: Translate) -> str:
    return recipe.checkpoint or say("a vocabulary")


def _tiles(tiling: Tiling | None, say: Translate) -> str:
    if tiling is None:
        return say("not cut")
    return say("cut into tiles of {side} pixels that share {overlap}", side=tiling.tile, overlap=tiling.overlap)


def _called(one: Recipe, other: Recipe, index: int) -> str:
    names = one.subspaces if index < len(one.subspaces) else other.subspaces
    return names[index].called


def _number(value: float) -> str:
    return f"{value:.10g}"


def _millimetres(value: float | None, say: Translate) -> str:
    return say("not known") if value is None else f"{_number(value)} mm"


def _placed(reach: float | None, say: Translate) -> str:
    if reach is None:
        return say("wherever it lies")
    return say("within {share} % of its own place", share=_number(100 * reach))


def _own(value: float | None, say: Translate) -> str:
    return say("not set") if value is None else _number(value)
