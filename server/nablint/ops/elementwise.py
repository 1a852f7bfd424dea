"""Elementary functions of one number: powers of e, logarithms, roots, trigonometry, rounding."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nablint.domains.interval import INF, POSITIVE, TOP, Interval, even, quotient, rising
from nablint.ir import Builder
from nablint.ops.op import KINKED, REGROUPED, STEPPED, Op, spell, weakly

Flow = tuple[int]
Slope = Callable[[Builder, int, int, int], Flow]


def total_or(f: Callable[[float], float], at_low: float = -INF) -> Callable[[float], float]:
    """`f`, infinite where it overflows and `at_low` at the end of its domain, where Python raises."""

    def safe(x: float) -> float:
        try:
            return f(x)
        except OverflowError:
            return INF if x > 0 else -INF
        except ValueError:
            return at_low

    return safe


def times(op: str, *wrt: str) -> Slope:
    """The slope g * op(x)."""
    return lambda b, g, y, x: (b("mul", g, b(op, x)),)


def _inverse_of(inside: Callable[[Builder, int], int], sign: int = 1) -> Slope:
    """The slope g / inside(x), as TensorFlow multiplies: by the reciprocal."""

    def vjp(b: Builder, g: int, y: int, x: int) -> Flow:
        return (b("mul", g if sign > 0 else b("neg", g), b("reciprocal", inside(b, x))),)

    return vjp


def _one_minus_square(b: Builder, x: int) -> int:
    return b("sub", b.const(1), b("square", x))


def _gauss(factor: float, sign: int) -> Slope:
    """The slope of erf and its kin: g * factor * exp(-x²)."""

    def vjp(b: Builder, g: int, y: int, x: int) -> Flow:
        return (b("mul", b("mul", g, b.const(sign * factor)), b("exp", b("neg", b("square", x)))),)

    return vjp


def _tan_vjp(b: Builder, g: int, y: int, x: int) -> Flow:
    return (b("mul", b("square", b("reciprocal", b("cos", x))), g),)


def _by_log(base: float) -> Callable[[Builder, int], int]:
    """keras.ops.log2 and log10 divide logarithms, the second one in the dtype of x."""
    return lambda b, x: b("div", b("log", x), b("log", b("cast_like", b.const(base), x)))


def _sinc(b: Builder, x: int) -> int:
    scaled = b("mul", x, b.const(math.pi))
    return b("where", b("equal", x, b.const(0)), b("ones_like", x), b("div", b("sin", scaled), scaled))


def _trunc(b: Builder, x: int) -> int:
    return b("where", b("less", x, b.const(0)), b("ceil", x), b("floor", x))


def _round_to(b: Builder, x: int, decimals: int = 0) -> int:
    factor = b.const(float(10**decimals))
    return b("round", x) if decimals == 0 else b("div", b("round", b("mul", x, factor)), factor)


def _none(b: Builder, g: int, y: int, x: int) -> tuple[None]:
    return (None,)


# fmt: off
ROWS = (
    Op("exp", "x", (*spell("tf tf.math K ops np math", "exp"), "activations.exponential"), np.exp,
       lambda b, g, y, x: (b("mul", g, y),), interval=rising(total_or(math.exp)), image=POSITIVE),
    Op("expm1", "x", ("tf.math.expm1", "tf.expm1", *spell("ops np math", "expm1")), np.expm1, times("exp"),
       interval=rising(total_or(math.expm1)), image=Interval(-1.0, INF), ulp=8),
    Op("log", "x", ("tf.math.log", "tf.log", *spell("K ops np math", "log")), np.log,
       lambda b, g, y, x: (b("mul", g, b("reciprocal", x)),), interval=rising(total_or(math.log), POSITIVE)),
    Op("log1p", "x", ("tf.math.log1p", "tf.log1p", *spell("ops np math", "log1p")), np.log1p,
       _inverse_of(lambda b, x: b("add", b.const(1), x)), interval=rising(total_or(math.log1p), Interval(-1.0, INF))),
    Op("log2", "x", ("ops.log2", *spell("np math", "log2")), body=_by_log(2.0)),
    Op("log10", "x", ("ops.log10", *spell("np math", "log10")), body=_by_log(10.0)),
    Op("sqrt", "x", spell("tf tf.math ops np math", "sqrt"), np.sqrt, lambda b, g, y, x: (b("sqrt_grad", y, g),),
       interval=rising(math.sqrt, POSITIVE), image=POSITIVE),
    Op("k_sqrt", "x", ("K.sqrt",), body=lambda b, x: b("sqrt", b("maximum", x, b.const(0.0))), image=POSITIVE,
       note="The backend's sqrt clips its operand at zero first.", skips=("subnormal",)),
    Op("rsqrt", "x", ("tf.math.rsqrt", "tf.rsqrt", "ops.rsqrt"), lambda x: 1 / np.sqrt(x),
       lambda b, g, y, x: (b("rsqrt_grad", y, g),),
       interval=lambda x, **_: TOP if x.lo <= 0 else Interval(x.hi**-0.5, x.lo**-0.5, x.nan)),
    Op("reciprocal", "x", ("tf.math.reciprocal", "tf.reciprocal", *spell("ops np", "reciprocal")), lambda x: 1 / x,
       lambda b, g, y, x: (b("reciprocal_grad", y, g),), interval=lambda x, **_: quotient(Interval(1.0, 1.0), x),
       ulp=4),
    Op("reciprocal_no_nan", "x", ("tf.math.reciprocal_no_nan",),
       body=lambda b, x: b("divide_no_nan", b("ones_like", x), x)),
    Op("square", "x", spell("tf tf.math K ops np", "square"), lambda x: x * x,
       lambda b, g, y, x: (b("square_grad", g, x),), interval=even(lambda x: x * x), image=POSITIVE, ulp=0,
       skips=("graph huge",), note=REGROUPED),
    Op("abs", "x", (*spell("tf tf.math K ops", "abs"), *spell("ops np", "absolute", "fabs"), "np.abs", "abs",
              "math.fabs"),
       np.abs, lambda b, g, y, x: (b("mul", g, b("sign", x)),), dtype=weakly, interval=even(lambda x: x),
       image=POSITIVE, smooth=KINKED, ulp=0),
    Op("sign", "x", spell("tf tf.math K ops np", "sign"), np.sign, lambda b, g, y, x: (b("zeros_like", x),),
       interval=rising(lambda x: float(np.sign(x))), smooth=STEPPED, ulp=0),
    Op("sin", "x", spell("tf tf.math K ops np math", "sin"), np.sin, times("cos"),
       interval=lambda x, **_: Interval(-1.0, 1.0, x.nan or not x.finite), image=Interval(-1.0, 1.0)),
    Op("cos", "x", spell("tf tf.math K ops np math", "cos"), np.cos,
       lambda b, g, y, x: (b("mul", b("neg", g), b("sin", x)),),
       interval=lambda x, **_: Interval(-1.0, 1.0, x.nan or not x.finite), image=Interval(-1.0, 1.0)),
    Op("tan", "x", spell("tf tf.math ops np math", "tan"), np.tan, _tan_vjp),
    Op("asin", "x", (*spell("tf tf.math math", "asin"), *spell("ops np", "arcsin")), np.arcsin,
       _inverse_of(lambda b, x: b("sqrt", _one_minus_square(b, x))), interval=rising(math.asin, Interval(-1.0, 1.0))),
    Op("acos", "x", (*spell("tf tf.math math", "acos"), *spell("ops np", "arccos")), np.arccos,
       _inverse_of(lambda b, x: b("sqrt", _one_minus_square(b, x)), -1)),
    Op("atan", "x", (*spell("tf tf.math math", "atan"), *spell("ops np", "arctan")), np.arctan,
       _inverse_of(lambda b, x: b("add", b.const(1), b("square", x))), interval=rising(math.atan)),
    Op("sinh", "x", (*spell("tf tf.math ops np math", "sinh"),), np.sinh, times("cosh"),
       interval=rising(total_or(math.sinh)), ulp=512, slope_ulp=512),
    Op("cosh", "x", (*spell("tf tf.math ops np math", "cosh"),), np.cosh, times("sinh"),
       interval=even(total_or(math.cosh)), image=Interval(1.0, INF), ulp=512, slope_ulp=512),
    Op("tanh", "x", spell("tf tf.math tf.nn K ops np math activations", "tanh"), np.tanh,
       lambda b, g, y, x: (b("tanh_grad", y, g),), interval=rising(math.tanh), image=Interval(-1.0, 1.0), slack=6),
    Op("asinh", "x", (*spell("tf tf.math math", "asinh"), *spell("ops np", "arcsinh")), np.arcsinh,
       lambda b, g, y, x: (b("div", g, b("cosh", y)),), interval=rising(math.asinh), slope_ulp=32, slack=4),
    Op("acosh", "x", (*spell("tf tf.math math", "acosh"), *spell("ops np", "arccosh")), np.arccosh,
       lambda b, g, y, x: (b("div", g, b("sinh", y)),), interval=rising(math.acosh, Interval(1.0, INF)), slope_ulp=32,
       slack=4),
    Op("atanh", "x", (*spell("tf tf.math math", "atanh"), *spell("ops np", "arctanh")), np.arctanh,
       _inverse_of(_one_minus_square)),
    Op("sinc", "x", spell("ops np", "sinc"), body=_sinc, slack=16384, skips=("subnormal", "1e-07"),
       note="Near zero the slope is the difference of two large numbers."),
    Op("round", "x", (*spell("tf tf.math", "round"), "K.round", *spell("np", "rint")), np.rint,
       interval=rising(lambda x: float(np.rint(x))), smooth=STEPPED, ulp=0),
    Op("round_to", "x; decimals=0", (*spell("ops np", "round"), "np.around"), body=_round_to, smooth=STEPPED,
       examples=({}, {"decimals": 1}), ulp=2),
    Op("rint", "x", ("tf.math.rint", "tf.rint"), np.rint, interval=rising(lambda x: float(np.rint(x))), smooth=STEPPED,
       ulp=0, lacks=("eager float16", "eager bfloat16")),
    Op("floor", "x", spell("tf tf.math ops np math", "floor"), np.floor, interval=rising(lambda x: float(np.floor(x))),
       smooth=STEPPED, ulp=0),
    Op("ceil", "x", (*spell("tf.math ops np math", "ceil"), "tf.ceil"), np.ceil,
       interval=rising(lambda x: float(np.ceil(x))), smooth=STEPPED, ulp=0),
    Op("trunc", "x", (*spell("ops np math", "trunc"), "np.fix"), body=_trunc, smooth=STEPPED, ulp=0),
    Op("deg2rad", "x", (*spell("ops np", "deg2rad"), *spell("np math", "radians")),
       body=lambda b, x: b("mul", x, b("div", b("cast_like", b.const(math.pi), x), b("cast_like", b.const(180.0), x)))),
    Op("rad2deg", "x", (*spell("ops np", "rad2deg"), *spell("np math", "degrees")),
       body=lambda b, x: b("mul", x, b("div", b("cast_like", b.const(180.0), x), b("cast_like", b.const(math.pi), x)))),
)
# fmt: on
