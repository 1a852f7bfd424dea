"""Arithmetic: what operators do, powers, quotients and remainders."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nablint.domains.dtype import FORMATS, Array, Format
from nablint.domains.interval import POSITIVE, Interval, corners, greatest, least, product, quotient
from nablint.ir import Builder
from nablint.ops.op import KINKED, STEPPED, Op, spell, weakly

Pair = tuple[int, int]


def _mul_vjp(b: Builder, g: int, y: int, p: int, q: int) -> Pair:
    return b("mul", g, q), b("mul", p, g)


def _div_vjp(b: Builder, g: int, y: int, n: int, d: int) -> Pair:
    return b("div", g, d), b("mul", g, b("div_twice", b("neg", n), d))


def _no_nan_vjp(b: Builder, g: int, y: int, n: int, d: int) -> Pair:
    ratio = b("divide_no_nan", b("divide_no_nan", b("neg", n), d), d)
    return b("divide_no_nan", g, d), b("mul", g, ratio)


def _pow_vjp(b: Builder, g: int, y: int, p: int, q: int) -> Pair:
    base, power = b("cast_like", p, y), b("cast_like", q, y)
    slope = b("mul", b("mul", g, power), b("pow", base, b("sub", power, b.const(1))))
    positive = b("greater", base, b.const(0))
    safe = b("where", positive, base, b("ones_like", base))
    log = b("where", positive, b("log", safe), b("zeros_like", base))
    return slope, b("mul", b("mul", g, y), log)


def _larger_vjp(b: Builder, g: int, y: int, p: int, q: int) -> Pair:
    """At a tie the first operand gets it all."""
    return _chosen(b, g, b("greater_equal", p, q))


def _smaller_vjp(b: Builder, g: int, y: int, p: int, q: int) -> Pair:
    return _chosen(b, g, b("less_equal", p, q))


def _chosen(b: Builder, g: int, first: int) -> Pair:
    zero = b.const(0.0)
    return b("where", first, g, zero), b("where", first, zero, g)


def _squared_difference_vjp(b: Builder, g: int, y: int, p: int, q: int) -> Pair:
    slope = b("mul", b("mul", b.const(2.0), g), b("sub", p, q))
    return slope, b("neg", slope)


def _floormod_vjp(b: Builder, g: int, y: int, p: int, q: int) -> Pair:
    return g, b("mul", g, b("neg", b("floordiv", p, q)))


def _round(fmt: Format | None, x: Array) -> Array:
    return fmt.round(x) if fmt else x


def _floordiv(x: Array, y: Array, fmt: Format | None) -> Array:
    """A quotient that rounds or flushes to zero has the floor 0."""
    return np.floor(_round(fmt, np.divide(x, y)))


def _floordiv_xla(x: Array, y: Array, fmt: Format | None) -> Array:
    """XLA keeps the quotient of bfloat16 numbers in float32."""
    return _floordiv(x, y, FORMATS["float32"] if fmt and fmt.name == "bfloat16" else fmt)


def _maximum(x: Array, y: Array, fmt: Format | None) -> Array:
    """NaN if either is; of zeros of both signs the one that the kernel's comparison prefers."""
    found = np.where(x > y, x, y) if _is_wide(fmt) else np.where(y > x, y, x)
    return np.where(np.isnan(x) | np.isnan(y), np.nan, found)


def _minimum(x: Array, y: Array, fmt: Format | None) -> Array:
    found = np.where(x < y, x, y) if _is_wide(fmt) else np.where(y < x, y, x)
    return np.where(np.isnan(x) | np.isnan(y), np.nan, found)


def _is_wide(fmt: Format | None) -> bool:
    return fmt is None or fmt.digits >= 24


def _maximum_xla(x: Array, y: Array, fmt: Format | None) -> Array:
    """XLA loses a NaN of the second operand."""
    return np.where(y > x, y, x)


def _minimum_xla(x: Array, y: Array, fmt: Format | None) -> Array:
    return np.where(y < x, y, x)


def _clip(b: Builder, x: int, lo: int, hi: int) -> int:
    return b("maximum", b("minimum", x, hi), lo)


def _clip_interval(x: Interval, lo: Interval, hi: Interval, **_attrs: object) -> Interval:
    return greatest(least(x, hi), lo)


def _safe_quotient(n: Array, d: Array) -> Array:
    return np.where(d == 0, np.zeros((), n.dtype), n / np.where(d == 0, np.ones((), d.dtype), d))


def _safe_product(x: Array, y: Array) -> Array:
    return np.where(y == 0, np.zeros((), x.dtype), x * y)


def _heaviside(b: Builder, x: int, y: int) -> int:
    zero = b.const(0)
    positive = b("where", b("greater", x, zero), b("ones_like", x), y)
    return b("where", b("less", x, zero), b("zeros_like", x), positive)


def _hypot(b: Builder, x: int, y: int) -> int:
    p, q = b("abs", x), b("abs", y)
    larger, smaller = b("maximum", p, q), b("minimum", p, q)
    ratio = b("divide_no_nan", smaller, larger)
    return b("mul", larger, b("sqrt", b("add", b.const(1.0), b("square", ratio))))


def _fmod(b: Builder, x: int, y: int) -> int:
    return b("mul", b("sign", x), b("floormod", b("abs", x), b("abs", y)))


def _ignoring_nan(name: str) -> Callable[[Builder, int, int], int]:
    def body(b: Builder, x: int, y: int) -> int:
        gone = b("is_nan", x), b("is_nan", y)
        found = b(name, x, y)
        found = b("where", b("logical_and", gone[0], b("logical_not", gone[1])), y, found)
        return b("where", b("logical_and", gone[1], b("logical_not", gone[0])), x, found)

    return body


# fmt: off
ROWS = (
    Op("neg", "x", ("-u", *spell("tf tf.math ops np", "negative"), "tf.neg"), np.negative,
       lambda b, g, y, x: (b("neg", g),), dtype=weakly, interval=lambda x, **_: Interval(-x.hi, -x.lo, x.nan), ulp=0),
    Op("add", "x, y", (*spell("tf tf.math", "add"), *spell("ops np", "add(x1:x, x2:y)"), "+"), np.add,
       lambda b, g, y, p, q: (g, g), dtype=weakly, interval=corners(lambda a, b: a + b), ulp=0,
       hardens=spell("tf tf.math", "add")),
    Op("sub", "x, y", (*spell("tf tf.math", "subtract"), *spell("ops np", "subtract(x1:x, x2:y)"), "tf.sub", "-"),
       np.subtract, lambda b, g, y, p, q: (g, b("neg", g)), dtype=weakly, interval=corners(lambda a, b: a - b), ulp=0),
    Op("mul", "x, y", (*spell("tf tf.math", "multiply", "scalar_mul(scalar:x, x:y)"), *spell("ops np",
       "multiply(x1:x, x2:y)"), "tf.mul", "*"),
       np.multiply, _mul_vjp, dtype=weakly, interval=product, masks=True, ulp=0),
    Op("div", "x, y",
       (*spell("tf tf.math", "divide", "truediv"), *spell("tf", "realdiv", "div"),
        *spell("ops np", "divide(x1:x, x2:y)", "true_divide(x1:x, x2:y)"), "/"), np.divide, _div_vjp, dtype=weakly,
       interval=quotient, ulp=0, hardens=(*spell("tf tf.math", "truediv"), "tf.div")),
    Op("divide_no_nan", "x, y", ("tf.math.divide_no_nan", "ops.divide_no_nan(x1:x, x2:y)", "tf.div_no_nan"),
       _safe_quotient, _no_nan_vjp, ulp=0),
    Op("multiply_no_nan", "x, y", ("tf.math.multiply_no_nan",), _safe_product,
       lambda b, g, y, p, q: (b("multiply_no_nan", g, q), b("multiply_no_nan", p, g)), ulp=0,
       hardens=("tf.math.multiply_no_nan",)),
    Op("pow", "x, y",
       (*spell("tf tf.math", "pow"), "K.pow(x, a:y)", "ops.power(x1:x, x2:y)", *spell("np", "power(x1:x, x2:y)",
       "float_power(x1:x, x2:y)"), "math.pow",
        "**"), np.power, _pow_vjp, dtype=weakly, skips=("subnormal",), ulp=32, slope_ulp=64),
    Op("floordiv", "x, y",
       (*spell("tf.math", "floordiv"), "tf.floordiv", "tf.floor_div", "ops.floor_divide(x1:x, x2:y)",
        "np.floor_divide(x1:x, x2:y)", "//"), _floordiv, xla=_floordiv_xla, formatted=True, dtype=weakly,
       smooth=STEPPED),
    Op("truncatediv", "x, y", ("tf.truncatediv",), lambda x, y, fmt: np.trunc(_round(fmt, np.divide(x, y))),
       formatted=True, dtype=weakly, smooth=STEPPED),
    Op("floormod", "x, y",
       (*spell("tf.math", "floormod", "mod"), "tf.mod", "tf.floormod", "ops.mod(x1:x, x2:y)", "np.mod(x1:x, x2:y)",
        "np.remainder(x1:x, x2:y)", "%"), np.mod, _floormod_vjp, dtype=weakly, smooth=STEPPED,
       hardens=("keras.ops.mod",)),
    Op("fmod", "x, y", spell("ops np", "fmod(x1:x, x2:y)"), body=_fmod, smooth=STEPPED, hardens=("keras.ops.fmod",)),
    Op("truncatemod", "x, y", ("tf.truncatemod",), np.fmod, dtype=weakly, smooth=STEPPED, lacks=("eager", "xla",
       "float16", "bfloat16"),
       note="TensorFlow registers no gradient for it: a tape raises."),
    Op("nextafter", "x, y", ("tf.math.nextafter(x1:x, x2:y)", "ops.nextafter(x1:x, x2:y)"), np.nextafter,
       lambda b, g, y, p, q: (g, b("mul", g, b("zeros_like", q))), smooth=STEPPED, ulp=0,
       lacks=("float16", "bfloat16"), skips=("subnormal", "0"), note="Next to zero TensorFlow's subnormals stay."),
    Op("squared_difference", "x, y", ("tf.math.squared_difference", "tf.squared_difference"),
       lambda x, y: (x - y) * (x - y), _squared_difference_vjp, image=POSITIVE),
    Op("maximum", "x, y", (*spell("tf tf.math K", "maximum"), *spell("ops np", "maximum(x1:x, x2:y)")), _maximum,
       _larger_vjp, xla=_maximum_xla, formatted=True, dtype=weakly, interval=greatest, smooth=KINKED, ulp=0),
    Op("minimum", "x, y", (*spell("tf tf.math K", "minimum"), *spell("ops np", "minimum(x1:x, x2:y)")), _minimum,
       _smaller_vjp, xla=_minimum_xla, formatted=True, dtype=weakly, interval=least, smooth=KINKED, ulp=0),
    Op("fmax", "x, y", spell("ops np", "fmax(x1:x, x2:y)"), body=_ignoring_nan("maximum"), smooth=KINKED, ulp=0),
    Op("fmin", "x, y", spell("ops np", "fmin(x1:x, x2:y)"), body=_ignoring_nan("minimum"), smooth=KINKED, ulp=0),
    Op("clip", "x, lo, hi",
       (*spell("tf", "clip_by_value(t:x, clip_value_min:lo, clip_value_max:hi)"), "ops.clip(x, x_min:lo, x_max:hi)",
        "K.clip(x, min_value:lo, max_value:hi)", "np.clip(a:x, a_min:lo, a_max:hi)"), body=_clip,
       interval=_clip_interval, smooth=KINKED, ulp=0),
    Op("add_n", "*inputs", (*spell("tf tf.math", "add_n"), "tf.math.accumulate_n", "tf.accumulate_n"),
       lambda *xs: sum(xs[1:], xs[0]),
       lambda b, g, y, *xs: (g,) * len(xs), ulp=1),
    Op("heaviside", "x, y", spell("ops np", "heaviside(x1:x, x2:y)"), body=_heaviside, smooth=STEPPED, ulp=0,
       hardens=("keras.ops.heaviside",)),
    Op("hypot", "x, y", (*spell("ops np", "hypot(x1:x, x2:y)"), "math.hypot"), body=_hypot, slack=1,
       hardens=("keras.ops.hypot",)),
    Op("exp2", "x", ("ops.exp2", "np.exp2"), body=lambda b, x: b("pow", b.const(2.0), x), image=POSITIVE,
       lacks=tuple(f"{mode} {dtype}" for mode in ("graph", "xla") for dtype in ("float16", "bfloat16", "float64")),
       note="In a graph Keras hands over 2.0 as a float32."),
    Op("cbrt", "x", spell("ops np", "cbrt"), body=lambda b, x: b("mul", b("sign", x), b("pow", b("abs", x),
       b.const(1.0 / 3.0))),
       skips=("subnormal",)),
)
# fmt: on
