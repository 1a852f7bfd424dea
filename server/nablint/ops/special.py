"""Special functions: error functions, gamma functions, and products that are zero where their first factor is."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nablint.domains.dtype import Array, Format
from nablint.domains.interval import Interval, falling
from nablint.ir import Builder
from nablint.ops.op import Op, spell

LOG_2 = float(np.float32(math.log(2.0)))
"""Keras rounds it to float32 before it is cast."""
TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)


def pointwise(f: Callable[[float], float]) -> Callable[[Array], Array]:
    """A function of Python's math module on arrays; NaN where it raises ValueError, infinite where it overflows."""

    def safe(x: float) -> float:
        try:
            return f(x)
        except ValueError:
            return math.nan
        except (OverflowError, ZeroDivisionError):
            return math.inf

    def meaning(x: Array) -> Array:
        return np.array([safe(v) for v in x.ravel().tolist()], x.dtype).reshape(x.shape)

    return meaning


def _erf(x: Array, fmt: Format) -> Array:
    """TensorFlow's kernel for float64 squares x, and is NaN where that overflows."""
    found = pointwise(math.erf)(x)
    return np.where(np.abs(x) > 1.34e154, np.nan, found) if fmt.name == "float64" else found


def _erf_interval(x: Interval, **_attrs: object) -> Interval:
    return Interval(math.erf(x.lo), math.erf(x.hi), x.nan or max(abs(x.lo), abs(x.hi)) > 1.3e154)


def _lgamma(x: float) -> float:
    return math.inf if x <= 0 and x == math.floor(x) else math.lgamma(x)


def _digamma(x: float) -> float:
    """By reflection, recurrence and the asymptotic series."""
    if x == -math.inf or x == 0 or (x < 0 and x == math.floor(x)):
        return math.nan
    if x < 0:
        return _digamma(1 - x) - math.pi / math.tan(math.pi * (x - round(x)))
    found = 0.0
    while x < 20:
        found -= 1 / x
        x += 1
    if math.isinf(x):
        return math.inf
    t = 1 / (x * x)
    series = t * (1 / 12 - t * (1 / 120 - t * (1 / 252 - t * (1 / 240 - t / 132))))
    return found + math.log(x) - 0.5 / x - series


def _gauss(factor: float) -> Callable[[Builder, int, int, int], tuple[int]]:
    """The slope g * factor * exp(-x²)."""

    def vjp(b: Builder, g: int, y: int, x: int) -> tuple[int]:
        return (b("mul", b("mul", g, b.const(factor)), b("exp", b("neg", b("square", x)))),)

    return vjp


def _unless_zero(x: Array, value: Array) -> Array:
    return np.where(x == 0, np.zeros((), value.dtype), value)


def _is_not_zero(b: Builder, x: int, like: int) -> int:
    return b("cast_like", b("not_equal", x, b.const(0)), like)


def _xlogy_vjp(b: Builder, g: int, z: int, x: int, y: int) -> tuple[int, int]:
    x, y = b("cast_like", x, z), b("cast_like", y, z)
    return b("mul", b("xlogy", _is_not_zero(b, x, z), y), g), b("mul", b("xdivy", x, y), g)


def _xlog1py_vjp(b: Builder, g: int, z: int, x: int, y: int) -> tuple[int, int]:
    x, y = b("cast_like", x, z), b("cast_like", y, z)
    above = b("xdivy", x, b("add", y, b.const(1.0)))
    return b("mul", b("xlog1py", _is_not_zero(b, x, z), y), g), b("mul", above, g)


def _xdivy_vjp(b: Builder, g: int, z: int, x: int, y: int) -> tuple[int, int]:
    x, y = b("cast_like", x, z), b("cast_like", y, z)
    square = b("pow", y, b.const(2))
    return b("mul", b("xdivy", _is_not_zero(b, x, z), y), g), b("mul", b("xdivy", b("neg", x), square), g)


def _atan2_vjp(b: Builder, g: int, z: int, y: int, x: int) -> tuple[int, int]:
    y, x = b("cast_like", y, z), b("cast_like", x, z)
    inverse = b("div", g, b("add", b("square", y), b("square", x)))
    return b("mul", x, inverse), b("mul", b("neg", y), inverse)


def _logaddexp(b: Builder, x: int, y: int) -> int:
    delta = b("sub", x, y)
    tail = b("log1p", b("exp", b("neg", b("abs", delta))))
    return b("where", b("is_nan", delta), b("add", x, y), b("add", b("maximum", x, y), tail))


def _logaddexp2(b: Builder, x: int, y: int) -> int:
    delta = b("sub", x, y)
    log2 = b("cast_like", b.const(LOG_2), delta)
    tail = b("div", b("log1p", b("exp", b("mul", b("neg", b("abs", delta)), log2))), log2)
    return b("where", b("is_nan", delta), b("add", x, y), b("add", b("maximum", x, y), tail))


# fmt: off
ROWS = (
    Op("erf", "x", ("tf.math.erf", "tf.erf", *spell("ops math", "erf")), _erf, formatted=True,
       xla=lambda x, fmt: pointwise(math.erf)(x), vjp=_gauss(TWO_OVER_ROOT_PI), interval=_erf_interval,
       image=Interval(-1.0, 1.0), older=("tensorflow 2.16 float64",)),
    Op("erfc", "x", ("tf.math.erfc", "tf.erfc", *spell("ops math", "erfc")), pointwise(math.erfc),
       _gauss(-TWO_OVER_ROOT_PI), interval=falling(math.erfc), image=Interval(0.0, 2.0), ulp=128),
    Op("lgamma", "x", ("tf.math.lgamma", "tf.lgamma", "math.lgamma"), pointwise(_lgamma),
       lambda b, g, y, x: (b("mul", g, b("digamma", x)),), skips=("subnormal",), lacks=("eager bfloat16",), slack=64,
       slope_ulp=8192),
    Op("digamma", "x", ("tf.math.digamma", "tf.digamma"), pointwise(_digamma),
       lambda b, g, y, x: (b("mul", g, b("trigamma", x)),), ulp=64, slope_ulp=64, slack=8,
       lacks=("float16", "bfloat16"), note="TensorFlow's trigamma of negative numbers is not the mathematical one.",
       skips=("negative", "xla inf")),
    Op("xlogy", "x, y", ("tf.math.xlogy",), lambda x, y: _unless_zero(x, x * np.log(y)), _xlogy_vjp,
       skips=("subnormal",)),
    Op("xlog1py", "x, y", ("tf.math.xlog1py",), lambda x, y: _unless_zero(x, x * np.log1p(y)), _xlog1py_vjp,
       skips=("subnormal",)),
    Op("xdivy", "x, y", ("tf.math.xdivy",), lambda x, y: _unless_zero(x, x / y), _xdivy_vjp, skips=("subnormal",)),
    Op("atan2", "y, x", (*spell("tf tf.math", "atan2"), *spell("ops np", "arctan2(x1:y, x2:x)"), "math.atan2"),
       np.arctan2, _atan2_vjp, image=Interval(-3.1415927410125732, 3.1415927410125732), skips=("subnormal",),
       hardens=("keras.ops.arctan2",)),
    Op("logaddexp", "x, y", spell("ops np", "logaddexp(x1:x, x2:y)"), body=_logaddexp, slack=2,
       hardens=("keras.ops.logaddexp",)),
    Op("logaddexp2", "x, y", spell("ops np", "logaddexp2(x1:x, x2:y)"), body=_logaddexp2, slack=2,
       hardens=("keras.ops.logaddexp2",)),
)
# fmt: on
