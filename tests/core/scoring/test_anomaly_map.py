from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as functional
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from tokenclip_core.scoring.anomaly_map import map_operator
from tokenclip_core.scoring.map_axes import resize_map

grids = st.tuples(st.integers(1, 12), st.integers(1, 12))


@settings(max_examples=40, deadline=None)
@given(grid=grids, scale=st.integers(1, 9), sigma=st.sampled_from([0.0, 4.0, 30.0]), seed=st.integers(0, 2**31))
def test_equals_bilinear_and_gaussian_of_torch_and_scipy(
    grid: tuple[int, int], scale: int, sigma: float, seed: int
) -> None:
    size = (grid[0] * scale, grid[1] * scale)
    tokens = torch.rand(grid, generator=torch.Generator().manual_seed(seed))
    enlarged = functional.interpolate(tokens[None, None], size=size, mode="bilinear", align_corners=False)[0, 0]
    scaled = sigma * (size[0] * size[1]) ** 0.5 / 518
    expected = gaussian_filter(enlarged.double().numpy(), scaled) if sigma else enlarged.numpy()
    found = map_operator(grid, size, sigma, tokens).enlarge(tokens)
    np.testing.assert_allclose(map_operator(grid, size, sigma).enlarge(tokens.numpy()), found.numpy(), atol=1e-6)
    np.testing.assert_allclose(found.numpy(), expected, atol=2e-6)
    assert float(found.min()) >= float(tokens.min()) - 1e-6
    assert float(found.max()) <= float(tokens.max()) + 1e-6


@settings(max_examples=40, deadline=None)
@given(grid=grids, seed=st.integers(0, 2**31), fraction=st.sampled_from([0.001, 0.03, 0.5, 1.0]), ignores=st.booleans())
def test_the_peak_is_the_mean_of_the_top_pixels_and_of_its_tokens(
    grid: tuple[int, int], seed: int, fraction: float, ignores: bool
) -> None:
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.rand(grid, generator=generator).mul(8).round().div(8)
    ignored = torch.rand(grid, generator=generator) < 0.3 if ignores else None
    operator = map_operator(grid, (grid[0] * 8, grid[1] * 8), 20.0, tokens)
    enlarged, coverage = operator.enlarge_kept(tokens, ignored)
    peak = operator.peak(enlarged, fraction, coverage)
    counted = (
        enlarged.flatten() if ignored is None else enlarged[~ignored.repeat_interleave(8, 0).repeat_interleave(8, 1)]
    )
    if counted.numel() == 0:
        assert peak.value == 0
        assert not bool(peak.weights.any())
        return
    count = max(1, int(np.ceil(fraction * counted.numel())))
    expected = float(torch.sort(counted.double(), descending=True).values[:count].mean())
    assert peak.value == pytest.approx(expected, abs=2e-6)
    kept = torch.ones(grid) if ignored is None else (~ignored).float()
    assert float(peak.weights @ (tokens * kept).flatten()) == pytest.approx(expected, abs=1e-5)


def test_ignored_tokens_do_not_leak_into_the_map() -> None:
    tokens = torch.full((6, 6), 0.25)
    ignored = torch.zeros(6, 6, dtype=torch.bool)
    ignored[2:4, 2:4] = True
    tokens[ignored] = 1.0
    enlarged, coverage = map_operator((6, 6), (48, 48), 40.0, tokens).enlarge_kept(tokens, ignored)
    assert coverage is not None
    inside = torch.zeros(48, 48, dtype=torch.bool)
    inside[16:32, 16:32] = True
    assert bool((enlarged[inside] == 0).all())
    torch.testing.assert_close(enlarged[~inside], torch.full((48 * 48 - 16 * 16,), 0.25))


def test_resize_keeps_range_and_size() -> None:
    small = np.random.default_rng(0).random((40, 50), dtype=np.float32)
    assert resize_map(small, 40, 50) is small
    for height, width in ((7, 9), (200, 300), (20, 200), (1, 1)):
        resized = resize_map(small, height, width)
        assert resized.shape == (height, width)
        assert resized.dtype == np.float32
        assert resized.min() >= small.min() - 1e-6
        assert resized.max() <= small.max() + 1e-6


def test_resize_up_equals_torch_bilinear() -> None:
    small = np.random.default_rng(1).random((9, 11), dtype=np.float32)
    expected = functional.interpolate(torch.from_numpy(small)[None, None], size=(90, 77), mode="bilinear")[0, 0]
    np.testing.assert_allclose(resize_map(small, 90, 77), expected.numpy(), atol=1e-5)
