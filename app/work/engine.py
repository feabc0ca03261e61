"""The model behind the window: loads it, inspects parts, and keeps what the encoder said of the last ones.

An `Engine` lives in the inference thread; nothing else touches it. No Qt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from app.editing.adjustments import Mix
from app.evidence.comparison import Comparison, evidence_facts
from app.gallery.model import PatchPlace, SearchAnswer
from app.gallery.patch_search import TOKEN_BYTES, Hits
from app.parts.images import ImageStore
from app.parts.state import (
    Colour,
    ModelChoice,
    ModelFacts,
    PartResult,
    ScoringFacts,
)
from app.process.heavy_imports import imports_without_stalls
from app.subspaces.colours import dress
from app.work.encodings import Encodings, encode, tiling_of
from app.work.inspector_like import EncodedLike, InspectorLike
from app.work.jobs import Cancellation
from app.work.part_results import part_result
from tokenclip_core.judgement.calibration import Calibration
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.model.engines.interface import Engine as RunningEngine
from tokenclip_core.model.engines.interim import InterimEngine
from tokenclip_core.recipes.recipe import Recipe

ENCODED_BYTES = 256 * 2**20
"""How much of what the encoder said is kept, the least recently used forgotten first."""

SLOW_IMPORTS = ("numpy", "cv2")
"""What the core imports, in pieces, so that a window that is closed meanwhile waits for one of them at most."""

ENGINE_IMPORTS = {
    "torch": ("torch", "torchvision", "timm", "open_clip"),
    "openvino": ("openvino",),
    "onnxruntime": ("onnxruntime",),
}
"""What each engine imports besides."""


InspectorFactory = Callable[[ModelChoice, InspectorLike | None, Callable[[], object]], InspectorLike]
"""Loads a model, with the backbone of the one given if it is the same; see `load_inspector`."""


@dataclass(frozen=True)
class ModelOptions:
    """How models are loaded: see `Inspector.from_pretrained`."""

    device: str = "auto"
    precision: str = "auto"
    image_size: int | None = None
    threads: int = 0
    engine: str = "auto"


_AUTOMATIC = ModelOptions()


def imports_of(name: str, options: ModelOptions = _AUTOMATIC) -> tuple[str, ...]:
    """The large libraries that inspecting with a model will import."""
    from tokenclip_core.model.engines.choice import EngineRequest, likely_engine

    request = EngineRequest(options.engine, options.device, options.precision)
    return (*SLOW_IMPORTS, *ENGINE_IMPORTS[likely_engine(name, request)])


def load_inspector(
    choice: ModelChoice,
    shared: InspectorLike | None = None,
    options: ModelOptions = _AUTOMATIC,
    between: Callable[[], object] = lambda: None,
) -> InspectorLike:
    """Import the core (and its engine) and load a model; slow, and only for the inference thread.

    Args:
        choice: the model, and what it has learned.
        shared: an inspector of the same model, whose backbone is taken; None to load one.
        options: how it is loaded.
        between: called before every import that takes its time, and before the weights are read; what it raises ends
            the loading. A single import can't be interrupted.

    Raises:
        TokenClipError: it is missing or damaged, or does not belong to its checkpoint.
    """
    between()
    with imports_without_stalls(imports_of(choice.key, options)):
        import_libraries(choice.key, options, between)
        from tokenclip_core.inspection.inspector import Inspector

        # Returned at once: with a name here it would be frozen with this frame, which some imports keep, for ever.
        return Inspector.from_pretrained(
            choice.key,
            device=options.device,
            precision=options.precision,
            checkpoint=choice.checkpoint or None,
            descriptors=choice.vocabulary or None,
            image_size=options.image_size,
            engine=shared.engine if isinstance(shared, Inspector) else options.engine,
            threads=options.threads,
        )


def import_libraries(name: str, options: ModelOptions, between: Callable[[], object]) -> None:
    """Import what a model needs, in pieces; `between` is called before each, and what it raises ends that."""
    from tokenclip_core.model.engines.openvino_library import load_openvino

    for library in imports_of(name, options):
        between()
        if library == "openvino":
            load_openvino()
        else:
            import_module(library)
    between()


class Engine:
    """Inspects parts by path; every method is called in the inference thread only.

    Attributes:
        encodings: what the encoder said of the last parts.
        comparison: what parts are compared with.
    """

    def __init__(
        self,
        images: ImageStore,
        factory: InspectorFactory = lambda choice, shared, between: load_inspector(choice, shared, between=between),
        *,
        encoded_bytes: int = ENCODED_BYTES,
        token_bytes: int = TOKEN_BYTES,
    ) -> None:
        self._images = images
        self._factory = factory
        self._inspector: InspectorLike | None = None
        self._key_loaded = ""
        self.encodings = Encodings(images, encoded_bytes, token_bytes)
        self._hears: Callable[[str, ModelFacts], object] | None = None
        self.comparison = Comparison()

    def load(
        self, choice: ModelChoice, cancellation: Cancellation, *, shared: InspectorLike | None = None
    ) -> ModelFacts:
        """Load a model, with the backbone of another one that is loaded if it is the same; see `load_inspector`.

        Raises:
            TokenClipError: it is missing or damaged, or does not belong to its checkpoint.
        """
        cancellation.check()
        facts = self.take(self._factory(choice, shared, cancellation.check))
        self._key_loaded = choice.key
        return facts

    def take(self, inspector: InspectorLike) -> ModelFacts:
        """Use another model from now on; the encodings of parts are forgotten."""
        self.release()
        self._inspector = inspector
        runs = _running(inspector)
        # The trouble of a shared engine is told to the one who lends it.
        if runs is not None and self._hears is not None:
            runs.on_trouble(self._hear)
        return self.facts

    @property
    def facts(self) -> ModelFacts:
        """What the window says of the model.

        Raises:
            RuntimeError: there is none.
        """
        inspector = self.loaded
        runs = _running(inspector)
        rows = tuple((subspace.name, subspace.colour) for subspace in inspector.subspaces.subspaces)
        own = inspector.settings
        return ModelFacts(
            inspector.model_name,
            inspector.device_name,
            inspector.precision_name,
            rows,
            ScoringFacts(own.top_k, own.epsilon, own.sigma, tuple(inspector.layers), own.rarity_scale),
            " ".join([inspector.model_name, inspector.subspaces.fingerprint, *_recipe_of(inspector)]),
            inspector.checkpoint_name,
            inspector.engine_name,
            evidence_facts(inspector),
            isinstance(runs, InterimEngine) and not runs.has_taken_over,
        )

    def on_trouble(self, hears: Callable[[str, ModelFacts], object]) -> None:
        """Have it told, in the inference thread, when what runs the model fails or another one takes over."""
        self._hears = hears

    def recolour(self, colours: Mapping[str, Colour], _cancellation: Cancellation) -> ModelFacts:
        """Draw subspaces in other colours, by their names, from now on; what was said of parts holds.

        Raises:
            RuntimeError: no model is loaded.
        """
        for inspector in (self.loaded, *self.comparison.inspectors):
            dress(inspector, colours)
        return self.facts

    def take_converted(self, key: str) -> ModelFacts | None:
        """Let the converted network take over from torch; what was said of parts holds.

        Args:
            key: of the model that was converted; nothing is done where another one is loaded by now.

        Raises:
            TokenClipError: it can't; torch goes on.
        """
        runs = _running(self._inspector) if key == self._key_loaded else None
        if not isinstance(runs, InterimEngine):
            return None
        runs.take_over()
        return self.facts

    def _hear(self, words: str) -> None:
        if self._hears is not None and self._inspector is not None:
            self._hears(words, self.facts)

    def lend(self, key: str) -> InspectorLike | None:
        """The loaded model if it was loaded by this key, so that another one can share its backbone."""
        return self._inspector if key == self._key_loaded else None

    def release(self) -> None:
        """Drop the model and everything that was computed with it."""
        self._inspector = None
        self._key_loaded = ""
        self.encodings.clear()
        self.comparison.clear()

    def forget(self, path: str) -> None:
        """Read and encode a file afresh when it is asked for next."""
        self.encodings.forget(path)
        self._images.discard(path)

    def forget_encodings(self) -> None:
        """Give the memory of the encodings back; parts are encoded again when they are asked for."""
        self.encodings.kept.clear()

    def inspect(self, path: str, mix: Mix, cancellation: Cancellation) -> PartResult:
        """Inspect an image file.

        Raises:
            ImageError: the file can't be read.
            RuntimeError: no model is loaded.
        """
        result, seconds = self.judge(path, mix, cancellation)
        return part_result(result, milliseconds=1000 * seconds)

    def judge(self, path: str, mix: Mix, cancellation: Cancellation, *, make_room: bool = True) -> tuple[Any, float]:
        """The core's `InspectionResult` of an image file without what paints it, and the seconds that it took.

        Args:
            path: of the file.
            mix: how it is scored.
            cancellation: polled before and between the encoder's steps; what they took is not thrown away afterwards.
            make_room: forget what the encoder said of other parts for this one's, if need be.

        Raises:
            ImageError: the file can't be read.
            RuntimeError: no model is loaded.
        """
        inspector = self.comparison.inspector(self.loaded, mix)
        kept = self.encodings.of(inspector, path, mix.tile, cancellation, make_room=make_room)
        if make_room:
            cancellation.check()
        started = time.perf_counter()
        settings = inspector.settings.replace(**mix.changes())
        result = inspector.score(kept[0], settings, ignored=mix.areas or None)
        seconds = kept[1] + time.perf_counter() - started
        key = self.encodings.key(path, mix.tile)
        if key not in self.encodings.tokens:
            tokens = kept[0].patch_tokens()
            if tokens is not None:
                self.encodings.tokens.remember(key, tokens, result.token_map)
        return result, seconds

    def scoring(self, mix: Mix) -> Callable[[Sequence[EncodedLike]], list[Any]]:
        """What scores encoded parts by a mix, in any thread: results, or in their places why there are none.

        Raises:
            RuntimeError: no model is loaded.
        """
        inspector = self.comparison.inspector(self.loaded, mix)
        settings, areas = inspector.settings.replace(**mix.changes()), mix.areas or None

        def score(encoded: Sequence[EncodedLike]) -> list[Any]:
            try:
                return list(inspector.score_batch(encoded, settings, ignored=areas)) if encoded else []
            except Exception as error:
                return [error] if len(encoded) == 1 else [one for each in encoded for one in score([each])]

        return score

    def inspect_pixels(self, pixels: npt.NDArray[np.uint8], mix: Mix, cancellation: Cancellation) -> PartResult:
        """Inspect (H, W, 3) uint8 RGB by the same steps as a file's; nothing of it is kept.

        Raises:
            RuntimeError: no model is loaded.
        """
        inspector = self.comparison.of_frames(self.loaded, mix)
        started = time.perf_counter()
        encoded = encode(inspector, pixels, mix.tile, cancellation)
        cancellation.check()
        result = inspector.score(encoded, inspector.settings.replace(**mix.changes()), ignored=mix.areas or None)
        return part_result(result, milliseconds=1000 * (time.perf_counter() - started))

    def judge_pixels(
        self, inspector: InspectorLike, pixels: npt.NDArray[np.uint8], mix: Mix, cancellation: Cancellation
    ) -> Any:
        """The core's `InspectionResult` of (H, W, 3) uint8 RGB; nothing of it is kept.

        Args:
            inspector: the model, compared with whatever the part belongs to.
            pixels: of the part.
            mix: how it is scored; its areas are of the open folder, and don't count.
            cancellation: polled between the encoder's steps.
        """
        encoded = encode(inspector, pixels, mix.tile, cancellation)
        return inspector.score(encoded, inspector.settings.replace(**mix.changes()))

    def search(self, place: PatchPlace, among: Collection[str], tile: int, cancellation: Cancellation) -> SearchAnswer:
        """Find the patches most like one, in whole parts where their encoding is kept, else in what is kept of them.

        Args:
            place: the patch; its part is encoded again if need be.
            among: paths of the parts to search.
            tile: side of the tiles of large parts, in pixels; 0 for none.
            cancellation: polled after each part.

        Raises:
            ImageError: the patch's file can't be read any more.
            RuntimeError: no model is loaded.
        """
        tokens = self.encodings.of(self.loaded, place.path, tile, cancellation)[0].patch_tokens()
        hits = Hits(place)
        if tokens is None:
            return hits.answer(whole=0)
        query = tokens[place.patch[0] * place.grid[1] + place.patch[1]]
        keys = {self.encodings.key(path, tile) for path in among}
        whole = set()
        for key, (encoded, _) in self.encodings.kept.items():
            cancellation.check()
            others = encoded.patch_tokens() if key in keys else None
            if others is not None:
                whole.add(key)
                hits.add(key[0], (1 + others @ query).reshape(encoded.grid))
        for key, likeness in self.encodings.tokens.likenesses(query, keys, whole):
            cancellation.check()
            hits.add(key[0], likeness)
        return hits.answer(whole=len(whole))

    def recipe(
        self, mix: Mix, judgement: Judgement, names: dict[str, str], calibration: Calibration | None = None
    ) -> Recipe:
        """All that decides the results of a mix and a judgement, with the names that subspaces were given.

        Raises:
            RuntimeError: no model is loaded.
            SettingsError: its subspaces come from neither a vocabulary nor a checkpoint.
        """
        from tokenclip_core.recipes.building import recipe_of

        inspector: Any = self.comparison.inspector(self.loaded, mix)
        settings = inspector.settings.replace(**mix.changes())
        tiling = tiling_of(inspector, mix.tile) if mix.tile else None
        return recipe_of(inspector, judgement, settings=settings, tiling=tiling, names=names, calibration=calibration)

    def decisive(self, mix: Mix) -> dict[str, Any]:
        """All that decides the scores of a mix, and the engine, as `calibrate` writes it beside a threshold.

        Raises:
            RuntimeError: no model is loaded.
        """
        from tokenclip_core.model.engines.choice import engine_version

        inspector: Any = self.comparison.inspector(self.loaded, mix)
        values = dict(inspector.description())
        values.pop("device", None)
        values |= {"engine": inspector.engine_name, "engine_version": engine_version(inspector.engine_name)}
        values["scoring"] = inspector.settings.replace(**mix.changes()).to_mapping()
        if mix.tile:
            values["tiling"] = tiling_of(inspector, mix.tile).to_mapping()
        if mix.areas:
            values["areas"] = mix.areas.to_mapping()
        return values

    def encoded(self, path: str, cancellation: Cancellation) -> EncodedLike:
        """The encoding of a whole file, which is kept where there is room.

        Raises:
            ImageError: the file can't be read.
            RuntimeError: no model is loaded.
        """
        return self.encodings.of(self.loaded, path, 0, cancellation, make_room=False)[0]

    @property
    def loaded(self) -> InspectorLike:
        """The model.

        Raises:
            RuntimeError: there is none.
        """
        if self._inspector is None:
            raise RuntimeError("no model is loaded")
        return self._inspector


def _running(inspector: InspectorLike | None) -> RunningEngine | None:
    """What runs a model; None for a stand-in of tests."""
    found = getattr(inspector, "engine", None)
    return found if isinstance(found, RunningEngine) else None


def _recipe_of(inspector: InspectorLike) -> list[str]:
    """The file of the recipe that describes a model, in a list; an empty one where there is none."""
    recipe = getattr(inspector, "from_file", None)
    return [str(recipe.file)] if isinstance(recipe, Recipe) else []
