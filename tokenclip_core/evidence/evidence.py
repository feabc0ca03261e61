"""What an inspector compares parts with, and how unlike that each patch of a part is."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tokenclip_core.arrays import FloatArray
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.channels import CHANNELS, Channel, EvidenceKind, Raw, distance_raw, text_raw
from tokenclip_core.evidence.consensus import FEWEST_ALIKE, ConsensusPool, mean_token, pool_for
from tokenclip_core.evidence.fusion import EvidenceScale, FusedMap, chosen_channels
from tokenclip_core.evidence.places import Near, check_reach
from tokenclip_core.evidence.reference import ReferenceShelf
from tokenclip_core.evidence.typical import NOTHING_TYPICAL, Typical

RULE = 4
"""Version of the rule that makes scores; a threshold that was found under another version means something else."""


class ComparedPart(Protocol):
    """What evidence needs of an encoded part."""

    @property
    def sha256(self) -> str:
        """SHA-256 of its content; "" where it is not known."""

    @property
    def grid(self) -> tuple[int, int]:
        """(gh, gw) of its patches."""

    @property
    def global_feature(self) -> FloatArray:
        """(D,) float32 unit global token."""

    @property
    def evidence_tokens(self) -> FloatArray | None:
        """(N, E) float32 unit tokens, or None where they were not kept."""

    @property
    def self_distances(self) -> FloatArray | None:
        """(N,) float32, or None."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Which evidence decides, and what parts are compared with.

    Attributes:
        kind: one channel, or ``fused`` for all that speak.
        scale: the model's constants; None for a model that has none, whose only evidence is text.
        pools: of consensus, one for each kind of part.
        shelf: good parts, or None.
        frozen: whether the pools hold for every folder, as those of a recipe do; otherwise each folder has its own.
        reach: where parts lie in the same place in every picture: how far from its own place a patch is compared with
            those of other parts, as a share of the part's height and width; None to compare it with all.
    """

    kind: EvidenceKind = "fused"
    scale: EvidenceScale | None = None
    pools: tuple[ConsensusPool, ...] = ()
    shelf: ReferenceShelf | None = None
    frozen: bool = False
    reach: float | None = None

    def __post_init__(self) -> None:
        if self.scale is None and self.kind not in ("text", "fused"):
            raise SettingsError(
                f"this model has no constants for {self.kind} evidence; use --evidence text, or make them with "
                "python -m tokenclip_core.commands.studies.evidence_scale."
            )
        if self.reach is not None:
            check_reach(self.reach)

    @property
    def compares(self) -> bool:
        """Whether parts are compared with other parts, so that their tokens are needed."""
        return bool(self.pools) or self.shelf is not None

    def raw(self, part: ComparedPart, text: FloatArray, whole: float) -> dict[Channel, Any]:
        """What each channel says that speaks about a part.

        Args:
            part: the encoded part.
            text: (N,) TokenCLIP's anomaly probabilities.
            whole: TokenCLIP's image score, in [0, 1].

        Returns:
            (N,) float64 of each channel.
        """
        found: dict[Channel, Any] = {"text": text_raw(text, whole)}
        if self.scale is None or self.kind == "text":
            return found
        if part.self_distances is not None:
            found["self"] = distance_raw(part.self_distances)
        tokens = part.evidence_tokens
        if tokens is None:
            return found
        near = None if self.reach is None else Near(part.grid, self.reach)
        if self.kind in ("fused", "consensus"):
            mean, own = mean_token(tokens), part.self_distances
            pool = pool_for(self.pools, mean)
            distances = None if pool is None or own is None else pool.distances(tokens, own, part.sha256, mean, near)
            if distances is not None:
                found["consensus"] = distance_raw(distances)
        if self.kind in ("fused", "reference") and self.shelf is not None:
            distances = self.shelf.distances(tokens, part.sha256, near)
            if distances is not None:
                found["reference"] = distance_raw(distances)
        return found

    def typical(self, part: ComparedPart) -> Typical:
        """What is typical of the pool that a part is compared with; nothing where there is none."""
        pool = None if part.evidence_tokens is None else pool_for(self.pools, mean_token(part.evidence_tokens))
        return NOTHING_TYPICAL if pool is None else pool.typical

    def fused(self, raw: Raw, typical: Typical = NOTHING_TYPICAL) -> FusedMap | None:
        """The map of a part; None where only the text speaks and the model has no constants.

        Where the chosen channel is silent, all that speak take its place.

        Args:
            raw: from `raw`.
            typical: from `typical`.
        """
        if self.scale is None:
            return None
        channels = chosen_channels(self.kind, tuple(raw)) or chosen_channels("fused", tuple(raw))
        return self.scale.fused({channel: raw[channel] for channel in channels}, typical)

    def asks(self, channel: Channel) -> bool:
        """Whether a channel would be used, if it had something to say of the part."""
        return self.scale is not None and self.kind in ("fused", channel)

    def silence(self, channels: Container[str]) -> str:
        """Why consensus says nothing of a part that it was asked about, as a sentence; "" where it speaks.

        Args:
            channels: that spoke about the part.
        """
        if not self.asks("consensus") or "consensus" in channels:
            return ""
        speaking = [channel for channel in CHANNELS if channel in channels]
        return (
            f"fewer than {FEWEST_ALIKE} other parts look alike, so consensus is silent: {' and '.join(speaking)} decide"
        )

    def description(self) -> dict[str, Any]:
        """What decides how scores are to be read, as plain JSON values.

        Pools that were gathered from the folder itself are left out; the record of the run names them.
        """
        frozen = self.pools if self.frozen and self.asks("consensus") else ()
        return {
            "rule": RULE,
            "kind": self.kind if self.scale is not None else "text",
            "references": list(self.shelf.hashes) if self.shelf is not None and self.asks("reference") else [],
            **({} if self.scale is None else {"weights": self.scale.fingerprint}),
            **({"pools": [pool.fingerprint for pool in frozen]} if frozen else {}),
            **({} if self.reach is None or self.kind in ("text", "self") else {"reach": self.reach}),
        }


def channel_maps(fused: FusedMap, grid: tuple[int, int]) -> dict[str, FloatArray]:
    """The map of each channel that speaks, in the order of `CHANNELS`.

    Args:
        fused: of a part.
        grid: (gh, gw) of its patches.

    Returns:
        (gh, gw) float32 in [0, 1] by channel.
    """
    return {
        name: np.ascontiguousarray(fused.channels[name].reshape(grid)) for name in CHANNELS if name in fused.channels
    }
