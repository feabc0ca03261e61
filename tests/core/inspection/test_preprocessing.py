from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from open_clip.transform import image_transform
from PIL import Image

from tokenclip_core.errors import ImageError, SettingsError
from tokenclip_core.inspection.preprocessing import groups_of_equal_size, target_size, to_pixels

MEAN, STD = (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)


@given(
    height=st.integers(1, 30000),
    width=st.integers(1, 30000),
    image_size=st.integers(16, 1024),
    patch=st.tuples(st.sampled_from([8, 14, 16, 32]), st.sampled_from([8, 14, 16, 32])),
)
def test_sizes_are_whole_patches_of_about_the_area_and_aspect(
    height: int, width: int, image_size: int, patch: tuple[int, int]
) -> None:
    found_height, found_width = target_size(height, width, image_size, patch)
    gh, gw = found_height / patch[0], found_width / patch[1]
    assert gh == int(gh) >= 1
    assert gw == int(gw) >= 1
    assert max(gh, gw) <= 16 * min(gh, gw)
    patches = image_size**2 / (patch[0] * patch[1])
    aspect = min(max((height / patch[0]) / (width / patch[1]), 1 / 16), 16)
    # Each side is off its ideal by less than one patch.
    assert abs(gh - (patches * aspect) ** 0.5) < 1 or gh == 1
    assert abs(gw - (patches / aspect) ** 0.5) < 1 or gw == 1


def test_familiar_sizes() -> None:
    assert target_size(900, 900, 518, (14, 14)) == (518, 518)
    assert target_size(100, 100, 256, (8, 8)) == (256, 256)
    assert target_size(300, 400, 256, (8, 8)) == (224, 296)
    assert target_size(1, 10000, 256, (8, 8)) == (64, 1024)
    with pytest.raises(SettingsError):
        target_size(0, 5, 256, (8, 8))


def test_pixels_equal_those_of_open_clips_own_transform() -> None:
    image = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    transform = image_transform(
        (56, 56), is_train=False, mean=MEAN, std=STD, resize_mode="squash", interpolation="bicubic"
    )
    expected = transform(Image.fromarray(image))
    np.testing.assert_allclose(to_pixels(image, (56, 56), MEAN, STD), expected.numpy(), atol=1e-6)
    same = to_pixels(image, (90, 120), (0, 0, 0), (1, 1, 1))
    np.testing.assert_allclose(same.transpose(1, 2, 0) * 255, image, atol=1e-4)


def test_views_and_read_only_arrays_are_fine() -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    image.flags.writeable = False
    flipped = to_pixels(image[::-1, ::-1], (16, 16), MEAN, STD)
    assert flipped.shape == (3, 16, 16)
    assert to_pixels(image, (32, 32), MEAN, STD).shape == (3, 32, 32)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        [[1, 2, 3]],
    ],
)
def test_anything_else_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ImageError, match="image"):
        to_pixels(image, (8, 8), MEAN, STD)


def test_images_of_equal_size_are_grouped_up_to_a_batch() -> None:
    sizes = [(8, 8), (8, 16), (8, 8), (8, 8), (8, 16)]
    assert groups_of_equal_size(sizes, 2) == [[0, 2], [3], [1, 4]]
    assert groups_of_equal_size([], 2) == []
