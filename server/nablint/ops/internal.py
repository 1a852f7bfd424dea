"""Ops that nobody writes: gradients and compositions are made of them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nablint.domains.dtype import Array, Dtype, Format
from nablint.domains.interval import TOP, Interval, IntervalRule, passes, product
from nablint.ir import Builder
from nablint.ops.activations import ALPHA, SCALE
from nablint.ops.axes import Axis, one, shifted, spread
from nablint.ops.op import Kind, Op
from nablint.ops.special import pointwise

Slope = Callable[[Array, Array, Format], Array]


def _ramp_like(x: Array) -> Array:
    """A different number for each element of a trial, none of them zero."""
    count = int(np.prod(x.shape[1:], dtype=int))
    steps = 1 + np.arange(count, dtype=x.dtype) / 2
    return np.broadcast_to((steps * (-1) ** np.arange(count)).astype(x.dtype).reshape(x.shape[1:]), x.shape)


def _unbroadcast(g: Array, x: Array) -> Array:
    """The incoming gradient summed to the shape of the operand that was broadcast."""
    if x.ndim == 0:
        return np.asarray(g.sum(axis=tuple(range(1, g.ndim))))
    lead = g.ndim - x.ndim
    summed = g.sum(axis=tuple(range(1, 1 + lead))) if lead else g
    axes = tuple(i for i in range(1, x.ndim) if x.shape[i] == 1 and summed.shape[i] != 1)
    return summed.sum(axis=axes, keepdims=True) if axes else summed


def _unless_no_gradient(slope: Slope) -> Slope:
    """Some eager kernels give 0 where the incoming gradient is 0, whatever the slope; XLA's product is NaN there."""
    return lambda y, g, fmt: np.where(g == 0, np.zeros((), y.dtype), slope(y, g, fmt))


def _times(fmt: Format, found: Array, *factors: Array) -> Array:
    """The product from left to right, each step rounded as the kernel does."""
    for factor in factors:
        found = fmt.round(found * factor)
    return found


def _div_twice(n: Array, d: Array, fmt: Format) -> Array:
    return fmt.round(n / d) / d


def _div_twice_xla(n: Array, d: Array, fmt: Format) -> Array:
    """XLA turns n / d / d into n / (d * d), which overflows and underflows earlier; not in bfloat16."""
    return _div_twice(n, d, fmt) if fmt.name == "bfloat16" else n / fmt.round(d * d)


def _sqrt_grad(y: Array, g: Array, fmt: Format) -> Array:
    return fmt.round(g * y.dtype.type(0.5)) / y


def _rsqrt_grad(y: Array, g: Array, fmt: Format) -> Array:
    return _times(fmt, g * y.dtype.type(-0.5), y, fmt.round(y * y))


def _rsqrt_grad_xla(y: Array, g: Array, fmt: Format) -> Array:
    return np.asarray((g * y.dtype.type(-0.5)) * fmt.round(fmt.round(y * y) * y))


def _reciprocal_grad(y: Array, g: Array, fmt: Format) -> Array:
    return fmt.round(-y * y) * g


def _trigamma(x: float) -> float:
    if x <= 0 and x == math.floor(x):
        return math.nan if math.isinf(x) else math.inf
    if x < 0:
        return (math.pi / math.sin(math.pi * (x - round(x)))) ** 2 - _trigamma(1 - x)
    found = 0.0
    while x < 30:
        found += 1 / (x * x)
        x += 1
    t = 1 / (x * x)
    return found + 1 / x + t / 2 + t / x * (1 / 6 - t * (1 / 30 - t * (1 / 42 - t / 30)))


def _masked(condition: Array, g: Array) -> Array:
    """Eager kernels multiply by the mask, so that an infinite gradient becomes NaN where the mask is 0."""
    return np.asarray(g * condition.astype(g.dtype))


def _selected(condition: Array, g: Array) -> Array:
    """XLA selects, and an infinite gradient is dropped where the mask is 0."""
    return np.where(condition, g, np.zeros((), g.dtype))


def _elu_grad(g: Array, y: Array) -> Array:
    return np.where(y < 0, (y + 1) * g, g)


def _elu_grad_xla(g: Array, y: Array) -> Array:
    return np.where(y > 0, g, (y + 1) * g)


def _selu_grad(g: Array, y: Array) -> Array:
    one = y.dtype.type
    return np.asarray(np.where(y < 0, g * (y + one(SCALE * ALPHA)), g * one(SCALE)))


def _selu_grad_xla(g: Array, y: Array) -> Array:
    """At zero XLA takes the slope from the left."""
    one = y.dtype.type
    return np.asarray(np.where(y > 0, g * one(SCALE), g * (y + one(SCALE * ALPHA))))


def _leaky_grad(g: Array, x: Array, fmt: Format, alpha: float = 0.2) -> Array:
    return np.where(x > 0, g, g * fmt.round(np.asarray(alpha, np.float32)))


def _softsign_grad(g: Array, x: Array, fmt: Format) -> Array:
    below = fmt.round(1 + np.abs(x))
    return g / fmt.round(below * below)


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


def _steep(low: float, high: float, within: Interval) -> IntervalRule:
    """The rule of a gradient whose op has a slope from `low` to `high` wherever its own value is `within`."""

    def steep(y: Interval, g: Interval, **_attrs: object) -> Interval:
        fits = within.lo <= y.lo and y.hi <= within.hi
        return product(Interval(low, high, y.nan), g) if fits else TOP

    return steep


def _between(low: float, high: float) -> IntervalRule:
    """The same for a gradient that takes the incoming one first, and whose op is that steep everywhere."""
    return lambda g, x, **_attrs: product(Interval(low, high, x.nan), g)


def _leaky_range(g: Interval, _x: Interval, alpha: float = 0.2) -> Interval:
    return product(Interval(min(alpha, 1.0), max(alpha, 1.0)), g)


def _elu_range(g: Interval, y: Interval) -> Interval:
    return product(Interval(min(y.lo + 1, 1.0), 1.0, y.nan), g)


def _selu_range(g: Interval, y: Interval) -> Interval:
    return product(Interval(min(y.lo + SCALE * ALPHA, SCALE), SCALE * ALPHA, y.nan), g)


# fmt: off
ROWS = (
    Op("ramp_like", "x", (), _ramp_like, ulp=0),
    Op("unbroadcast", "g, x", (), _unbroadcast, kind=Kind.REDUCES),
    Op("spread", "g, x; axis=None, keepdims=False", (), spread, dtype=lambda promote, g, x, **_: g, interval=passes,
       kind=Kind.SHAPES, ulp=0),
    Op("drop_axes", "x; axis=None", (), _drop_axes, _drop_vjp, interval=passes, kind=Kind.SHAPES, ulp=0),
    Op("reshape_like", "x, like", (),
       lambda x, like: np.broadcast_to(x, like.shape) if x.ndim == 0 else x.reshape(x.shape[:1] + like.shape[1:]),
       lambda b, g, y, x, like: (b("reshape_like", g, x), None), dtype=lambda promote, x, like: x, interval=passes,
       kind=Kind.SHAPES, ulp=0),
    Op("count_along", "x; axis=None", (), _count_along, kind=Kind.SHAPES, ulp=0),
    Op("widen", "x", (), lambda x: x, lambda b, g, y, x: (b("cast_like", g, x),), dtype=_wide, interval=passes, ulp=0),
    Op("largest_like", "x", (), lambda x, fmt: np.full(x.shape, fmt.max, x.dtype), formatted=True, ulp=0),
    Op("sort_grad", "g, x; axis=-1, direction='ASCENDING'", (), _sort_grad, kind=Kind.ROWWISE, ulp=0),
    Op("square_grad", "g, x", (), lambda g, x, fmt: g * fmt.round(x * 2),
       interval=lambda g, x: product(g, product(x, Interval(2, 2))), formatted=True),
    Op("div_twice", "n, d", (), _div_twice, xla=_div_twice_xla, formatted=True),
    Op("sqrt_grad", "y, g", (), _unless_no_gradient(_sqrt_grad), xla=_sqrt_grad, formatted=True),
    Op("rsqrt_grad", "y, g", (), _unless_no_gradient(_rsqrt_grad), xla=_rsqrt_grad_xla, formatted=True),
    Op("reciprocal_grad", "y, g", (), _unless_no_gradient(_reciprocal_grad), xla=_reciprocal_grad, formatted=True),
    Op("trigamma", "x", (), pointwise(_trigamma)),
    Op("tanh_grad", "y, g", (), lambda y, g: g * (1 - y * y), interval=_steep(0, 1, Interval(-1, 1))),
    Op("sigmoid_grad", "y, g", (), lambda y, g: g * (1 - y) * y, interval=_steep(0, 0.25, Interval(0, 1))),
    Op("relu_grad", "g, y", (), lambda g, y: _masked(y > 0, g), xla=lambda g, y: _selected(y > 0, g),
       interval=_between(0, 1), ulp=0),
    Op("relu6_grad", "g, y", (), lambda g, y: _masked((y > 0) & (y < 6), g),
       xla=lambda g, y: _selected((y > 0) & (y < 6), g), interval=_between(0, 1), ulp=0),
    Op("leaky_relu_grad", "g, x; alpha=0.2", (), _leaky_grad, interval=_leaky_range, formatted=True),
    Op("elu_grad", "g, y", (), _elu_grad, xla=_elu_grad_xla, interval=_elu_range),
    Op("selu_grad", "g, y", (), _selu_grad, xla=_selu_grad_xla, interval=_selu_range),
    Op("softsign_grad", "g, x", (), _softsign_grad, interval=_between(0, 1), formatted=True),
)
# fmt: on
