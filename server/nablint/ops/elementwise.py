"""Arithmetic and elementary functions."""

from __future__ import annotations

import math

import numpy as np

from nablint.domains.dtype import Array
from nablint.domains.interval import INF, POSITIVE, TOP, Interval, corners, rising
from nablint.ir import Builder
from nablint.ops.op import KINKED, Op, weakly


def _exp(x: float) -> float:
    return INF if x > 709.78 else math.exp(x)


def _sqrt_grad(y: Array, g: Array) -> Array:
    """Eager TensorFlow's kernel gives 0 where the incoming gradient is 0, whatever y is."""
    return np.where(g == 0, np.zeros((), y.dtype), g * y.dtype.type(0.5) / y)


def _sqrt_grad_xla(y: Array, g: Array) -> Array:
    return g * y.dtype.type(0.5) / y


def _mul_vjp(b: Builder, g: int, y: int, p: int, q: int) -> tuple[int, int]:
    return b("mul", g, q), b("mul", g, p)


def _div_vjp(b: Builder, g: int, y: int, n: int, d: int) -> tuple[int, int]:
    return b("div", g, d), b("mul", g, b("div", b("div", b("neg", n), d), d))


def _divide_interval(x: Interval, y: Interval) -> Interval:
    return TOP if 0.0 in y else corners(lambda a, b: a / b)(x, y)


# fmt: off
ROWS = (
    Op("neg", "x", ("tf.negative", "tf.math.negative", "ops.negative", "np.negative", "-u"), np.negative,
       lambda b, g, y, x: (b("neg", g),), interval=lambda x: Interval(-x.hi, -x.lo, x.nan), dtype=weakly, ulp=0),
    Op("exp", "x", ("tf.exp", "tf.math.exp", "K.exp", "ops.exp", "np.exp", "math.exp"), np.exp,
       lambda b, g, y, x: (b("mul", g, y),), interval=rising(_exp), image=POSITIVE),
    Op("log", "x", ("tf.math.log", "tf.log", "K.log", "ops.log", "np.log", "math.log"), np.log,
       lambda b, g, y, x: (b("mul", g, b("reciprocal", x)),)),
    Op("reciprocal", "x", ("tf.math.reciprocal", "tf.reciprocal", "ops.reciprocal", "np.reciprocal"), np.reciprocal,
       lambda b, g, y, x: (b("neg", b("mul", g, b("mul", y, y))),)),
    Op("sqrt", "x", ("tf.sqrt", "tf.math.sqrt", "K.sqrt", "ops.sqrt", "np.sqrt", "math.sqrt"), np.sqrt,
       lambda b, g, y, x: (b("sqrt_grad", y, g),), interval=rising(math.sqrt, POSITIVE)),
    Op("sqrt_grad", "y, g", (), _sqrt_grad, xla=_sqrt_grad_xla),
    Op("add", "x, y", ("tf.add", "tf.math.add", "ops.add", "np.add", "+"), np.add,
       lambda b, g, y, p, q: (g, g), dtype=weakly, interval=corners(lambda a, b: a + b)),
    Op("mul", "x, y", ("tf.multiply", "tf.math.multiply", "ops.multiply", "np.multiply", "*"), np.multiply,
       _mul_vjp, dtype=weakly, interval=corners(lambda a, b: a * b)),
    Op("div", "x, y", ("tf.divide", "tf.math.divide", "ops.divide", "np.divide", "/"), np.divide,
       _div_vjp, dtype=weakly, interval=_divide_interval),
    Op("relu", "x", ("tf.nn.relu(features:x)", "ops.relu"), lambda x: np.maximum(x, 0),
       lambda b, g, y, x: (b("relu_grad", g, y),), smooth=KINKED, ulp=0, interval=rising(lambda x: max(x, 0.0))),
    Op("ones_like", "x", ("tf.ones_like", "K.ones_like", "ops.ones_like", "np.ones_like"), np.ones_like, ulp=0),
    Op("relu_grad", "g, y", (), lambda g, y: np.where(y > 0, g, np.zeros((), g.dtype)), ulp=0),
)
# fmt: on
