"""What is known of a model without its weights: no torch is needed to ask."""

from __future__ import annotations

from dataclasses import dataclass

from tokenclip_core.errors import SettingsError

# Method: 518 px on a backbone whose own side is 336; the same enlargement for others.
_ENLARGEMENT = 518 / 336


@dataclass(frozen=True)
class ModelDescription:
    """What is known of a model without its weights.

    Attributes:
        name: how the model is called in results.
        weights_sha256: of its weights.
        patch_size: (height, width) of a patch in pixels.
        image_size: native side in pixels.
        embed_dim: D, width of the joint space.
        depth: number of blocks of the image tower.
        mean: per-channel mean of the input normalisation, RGB in [0, 1].
        std: per-channel deviation of the input normalisation.
        layers: taps (1-based) used when none are named.
        first_vv_block: first block with a dense path (0-based).
        evidence_layers: blocks (1-based) whose tokens patches are compared by; empty if the engine gives none.
    """

    name: str
    weights_sha256: str
    patch_size: tuple[int, int]
    image_size: int
    embed_dim: int
    depth: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    layers: tuple[int, ...]
    first_vv_block: int
    evidence_layers: tuple[int, ...] = ()

    @property
    def default_image_size(self) -> int:
        """Input side where none is stated: the method's enlargement of the model's own, in whole patches."""
        patch = max(self.patch_size)
        return max(1, round(self.image_size * _ENLARGEMENT / patch)) * patch


def patch_grid(patch_size: tuple[int, int], height: int, width: int) -> tuple[int, int]:
    """Patches down and across for an input.

    Args:
        patch_size: (height, width) of a patch in pixels.
        height: of the input in pixels.
        width: of the input in pixels.

    Raises:
        SettingsError: a side is not a positive multiple of the patch.
    """
    patch_height, patch_width = patch_size
    if height < patch_height or width < patch_width or height % patch_height or width % patch_width:
        raise SettingsError(
            f"an input of {width} x {height} pixels is not a whole number of {patch_width} x {patch_height} "
            "patches; resize it first."
        )
    return height // patch_height, width // patch_width


def check_taps(layers: tuple[int, ...], first_vv_block: int, depth: int) -> None:
    """Refuse taps that a model of so many blocks does not have.

    Raises:
        SettingsError: taps (1-based, ascending) or the first block of the dense path (0-based) out of range.
    """
    if not layers or list(layers) != sorted(set(layers)) or layers[0] < 1 or layers[-1] > depth:
        raise SettingsError(f"taps {layers} are not ascending numbers from 1 to {depth}.")
    if not 0 <= first_vv_block <= depth:
        raise SettingsError(f"first_vv_block is {first_vv_block}; the model has blocks 0 to {depth - 1}.")
