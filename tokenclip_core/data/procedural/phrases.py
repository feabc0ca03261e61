"""Words for what procedural parts show, varied so that meanings are learned rather than sentences."""

from __future__ import annotations

import numpy as np

Generator = np.random.Generator

_DEFECT_WORDS: dict[str, tuple[str, ...]] = {
    "scratch": (
        "a scratch",
        "scratches",
        "a long scratch",
        "a scuff mark",
        "a scrape",
        "fine scratches",
        "a scored line",
        "a gouge",
        "a scratched surface",
    ),
    "crack": (
        "a crack",
        "cracks",
        "a hairline crack",
        "a fracture",
        "a fissure",
        "a branching crack",
        "a split",
        "a cracked surface",
        "a microcrack",
    ),
    "pore": (
        "a pore",
        "pores",
        "a blowhole",
        "a pinhole",
        "porosity",
        "a small void",
        "a gas pore",
        "a pit",
        "pitting",
        "a small hole",
    ),
    "hole": (
        "a hole",
        "a large hole",
        "a puncture",
        "a perforation",
        "an opening",
        "a burnt hole",
        "a missing spot",
        "a cavity",
    ),
    "stain": (
        "a stain",
        "an oil stain",
        "a spot",
        "a smudge",
        "a dirty spot",
        "a water mark",
        "a blotch",
        "a dark spot",
        "a grease mark",
    ),
    "dent": (
        "a dent",
        "a dimple",
        "an impact mark",
        "a depression",
        "an indentation",
        "a bump",
        "a pressed spot",
        "a bruise",
    ),
    "burr": (
        "a burr",
        "burrs",
        "a sharp ridge",
        "flash",
        "excess material",
        "a raised edge",
        "a metal splinter",
        "a protrusion",
    ),
    "chip": (
        "a chip",
        "a chipped edge",
        "a nick",
        "a chipped corner",
        "an edge defect",
        "a flaked edge",
        "a small break at the edge",
        "spalling",
    ),
    "missing piece": (
        "a missing piece",
        "a broken part",
        "a break",
        "a broken edge",
        "a missing corner",
        "a large fracture",
        "an incomplete part",
        "breakage",
    ),
    "foreign body": (
        "a foreign body",
        "a foreign object",
        "debris",
        "a particle",
        "a chip of metal",
        "a lump",
        "an inclusion",
        "something that does not belong",
    ),
    "fibre": ("a fibre", "a hair", "a loose thread", "a thread", "lint", "a filament", "a strand", "a foreign fibre"),
    "discolouration": (
        "discolouration",
        "a discoloured area",
        "a faded area",
        "a colour deviation",
        "an uneven colour",
        "a burnt area",
        "a shade difference",
        "a tarnished area",
    ),
    "fold": ("a fold", "a wrinkle", "a crease", "creases", "a folded area", "wrinkles", "a kink", "a buckled area"),
    "deformation": (
        "a deformation",
        "a bent part",
        "a distorted area",
        "a warped pattern",
        "a squeezed spot",
        "a twisted area",
        "a misshapen part",
        "bent wires",
    ),
    "wear": (
        "wear",
        "a worn area",
        "abrasion",
        "an uneven surface",
        "uneven grinding",
        "a rough patch",
        "a rubbed area",
        "poor surface finish",
        "unevenness",
        "a fray",
    ),
    "corrosion": (
        "corrosion",
        "rust",
        "an oxidised area",
        "rust spots",
        "a corroded surface",
        "oxidation",
        "decay",
        "a rusty patch",
    ),
    "bubble": (
        "a bubble",
        "bubbles",
        "a blister",
        "an air bubble",
        "a trapped bubble",
        "blistering",
        "an air pocket",
        "foam",
    ),
    "cut": ("a cut", "a slit", "a knife mark", "a slash", "an incision", "a straight cut", "a tear", "a rip"),
    "contamination": (
        "contamination",
        "dust",
        "dirt",
        "powder",
        "residue",
        "specks",
        "soiling",
        "particles on the surface",
    ),
    "thread fault": (
        "a weaving fault",
        "a missing thread",
        "a double thread",
        "a pulled thread",
        "a broken yarn",
        "a loose yarn",
        "a mispick",
        "a float in the weave",
        "a missing line",
    ),
    "foreign texture": (
        "an irregular patch",
        "a patch of another texture",
        "an anomaly",
        "a wrong material",
        "a glue spot",
        "a repaired spot",
        "an abnormal texture",
        "an odd region",
    ),
    "dead area": (
        "a dead area",
        "an inactive cell area",
        "a dark region",
        "a disconnected area",
        "a dark cell part",
        "a failed region",
        "a broken finger",
        "a shaded cell",
    ),
    "misprint": (
        "a misprint",
        "a smear",
        "smeared print",
        "a blurred print",
        "a double print",
        "a print defect",
        "smudged ink",
        "a shifted print",
    ),
}
_GENERIC_DEFECTS = (
    "damaged object",
    "a defect",
    "a flaw",
    "damage",
    "an anomaly",
    "a defective part",
    "a fault",
    "a faulty product",
    "an abnormal part",
    "a blemish",
)
_PRAISE = (
    "flawless",
    "perfect",
    "intact",
    "good",
    "normal",
    "undamaged",
    "clean",
    "unblemished",
    "defect-free",
    "regular",
)
_THINGS = ("object", "part", "surface", "product", "component", "item", "material", "workpiece")
_WITHOUT = (
    "without defects",
    "without flaws",
    "without damage",
    "in perfect condition",
    "with no defect",
    "that passed inspection",
)
_FRAMES = (
    "{}",
    "a photo of {}",
    "a picture of {}",
    "a close-up of {}",
    "an industrial photo of {}",
    "an inspection image of {}",
    "a cropped photo of {}",
    "a greyscale photo of {}",
)
_LOCATIONS = (
    "{defect} on {family}",
    "{family} with {defect}",
    "{defect} in {family}",
    "{family}, {defect}",
    "{defect} on the {family}",
)


def _pick(random: Generator, words: tuple[str, ...]) -> str:
    return words[int(random.integers(len(words)))]


def defect_words(defect: str) -> tuple[str, ...]:
    """All wordings of one defect type, each with its article."""
    return _DEFECT_WORDS[defect]


def normal_phrase(family: str, random: Generator) -> str:
    """A phrase for a good part of ``family``, sometimes in general words."""
    thing = family if random.random() < 0.6 else _pick(random, _THINGS)
    body = f"{_pick(random, _PRAISE)} {thing}" if random.random() < 0.65 else f"{thing} {_pick(random, _WITHOUT)}"
    return _pick(random, _FRAMES).format(body)


def defect_phrase(defect: str, family: str | None, random: Generator) -> str:
    """A phrase for ``defect``, on ``family`` if one is named, three times in ten in general words."""
    words = _pick(random, _GENERIC_DEFECTS if random.random() < 0.3 else _DEFECT_WORDS[defect])
    if family is not None and random.random() < 0.7:
        words = _pick(random, _LOCATIONS).format(defect=words, family=family)
    elif random.random() < 0.4:
        words = f"{_pick(random, _THINGS)} with {words}"
    return _pick(random, _FRAMES).format(words)
