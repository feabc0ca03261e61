"""Procedural images of parts with and without defects: training data, samples and tests without a camera."""

from __future__ import annotations

from .generator import (
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
]
