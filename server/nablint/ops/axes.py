"""How an axis in the user's terms is found in an array whose first axis counts the trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nablint.domains.dtype import Array

Attributes = tuple[Mapping[str, Any], ...]
Axis = int | tuple[int, ...] | None


def shifted(x: Array, axis: Axis) -> tuple[int, ...]:
    """The axes of `x` that the user's `axis` means; None is all but the trials."""
    if axis is None:
        return tuple(range(1, x.ndim))
    wanted = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(sorted(one(x.ndim - 1, a) for a in wanted))


def one(rank: int, axis: int) -> int:
    """A single axis of a tensor of this rank, counted with the trials."""
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} of a tensor of rank {rank}")
    return axis % rank + 1


def reducing(f: Callable[..., Array]) -> Callable[..., Array]:
    """A NumPy reduction with the user's axis."""

    def meaning(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        return np.asarray(f(x, axis=shifted(x, axis), keepdims=bool(keepdims)))

    return meaning


def along(f: Callable[..., Array]) -> Callable[..., Array]:
    """A function of rows, `f(rows, **attrs)` along their last axis, with the user's axis or axes (None is all)."""

    def meaning(x: Array, axis: Axis = None, **attrs: Any) -> Array:
        axes = shifted(x, axis)
        if x.ndim < 2 or not axes:
            return f(x[..., None], **attrs)[..., 0]
        last = tuple(range(x.ndim - len(axes), x.ndim))
        moved = np.moveaxis(x, axes, last)
        rows = moved.reshape(*moved.shape[: last[0]], -1)
        return np.moveaxis(f(rows, **attrs).reshape(moved.shape), last, axes)

    return meaning


def spread(y: Array, x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """What a reduction of `x` returned, or its cotangent, repeated over the reduced axes."""
    if not keepdims and y.ndim:
        y = np.expand_dims(y, shifted(x, axis))
    return np.broadcast_to(y, np.broadcast_shapes(x.shape, y.shape))
