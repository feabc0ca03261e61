"""One way to compute with numpy and torch: what a verdict needs works on either, and imports torch for neither.

Functions of the scoring, evidence and judgement rooms take arrays of one kind and give back the same kind. They speak
the array API standard (data-apis.org/array-api) through `namespace`; what it lacks is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
from array_api_compat import array_namespace, is_torch_array

if TYPE_CHECKING:
    from torch import Tensor

    Array = TypeVar("Array", npt.NDArray[Any], Tensor)
    """Arrays of one kind, numpy's or torch's."""

FloatArray = npt.NDArray[np.float32]

_SHORTEST = 1e-12  # vectors below this length stay short instead of becoming NaN, as in torch's normalize


def namespace(array: object) -> Any:
    """The functions of the array API standard for arrays of this kind."""
    # Called many times for each part, nearly always with numpy's arrays.
    return _numpy_namespace() if type(array) is np.ndarray else array_namespace(array)


@cache
def _numpy_namespace() -> Any:
    # Imported here, since it imports a hundred modules of numpy, which would delay the opening of the window.
    import array_api_compat.numpy

    return array_api_compat.numpy


def bytes_held(value: object) -> int:
    """The memory of all numpy arrays in a value, in bytes: an array, a tuple or mapping, or a dataclass's fields."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, Mapping):
        return sum(bytes_held(one) for one in value.values())
    if isinstance(value, tuple):
        return sum(bytes_held(one) for one in value)
    if is_dataclass(value):
        return sum(bytes_held(getattr(value, field.name)) for field in fields(value))
    return 0


def detached(array: Array) -> Array:
    """The same values and shape, without a way back for gradients."""
    values: Any = array
    found: Array = values.detach() if is_torch_array(array) else values
    return found


def to_numpy(array: Any) -> npt.NDArray[Any]:
    """The same values and shape in numpy, copied only where they lie on another device."""
    return np.asarray(array.detach().cpu().numpy() if is_torch_array(array) else array)


def like(values: npt.NDArray[Any], example: Array) -> Array:
    """Numpy values as an array of the example's kind, on its device."""
    given: Any = values
    if is_torch_array(example):
        import torch

        given = torch.from_numpy(values).to(example.device)
    found: Array = given
    return found


def contiguous(array: Array) -> Array:
    """The same values and shape, the last axis lying together in memory."""
    values: Any = array
    found: Array = values.contiguous() if is_torch_array(array) else np.ascontiguousarray(values)
    return found


def at_least(values: Array, lowest: float) -> Array:
    """The values, none below ``lowest``; the standard's `clip` looks at more than numpy needs to."""
    given: Any = values
    found: Array = given.clamp(min=lowest) if is_torch_array(values) else np.maximum(given, lowest)
    return found


def at_most(values: Array, highest: float) -> Array:
    """The values, none above ``highest``."""
    given: Any = values
    found: Array = given.clamp(max=highest) if is_torch_array(values) else np.minimum(given, highest)
    return found


def unit(vectors: Array) -> Array:
    """(..., D) vectors of length 1; those without any length stay 0."""
    xp = namespace(vectors)
    lengths = xp.sqrt(xp.sum(vectors * vectors, axis=-1, keepdims=True))
    found: Array = vectors / at_least(lengths, _SHORTEST)
    return found


def sigmoid(values: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow at either end."""
    xp = namespace(values)
    found: Array
    if is_torch_array(values):
        found = xp.sigmoid(values)
    else:
        small = xp.exp(-xp.abs(values))
        found = xp.where(values >= 0, 1, small) / (1 + small)
    return found


def softmax(values: Array, axis: int) -> Array:
    """exp(x) / sum(exp(x)) along one axis, without overflow."""
    xp = namespace(values)
    found: Array
    if is_torch_array(values):
        found = xp.softmax(values, dim=axis)
    else:
        raised = xp.exp(values - xp.max(values, axis=axis, keepdims=True))
        raised /= xp.sum(raised, axis=axis, keepdims=True)
        found = raised
    return found


def largest(values: Array, count: int) -> Array:
    """(..., count) the largest values along the last axis, in no order; 1 <= count <= their number."""
    given: Any = values
    found: Array
    if is_torch_array(values):
        found = given.topk(count, dim=-1, sorted=False).values
    else:
        found = np.partition(given, -count, axis=-1)[..., -count:]
    return found
