"""Procedural images of parts with and without defects: training data, samples and tests without a camera.

- camera: What a real camera does to a picture: geometry, light, focus, sensor and compression, good or defective
  alike.
- dataset: Write procedural parts to disk as a data set with masks, in the layout of MVTec AD.
- defects: Every defect by its name: a function that draws it on a part and says, as an alpha field, where it is.
- defects_areas: Defects that change an area but not its shape: stains, wear, corrosion, dirt, wrong textures and
  prints.
- defects_lines: Defects that run along a line: marks, slits, cracks, folds, hairs and threads.
- defects_shape: Defects of shape: pits, holes, dents, broken edges, things that lie on the part and bent patterns.
- drawing: What defects are drawn with: places and shapes on a part as alpha fields, and light, paint and broken
  material.
- generator: Procedural parts: a surface or object, hard negatives, perhaps defects, then a camera.
- kinds: Folders of parts of one kind, as a line makes them: one look, one camera, and every part its own grain and
  place.
- noise: Random fields that surfaces, defects and light are made of; float32 throughout.
- phrases: Words for what procedural parts show, varied so that meanings are learned rather than sentences.
- samples: The sample parts that the program opens with: chosen seeds of the generator, named after what they show.
- surfaces: Textures of surfaces: each returns a field of about zero mean and unit deviation, to be lit and coloured
  later.
- surfaces_compound: Parts whose surface is not one texture: assemblies, blends of two grains, motifs that repeat.
- surfaces_relief: More textures: foam, hammered, terrazzo, swirled and grained plastics, halftone print, interlaced
  strips.
"""

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
