"""A quick stand-in for the model: it calls bright or dark spots anomalous. For tests only."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tokenclip_core.errors import ModelError
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.inspection.tiling import Tiling
from tokenclip_core.judgement.areas import Areas
from tokenclip_core.judgement.findings import SubspaceResult
from tokenclip_core.subspaces.textual import PALETTE

PATCH = 8
WAIT = 60_000
"""Milliseconds that a test waits for something at most; a loaded machine may be many times slower than this one."""

ENDS_SECONDS = 60.0
"""So long a thread may take to end: on a busy machine, the first that imports a library takes its time, and what hangs
hangs for good."""

Start = Callable[..., Any]
"""Starts the window on paths, see the fixture `start`."""
Spot = tuple[slice, slice]
NAMES = ("crack", "scratch", "hole", "stain", "dent", "contamination", "missing part", "deformation of a long name")
COLOURS = PALETTE[: len(NAMES)]


@dataclass(frozen=True)
class FakeSettings:
    muted: frozenset[int] = frozenset()
    assignment: str = "transport"
    top_k: int = 2
    epsilon: float = 0.02
    sigma: float = 4.0
    layers: tuple[int, ...] = ()
    rarity_scale: float = 0.0
    tolerated: tuple[tuple[int, float], ...] = ()

    def replace(self, **changes: Any) -> FakeSettings:
        return dataclasses.replace(self, **changes)

    def to_mapping(self) -> dict[str, Any]:
        tolerated = [list(pair) for pair in self.tolerated]
        lists = {"muted": sorted(self.muted), "layers": list(self.layers), "tolerated": tolerated}
        return dataclasses.asdict(self) | lists


@dataclass(frozen=True)
class FakeSubspace:
    name: str
    colour: tuple[int, int, int]


@dataclass(frozen=True)
class FakeSubspaces:
    subspaces: tuple[FakeSubspace, ...] = tuple(FakeSubspace(n, c) for n, c in zip(NAMES, COLOURS, strict=True))
    fingerprint: str = "eight"


@dataclass(frozen=True)
class FakeEncoded:
    image: npt.NDArray[np.uint8]
    patch: int = PATCH

    @property
    def nbytes(self) -> int:
        return self.image.nbytes

    @property
    def grid(self) -> tuple[int, int]:
        return max(1, self.image.shape[0] // self.patch), max(1, self.image.shape[1] // self.patch)

    def patch_tokens(self) -> npt.NDArray[np.float32]:
        """A patch's mean colour beside a constant, of unit length: like colours are like patches."""
        gh, gw = self.grid
        whole = self.image[: gh * self.patch, : gw * self.patch]
        patches = whole.reshape(gh, whole.shape[0] // gh, gw, -1, 3)
        colours = patches.mean(axis=(1, 3)).reshape(gh * gw, 3)
        tokens = np.column_stack([colours, np.full(gh * gw, 64.0)])
        return (tokens / np.linalg.norm(tokens, axis=1, keepdims=True)).astype(np.float32)


@dataclass
class Loads:
    """Names of the models that were loaded, each of them a stand-in."""

    names: list[str] = field(default_factory=list)

    def load(self, name: str) -> FakeInspector:
        self.names.append(name)
        return FakeInspector()


@dataclass
class FakeInspector:
    """Set `gate` to hold back encoding, `failures` to fail for so many times."""

    model_name: str = "compact"
    device_name: str = "cpu"
    precision_name: str = "fp32"
    checkpoint_name: str = ""
    engine_name: str = "torch"
    subspaces: FakeSubspaces = field(default_factory=FakeSubspaces)
    settings: FakeSettings = field(default_factory=FakeSettings)
    gate: threading.Event | None = None
    entered: threading.Event = field(default_factory=threading.Event)
    failures: int = 0
    encoded: int = 0
    tiles: list[int] = field(default_factory=list)
    layers: tuple[int, ...] = (1,)

    def description(self) -> dict[str, Any]:
        return {"model_sha256": self.model_name, "subspaces_sha256": self.subspaces.fingerprint, "device": "cpu"}

    def prepare(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        return image

    def encode(self, images: Sequence[npt.NDArray[np.uint8]]) -> list[FakeEncoded]:
        self.entered.set()
        if self.gate is not None:
            self.gate.wait(ENDS_SECONDS)
        if self.failures:
            self.failures -= 1
            raise ValueError("the stand-in fails as it was told")
        self.encoded += 1
        return [FakeEncoded(image) for image in images]

    def encode_tiled(
        self, image: npt.NDArray[np.uint8], tiling: Tiling, *, between: Callable[[], object] | None = None
    ) -> FakeEncoded:
        """Cut parts have patches of half the side."""
        if between is not None:
            between()
        self.tiles.append(tiling.tile)
        return replace(self.encode([image])[0], patch=PATCH // 2)

    def score(
        self, encoded: FakeEncoded, settings: FakeSettings | None = None, *, ignored: Areas | None = None
    ) -> InspectionResult:
        """`epsilon` dims the map a little, so that a test sees that it counts."""
        settings = settings or self.settings
        grey = encoded.image.mean(axis=2)
        height, width = grey.shape
        gh, gw = encoded.grid
        rows = np.minimum(np.arange(height) * gh // height, gh - 1)
        columns = np.minimum(np.arange(width) * gw // width, gw - 1)
        anomaly_map = np.clip(np.abs(grey - np.median(grey)) / 128, 0, 1).astype(np.float32)
        token_map = np.zeros((gh, gw), np.float32)
        np.maximum.at(token_map, (rows[:, None], columns[None, :]), anomaly_map)
        count = len(NAMES)
        heard = np.array([k not in settings.muted for k in range(count)], np.float32)
        phase = np.arange(gh)[:, None, None] * 0.7 + np.arange(gw)[None, :, None] * 0.9 + np.arange(count) * 0.8
        plan = np.exp(2 * np.cos(phase))
        plan = plan / plan.sum(axis=-1, keepdims=True)
        weights = plan * heard
        weights = np.where(weights >= np.sort(weights, axis=-1)[..., -2:-1], weights, 0)
        weights = weights / np.maximum(weights.sum(axis=-1, keepdims=True), 1e-9)
        scale = np.float32(heard.mean() * min(1.0, 0.02 / settings.epsilon))
        kept = gh * gw
        left_out = None if ignored is None else ignored.ignored_patches((gh, gw))
        if ignored is not None and left_out is not None:
            kept = max(1, int((~left_out).sum()))
            plan = plan * ~left_out[..., None]
            weights = weights * ~left_out[..., None]
            token_map = token_map * ~left_out
            anomaly_map = anomaly_map * ~ignored.ignored(height, width)
        masses = weights.sum(axis=(0, 1)) / max(1e-9, weights.sum())
        parts = (weights * token_map[..., None] * scale).astype(np.float32)
        score = float(anomaly_map.max() * scale)
        # Layers say different things, and their mean is the whole.
        apart = 0.1 * (np.arange(len(self.layers)) - (len(self.layers) - 1) / 2)
        similarities = np.stack([0.25 - 0.02 * plan, 0.2 + 0.1 * plan * token_map[..., None]], axis=-1)
        return InspectionResult(
            score=score,
            anomaly_map=anomaly_map * scale,
            token_map=token_map * scale,
            assignment=weights.astype(np.float32),
            transport_plan=(plan / kept).reshape(-1, count).astype(np.float32),
            similarities=similarities.astype(np.float32),
            layer_similarities=(similarities + 0.04 * apart[:, None, None, None, None]).astype(np.float32),
            subspace_maps=parts,
            subspaces=tuple(
                SubspaceResult(
                    name, colour, float(masses[k]), float(parts[..., k].max()), score / count, k in settings.muted
                )
                for k, (name, colour) in enumerate((one.name, one.colour) for one in self.subspaces.subspaces)
            ),
            components={"peak": score},
            layers=self.layers,
            ignored=left_out,
            layer_maps=(token_map * scale * (1 + apart[:, None, None])).astype(np.float32),
            channels={"self": token_map * scale},
        )

    def score_batch(
        self, encoded: Sequence[FakeEncoded], settings: FakeSettings | None = None, *, ignored: Areas | None = None
    ) -> list[InspectionResult]:
        return [self.score(one, settings, ignored=ignored) for one in encoded]


def missing_model(name: str) -> FakeInspector:
    raise ModelError(f"the model {name} is not installed; download it, or choose another one")


def write_parts(
    folder: Path, count: int, size: tuple[int, int], spot: Spot, value: Callable[[int], int | None]
) -> Path:
    """Write grey parts that differ by their number, which is their red beyond 90.

    Args:
        folder: is made.
        count: how many.
        size: (height, width) in pixels.
        spot: rows and columns of a bright spot.
        value: how bright the spot of a part is, by the part's number; None for no spot.
    """
    folder.mkdir()
    for number in range(count):
        pixels = np.full((*size, 3), 90, np.uint8)
        pixels[:, :, 0] += np.uint8(number)
        bright = value(number)
        if bright is not None:
            pixels[spot] = bright
        Image.fromarray(pixels).save(folder / f"part_{number:04d}.png")
    return folder
