"""From a recipe to the inspector that it describes, and from an inspector to its recipe."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tokenclip_core.errors import CheckpointError, ModelError, SettingsError
from tokenclip_core.evidence.channels import EVIDENCE_KINDS
from tokenclip_core.evidence.evidence import RULE, Evidence
from tokenclip_core.evidence.fusion import EvidenceScale
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.model.catalog import find_checkpoint, find_model
from tokenclip_core.model.folders import ModelFolder, available_models
from tokenclip_core.recipes.evidence_file import evidence_of
from tokenclip_core.recipes.recipe import TEXT_EVIDENCE, NamedSubspace, Recipe, Reference
from tokenclip_core.subspaces.checkpoint import learned_fingerprint
from tokenclip_core.subspaces.textual import Subspace, TextualSubspaces

if TYPE_CHECKING:
    from tokenclip_core.evidence.consensus import ConsensusPool
    from tokenclip_core.evidence.reference import ReferenceShelf
    from tokenclip_core.inspection.inspector import Inspector
    from tokenclip_core.inspection.tiling import Tiling
    from tokenclip_core.judgement.calibration import Calibration
    from tokenclip_core.scoring.settings import ScoringSettings

Place = str | os.PathLike[str]
Made = TypeVar("Made", bound="Inspector")


def inspector_of(
    kind: type[Made],
    recipe: Recipe,
    *,
    model: Place | None = None,
    checkpoint: Place | None = None,
    device: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
    threads: int = 0,
) -> Made:
    """The inspector that a recipe describes; see `Inspector.from_recipe`."""
    if recipe.evidence not in EVIDENCE_KINDS:
        raise SettingsError(f"this program does not know the evidence {recipe.evidence!r} of the recipe; update it.")
    if recipe.rule != RULE:
        raise SettingsError(
            "the recipe's thresholds were found with another rule of the score, so they mean something else now; make "
            "the recipe anew, and calibrate it."
        )
    compared = evidence_of(recipe)
    common: dict[str, Any] = {
        "device": device,
        "precision": precision,
        "engine": engine,
        "threads": threads,
        "image_size": recipe.image_size,
    }
    place = _place_of_model(recipe) if model is None else model
    if recipe.vocabulary is not None:
        inspector = kind.from_pretrained(place, descriptors=recipe.vocabulary, **common)
        _check_weights(inspector, recipe)
    else:
        inspector = _with_checkpoint(kind, recipe, place, checkpoint, common)
    names = [subspace.name for subspace in inspector.subspaces.subspaces]
    if names != [subspace.name for subspace in recipe.subspaces]:
        raise SettingsError("the recipe lists other subspaces than its vocabulary or checkpoint has; save it again.")
    called = tuple(Subspace(subspace.called, subspace.colour) for subspace in recipe.subspaces)
    inspector.subspaces = TextualSubspaces(inspector.subspaces.embeddings, called, inspector.subspaces.origin)
    inspector.settings = recipe.settings
    inspector.areas = recipe.judgement.areas or None
    inspector.tiling = recipe.tiling
    inspector.evidence = _evidence(inspector, recipe, *compared)
    inspector.from_file = recipe
    return inspector


def _evidence(
    inspector: Inspector, recipe: Recipe, pools: tuple[ConsensusPool, ...], shelf: ReferenceShelf | None
) -> Evidence:
    scale = inspector.evidence.scale
    if recipe.weights is not None:
        scale = EvidenceScale.from_mapping(recipe.weights)
    (kind,) = (kind for kind in EVIDENCE_KINDS if kind == recipe.evidence)
    return Evidence(kind, scale, pools, shelf, frozen=bool(pools), reach=recipe.reach)


def with_evidence(recipe: Recipe, evidence: Evidence) -> Recipe:
    """The recipe with the evidence of an inspector: its kind and weights, its frozen pools and its good parts."""
    pools = evidence.pools if evidence.frozen and evidence.asks("consensus") else ()
    shelf = evidence.shelf if evidence.asks("reference") else None
    references = () if shelf is None else map(Reference, shelf.names, shelf.hashes)
    return replace(
        recipe,
        evidence=evidence.kind if evidence.scale is not None else TEXT_EVIDENCE,
        rule=RULE,
        weights=None if evidence.scale is None else evidence.scale.to_mapping(),
        pools=tuple(tuple(part.sha256 for part in pool.parts) for pool in pools),
        references=tuple(references),
        reach=evidence.reach,
        held=evidence,
        tokens=None,
    )


def recipe_of(
    inspector: Inspector,
    judgement: Judgement,
    *,
    settings: ScoringSettings | None = None,
    tiling: Tiling | None = None,
    names: Mapping[str, str] | None = None,
    calibration: Calibration | None = None,
    title: str = "",
) -> Recipe:
    """The recipe from which an inspector and its judgement can be made again.

    Args:
        inspector: whose model, subspaces and size are written down.
        judgement: how parts are judged; it alone tells which subspaces are muted.
        settings: of the scoring; None for the inspector's own.
        tiling: how large parts are cut; None for not at all.
        names: what subspaces are called, by the inspector's names for them.
        calibration: where the threshold comes from.
        title: for people.

    Returns:
        A recipe without a file; of an inspector that came from one, unknown fields are kept.

    Raises:
        SettingsError: the inspector's subspaces come from neither a vocabulary nor a checkpoint.
    """
    before = inspector.from_file
    settings = inspector.settings if settings is None else settings
    learned = inspector.checkpoint is not None
    if not learned and inspector.subspaces.origin != "descriptors":
        raise SettingsError("subspaces that come from no vocabulary and no checkpoint can't be written in a recipe.")
    subspaces = inspector.subspaces.subspaces
    known = [subspace.name for subspace in before.subspaces] if before is not None else []
    own = known if len(known) == len(subspaces) else [subspace.name for subspace in subspaces]
    called = names or {}
    made = Recipe(
        model=inspector.model_name,
        model_sha256=inspector.model_hash,
        image_size=inspector.image_size,
        scoring=settings.replace(muted=frozenset()),
        judgement=judgement,
        subspaces=tuple(
            NamedSubspace(name, called.get(subspace.name, subspace.name), subspace.colour)
            for name, subspace in zip(own, subspaces, strict=True)
        ),
        vocabulary=None if learned else inspector.vocabulary,
        checkpoint=inspector.checkpoint_name if learned else "",
        checkpoint_sha256=inspector.subspaces.fingerprint if learned else "",
        tiling=tiling,
        calibration=calibration,
        part_width=None if before is None else before.part_width,
        title=title,
        rest={} if before is None else before.rest,
    )
    return with_evidence(made, inspector.evidence)


def _place_of_model(recipe: Recipe) -> str:
    """What `from_pretrained` takes for the recipe's model: its name, or the folder that is listed under that name."""
    found: dict[str, ModelFolder] = {model.name: model for model in available_models()}
    return found[recipe.model].key if recipe.model in found else recipe.model


def _check_weights(inspector: Inspector, recipe: Recipe) -> None:
    if inspector.model_hash != recipe.model_sha256:
        raise ModelError(
            f"the recipe was made with other weights of {recipe.model} ({recipe.model_sha256[:12]}…, here "
            f"{inspector.model_hash[:12]}…); install the model that it was made with, or make the recipe anew."
        )


def _with_checkpoint(
    kind: type[Made],
    recipe: Recipe,
    place: str | os.PathLike[str],
    given: str | os.PathLike[str] | None,
    common: Mapping[str, Any],
) -> Made:
    """The inspector with the learned subspaces that have the recipe's content, wherever they lie."""
    candidates = _candidates(recipe, place) if given is None else iter([find_checkpoint(given, find_model(place))])
    for file in candidates:
        if learned_fingerprint(file) == recipe.checkpoint_sha256:
            inspector = kind.from_pretrained(place, checkpoint=file, **common)
            _check_weights(inspector, recipe)
            return inspector
    where = "lies neither beside the recipe nor with the model" if given is None else f"is not what {given} holds"
    raise CheckpointError(
        f"the recipe needs the learned subspaces {recipe.checkpoint} ({recipe.checkpoint_sha256[:12]}…), which "
        f"{where}; put their file beside the recipe, or name it with --checkpoint."
    )


def _candidates(recipe: Recipe, place: Place) -> Iterator[Path]:
    """Files that may hold the recipe's learned subspaces: with the model, beside the recipe, in the present folder."""
    name = recipe.checkpoint
    folders = [find_model(place), *([] if recipe.file is None else [recipe.file.absolute().parent]), Path.cwd()]
    yield from (folder / name for folder in folders if (folder / name).is_file())


def with_threshold(recipe: Recipe, threshold: float, calibration: Calibration | None) -> Recipe:
    """The same recipe at another threshold, with where that comes from, and all that was measured with it.

    Limits of channels and a smallest region that an earlier calibration measured go with it; those that a person chose
    stay.
    """
    judgement = replace(recipe.judgement, threshold=threshold)
    nothing = Judgement(threshold)
    measured = nothing if calibration is None else calibration.judgement
    before = nothing if recipe.calibration is None else recipe.calibration.judgement
    if measured.channel_limits or judgement.channel_limits == before.channel_limits:
        judgement = replace(judgement, channel_limits=measured.channel_limits)
    is_measured = calibration is not None and calibration.smallest_region > 0
    if is_measured or judgement.smallest_region == before.smallest_region:
        judgement = replace(judgement, smallest_region=measured.smallest_region)
    return replace(recipe, judgement=judgement, calibration=calibration)
