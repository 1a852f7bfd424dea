"""Ops that nobody writes: gradients and compositions are made of them."""

from __future__ import annotations

import numpy as np

from nablint.domains.dtype import Array, Dtype
from nablint.domains.interval import passes
from nablint.ir import Builder
from nablint.ops.activations import ALPHA, SCALE
from nablint.ops.axes import Axis, one, shifted, spread
from nablint.ops.op import Kind, Op


def _ramp_like(x: Array) -> Array:
    """A different number for each element of a trial, none of them zero."""
    count = int(np.prod(x.shape[1:], dtype=int))
    steps = 1 + np.arange(count, dtype=x.dtype) / 2
    return np.broadcast_to((steps * (-1) ** np.arange(count)).astype(x.dtype).reshape(x.shape[1:]), x.shape)


def _unbroadcast(g: Array, x: Array) -> Array:
    """The incoming gradient summed to the shape of the operand that was broadcast."""
    if x.ndim == 0:
        return g.sum(axis=tuple(range(1, g.ndim)))
    lead = g.ndim - x.ndim
    summed = g.sum(axis=tuple(range(1, 1 + lead))) if lead else g
    axes = tuple(i for i in range(1, x.ndim) if x.shape[i] == 1 and summed.shape[i] != 1)
    return summed.sum(axis=axes, keepdims=True) if axes else summed


def _unless_no_gradient(g: Array, slope: Array) -> Array:
    """Some eager kernels give 0 where the incoming gradient is 0, whatever the slope."""
    return np.where(g == 0, np.zeros((), slope.dtype), slope)


def _sqrt_grad(y: Array, g: Array) -> Array:
    return g * y.dtype.type(0.5) / y


def _rsqrt_grad(y: Array, g: Array) -> Array:
    return y * y * y * (g * y.dtype.type(-0.5))


def _where(condition: Array, g: Array) -> Array:
    return np.where(condition, g, np.zeros((), g.dtype))


def _elu_grad(g: Array, y: Array) -> Array:
    return np.where(y < 0, (y + 1) * g, g)


def _selu_grad(g: Array, y: Array) -> Array:
    one = y.dtype.type
    return np.where(y < 0, g * (y + one(SCALE * ALPHA)), g * one(SCALE))


def _leaky_grad(g: Array, x: Array, alpha: float = 0.2) -> Array:
    return np.where(x > 0, g, g * x.dtype.type(alpha))


def _softsign_grad(g: Array, x: Array) -> Array:
    return g / ((1 + np.abs(x)) * (1 + np.abs(x)))


def _count_along(x: Array, axis: Axis = None) -> Array:
    return np.asarray(float(np.prod([x.shape[a] for a in shifted(x, axis)], dtype=int)), x.dtype)


def _drop_axes(x: Array, axis: Axis = None) -> Array:
    return np.squeeze(x, axis=shifted(x, axis))


def _sort_grad(g: Array, x: Array, axis: int = -1, direction: str = "ASCENDING") -> Array:
    """TensorFlow sorts by top_k: of equal elements the first comes first in descending order."""
    at = one(x.ndim - 1, axis)
    order = np.argsort(-x, axis=at, kind="stable") if direction == "DESCENDING" else np.argsort(x, at, kind="stable")
    found = np.zeros_like(g)
    np.put_along_axis(found, order, g, at)
    return found


def _wide(_promote: bool, x: Dtype, **_attrs: object) -> Dtype:
    return Dtype("float32", x.weak) if x.name in ("float16", "bfloat16") else x


def _drop_vjp(b: Builder, g: int, y: int, x: int, axis: Axis = None) -> tuple[int]:
    return (b("reshape_like", g, x),)


# fmt: off
ROWS = (
    Op("ramp_like", "x", (), _ramp_like, ulp=0),
    Op("unbroadcast", "g, x", (), _unbroadcast, kind=Kind.REDUCES),
    Op("spread", "g, x; axis=None, keepdims=False", (), spread, dtype=lambda promote, g, x, **_: g, interval=passes,
       kind=Kind.SHAPES, ulp=0),
    Op("drop_axes", "x; axis=None", (), _drop_axes, _drop_vjp, interval=passes, kind=Kind.SHAPES, ulp=0),
    Op("reshape_like", "x, like", (), lambda x, like: np.broadcast_to(x, like.shape) if x.ndim == 0
       else x.reshape(x.shape[:1] + like.shape[1:]), lambda b, g, y, x, like: (b("reshape_like", g, x), None),
       dtype=lambda promote, x, like: x, interval=passes, kind=Kind.SHAPES, ulp=0),
    Op("count_along", "x; axis=None", (), _count_along, kind=Kind.SHAPES, ulp=0),
    Op("widen", "x", (), lambda x: x, lambda b, g, y, x: (b("cast_like", g, x),), dtype=_wide, interval=passes, ulp=0),
    Op("largest_like", "x", (), lambda x, fmt: np.full(x.shape, fmt.max, x.dtype), formatted=True, ulp=0),
    Op("sort_grad", "g, x; axis=-1, direction='ASCENDING'", (), _sort_grad, kind=Kind.ROWWISE, ulp=0),
    Op("sqrt_grad", "y, g", (), lambda y, g: _unless_no_gradient(g, _sqrt_grad(y, g)), xla=_sqrt_grad),
    Op("rsqrt_grad", "y, g", (), lambda y, g: _unless_no_gradient(g, _rsqrt_grad(y, g)), xla=_rsqrt_grad),
    Op("reciprocal_grad", "y, g", (), lambda y, g: _unless_no_gradient(g, -g * y * y), xla=lambda y, g: -g * y * y),
    Op("tanh_grad", "y, g", (), lambda y, g: g * (1 - y * y)),
    Op("sigmoid_grad", "y, g", (), lambda y, g: g * (1 - y) * y),
    Op("relu_grad", "g, y", (), lambda g, y: _where(y > 0, g), ulp=0),
    Op("relu6_grad", "g, y", (), lambda g, y: _where((y > 0) & (y < 6), g), ulp=0),
    Op("leaky_relu_grad", "g, x; alpha=0.2", (), _leaky_grad),
    Op("elu_grad", "g, y", (), _elu_grad),
    Op("selu_grad", "g, y", (), _selu_grad),
    Op("softsign_grad", "g, x", (), _softsign_grad),
)
# fmt: on
