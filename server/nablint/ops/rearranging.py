"""More of what moves elements about: diagonals, stacks, slices, turns, and the largest elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nablint.domains.dtype import Array, Dtype
from nablint.domains.interval import TOP, Interval
from nablint.ir import Builder
from nablint.ops.axes import one
from nablint.ops.casting import fixed
from nablint.ops.op import STEPPED, Kind, Op, spell
from nablint.ops.shaping import _trials, moving


def _empty(x: Array) -> Any:
    """What fills a new tensor: zero, or no place at all."""
    return 0 if x.dtype.kind == "f" else -1


def _diagonal(x: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    rank = x.ndim - 1
    return np.diagonal(x, offset, one(rank, axis1), one(rank, axis2))


def _embed(x: Array, k: int = 0) -> Array:
    size = x.shape[-1] + abs(k)
    found = np.full((*x.shape[:-1], size, size), _empty(x), x.dtype)
    at = np.arange(x.shape[-1])
    found[..., at + max(-k, 0), at + max(k, 0)] = x
    return found


def _diag(x: Array, k: int = 0) -> Array:
    if x.ndim not in (2, 3):
        raise ValueError("a vector or a matrix is needed")
    return _embed(x, k) if x.ndim == 2 else _diagonal(x, k)


def _band_part(x: Array, num_lower: int, num_upper: int) -> Array:
    rows, columns = np.indices(x.shape[-2:])
    inside = (num_lower < 0) | (rows - columns <= num_lower)
    inside = inside & ((num_upper < 0) | (columns - rows <= num_upper))
    return np.where(inside, x, np.asarray(_empty(x), x.dtype))


def _stacked(axis: int, rank: int) -> Any:
    """`numpy.vstack` and its like: at least `rank` axes, joined along one; vectors are rows."""

    def meaning(*values: Array) -> Array:
        arrays = _trials(values)
        if rank == 3 and arrays[0].ndim < 4:
            raise ValueError("three axes are needed")
        if rank == 2 and arrays[0].ndim == 2:
            arrays = [a[:, None] for a in arrays]
        return np.concatenate(arrays, axis=axis + 1)

    return meaning


def _hstack(*values: Array) -> Array:
    arrays = _trials(values)
    return np.concatenate(arrays, axis=1 if arrays[0].ndim == 2 else 2)


def _append(x: Array, y: Array, axis: int | None = None) -> Array:
    x, y = _trials([x, y])
    if axis is None:
        return np.concatenate([x.reshape(len(x), -1), y.reshape(len(y), -1)], axis=1)
    return np.concatenate([x, y], axis=one(x.ndim - 1, axis))


def _slice(x: Array, begin: Sequence[int], size: Sequence[int]) -> Array:
    keys = (slice(b, None if s == -1 else b + s) for b, s in zip(begin, size, strict=True))
    return x[(slice(None), *keys)]


def _strided_slice(x: Array, begin: Sequence[int], end: Sequence[int], strides: Sequence[int] | None = None) -> Array:
    keys = (slice(*each) for each in zip(begin, end, strides or [1] * len(begin), strict=True))
    return x[(slice(None), *keys)]


def _rot90(x: Array, k: int = 1, axes: Sequence[int] = (0, 1)) -> Array:
    if k % 4 > 1:
        raise ValueError("Keras turns what is not square otherwise than NumPy does")
    first, second = (one(x.ndim - 1, axis) for axis in axes)
    return np.rot90(x, k, (first, second))


def _flat_batch(x: Array) -> Array:
    return x.reshape(*x.shape[:2], -1)


def _cut(axis: int) -> Any:
    def meaning(x: Array, sizes: int | Sequence[int], index: int = 0) -> Array:
        return np.split(x, sizes, axis=one(x.ndim - 1, axis))[index]

    return meaning


def _diff(b: Builder, x: int, n: int = 1, axis: int = -1) -> int:
    if axis < -1:
        raise ValueError("an axis counted from the end")
    before: tuple[Any, ...] = (...,) if axis == -1 else (("slice", None, None, None),) * axis
    for _ in range(n):
        later, earlier = (
            b("getitem", x, key=(*before, ("slice", *ends))) for ends in ((1, None, None), (None, -1, None))
        )
        x = b("sub", later, earlier)
    return x


def _largest(x: Array, k: int) -> Array:
    """The places of the k largest of each row, the first of equals first."""
    return np.argsort(-x, axis=-1, kind="stable")[..., :k]


def _top_k(x: Array, k: int = 1, index: int = 0) -> Array:
    places = _largest(x, k)
    return places if index else np.asarray(np.take_along_axis(x, places, axis=-1))


def _top_k_grad(g: Array, x: Array, k: int = 1) -> Array:
    found = np.zeros_like(x)
    np.put_along_axis(found, _largest(x, k), g, axis=-1)
    return found


def _top_k_vjp(b: Builder, g: int, y: int, x: int, k: int = 1, index: int = 0) -> tuple[int | None]:
    return (None if index else b("top_k_grad", g, x, k=k),)


def _top_k_dtype(_promote: bool, x: Dtype, k: int = 1, index: int = 0) -> Dtype:
    return Dtype("int32") if index else x


def _argsort(x: Array, axis: int = -1, direction: str = "ASCENDING") -> Array:
    at = one(x.ndim - 1, axis)
    return np.argsort(-x if direction == "DESCENDING" else x, axis=at, kind="stable")


# fmt: off
ROWS = (
    moving("diag_part", "x", ("tf.linalg.diag_part(input:x)", "tf.matrix_diag_part(input:x)"),
           lambda x: _diagonal(x, 0, -2, -1)),
    moving("diagonal", "x; offset=0, axis1=0, axis2=1",
           ("ops.diagonal", "np.diagonal(a:x, offset=0, axis1=0, axis2=1)"), _diagonal, {}, {"offset": 1}),
    moving("embed_diagonal", "x; k=0", ("tf.linalg.diag(diagonal:x, k=0)", "tf.matrix_diag(diagonal:x, k=0)"), _embed),
    moving("diag", "x; k=0", ("ops.diag", "np.diag(v:x, k=0)"), _diag, {}, {"k": 1}),
    Op("trace", "x", ("tf.linalg.trace", "tf.trace"), body=lambda b, x: b("sum", b("diag_part", x), axis=-1),
       kind=Kind.REDUCES),
    Op("ops_trace", "x; offset=0, axis1=0, axis2=1", ("ops.trace", "np.trace(a:x, offset=0, axis1=0, axis2=1)"),
       body=lambda b, x, **attrs: b("sum", b("diagonal", x, **attrs), axis=-1), kind=Kind.REDUCES),
    moving("band_part", "x; num_lower, num_upper",
           (*spell("tf", "linalg.band_part(input:x, num_lower, num_upper)",
                   "matrix_band_part(input:x, num_lower, num_upper)"),), _band_part,
           {"num_lower": 0, "num_upper": 1}, {"num_lower": -1, "num_upper": 0}),
    moving("vstack", "*values", ("ops.vstack(xs:values)", "np.vstack(tup:values)"), _stacked(0, 2)),
    moving("hstack", "*values", ("ops.hstack(xs:values)", "np.hstack(tup:values)"), _hstack),
    moving("append", "x, y; axis=None", ("ops.append(x1:x, x2:y, axis=None)", "np.append(arr:x, values:y, axis=None)"),
           _append, {}, {"axis": -1}),
    moving("slice", "x; begin, size", ("tf.slice(input_:x, begin, size)",
           "ops.slice(inputs:x, start_indices:begin, shape:size)"),
           _slice, {"begin": (0, 1), "size": (2, 2)}),
    moving("strided_slice", "x; begin, end, strides=None", ("tf.strided_slice(input_:x, begin, end, strides=None)",),
           _strided_slice, {"begin": (0, 0), "end": (2, 3), "strides": (1, 2)}),
    moving("fliplr", "x", ("ops.fliplr", "np.fliplr(m:x)"), lambda x: np.flip(x, 2)),
    moving("flipud", "x", ("ops.flipud", "np.flipud(m:x)"), lambda x: np.flip(x, 1)),
    moving("rot90", "x; k=1, axes=(0, 1)", ("ops.rot90(array:x, k=1, axes=(0, 1))", "np.rot90(m:x, k=1, axes=(0, 1))"),
           _rot90,
           {}, {"k": 1, "axes": (1, 0)}),
    moving("batch_flatten", "x", ("K.batch_flatten",), _flat_batch),
    moving("vsplit", "x; sizes, index=0",
           ("ops.vsplit(x, indices_or_sections:sizes)", "np.vsplit(ary:x, indices_or_sections:sizes)"), _cut(0),
           {"sizes": 2, "index": 1}, many=True),
    moving("hsplit", "x; sizes, index=0",
           ("ops.hsplit(x, indices_or_sections:sizes)", "np.hsplit(ary:x, indices_or_sections:sizes)"), _cut(1),
           {"sizes": 3, "index": 1}, many=True),
    Op("diff", "x; n=1, axis=-1", ("ops.diff(a:x, n=1, axis=-1)", "np.diff(a:x, n=1, axis=-1)"), body=_diff,
       kind=Kind.ROWWISE, ulp=0, examples=({}, {"n": 2}, {"axis": 0})),
    Op("top_k", "x; k=1, index=0", (*spell("tf.math tf.nn", "top_k(input:x, k=1, sorted:_=True)"),
       "ops.top_k(x, k, sorted:_=True)"),
       _top_k, _top_k_vjp, dtype=_top_k_dtype, interval=lambda x, k=1, index=0: x if not index else Interval(0.0,
       TOP.hi),
       kind=Kind.SHAPES, many=2, ulp=0, skips=("nan",), note="Where rows hold NaN, the order depends on the kernel.",
       examples=({"k": 2}, {"k": 2, "index": 1})),
    Op("top_k_grad", "g, x; k=1", (), _top_k_grad, kind=Kind.SHAPES, ulp=0),
    Op("argsort", "x; axis=-1, direction='ASCENDING'",
       ("tf.argsort(values:x, axis=-1, direction='ASCENDING')", "ops.argsort(x, axis=-1)", "np.argsort(a:x, axis=-1)"),
       _argsort, kind=Kind.SHAPES, dtype=fixed("int32"), smooth=STEPPED, ulp=0, skips=("nan", "xla 0"),
       note="Where rows hold NaN or zeros of both signs, the order depends on the kernel.",
       examples=({}, {"direction": "DESCENDING"})),
)
# fmt: on
