"""The channels that evidence comes from, and what each says about a patch before it is put on a common scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray
from tokenclip_core.evidence.curve import log_odds

Channel = Literal["text", "self", "consensus", "reference"]
EvidenceKind = Literal["text", "self", "consensus", "reference", "fused"]

CHANNELS: tuple[Channel, ...] = get_args(Channel)
EVIDENCE_KINDS: tuple[EvidenceKind, ...] = get_args(EvidenceKind)

WHOLE_WEIGHT = 0.75
"""How much the log odds of the whole part weigh in those of each patch; measured on procedural folders."""

# Nearer than this, patches are the same but for rounding.
_NEAREST = 1e-4

Raw = Mapping[Channel, npt.NDArray[np.float64]]
"""(N,) of each channel that speaks: log odds of the text, logarithms of the others' distances."""


def text_raw(probabilities: FloatArray, whole: float) -> npt.NDArray[np.float64]:
    """(N,) log odds of TokenCLIP's anomaly probabilities, the whole part's added with less weight.

    What the text says of the part as a whole makes each of its patches likelier to be a defect's.

    Args:
        probabilities: (N,) in [0, 1] of the patches.
        whole: in [0, 1], TokenCLIP's image score.
    """
    return np.asarray(log_odds(probabilities) + WHOLE_WEIGHT * log_odds(np.asarray(whole)))


def distance_raw(distances: FloatArray) -> npt.NDArray[np.float64]:
    """(N,) logarithms of distances in [0, 2]."""
    return np.log(np.maximum(np.asarray(distances, np.float64), _NEAREST))


def mix_name(channels: Mapping[Channel, object] | tuple[Channel, ...]) -> str:
    """How a set of channels is called: their names in the order of `CHANNELS`, such as ``text+self``."""
    return "+".join(channel for channel in CHANNELS if channel in channels)


def channel_named(name: str) -> Channel:
    """The channel of a name.

    Raises:
        ValueError: there is none.
    """
    if name not in CHANNELS:
        raise ValueError(f"{name!r} is no channel; there are {', '.join(CHANNELS)}")
    return name
