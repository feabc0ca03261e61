"""A vocabulary while it is edited; no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.parts.state import Colour
from tokenclip_core.subspaces.vocabulary import DefectFamily, DescriptorVocabulary


@dataclass(frozen=True)
class EditedFamily:
    """One family of defects.

    Attributes:
        name: of the family.
        anomalous: phrases of a part that has the defect, one a line.
        normal: phrases of a part without it, one a line; "" for the vocabulary's own.
        colour: None for the palette's.
        used: whether it counts for this product.
    """

    name: str
    anomalous: str = ""
    normal: str = ""
    colour: Colour | None = None
    used: bool = True


def edited(vocabulary: DescriptorVocabulary) -> tuple[EditedFamily, ...]:
    """The families of a vocabulary, ready to be edited."""
    return tuple(
        EditedFamily(family.name, "\n".join(family.anomalous), "\n".join(family.normal), family.colour)
        for family in vocabulary.families
    )


def composed(base: DescriptorVocabulary, families: Sequence[EditedFamily]) -> DescriptorVocabulary:
    """The vocabulary of the used families, with the other words of the one before.

    Raises:
        DescriptorsError: no family is used, one lacks its name or phrases, or two have one name.
    """
    used = tuple(
        DefectFamily(family.name.strip(), _lines(family.anomalous), _lines(family.normal), family.colour)
        for family in families
        if family.used
    )
    # Read back as a file would be, so that what is saved is what can be read.
    return DescriptorVocabulary.from_mapping(replace(base, families=used).to_mapping())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
