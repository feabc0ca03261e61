"""Folders of parts of one kind."""

from __future__ import annotations

import numpy as np
import pytest

from tokenclip_core.data.procedural.kinds import generate_of_kind
from tokenclip_core.errors import SettingsError


def test_the_same_arguments_give_the_same_part_and_another_number_another_one() -> None:
    part = generate_of_kind(3, 7, 96, family="wood")
    assert np.array_equal(part.image, generate_of_kind(3, 7, 96, family="wood").image)
    assert not np.array_equal(part.image, generate_of_kind(3, 8, 96, family="wood").image)


def test_parts_of_one_kind_are_more_alike_than_parts_of_two() -> None:
    def level(kind: int, number: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return generate_of_kind(kind, number, 96, family="plastic").image.mean(axis=(0, 1))

    within = [float(np.abs(level(kind, 0) - level(kind, 1)).mean()) for kind in range(8)]
    between = [float(np.abs(level(kind, 0) - level(kind + 1, 0)).mean()) for kind in range(8)]
    assert np.median(within) < 0.3 * np.median(between)


def test_a_defect_is_drawn_where_the_mask_says() -> None:
    good = generate_of_kind(1, 5, 128, family="ground metal")
    bad = generate_of_kind(1, 5, 128, family="ground metal", defective=True)
    assert good.defects == ()
    assert not good.mask.any()
    assert bad.defects
    assert bad.mask.any()


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(SettingsError, match="unknown families"):
        generate_of_kind(0, 0, 64, family="cheese")
