"""Every defect by its name: a function that draws it on a part and says, as an alpha field, where it is."""

from __future__ import annotations

from collections.abc import Callable

from tokenclip_core.data.procedural.defects_areas import (
    contamination,
    corrosion,
    dead_area,
    discolouration,
    foreign_texture,
    smear,
    stain,
    wear,
)
from tokenclip_core.data.procedural.defects_lines import burr, crack, cut, fibre, fold, scratch, thread_fault
from tokenclip_core.data.procedural.defects_shape import (
    bubble,
    chip,
    deformation,
    dent,
    foreign_body,
    hole,
    missing,
    pore,
)
from tokenclip_core.data.procedural.drawing import Image
from tokenclip_core.data.procedural.noise import Field, Generator

Defect = Callable[[Generator, Image, Field], tuple[Image, Field]]
"""Takes the picture and where the part is (1) or not (0); returns the picture with the defect, and its alpha."""

# The order decides the labels of defect maps and what a seed draws.
DEFECT_FUNCTIONS: dict[str, Defect] = {
    "scratch": scratch,
    "crack": crack,
    "pore": pore,
    "hole": hole,
    "stain": stain,
    "dent": dent,
    "burr": burr,
    "chip": chip,
    "missing piece": missing,
    "foreign body": foreign_body,
    "fibre": fibre,
    "discolouration": discolouration,
    "fold": fold,
    "deformation": deformation,
    "wear": wear,
    "corrosion": corrosion,
    "bubble": bubble,
    "cut": cut,
    "contamination": contamination,
    "thread fault": thread_fault,
    "foreign texture": foreign_texture,
    "dead area": dead_area,
    "misprint": smear,
}
