"""The model behind the window: loads it, inspects parts, and keeps what the encoder said of the last ones.

An `Engine` lives in the inference thread; nothing else touches it. No Qt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.editing.adjustments import Mix
from app.evidence.comparison import Comparison, evidence_facts
from app.gallery.model import PatchPlace, SearchAnswer
from app.gallery.patch_search import TOKEN_BYTES, EncodingKey, Hits, TokenStore
from app.parts.images import ImageStore
from app.parts.state import (
    ModelChoice,
    ModelFacts,
    PartResult,
    ScoringFacts,
)
from app.process.heavy_imports import imports_without_stalls
from app.work.inspector_like import EncodedLike, InspectorLike
from app.work.jobs import Cancellation
from app.work.part_results import part_result
from tokenclip_core.judgement.calibration import Calibration
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.lru import LruCache
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
    for library in imports_of(name, options):
        between()
        import_module(library)
    between()


class Engine:
    """Inspects parts by path; every method is called in the inference thread only."""

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
        self._encoded: LruCache[EncodingKey, tuple[EncodedLike, float]] = LruCache(encoded_bytes)
        self._longest: dict[str, int] = {}
        self._tokens = TokenStore(token_bytes)
        self._bits = images.bits
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
        """Go on with another model; what was kept of parts is forgotten."""
        self.release()
        self._inspector = inspector
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
        )

    def lend(self, key: str) -> InspectorLike | None:
        """The loaded model if it was loaded by this key, so that another one can share its backbone."""
        return self._inspector if key == self._key_loaded else None

    def release(self) -> None:
        """Have no model any more, and give back the memory of all that it said."""
        self._inspector = None
        self._key_loaded = ""
        self._encoded.clear()
        self._tokens.clear()
        self.comparison.clear()

    def forget(self, path: str) -> None:
        """Read and encode a file afresh when it is asked for next."""
        self._encoded.discard_if(lambda key: key[0] == path)
        self._longest.pop(path, None)
        self._tokens.forget(path)
        self._images.discard(path)

    def forget_encodings(self) -> None:
        """Give the memory of the encodings back; parts are encoded again when they are asked for."""
        self._encoded.clear()

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
        kept = self._kept(inspector, path, mix.tile, cancellation, make_room=make_room)
        if make_room:
            cancellation.check()
        started = time.perf_counter()
        settings = inspector.settings.replace(**mix.changes())
        result = inspector.score(kept[0], settings, ignored=mix.areas or None)
        seconds = kept[1] + time.perf_counter() - started
        key = self._key(path, mix.tile)
        if key not in self._tokens:
            tokens = kept[0].patch_tokens()
            if tokens is not None:
                self._tokens.remember(key, tokens, result.token_map)
        return result, seconds

    def inspect_pixels(self, pixels: npt.NDArray[np.uint8], mix: Mix, cancellation: Cancellation) -> PartResult:
        """Inspect (H, W, 3) uint8 RGB by the same steps as a file's; nothing of it is kept.

        Raises:
            RuntimeError: no model is loaded.
        """
        inspector = self.comparison.of_frames(self.loaded, mix)
        started = time.perf_counter()
        encoded = _encode(inspector, pixels, mix.tile, cancellation)
        cancellation.check()
        result = inspector.score(encoded, inspector.settings.replace(**mix.changes()), ignored=mix.areas or None)
        return part_result(result, milliseconds=1000 * (time.perf_counter() - started))

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
        tokens = self._kept(self.loaded, place.path, tile, cancellation)[0].patch_tokens()
        hits = Hits(place)
        if tokens is None:
            return hits.answer(whole=0)
        query = tokens[place.patch[0] * place.grid[1] + place.patch[1]]
        keys = {self._key(path, tile) for path in among}
        whole = set()
        for key, (encoded, _) in self._encoded.items():
            cancellation.check()
            others = encoded.patch_tokens() if key in keys else None
            if others is not None:
                whole.add(key)
                hits.add(key[0], (1 + others @ query).reshape(encoded.grid))
        for key, likeness in self._tokens.likenesses(query, keys, whole):
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
        tiling = _tiling(inspector, mix.tile) if mix.tile else None
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
            values["tiling"] = _tiling(inspector, mix.tile).to_mapping()
        if mix.areas:
            values["areas"] = mix.areas.to_mapping()
        return values

    def encoded(self, path: str, cancellation: Cancellation) -> EncodedLike:
        """What the encoder says of a whole file; it is kept where there is room.

        Raises:
            ImageError: the file can't be read.
            RuntimeError: no model is loaded.
        """
        return self._kept(self.loaded, path, 0, cancellation, make_room=False)[0]

    @property
    def loaded(self) -> InspectorLike:
        """The model.

        Raises:
            RuntimeError: there is none.
        """
        if self._inspector is None:
            raise RuntimeError("no model is loaded")
        return self._inspector

    def _key(self, path: str, tile: int) -> EncodingKey:
        """Under which key a part's encoding is kept: parts that fit into a tile are not cut."""
        return path, tile if self._longest.get(path, 0) > tile else 0

    def _kept(
        self, inspector: InspectorLike, path: str, tile: int, cancellation: Cancellation, *, make_room: bool = True
    ) -> tuple[EncodedLike, float]:
        """What the encoder says of a file, and the seconds that it took."""
        if self._images.bits != self._bits:
            # All pictures are read otherwise now: what was said of them is of other pixels.
            self._bits = self._images.bits
            self._encoded.clear()
            self._longest.clear()
            self._tokens.clear()
        kept = self._encoded.get(self._key(path, tile)) if path in self._longest else None
        if kept is None:
            image = self._images.load(Path(path))
            cancellation.check()
            self._longest[path] = max(image.shape[:2])
            started = time.perf_counter()
            encoded = _encode(inspector, image, tile, cancellation)
            kept = (encoded, time.perf_counter() - started)
            if make_room or self._encoded.has_room(encoded.nbytes):
                self._encoded.put(self._key(path, tile), kept, encoded.nbytes)
        return kept


def _encode(
    inspector: InspectorLike, image: npt.NDArray[np.uint8], tile: int, cancellation: Cancellation
) -> EncodedLike:
    """Encode (H, W, 3) uint8 RGB, in tiles if it is larger than one."""
    encoded: EncodedLike
    if tile and max(image.shape[:2]) > tile:
        encoded = inspector.encode_tiled(image, _tiling(inspector, tile), between=cancellation.check)
    else:
        encoded = inspector.encode([image])[0]
    return encoded


def _tiling(inspector: InspectorLike, tile: int) -> Any:
    """Tiles of a side; where a recipe has such tiles, with its overlap."""
    from tokenclip_core.inspection.tiling import Tiling

    own = getattr(inspector, "tiling", None)
    return own if isinstance(own, Tiling) and own.tile == tile else Tiling.of_side(tile)


def _recipe_of(inspector: InspectorLike) -> list[str]:
    """The file of the recipe that describes a model, in a list; an empty one where there is none."""
    recipe = getattr(inspector, "from_file", None)
    return [str(recipe.file)] if isinstance(recipe, Recipe) else []
