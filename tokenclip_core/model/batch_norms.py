"""Batch normalisation of a frozen network, written into the convolutions before it."""

from __future__ import annotations

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norms(network: nn.Module) -> int:
    """Write every batch normalisation that directly follows a convolution into that convolution, in place.

    The network computes the same up to rounding, and reads and writes its largest tensors once less. Its state dict is
    another one afterwards: fold what was loaded, never what will be trained or saved.

    Args:
        network: in evaluation mode; of timm's networks and others that register their layers in the order of use.

    Returns:
        How many were folded.

    Raises:
        ValueError: the network is in training mode, where batch statistics are no constants.
    """
    if network.training:
        raise ValueError("batch normalisation can be folded in evaluation mode only")
    folded = 0
    for module in list(network.modules()):
        before: tuple[str, nn.Module] | None = None
        for name, layer in list(module.named_children()):
            if isinstance(layer, nn.BatchNorm2d) and before is not None and isinstance(before[1], nn.Conv2d):
                setattr(module, before[0], fuse_conv_bn_eval(before[1], layer))
                # timm's BatchNormAct2d carries the activation that follows.
                setattr(module, name, getattr(layer, "act", nn.Identity()))
                folded += 1
            before = (name, layer)
    return folded
