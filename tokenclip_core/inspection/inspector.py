"""Images in, results out: the expensive encoding and the cheap scoring, apart so that the first can be kept.

A part is resized to whole patches, encoded once into visual tokens (`Inspector.encode`), and scored from their
similarities to the textual subspaces (`Inspector.score`), as often as settings change.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.channels import EvidenceKind
from tokenclip_core.evidence.consensus import FEWEST_ALIKE, ConsensusPool
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.inspection import comparing
from tokenclip_core.inspection.encoded_part import EncodedPart, IgnoredAreas, ignored_patches
from tokenclip_core.inspection.encoding import MAX_BATCH, PreparedPart, encode_others, encode_parts, prepare_part
from tokenclip_core.inspection.preprocessing import check_image, groups_of_equal_size
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.inspection.scored_part import inspection_result
from tokenclip_core.inspection.tiled_inspection import encode_tiles, score_tiles
from tokenclip_core.inspection.tiled_part import TiledPart, TiledResult
from tokenclip_core.inspection.tiling import Tiling
from tokenclip_core.judgement.areas import Areas
from tokenclip_core.judgement.findings import SubspaceResult
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.model.catalog import find_checkpoint, find_model, read_defaults
from tokenclip_core.model.description import ModelDescription
from tokenclip_core.model.engines.choice import EngineRequest, open_engine
from tokenclip_core.model.engines.interface import Engine
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.scoring.token_scores import TokenScores, score_tokens, token_similarities
from tokenclip_core.subspaces.checkpoint import CheckpointInfo, load_checkpoint, read_info
from tokenclip_core.subspaces.naming import Naming, read_naming
from tokenclip_core.subspaces.stored_texts import know_texts
from tokenclip_core.subspaces.textual import DESCRIPTORS, TextualSubspaces, from_descriptors
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary, default_vocabulary

if TYPE_CHECKING:
    from tokenclip_core.inspection.folder import FolderPart
    from tokenclip_core.model.backbone import Backbone
    from tokenclip_core.recipes.recipe import Recipe

RgbImage = npt.NDArray[np.uint8]

_SMALLEST_IMAGE_SIZE = 16
_LARGEST_IMAGE_SIZE = 4096


class Inspector:
    """Zero-shot inspection with one backbone and one set of textual subspaces.

    Attributes:
        engine: runs the frozen CLIP's image tower.
        subspaces: the textual subspaces in use.
        settings: scoring settings used unless others are given.
        image_size: side in pixels that a square part gets.
        layers: 1-based blocks tapped for the map.
        first_vv_block: first block of the dense path, 0-based.
        model_name: of the backbone.
        checkpoint: what is known of the checkpoint in use, or None.
        checkpoint_name: file name of that checkpoint, or "".
        vocabulary: the descriptor vocabulary at hand, for descriptors and for naming.
        areas: what of a part is inspected where a call says nothing about it; None for the whole part.
        tiling: how large parts are cut where a call says nothing about it; None for not at all.
        from_file: the recipe that it was made from, or None.
        evidence: which evidence decides, and what parts are compared with.
        encoded_before: parts by the hash of their content, which inspection does not encode again.
    """

    def __init__(
        self,
        engine: Engine | Backbone,
        subspaces: TextualSubspaces,
        settings: ScoringSettings | None = None,
        *,
        image_size: int | None = None,
        layers: Sequence[int] | None = None,
        first_vv_block: int | None = None,
        vocabulary: DescriptorVocabulary | None = None,
        checkpoint: CheckpointInfo | None = None,
        checkpoint_name: str = "",
        evidence: Evidence | None = None,
        naming: Naming | None = None,
    ) -> None:
        """Put an inspector together; `from_pretrained` does it by name.

        Args:
            engine: runs the image tower; a backbone runs in torch.
            subspaces: of its model.
            settings: None for the defaults.
            image_size: side in pixels that a square part gets; None for the model's own.
            layers: 1-based blocks to tap; None for the model's own.
            first_vv_block: first block of the dense path, 0-based; None for the model's own.
            vocabulary: None for the bundled one.
            checkpoint: where the subspaces come from.
            checkpoint_name: file name of it.
            evidence: what decides beside the text; None for the text alone.
            naming: says what regions look most like, where the subspaces come from a vocabulary; None to name none.

        Raises:
            SettingsError: subspaces of another width, or an impossible image size.
        """
        self.engine = engine if isinstance(engine, Engine) else _in_torch(engine)
        model = self.engine.model
        if subspaces.embeddings.shape[2] != model.embed_dim:
            raise SettingsError(
                f"the subspaces are {subspaces.embeddings.shape[2]} wide, the backbone {model.embed_dim}; "
                "they belong to another model."
            )
        self.subspaces = subspaces
        self.settings = settings if settings is not None else ScoringSettings()
        self.image_size = image_size if image_size is not None else model.default_image_size
        if not _SMALLEST_IMAGE_SIZE <= self.image_size <= _LARGEST_IMAGE_SIZE:
            raise SettingsError(
                f"image_size is {self.image_size}; it must be {_SMALLEST_IMAGE_SIZE} to {_LARGEST_IMAGE_SIZE} pixels."
            )
        self.layers = tuple(layers) if layers is not None else model.layers
        self.first_vv_block = first_vv_block if first_vv_block is not None else model.first_vv_block
        self.model_name = model.name
        self.vocabulary = vocabulary if vocabulary is not None else default_vocabulary()
        self.checkpoint = checkpoint
        self.checkpoint_name = checkpoint_name
        self.areas: Areas | None = None
        self.tiling: Tiling | None = None
        self.from_file: Recipe | None = None
        self.evidence = evidence if evidence is not None else Evidence()
        self.naming = naming
        self._names = naming.to(subspaces.embeddings) if naming and subspaces.origin == DESCRIPTORS else None
        self.encoded_before: Mapping[str, EncodedPart] = {}

    @classmethod
    def from_recipe(
        cls,
        recipe: Recipe | str | os.PathLike[str],
        *,
        model: str | os.PathLike[str] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        device: str = "auto",
        precision: str = "auto",
        engine: str = "auto",
        threads: int = 0,
    ) -> Self:
        """Load what a recipe describes: model, subspaces, size, scoring, and the areas and tiles of its calls.

        Args:
            recipe: a recipe, or its file. How parts are judged, `recipe.judgement` says.
            model: where the recipe's model lies, if it is not found by its name.
            checkpoint: where the recipe's learned subspaces lie, if not with the model or beside the recipe.
            device: as for `from_pretrained`.
            precision: as for `from_pretrained`.
            engine: as for `from_pretrained`.
            threads: as for `from_pretrained`.

        Raises:
            ModelError, CheckpointError, SettingsError: it can't be followed here, or other weights are here.
        """
        from tokenclip_core.recipes.building import inspector_of
        from tokenclip_core.recipes.recipe import Recipe as RecipeValue

        value = recipe if isinstance(recipe, RecipeValue) else RecipeValue.load(os.fspath(recipe))
        where: dict[str, Any] = {"model": model, "checkpoint": checkpoint}
        return inspector_of(cls, value, **where, device=device, precision=precision, engine=engine, threads=threads)

    @classmethod
    def from_pretrained(
        cls,
        name: str | os.PathLike[str] = "compact",
        *,
        device: str = "auto",
        precision: str = "auto",
        checkpoint: str | os.PathLike[str] | None = None,
        descriptors: str | os.PathLike[str] | DescriptorVocabulary | None = None,
        image_size: int | None = None,
        engine: str | Engine = "auto",
        threads: int = 0,
        backbone: Backbone | None = None,
    ) -> Self:
        """Load a model by name or folder, from this machine only.

        Args:
            name: a known name such as ``compact``, or the path of a model folder.
            device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
            precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``, of the image tower.
            checkpoint: file with learned subspaces, or the name of one that came with the model.
            descriptors: vocabulary file; it gives the subspaces unless a checkpoint does.
            image_size: side in pixels that a square part gets; None for the checkpoint's or the model's own.
            engine: what runs the image tower: ``auto``, ``torch``, ``openvino``, ``onnxruntime``; or this model's
                engine of another inspector, to be shared: device, precision and threads are its own then.
            threads: cores of the processor to use; 0 for all of them.
            backbone: this model's in torch, loaded before, to be shared; it stands for an engine.

        Raises:
            ModelError, CheckpointError, DescriptorsError, DeviceError, SettingsError: see their messages.
        """
        if isinstance(descriptors, DescriptorVocabulary):
            vocabulary: DescriptorVocabulary | None = descriptors
        else:
            vocabulary = DescriptorVocabulary.from_file(descriptors) if descriptors is not None else None
        folder = find_model(name)
        defaults = read_defaults(folder)
        if checkpoint is None and vocabulary is None:
            checkpoint = defaults.checkpoint
        if vocabulary is None:
            file = defaults.descriptors
            vocabulary = default_vocabulary() if file is None else DescriptorVocabulary.from_file(file)
        learned_file = None if checkpoint is None else find_checkpoint(checkpoint, folder)
        known = None if learned_file is None else read_info(learned_file)
        taps = (None, None) if known is None else (known.layers, known.first_vv_block)
        shared = engine if isinstance(engine, Engine) else None if backbone is None else _in_torch(backbone)
        wanted = engine if isinstance(engine, str) else engine.name
        request = EngineRequest(wanted, device, precision, threads, *taps)
        opened = open_engine(folder, defaults, request, shared)
        know_texts(folder, opened.weights_sha256)
        naming = read_naming(folder, opened.weights_sha256)
        if learned_file is None:
            return cls(
                opened,
                from_descriptors(opened, vocabulary),
                defaults.scoring,
                image_size=image_size or defaults.image_size,
                vocabulary=vocabulary,
                evidence=Evidence(scale=defaults.evidence),
                naming=naming,
            )
        learned = load_checkpoint(learned_file, opened.model)
        info = learned.info
        return cls(
            opened,
            learned.subspaces,
            info.scoring if info.scoring is not None else defaults.scoring,
            image_size=image_size or info.image_size or defaults.image_size,
            layers=info.layers,
            first_vv_block=info.first_vv_block,
            vocabulary=vocabulary,
            checkpoint=info,
            checkpoint_name=learned_file.name,
            evidence=Evidence(scale=defaults.evidence),
            naming=naming,
        )

    @property
    def model(self) -> ModelDescription:
        """What is known of the backbone."""
        return self.engine.model

    @property
    def backbone(self) -> Backbone:
        """The backbone in torch, which new texts and training need."""
        return self.engine.backbone

    @property
    def model_hash(self) -> str:
        """SHA-256 of the backbone's weights."""
        return self.model.weights_sha256

    @property
    def engine_name(self) -> str:
        """What runs the backbone, as `--engine` takes it."""
        return self.engine.name

    @property
    def device_name(self) -> str:
        """Where the backbone computes, such as ``cpu`` or ``cuda:0``."""
        return self.engine.device_name

    @property
    def precision_name(self) -> str:
        """``fp32``, ``bf16`` or ``fp16``."""
        return self.engine.precision_name

    def description(self) -> dict[str, Any]:
        """What a run must record to be repeated, as plain JSON values."""
        return {
            "model": self.model_name,
            "model_sha256": self.model_hash,
            "checkpoint": self.checkpoint_name,
            "engine": self.engine.name,
            "device": self.device_name,
            "precision": self.precision_name,
            "image_size": self.image_size,
            "layers": list(self.layers),
            "first_vv_block": self.first_vv_block,
            "subspaces": [subspace.name for subspace in self.subspaces.subspaces],
            "subspaces_origin": self.subspaces.origin,
            "subspaces_sha256": self.subspaces.fingerprint,
            **({"vocabulary_sha256": self.vocabulary.fingerprint} if self.subspaces.origin == "descriptors" else {}),
            "scoring": self.settings.to_mapping(),
            "evidence": self.evidence.description(),
        }

    def recipe(self, judgement: Judgement, *, tiling: Tiling | None = None, title: str = "") -> Recipe:
        """All that decides how this inspector's parts are judged; `save` writes it, `from_recipe` reads it.

        Args:
            judgement: how parts are judged.
            tiling: how large parts are cut; None for the inspector's own.
            title: for people.

        Raises:
            SettingsError: its subspaces come from neither a vocabulary nor a checkpoint.
        """
        from tokenclip_core.recipes.building import recipe_of

        return recipe_of(self, judgement, tiling=self.tiling if tiling is None else tiling, title=title)

    def with_subspaces(self, subspaces: TextualSubspaces) -> Inspector:
        """An inspector with the same backbone and settings and other subspaces; parts encoded before can be scored."""
        settings = self.settings.replace(muted=frozenset())
        return Inspector(
            self.engine,
            subspaces,
            settings,
            image_size=self.image_size,
            layers=self.layers,
            first_vv_block=self.first_vv_block,
            vocabulary=self.vocabulary,
            evidence=self.evidence,
            naming=self.naming,
        )

    def with_evidence(
        self, kind: EvidenceKind | None = None, pools: Sequence[ConsensusPool] | None = None, *, frozen: bool = False
    ) -> Self:
        """An inspector that is the same but for the evidence that decides.

        Args:
            kind: one channel, or ``fused`` for all that speak; None for the same as now.
            pools: of consensus; None for the same as now.
            frozen: whether these pools hold for every folder, as those of a recipe do, so that scores made with others
                can't be compared; otherwise they are the folder's own.

        Raises:
            SettingsError: the model has no constants for this evidence.
        """
        changes: dict[str, Any] = {} if kind is None else {"kind": kind}
        changes |= {} if pools is None else {"pools": tuple(pools), "frozen": frozen and bool(pools)}
        other = copy.copy(self)
        other.evidence = replace(self.evidence, **changes)
        other.encoded_before = {}
        return other

    def with_reach(self, reach: float | None) -> Self:
        """An inspector of parts that lie in the same place in every picture, or anywhere.

        Args:
            reach: how far from its own place a patch is compared with those of other parts, as a share of the part's
                height and width, such as `evidence.places.DEFAULT_REACH`; None where parts lie anywhere.

        Raises:
            SettingsError: not in (0, 1], or it has pools or good parts already, which were put together for another
                reach.
        """
        if reach != self.evidence.reach and self.evidence.compares:
            raise SettingsError("say whether parts lie in the same place before there are pools or good parts.")
        other = copy.copy(self)
        other.evidence = replace(self.evidence, reach=reach)
        other.encoded_before = {}
        return other

    def with_references(self, good: Sequence[EncodedPart], names: Sequence[str] | None = None) -> Self:
        """An inspector that compares parts with some good ones too, and takes its scale from what these give.

        Args:
            good: good parts, from `encode`.
            names: as people call them; None for numbers.

        Raises:
            SettingsError: there are none, or they come from another model.
        """
        called = [str(number) for number in range(1, len(good) + 1)] if names is None else names
        other = copy.copy(self)
        other.evidence = comparing.with_good_parts(self.evidence, zip(called, good, strict=True))
        few = good[: comparing.MOST_SCALING_PARTS]
        other.evidence = comparing.scaled_by_good_parts(other.evidence, few, self.text_scores(few))
        return other

    def pools_of(self, parts: Sequence[EncodedPart], seed: int = 0) -> tuple[ConsensusPool, ...]:
        """Pools that consensus can compare with, from encoded parts of a folder; one for each kind of part.

        Args:
            parts: from `encode`, in any order; none is known to be good.
            seed: of the choice among many.
        """
        return self.with_typical(comparing.gathered_pools(parts, self.evidence, seed), parts)

    def with_typical(self, pools: Iterable[ConsensusPool], parts: Iterable[EncodedPart]) -> tuple[ConsensusPool, ...]:
        """Pools that know what is typical of their parts, see `evidence.typical`.

        Args:
            pools: of this model.
            parts: at least those that the pools are made of, with their tokens.
        """
        by_hash = {part.sha256: part for part in parts}
        found = []
        for pool in pools:
            own = [by_hash[part.sha256] for part in pool.parts if part.sha256 in by_hash]
            found.append(comparing.with_typical(pool, self.evidence, own, self.text_scores(own)))
        return tuple(found)

    def inspect(
        self, image: RgbImage, *, ignored: IgnoredAreas | None = None, tiling: Tiling | None = None
    ) -> InspectionResult:
        """Inspect one part.

        Args:
            image: (H, W, 3) uint8 RGB.
            ignored: areas to leave out, as for `score`.
            tiling: cut a part that is larger than a tile, see `encode_tiled`; the result is a `TiledResult` then. None
                for the inspector's own.

        Raises:
            ImageError: not such an image.
            SettingsError: ignored areas of another size.
        """
        check_image(image)
        tiling = self.tiling if tiling is None else tiling
        if tiling is not None and tiling.cuts(*image.shape[:2]):
            return self._score_tiled(self.encode_tiled(image, tiling), self.settings, ignored)
        (encoded,) = self._encode([image], keep_features=False, keep_tokens=self._names is not None)
        return self.score(encoded, ignored=ignored)

    def inspect_batch(
        self,
        images: Sequence[RgbImage],
        *,
        ignored: Areas | None = None,
        tiling: Tiling | None = None,
        consensus: bool = True,
    ) -> list[InspectionResult]:
        """Inspect several parts of any sizes; results in their order.

        Where more than eight of them look alike, they are compared with each other, unless the inspector has frozen
        pools; otherwise results equal those of single calls but for rounding.

        Args:
            images: (H, W, 3) uint8 RGB each.
            ignored: areas to leave out of every part, as for `score`.
            tiling: cut the parts that are larger than a tile, as for `inspect`.
            consensus: whether they are compared with each other.
        """
        for image in images:
            check_image(image)
        tiling = self.tiling if tiling is None else tiling
        whole = sum(tiling is None or not tiling.cuts(*image.shape[:2]) for image in images)
        gather = consensus and whole > FEWEST_ALIKE and not self.evidence.pools and self.evidence.kind != "text"
        encoded = self.encode_batch(images, tiling=tiling, keep_tokens=gather)
        if not gather:
            return self.score_batch(encoded, ignored=ignored)
        pools = self.pools_of([part for part in encoded if isinstance(part, EncodedPart)])
        return self.with_evidence(pools=pools).score_batch(encoded, ignored=ignored)

    def prepare(self, image: RgbImage) -> PreparedPart:
        """Resize and normalise one part for `encode_batch`; in any thread, while the model works on others.

        Raises:
            ImageError: not a (H, W, 3) uint8 image.
        """
        return prepare_part(image, self.model, self.image_size)

    def encode_batch(
        self,
        images: Sequence[RgbImage | PreparedPart],
        *,
        tiling: Tiling | None = None,
        keep_tokens: bool = False,
    ) -> list[EncodedPart | TiledPart]:
        """The first half of `inspect_batch`, for who scores in another thread; visual tokens are not kept.

        Args:
            images: (H, W, 3) uint8 RGB each, or from `prepare`; what is prepared is not cut.
            tiling: cut the parts that are larger than a tile, as for `inspect`.
            keep_tokens: whether the parts keep the tokens that other parts are compared by.

        Raises:
            ImageError: one of them is not such an image.
        """
        tiling = self.tiling if tiling is None else tiling
        cut = {}
        for index, image in enumerate(images):
            if isinstance(image, PreparedPart):
                continue
            check_image(image)
            if tiling is not None and tiling.cuts(*image.shape[:2]):
                cut[index] = image
        whole = iter(
            self._encode(
                [image for index, image in enumerate(images) if index not in cut],
                keep_features=False,
                keep_tokens=keep_tokens,
            )
        )
        return [
            self.encode_tiled(cut[index], tiling) if tiling is not None and index in cut else next(whole)
            for index in range(len(images))
        ]

    def score_batch(
        self,
        encoded: Sequence[EncodedPart | TiledPart],
        settings: ScoringSettings | None = None,
        *,
        ignored: Areas | None = None,
    ) -> list[InspectionResult]:
        """The second half of `inspect_batch`: results of encoded parts in their order, equal grids scored together.

        Args:
            encoded: from `encode_batch`, or as for `score`.
            settings: None for the inspector's own.
            ignored: areas to leave out of every part, as for `score`.
        """
        settings = settings if settings is not None else self.settings
        ignored = self.areas if ignored is None else ignored
        results: list[InspectionResult | None] = [None] * len(encoded)
        whole: list[tuple[int, EncodedPart]] = []
        for index, part in enumerate(encoded):
            if isinstance(part, TiledPart):
                results[index] = self._score_tiled(part, settings, ignored)
            else:
                whole.append((index, part))
        for places in groups_of_equal_size([part.input_size for _, part in whole], MAX_BATCH):
            group = [whole[place][1] for place in places]
            left_out = None if ignored is None else ignored_patches(ignored, group[0])
            scored = self._score(group, settings, left_out)
            for place, result in zip(places, scored, strict=True):
                results[whole[place][0]] = result
        return [result for result in results if result is not None]

    def inspect_folder(
        self,
        folder: str | os.PathLike[str],
        *,
        references: Sequence[str | os.PathLike[str]] = (),
        pool: Sequence[ConsensusPool] | None = None,
        tiling: Tiling | None = None,
        bits: int | None = None,
        batch_size: int = MAX_BATCH // 2,
    ) -> Iterator[FolderPart]:
        """Inspect the images of a folder, compared with each other; see `FolderPart`.

        Args:
            folder: with its folders below, or one image.
            references: folders of good parts, or images of them, to compare with too.
            pool: frozen pools; None for those of this folder, or the inspector's own frozen ones.
            tiling: how large parts are cut, as for `inspect`.
            bits: of 16-bit pictures, as in `load_image`.
            batch_size: parts that are encoded together.
        """
        from tokenclip_core.inspection.folder import inspected_folder

        tiling = self.tiling if tiling is None else tiling
        return inspected_folder(self, folder, references, pool, tiling, bits, batch_size)

    def encode(self, images: Sequence[RgbImage | PreparedPart], *, for_texts: bool = True) -> list[EncodedPart]:
        """Encode parts of any sizes, the expensive half; equal grids share a forward pass, results in their order.

        Args:
            images: (H, W, 3) uint8 RGB each, or from `prepare`.
            for_texts: whether they keep what other texts can be compared with later; without it they take less memory,
                and keep the tokens that other parts are compared by.

        Raises:
            ImageError: one of them is not a (H, W, 3) uint8 image.
        """
        return self._encode(images, keep_features=for_texts, keep_tokens=True)

    def encode_tiled(
        self, image: RgbImage, tiling: Tiling, *, between: Callable[[], object] | None = None
    ) -> TiledPart:
        """Encode a large part tile by tile, each as if it were a part; small defects keep their pixels.

        Args:
            image: (H, W, 3) uint8 RGB.
            tiling: how to cut it.
            between: called before every few tiles; what it raises ends the encoding.

        Raises:
            ImageError: not such an image.
        """
        check_image(image)
        return encode_tiles(image, tiling, self.encode, between)

    def score(
        self,
        encoded: EncodedPart | TiledPart,
        settings: ScoringSettings | None = None,
        *,
        ignored: IgnoredAreas | None = None,
    ) -> InspectionResult:
        """Score an encoded part, the cheap half: transport, map, score. No encoder runs.

        Args:
            encoded: from `encode`, of this backbone; other subspaces than now are fine. Or from `encode_tiled`, of this
                backbone and these subspaces; the result is a `TiledResult` then.
            settings: None for the inspector's own.
            ignored: areas to leave out: (H, W) or (gh, gw), non-zero where ignored, or `Areas`; of a tiled part not
                (gh, gw); None for the inspector's own. The encoder has seen them all the same; a patch of which more
                than half is ignored leaves the transport problem (its row of the plan is 0, the others share the
                mass), the map (0 there) and the score.

        Raises:
            SettingsError: settings or areas that don't fit.
        """
        settings = settings if settings is not None else self.settings
        if isinstance(encoded, TiledPart):
            return self._score_tiled(encoded, settings, ignored)
        ignored = self.areas if ignored is None else ignored
        left_out = None if ignored is None else ignored_patches(ignored, encoded)
        (result,) = self._score([encoded], settings, left_out)
        return result

    def _score_tiled(self, encoded: TiledPart, settings: ScoringSettings, ignored: IgnoredAreas | None) -> TiledResult:
        """Score each tile by itself, and put together what they say."""
        ignored = self.areas if ignored is None else ignored
        silent = tuple(
            SubspaceResult(subspace.name, subspace.colour, 0.0, 0.0, 0.0, index in settings.muted)
            for index, subspace in enumerate(self.subspaces.subspaces)
        )
        return score_tiles(encoded, ignored, silent, lambda parts, own: self._score(parts, settings, own), MAX_BATCH)

    def _encode(
        self, images: Sequence[RgbImage | PreparedPart], *, keep_features: bool, keep_tokens: bool = False
    ) -> list[EncodedPart]:
        def encode(some: Sequence[PreparedPart]) -> list[EncodedPart]:
            return encode_parts(
                self.engine,
                self.subspaces,
                some,
                layers=self.layers,
                first_vv_block=self.first_vv_block,
                keep_features=keep_features,
                keep_tokens=keep_features or keep_tokens or self.evidence.compares,
            )

        prepared = [image if isinstance(image, PreparedPart) else self.prepare(image) for image in images]
        return encode(prepared) if keep_features else encode_others(prepared, self.encoded_before, encode)

    def _current(self, part: EncodedPart) -> EncodedPart:
        """The part with similarities to the subspaces in use."""
        if part.fingerprint == self.subspaces.fingerprint:
            return part
        if part.patch_features is None or part.global_feature.shape[0] != self.model.embed_dim:
            raise SettingsError("this part was encoded for other subspaces or another model; encode it again.")
        embeddings = self.subspaces.embeddings
        return replace(
            part,
            similarities=token_similarities(part.patch_features, embeddings),
            global_similarities=token_similarities(part.global_feature, embeddings),
            fingerprint=self.subspaces.fingerprint,
        )

    def _score(
        self, parts: Sequence[EncodedPart], settings: ScoringSettings, ignored: npt.NDArray[np.bool_] | None
    ) -> list[InspectionResult]:
        """Score parts of one grid together, ``ignored`` (gh, gw) left out of all of them."""
        scored = self._score_tokens(parts, settings)
        current = [self._current(part).restricted_to(settings.layers) for part in parts]
        known = self.subspaces.subspaces
        return [
            inspection_result(part, tokens, known, settings, ignored, self.evidence, self._names)
            for part, tokens in zip(current, scored, strict=True)
        ]

    def text_scores(self, parts: Sequence[EncodedPart]) -> list[TokenScores]:
        """What TokenCLIP alone says of parts of any sizes, in their order, before any evidence is added."""
        return [self._score_tokens([part], self.settings)[0] for part in parts]

    def _score_tokens(self, parts: Sequence[EncodedPart], settings: ScoringSettings) -> list[TokenScores]:
        """What TokenCLIP says of parts of one grid, all their patches together."""
        current = [self._current(part).restricted_to(settings.layers) for part in parts]

        def step(engine: Engine) -> list[TokenScores]:
            return score_tokens(
                engine.place(np.stack([part.similarities for part in current])),
                engine.place(np.stack([part.global_similarities for part in current])),
                engine.place(self.subspaces.embeddings),
                current[0].grid,
                current[0].input_size,
                settings,
                rarities=engine.place(np.stack([part.rarities for part in current])),
            )

        return self.engine.run(step)


def _in_torch(backbone: Backbone) -> Engine:
    from tokenclip_core.model.engines.torch_engine import TorchEngine

    return TorchEngine(backbone)
