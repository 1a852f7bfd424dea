"""Values to more than a hundred digits: what a function is on the real numbers, wherever it is defined there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import mpmath
import numpy as np

from nablint.domains.dtype import Array
from nablint.evaluate import aligned
from nablint.ir import Apply, Const, Function, Node, reachable
from nablint.ops import OPS
from nablint.ops.op import Kind

DIGITS = 120
"""Enough for what is left of 1 - cos(1e-38), and twenty digits of it."""
HUGE = 1e7
"""Above this the exponential is infinite, as it is in every float."""

Real = Any
"""A number of mpmath's, which has no types of its own."""


def exact(fn: Function, inputs: Mapping[int, Array]) -> Array | None:
    """The result of an expanded function as float64 numbers; None if an op has no meaning here.

    A slope is a function too. NaN and infinity stand where the reals have no value.
    """
    wanted = reachable(fn)
    values: list[Array | None] = []
    with mpmath.workdps(DIGITS), np.errstate(all="ignore"):
        for index, node in enumerate(fn.nodes):
            given = inputs.get(index)
            values.append(_value(node, given, values) if index in wanted else None)
        result = values[fn.result]
        return None if result is None else np.asarray(_floats(result), np.float64)


def _value(node: Node, given: Array | None, values: Sequence[Array | None]) -> Array | None:
    if given is not None:
        return np.asarray(_number(given), object)
    if isinstance(node, Const):
        return _constant(node.value)
    operands = [values[arg] for arg in node.args] if isinstance(node, Apply) else []
    known = [operand for operand in operands if operand is not None]
    if not isinstance(node, Apply) or len(known) < len(operands):
        return None
    meaning = _meaning(node)
    try:
        return None if meaning is None else np.asarray(meaning(*known), object)
    except (TypeError, ValueError, IndexError, AttributeError, ArithmeticError):
        return None  # Shapes that do not fit, or a kernel that takes nothing but floats.


def _constant(value: object) -> Array | None:
    if isinstance(value, bool | int | float):
        return np.asarray(value if isinstance(value, bool) else mpmath.mpf(value), object)
    if isinstance(value, tuple) and all(isinstance(part, int | float) for part in value):
        return np.asarray([[mpmath.mpf(part) for part in value]], object)
    return None


def _meaning(node: Apply) -> Callable[..., Array] | None:
    attrs = dict(node.attrs)
    if node.op in _SCALARS:
        if node.op == "cast" and not str(attrs.get("dtype", "float32")).lstrip("b").startswith("float"):
            return None
        scalar = _each(node.op)
        return lambda *args: scalar(*(aligned(args) if len(args) > 1 else args), *_settings(node.op, attrs))
    row = OPS[node.op]
    if node.op in _ROWS:
        return partial(_ROWS[node.op], **attrs)
    if row.kind is Kind.SHAPES or node.op in _AS_IS:
        return partial(row.meaning, **attrs) if row.meaning and not row.formatted else None
    return None


def _settings(op: str, attrs: Mapping[str, Any]) -> tuple[Any, ...]:
    """The attributes that a scalar function takes after its operands."""
    return tuple(attrs.get(name, default) for name, default in _TAKES.get(op, ()))


@cache
def _each(op: str) -> Callable[..., Array]:
    f = _SCALARS[op]
    count = len(OPS[op].operands) + len(_TAKES.get(op, ()))
    return np.frompyfunc(partial(_real, f), count, 1)


def _real(f: Callable[..., Real], *args: Real) -> Real:
    """The value, NaN if it is not real."""
    try:
        found = f(*args)
    except (ValueError, ZeroDivisionError, OverflowError):
        return mpmath.nan
    return mpmath.nan if isinstance(found, mpmath.mpc) else found


_number = np.frompyfunc(lambda x: mpmath.mpf(float(x)), 1, 1)
_floats = np.frompyfunc(float, 1, 1)


def _exp(x: Real) -> Real:
    if x > HUGE:
        return mpmath.inf
    return mpmath.mpf(0) if x < -HUGE else mpmath.exp(x)


def _div(x: Real, y: Real) -> Real:
    if y == 0:
        return mpmath.nan if x == 0 or mpmath.isnan(x) else mpmath.inf * mpmath.sign(x)
    return x / y


def _pow(x: Real, y: Real) -> Real:
    return mpmath.inf if x == 0 and y < 0 else x**y


def _sigmoid(x: Real) -> Real:
    return _div(mpmath.mpf(1), 1 + _exp(-x))


def _softplus(x: Real) -> Real:
    return max(x, mpmath.mpf(0)) + mpmath.log1p(_exp(-abs(x)))


def _tanh(x: Real) -> Real:
    return mpmath.sign(x) if abs(x) > HUGE else mpmath.tanh(x)


def _times_log(f: Callable[[Real], Real]) -> Callable[[Real, Real], Real]:
    return lambda x, y: x * 0 if x == 0 else x * f(y)


_ALPHA, _SCALE = 1.6732632423543772, 1.0507009873554805

_SCALARS: Mapping[str, Callable[..., Real]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": _div,
    "neg": lambda x: -x,
    "pow": _pow,
    "divide_no_nan": lambda x, y: x * 0 if y == 0 else x / y,
    "multiply_no_nan": lambda x, y: y * 0 if y == 0 else x * y,
    "squared_difference": lambda x, y: (x - y) ** 2,
    "reciprocal": lambda x: _div(mpmath.mpf(1), x),
    "square": lambda x: x * x,
    "sqrt": mpmath.sqrt,
    "rsqrt": lambda x: _div(mpmath.mpf(1), mpmath.sqrt(x)),
    "exp": _exp,
    "expm1": lambda x: _exp(x) - 1 if abs(x) > 1 else mpmath.expm1(x),
    "log": mpmath.log,
    "log1p": lambda x: mpmath.log(1 + x) if x <= -1 else mpmath.log1p(x),
    "abs": abs,
    "sign": mpmath.sign,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "sinh": lambda x: (_exp(x) - _exp(-x)) / 2 if abs(x) > 1 else mpmath.sinh(x),
    "cosh": lambda x: (_exp(x) + _exp(-x)) / 2,
    "tanh": _tanh,
    "asinh": mpmath.asinh,
    "acosh": mpmath.acosh,
    "atanh": mpmath.atanh,
    "atan2": mpmath.atan2,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "erfinv": mpmath.erfinv,
    "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "digamma": lambda x: mpmath.psi(0, x),
    "trigamma": lambda x: mpmath.psi(1, x),
    "xlogy": _times_log(mpmath.log),
    "xlog1py": _times_log(lambda y: mpmath.log(1 + y)),
    "xdivy": lambda x, y: x * 0 if x == 0 else _div(x, y),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "silu": lambda x, beta: x * _sigmoid(beta * x),
    "softsign": lambda x: x / (1 + abs(x)),
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "relu6": lambda x: min(max(x, mpmath.mpf(0)), mpmath.mpf(6)),
    "leaky_relu": lambda x, alpha: x if x > 0 else alpha * x,
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "selu": lambda x: _SCALE * (x if x > 0 else _ALPHA * mpmath.expm1(x)),
    "maximum": lambda x, y: x if mpmath.isnan(x) else y if mpmath.isnan(y) else max(x, y),
    "minimum": lambda x, y: x if mpmath.isnan(x) else y if mpmath.isnan(y) else min(x, y),
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "round": mpmath.nint,
    "greater": lambda x, y: x > y,
    "greater_equal": lambda x, y: x >= y,
    "less": lambda x, y: x < y,
    "less_equal": lambda x, y: x <= y,
    "equal": lambda x, y: x == y,
    "not_equal": lambda x, y: x != y,
    "logical_and": lambda p, q: bool(p) and bool(q),
    "logical_or": lambda p, q: bool(p) or bool(q),
    "logical_not": lambda p: not p,
    "is_nan": lambda x: bool(mpmath.isnan(x)),
    "is_finite": lambda x: bool(mpmath.isfinite(x)),
    "where": lambda c, x, y: x if c else y,
    "cast": mpmath.mpf,
    "cast_like": lambda x, like: bool(x) if isinstance(like, bool) else mpmath.mpf(x),
    "identity": lambda x: x,
    "stop_gradient": lambda x: x,
    "convert_to_tensor": lambda x: x,
    "zeros_like": lambda _: mpmath.mpf(0),
    "ones_like": lambda _: mpmath.mpf(1),
    "widen": lambda x: x,
    "tanh_grad": lambda y, g: g * (1 - y * y),
    "sigmoid_grad": lambda y, g: g * y * (1 - y),
    "sqrt_grad": lambda y, g: g if g == 0 else _div(g / 2, y),
    "rsqrt_grad": lambda y, g: g if g == 0 else -g / 2 * y**3,
    "reciprocal_grad": lambda y, g: -g * y * y,
    "square_grad": lambda g, x: 2 * g * x,
    "div_twice": lambda n, d: _div(_div(n, d), d),
    "relu_grad": lambda g, x: g if x > 0 else g * 0,
    "elu_grad": lambda g, y: g if y >= 0 else g * (y + 1),
    "selu_grad": lambda g, y: g * _SCALE if y >= 0 else g * (y + _SCALE * _ALPHA),
    "softsign_grad": lambda g, x: g / (1 + abs(x)) ** 2,
}
"""Of ops that work element by element."""

_TAKES: Mapping[str, tuple[tuple[str, float], ...]] = {"silu": (("beta", 1.0),), "leaky_relu": (("alpha", 0.2),)}

_AS_IS = frozenset({"sum", "mean", "max", "min", "prod", "unbroadcast", "ramp_like", "spread", "count_along"})
"""Ops whose NumPy meaning is arithmetic and order, and so holds for any numbers."""


def _softmax(x: Array, axis: int = -1) -> Array:
    powers = _each("exp")(x)
    at = axis + 1 if axis >= 0 else axis
    return np.asarray(powers / powers.sum(axis=at, keepdims=True), object)


_ROWS: Mapping[str, Callable[..., Array]] = {
    "softmax": _softmax,
    "log_softmax": lambda x, axis=-1: _each("log")(_softmax(x, axis)),
}
"""Of ops along an axis."""
