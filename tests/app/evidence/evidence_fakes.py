"""A stand-in for a model that compares parts: the evidence is the program's own, its tokens are colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from typing_extensions import override
from window_fakes import FakeEncoded, FakeInspector, FakeSettings

from tokenclip_core.evidence.channels import CHANNELS
from tokenclip_core.evidence.consensus import content_sha256, mean_token, pool_for
from tokenclip_core.evidence.curve import AreaCurve
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.evidence.fusion import EvidenceScale, Mix
from tokenclip_core.evidence.reference import GoodPart, ReferenceShelf
from tokenclip_core.evidence.scales import ChannelScale
from tokenclip_core.evidence.self_similarity import self_distances
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.judgement.areas import Areas

SCALE = EvidenceScale(
    {channel: ChannelScale(0.0, 1.0) for channel in CHANNELS}, {"text": Mix({"text": 1.0}, 0.0, AreaCurve(), 4.0)}, 0.5
)


def write_parts(folder: Path, count: int, first: int = 0) -> Path:
    """Parts of 96 x 64 pixels whose patches have colours by chance: alike, and no copies."""
    folder.mkdir(exist_ok=True)
    for number in range(first, first + count):
        random = np.random.default_rng(number)
        patches = random.integers(20, 220, (8, 12, 3)) + random.integers(-20, 20, 3)
        pixels = np.kron(patches.clip(0, 255).astype(np.uint8), np.ones((8, 8, 1), np.uint8))
        Image.fromarray(pixels).save(folder / f"part_{number:04d}.png")
    return folder


class ComparedPart(FakeEncoded):
    """What a part is compared by."""

    @property
    def evidence_tokens(self) -> npt.NDArray[np.float32]:
        return self.patch_tokens()

    @property
    def self_distances(self) -> npt.NDArray[np.float32]:
        return self_distances(self.patch_tokens())

    @property
    def sha256(self) -> str:
        return content_sha256(np.ascontiguousarray(self.image))

    @property
    def global_feature(self) -> npt.NDArray[np.float32]:
        return mean_token(self.patch_tokens())


@dataclass
class ComparingInspector(FakeInspector):
    """Says with every result which channels spoke, in equal shares."""

    evidence: Evidence = field(default_factory=lambda: Evidence(scale=SCALE))

    @override
    def encode(self, images: Sequence[npt.NDArray[np.uint8]], *, for_texts: bool = True) -> list[FakeEncoded]:
        return [ComparedPart(part.image) for part in super().encode(images)]

    def with_evidence(self, kind: Any = None, pools: Any = None) -> ComparingInspector:
        changes = {"kind": kind or self.evidence.kind, "pools": self.evidence.pools if pools is None else pools}
        return replace(self, evidence=replace(self.evidence, **changes))

    def with_reach(self, reach: float | None) -> ComparingInspector:
        return replace(self, evidence=replace(self.evidence, reach=reach))

    def with_typical(self, pools: Any, parts: Any) -> Any:
        """What typical parts do to the limits is no matter of the window."""
        del parts
        return tuple(pools)

    def with_references(self, good: Sequence[Any], names: Sequence[str]) -> ComparingInspector:
        parts = [
            GoodPart(name, part.sha256, part.evidence_tokens, part.global_feature, part.grid)
            for name, part in zip(names, good, strict=True)
        ]
        return replace(self, evidence=replace(self.evidence, shelf=ReferenceShelf.of(parts, reach=self.evidence.reach)))

    @override
    def score(
        self, encoded: FakeEncoded, settings: FakeSettings | None = None, *, ignored: Areas | None = None
    ) -> InspectionResult:
        result = super().score(encoded, settings, ignored=ignored)
        kind = self.evidence.kind
        speaking = ["text", "self"]
        if isinstance(encoded, ComparedPart):
            pool = pool_for(self.evidence.pools, encoded.global_feature)
            known = (encoded.sha256, encoded.global_feature)
            if pool is not None and pool.distances(encoded.patch_tokens(), encoded.self_distances, *known) is not None:
                speaking.append("consensus")
        speaking += ["reference"] if self.evidence.shelf is not None else []
        chosen = [name for name in speaking if kind in ("fused", name)] or speaking
        return replace(result, shares=dict.fromkeys(chosen, 1 / len(chosen)))
