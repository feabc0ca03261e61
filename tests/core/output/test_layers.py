"""What is laid over a part; that it is the canvas to the pixel is tested with the window."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tokenclip_core.output.layers import enlarged, heat_colours, heatmap, lay_over, outline_layer, subspace_layer


def test_heat_grows_lighter_and_a_value_of_0_is_transparent() -> None:
    colours = heat_colours().astype(int)
    light = colours[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) >= -0.5).all()
    assert (np.diff(colours[:, 3]) >= 0).all()
    assert colours[0, 3] == 0
    assert colours[-1, 3] == 255


def test_the_scale_is_absolute() -> None:
    low = np.full((8, 8), 0.1, np.float32)
    low[0, 0] = 0.2
    high = low.copy()
    high[7, 7] = 1.0
    assert (heatmap(low)[:7, :7] == heatmap(high)[:7, :7]).all()


def test_unsure_patches_are_grey() -> None:
    assignment = np.array([[[1.0, 0.0], [0.5, 0.5], [0.0, 0.0]]], np.float32)
    layer = subspace_layer(assignment, ((255, 0, 0), (0, 0, 255)))
    sure, unsure, empty = (layer[0, column].tobytes() for column in range(3))
    assert sure == bytes((0, 0, 255, 255))
    assert max(unsure[:3]) - min(unsure[:3]) < 40
    assert empty == bytes(4)


def test_each_pixel_has_the_colour_of_its_patch() -> None:
    layer = np.arange(6, dtype=np.uint32).reshape(2, 3)
    assert (enlarged(layer, 4, 9) == layer.repeat(2, axis=0).repeat(3, axis=1)).all()
    assert enlarged(layer, 1, 1).shape == (1, 1)
    assert set(enlarged(layer, 100, 101).ravel().tolist()) == set(range(6))


@settings(max_examples=40, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_the_line_runs_along_both_sides_of_the_border(area: np.ndarray) -> None:
    line = outline_layer(area) == 0xFFFFFFFF
    padded = np.pad(area, 1)
    for row, column in np.ndindex(area.shape):
        around = padded[row : row + 3, column : column + 3]
        assert line[row, column] == (around.any() and not around.all())


def test_a_layer_without_opacity_leaves_the_picture() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    layer = np.full((5, 7), 0xFF102030, np.uint32)
    assert (lay_over(picture, layer, 0.0) == picture).all()
    assert (lay_over(picture, layer, 1.0) == (0x10, 0x20, 0x30)).all()
    assert (lay_over(picture, np.zeros((5, 7), np.uint32)) == picture).all()
