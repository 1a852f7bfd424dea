"""Modified Bessel functions, inverse error functions, and what else statistics needs of one number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nablint.domains.dtype import FORMATS, Array, Format
from nablint.domains.interval import INF, Interval, rising
from nablint.ir import Builder
from nablint.ops.op import Kind, Op, spell
from nablint.ops.special import pointwise

FAR = 25.0
"""From here on the asymptotic series is exact to a float64."""


def _near(x: Array, order: int) -> Array:
    """The power series, times exp(-|x|): all its terms are positive."""
    half = x / 2
    term = half if order else np.ones_like(x)
    found = term.copy()
    for k in range(1, 80):
        term = term * (half * half / (k * (k + order)))
        found += term
    return np.asarray(found * np.exp(-np.abs(x)))


def _far(x: Array, order: int) -> Array:
    """The asymptotic series of I(|x|) exp(-|x|)."""
    size = np.abs(x)
    term = np.ones_like(size)
    found = term.copy()
    for k in range(1, 24):
        term = term * ((2 * k - 1) ** 2 - 4 * order * order) / (8 * k * size)
        found += term
    return np.asarray(found / (math.sqrt(2 * math.pi) * np.sqrt(size)))


def _scaled(order: int) -> Callable[[Array], Array]:
    """I(x) exp(-|x|); an odd order is an odd function."""

    def meaning(x: Array) -> Array:
        wide = x.astype(np.float64)
        is_far = np.abs(wide) > FAR
        near = _near(np.where(is_far, 0.0, wide), order)
        far = _far(np.where(is_far, wide, FAR), order)
        found = np.where(is_far, np.sign(wide) * far if order else far, near)
        return np.where(np.isnan(x), np.nan, found).astype(x.dtype)

    return meaning


def _whole(order: int) -> Callable[..., Array]:
    """The kernels multiply by exp(|x|), which overflows a little before the product would."""

    def meaning(x: Array, fmt: Format) -> Array:
        return np.asarray(_scaled(order)(x) * np.exp(np.abs(x)))

    return meaning


def _i0e_vjp(b: Builder, g: int, y: int, x: int) -> tuple[int]:
    return (b("mul", g, b("sub", b("i1e", x), b("mul", b("sign", x), y))),)


def _unless_zero(b: Builder, x: int, at_zero: float, elsewhere: int) -> int:
    return b("where", b("equal", x, b.const(0.0)), b("cast_like", b.const(at_zero), x), elsewhere)


def _i1_vjp(b: Builder, g: int, y: int, x: int) -> tuple[int]:
    return (b("mul", g, _unless_zero(b, x, 1.0, b("sub", b("i0", x), b("div", y, x)))),)


def _i1e_vjp(b: Builder, g: int, y: int, x: int) -> tuple[int]:
    inner = b("mul", y, b("add", b("sign", x), b("reciprocal", x)))
    return (b("mul", g, _unless_zero(b, x, 0.5, b("sub", b("i0e", x), inner))),)


def _quantile(p: float) -> float:
    """The normal distribution's quantile."""
    from statistics import NormalDist

    if p in (0.0, 1.0):
        return INF if p else -INF
    return NormalDist().inv_cdf(p) if 0 < p < 1 else math.nan


def _erfinv(x: float) -> float:
    """By Newton's method from the quantile, which loses small numbers."""
    if abs(x) >= 1 or math.isnan(x):
        return math.copysign(INF, x) if abs(x) == 1 else math.nan
    tail = math.copysign(_quantile((1 - abs(x)) / 2), x) / math.sqrt(2)
    y = tail if abs(x) > 1e-3 else x * math.sqrt(math.pi) / 2
    for _ in range(3):
        error = math.erf(y) - x if abs(x) < 0.5 else math.copysign(1 - abs(x), x) - math.copysign(math.erfc(abs(y)), y)
        y -= error * math.sqrt(math.pi) / 2 * math.exp(min(y * y, 700.0))
    return y


def _erfinv_eager(x: Array, fmt: Format) -> Array:
    """The kernel asks for the quantile of (x + 1) / 2, which rounds to 1 where x is nearly 1."""
    return np.where(fmt.round(x + 1) == 2, INF, pointwise(_erfinv)(x))


def _quantile_xla(x: Array, fmt: Format) -> Array:
    """XLA asks erfinv of 2x - 1, which rounds to -1 for small x, negative ones too."""
    fmt = FORMATS["float32"] if fmt.name == "bfloat16" else fmt
    return np.asarray(pointwise(_erfinv)(fmt.round(2 * x - 1)) * x.dtype.type(math.sqrt(2)))


def _by_gauss(factor: float, halves: bool) -> Callable[[Builder, int, int, int], tuple[int]]:
    def vjp(b: Builder, g: int, y: int, x: int) -> tuple[int]:
        square = b("div", b("square", y), b.const(2.0)) if halves else b("square", y)
        return (b("mul", b("mul", g, b.const(factor)), b("exp", square)),)

    return vjp


def _erfcinv(b: Builder, x: int) -> int:
    return b("mul", b("neg", b("ndtri", b("mul", b.const(0.5), x))), b.const(math.sqrt(0.5)))


def _log_beta(b: Builder, x: int) -> int:
    return b("sub", b("sum", b("lgamma", x), axis=-1), b("lgamma", b("sum", x, axis=-1)))


def _erfinv_interval(x: Interval, **_attrs: object) -> Interval:
    return rising(_erfinv, Interval(-1.0, 1.0))(x)


# fmt: off
CANCELS = "The slope is a difference of nearly equal numbers: little more than its pattern is compared."
LOOSE: dict[str, Any] = {"ulp": 64, "slope_ulp": 1 << 44, "slack": 2, "note": CANCELS}

ROWS = (
    Op("i0", "x", ("tf.math.bessel_i0", *spell("ops np", "i0"), "tf.math.special.bessel_i0"), _whole(0),
       lambda b, g, y, x: (b("mul", g, b("i1", x)),), formatted=True, image=Interval(1.0, INF),
       lacks=("eager bfloat16", "xla"), **LOOSE),
    Op("i0e", "x", ("tf.math.bessel_i0e", "tf.math.special.bessel_i0e"), _scaled(0), _i0e_vjp,
       image=Interval(0.0, 1.0), lacks=("eager bfloat16",), **LOOSE),
    Op("i1", "x", ("tf.math.bessel_i1", "tf.math.special.bessel_i1"), _whole(1), _i1_vjp, formatted=True,
       lacks=("eager bfloat16", "xla"), **LOOSE),
    Op("i1e", "x", ("tf.math.bessel_i1e", "tf.math.special.bessel_i1e"), _scaled(1), _i1e_vjp,
       image=Interval(-1.0, 1.0), lacks=("eager bfloat16",), skips=("subnormal",), **LOOSE),
    Op("erfinv", "x", ("tf.math.erfinv",), _erfinv_eager, _by_gauss(math.sqrt(math.pi) / 2, False),
       xla=lambda x, fmt: pointwise(_erfinv)(x), formatted=True, lacks=("eager float16", "eager bfloat16"),
       interval=_erfinv_interval, slack=4, slope_ulp=256),
    Op("ops_erfinv", "x", ("ops.erfinv",), body=lambda b, x: b("cast_like", b("erfinv", b("widen", x)), x), slack=4,
       slope_ulp=256),
    Op("ndtri", "x", ("tf.math.ndtri",), lambda x, fmt: pointwise(_quantile)(x),
       _by_gauss(math.sqrt(2 * math.pi), True), xla=_quantile_xla, formatted=True,
       lacks=("eager float16", "eager bfloat16"), **(LOOSE | {"ulp": 1 << 16})),
    Op("erfcinv", "x", ("tf.math.erfcinv",), body=_erfcinv, lacks=("eager float16", "eager bfloat16"),
       **(LOOSE | {"ulp": 1 << 16})),
    Op("lbeta", "x", spell("tf.math tf", "lbeta"), body=_log_beta, kind=Kind.REDUCES,
       lacks=("eager bfloat16",)),
)
# fmt: on
