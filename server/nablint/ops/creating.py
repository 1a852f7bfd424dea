"""Tensors made of nothing but their shape, and what else needs no tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from nablint.domains.dtype import Array, Dtype
from nablint.domains.interval import UNIT, Interval, hulls
from nablint.ir import Builder
from nablint.ops.axes import one
from nablint.ops.casting import made
from nablint.ops.op import STEPPED, Kind, Op, spell


def _one_hot(x: Array, depth: int, axis: int = -1, dtype: str | None = None) -> Array:
    hot = (np.asarray(x)[..., None] == np.arange(depth)).astype(np.float64)
    return hot if axis == -1 else np.moveaxis(hot, -1, one(x.ndim, axis))


def _like(value: float, names: tuple[str, ...], name: str) -> Op:
    return Op(name, "; shape, dtype=None", names, lambda shape=(), **_: np.full((1, *_sizes(shape)), value),
              kind=Kind.SHAPES, dtype=made, interval=lambda **_: Interval(value, value), ulp=0,
              examples=({"shape": (2, 3)},))  # fmt: skip


def _sizes(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _eye(rows: int, columns: int | None = None, k: int = 0, dtype: str | None = None) -> Array:
    return np.eye(rows, columns, k)[None]


def _tri(rows: int, columns: int | None = None, k: int = 0, dtype: str | None = None) -> Array:
    return np.tri(rows, columns, k)[None]


def _range(start: float, limit: float | None = None, delta: float | None = None, dtype: str | None = None) -> Array:
    first, end = (0, start) if limit is None else (start, limit)
    return np.arange(first, end, 1 if delta is None else delta)[None]


def _range_dtype(
    _promote: bool, start: float = 0, limit: float | None = None, delta: float | None = None, dtype: str | None = None
) -> Dtype:
    return Dtype(dtype or ("float32" if any(isinstance(end, float) for end in (start, limit, delta)) else "int32"))


def _range_interval(start: float = 0, limit: float | None = None, **_attrs: Any) -> Interval:
    first, end = (0.0, start) if limit is None else (start, limit)
    return Interval(float(min(first, end)), float(max(first, end)))


def _linspace(start: Array, stop: Array, num: int = 50) -> Array:
    """TensorFlow adds steps to the start; the last number is `stop` itself."""
    ends = [np.asarray(each)[..., None] for each in (start, stop)]
    steps = np.arange(num, dtype=ends[0].dtype)
    inner = ends[0] + steps * ((ends[1] - ends[0]) / max(num - 1, 1))
    return np.concatenate([inner[..., :-1], np.broadcast_to(ends[1], inner[..., -1:].shape)], -1) if num > 1 else inner


def _linspace_vjp(b: Builder, g: int, y: int, start: int, stop: int, num: int = 50) -> tuple[int, int]:
    return b("linspace_grad", g, start, num=num, last=False), b("linspace_grad", g, stop, num=num, last=True)


def _linspace_grad(g: Array, like: Array, num: int = 50, last: bool = False) -> Array:
    weights = np.arange(num, dtype=g.dtype) / max(num - 1, 1)
    return np.asarray((g[..., 1:] * weights[1:] if last else g * (1 - weights)).sum(axis=-1))


# fmt: off
ROWS = (
    Op("one_hot", "x; depth, axis=-1, dtype=None",
       ("tf.one_hot(indices:x, depth, on_value:!=None, off_value:!=None, axis=-1, dtype=None)",
        "K.one_hot(indices:x, num_classes:depth)", "ops.one_hot(x, num_classes:depth, axis=-1, dtype=None)"), _one_hot,
       kind=Kind.SHAPES, dtype=made, interval=lambda x, **_: UNIT, smooth=STEPPED, ulp=0,
       examples=({"depth": 3}, {"depth": 4, "axis": 0})),
    _like(0.0, ("tf.zeros(shape, dtype='float32')", *spell("K ops np", "zeros(shape, dtype=None)")), "zeros"),
    _like(1.0, ("tf.ones(shape, dtype='float32')", *spell("K ops np", "ones(shape, dtype=None)")), "ones"),
    Op("fill", "value; dims",
       ("tf.fill(dims, value)", "ops.full(shape:dims, fill_value:value)", "np.full(shape:dims, fill_value:value)"),
       lambda value, dims: np.broadcast_to(value.reshape(value.shape + (1,) * len(dims)), (*value.shape, *dims)),
       lambda b, g, y, value, dims: (b("sum", g),), kind=Kind.SHAPES, interval=lambda x, **_: x, ulp=0,
       examples=({"dims": (2, 3)},)),
    Op("eye", "; rows, columns=None, k=0, dtype=None",
       (*spell("tf tf.linalg", "eye(num_rows:rows, num_columns:columns=None, batch_shape:!=None, dtype='float32')"),
        "K.eye(size:rows, dtype=None)", "ops.eye(N:rows, M:columns=None, k=0, dtype=None)",
        "ops.identity(n:rows, dtype=None)", "np.eye(N:rows, M:columns=None, k=0)", "np.identity(n:rows)"), _eye,
       kind=Kind.SHAPES, dtype=made, interval=lambda **_: UNIT, ulp=0, examples=({"rows": 3},)),
    Op("tri", "; rows, columns=None, k=0, dtype=None",
       ("ops.tri(N:rows, M:columns=None, k=0, dtype=None)", "np.tri(N:rows, M:columns=None, k=0)"), _tri,
       kind=Kind.SHAPES, dtype=made, interval=lambda **_: UNIT, ulp=0, examples=({"rows": 3}, {"rows": 2, "k": 1})),
    Op("range", "; start, limit=None, delta=None, dtype=None",
       ("tf.range(start, limit=None, delta=1, dtype=None)",
       "K.arange(start, stop:limit=None, step:delta=1, dtype='int32')",
        "ops.arange(start, stop:limit=None, step:delta=None, dtype=None)",
        "np.arange(start, stop:limit=None, step:delta=1)"), _range, kind=Kind.SHAPES, dtype=_range_dtype,
       interval=_range_interval, ulp=0, examples=({"start": 4}, {"start": 1.0, "limit": 3.0, "delta": 0.5})),
    Op("linspace", "start, stop; num=50",
       (*spell("tf", "linspace(start, stop, num)", "lin_space(start, stop, num)"), "ops.linspace(start, stop, num=50)",
        "np.linspace(start, stop, num=50)"), _linspace, _linspace_vjp, kind=Kind.SHAPES,
       interval=lambda x, y, **_: hulls(x, y), slack=2, examples=({"num": 5},), skips=("huge", "inf"),
       note="TensorFlow's kernel steps from either end."),
    Op("linspace_grad", "g, like; num=50, last=False", (), _linspace_grad, kind=Kind.REDUCES),
)
# fmt: on
