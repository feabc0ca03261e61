"""Procedural images of parts with and without defects: training data, samples and tests without a camera."""

from __future__ import annotations

from tokenclip_core.data.procedural.dataset import write_dataset
from tokenclip_core.data.procedural.generator import (
    DEFECTS,
    FAMILIES,
    HELD_OUT_DEFECTS,
    HELD_OUT_FAMILIES,
    TRAINING_DEFECTS,
    TRAINING_FAMILIES,
    ProceduralPart,
    generate,
)

__all__ = [
    "DEFECTS",
    "FAMILIES",
    "HELD_OUT_DEFECTS",
    "HELD_OUT_FAMILIES",
    "TRAINING_DEFECTS",
    "TRAINING_FAMILIES",
    "ProceduralPart",
    "generate",
    "write_dataset",
]
