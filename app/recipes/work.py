"""What of a recipe belongs to the inference thread: its model, and how one is made. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.editing.adjustments import NOTHING_ELSE, Adjustments, Compared, ScoringChoice
from app.process.heavy_imports import imports_without_stalls
from app.work.engine import Engine, ModelOptions, import_libraries, imports_of
from app.work.inspector_like import InspectorLike
from app.work.jobs import Cancellation
from tokenclip_core.judgement.calibration import Calibration
from tokenclip_core.recipes.recipe import SUFFIX, Recipe

KEY = "recipe "
"""Begins the key of a model that a recipe describes; the recipe's file follows."""


@dataclass(frozen=True)
class RecipeOrder:
    """A recipe as the window judges now, and a file that it is written to or compared with.

    Attributes:
        file: the file's place.
        adjustments: what decides beside the model.
        subspaces: how many the model has.
        calibration: where the threshold comes from, or None.
        compared: what parts are compared with.
    """

    file: Path
    adjustments: Adjustments
    subspaces: int
    calibration: Calibration | None = None
    compared: Compared = NOTHING_ELSE


def key_of(recipe: Recipe) -> str:
    """By which the model of a recipe is asked for."""
    return f"{KEY}{recipe.file}"


def adjustments_of(recipe: Recipe) -> Adjustments:
    """How the window judges by a recipe whose model is loaded: the scoring is the model's own then."""
    judgement = recipe.judgement
    return Adjustments(
        threshold=judgement.threshold,
        smallest_region=judgement.smallest_region,
        muted=judgement.muted,
        scoring=ScoringChoice(tile=0 if recipe.tiling is None else recipe.tiling.tile),
        own_thresholds=judgement.own_thresholds,
        areas=judgement.areas,
        part_width=recipe.part_width or 0.0,
        tolerated=recipe.scoring.tolerated,
        channel_limits=judgement.channel_limits,
    )


def recipe_inspector(recipe: Recipe, options: ModelOptions, between: Callable[[], object]) -> InspectorLike:
    """Load the model that a recipe describes; see `app.work.engine.load_inspector`.

    Raises:
        TokenClipError: it is not here, or the recipe can't be followed.
    """
    between()
    with imports_without_stalls(imports_of(recipe.model, options)):
        import_libraries(recipe.model, options, between)
        from tokenclip_core.inspection.inspector import Inspector
        from tokenclip_core.recipes.building import inspector_of

        inspector = inspector_of(
            Inspector,
            recipe,
            device=options.device,
            precision=options.precision,
            engine=options.engine,
            threads=options.threads,
        )
    # The window says with every call what is left out, also that nothing is.
    inspector.areas = None
    return inspector


def write_recipe(engine: Engine, order: RecipeOrder, _cancellation: Cancellation) -> Recipe:
    """Write down how the window judges now; for the inference thread.

    Raises:
        SettingsError: it can't be written, or the subspaces come from neither a vocabulary nor a checkpoint.
    """
    return _as_ordered(engine, order).save(order.file)


def compare_with_recipe(
    engine: Engine, order: RecipeOrder, language: str, _cancellation: Cancellation
) -> tuple[str, ...]:
    """What differs between how the window judges now and a recipe's file, a sentence each; for the inference thread.

    Args:
        engine: that judges now.
        order: how it judges; its file is the other recipe.
        language: of the sentences, such as ``zh_CN``.

    Raises:
        SettingsError: the file is no recipe, or the subspaces come from neither a vocabulary nor a checkpoint.
    """
    other = Recipe.load(order.file)
    return _as_ordered(engine, order).differences(other, language)


def _as_ordered(engine: Engine, order: RecipeOrder) -> Recipe:
    adjustments = order.adjustments
    recipe = engine.recipe(
        adjustments.mix(order.subspaces, order.compared),
        adjustments.judgement(order.subspaces),
        dict(adjustments.names),
        order.calibration,
    )
    return replace(recipe, part_width=adjustments.part_width or None)


def recipe_file(chosen: str) -> Path:
    """A file's name as a person typed it, with the usual ending if it has none."""
    path = Path(chosen)
    return path if path.suffix == ".json" else path.with_name(f"{path.name}{SUFFIX}")
