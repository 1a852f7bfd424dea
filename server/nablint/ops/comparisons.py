"""Comparisons, logic, and the choice between two values."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nablint.domains.dtype import BOOL, WEAK_BOOL, Array, Dtype
from nablint.domains.interval import UNIT, Interval, IntervalRule, hulls
from nablint.ir import Builder
from nablint.ops.op import KINKED, STEPPED, Kind, Op, boolean, same, spell

YES, NO = Interval(1.0, 1.0), Interval(0.0, 0.0)


def _truth(_promote: bool, *dtypes: Dtype, **_attrs: object) -> Dtype:
    return WEAK_BOOL if all(d.weak for d in dtypes) else BOOL


def _chosen_dtype(promote: bool, _condition: Dtype, *dtypes: Dtype, **_attrs: object) -> Dtype:
    return same(promote, *dtypes)


def _where_vjp(b: Builder, g: int, y: int, c: int, p: int, q: int) -> tuple[None, int, int]:
    zero = b.const(0.0)
    return None, b("where", c, g, zero), b("where", c, zero, g)


def _where_interval(c: Interval, x: Interval, y: Interval, **_attrs: object) -> Interval:
    if c == YES:
        return x
    return y if c == NO else hulls(x, y)


def _decided(surely: Callable[[Interval, Interval], bool], never: Callable[[Interval, Interval], bool]) -> IntervalRule:
    """The rule of a comparison: true if it holds for all pairs of numbers, false if for none."""

    def rule(x: Interval, y: Interval, **_attrs: object) -> Interval:
        if never(x, y):
            return NO
        return YES if surely(x, y) and not (x.nan or y.nan) else UNIT

    return rule


def _select(condition: Array, x: Array, y: Array) -> Array:
    return np.where(condition.astype(bool), x, y)


def _isclose(b: Builder, x: int, y: int, rtol: float = 1e-5, atol: float = 1e-8) -> int:
    bound = b("add", b.const(atol), b("mul", b.const(rtol), b("abs", y)))
    return b("less_equal", b("abs", b("sub", x, y)), bound)


def _angle(b: Builder, x: int) -> int:
    return b("where", b("less", x, b.const(0)), b("mul", b.const(math.pi), b("ones_like", x)), b("zeros_like", x))


def _nan_to_num(b: Builder, x: int, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> int:
    infinite, zero = b("is_inf", x), b.const(0)
    x = b("where", b("is_nan", x), b.const(nan), x)
    high = b("largest_like", x) if posinf is None else b.const(posinf)
    x = b("where", b("logical_and", infinite, b("greater", x, zero)), high, x)
    low = b("neg", b("largest_like", x)) if neginf is None else b.const(neginf)
    return b("where", b("logical_and", b("is_inf", x), b("less", x, zero)), low, x)


def _pair(name: str) -> tuple[str, ...]:
    return *spell("tf tf.math K", name), *spell("ops np", f"{name}(x1:x, x2:y)")


def _logic(name: str) -> tuple[str, ...]:
    return *spell("tf tf.math", f"logical_{name}"), *spell("ops np", f"logical_{name}(x1:x, x2:y)")


def _both(f: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    return lambda x, y: f(x.astype(bool), y.astype(bool))


# fmt: off
ROWS = (
    Op("greater", "x, y", (*_pair("greater"), ">"), np.greater, dtype=boolean, smooth=STEPPED, ulp=0,
       interval=_decided(lambda x, y: x.lo > y.hi, lambda x, y: x.hi <= y.lo)),
    Op("greater_equal", "x, y", (*_pair("greater_equal"), ">="), np.greater_equal, dtype=boolean, smooth=STEPPED, ulp=0,
       interval=_decided(lambda x, y: x.lo >= y.hi, lambda x, y: x.hi < y.lo)),
    Op("less", "x, y", (*_pair("less"), "<"), np.less, dtype=boolean, smooth=STEPPED, ulp=0,
       interval=_decided(lambda x, y: x.hi < y.lo, lambda x, y: x.lo >= y.hi)),
    Op("less_equal", "x, y", (*_pair("less_equal"), "<="), np.less_equal, dtype=boolean, smooth=STEPPED, ulp=0,
       interval=_decided(lambda x, y: x.hi <= y.lo, lambda x, y: x.lo > y.hi)),
    Op("equal", "x, y", (*_pair("equal"), "=="), np.equal, dtype=boolean, smooth=STEPPED, ulp=0,
       interval=_decided(lambda x, y: x.lo == x.hi == y.lo == y.hi, lambda x, y: x.hi < y.lo or y.hi < x.lo)),
    Op("not_equal", "x, y", (*_pair("not_equal"), "!="), np.not_equal, dtype=boolean, smooth=STEPPED, ulp=0,
       interval=_decided(lambda x, y: x.hi < y.lo or y.hi < x.lo, lambda x, y: False)),
    Op("logical_and", "x, y", (*_logic("and"), "&"), _both(np.logical_and), truths=("x", "y"), dtype=_truth,
       smooth=STEPPED, ulp=0, image=UNIT),
    Op("logical_or", "x, y", (*_logic("or"), "|"), _both(np.logical_or), truths=("x", "y"), dtype=_truth,
       smooth=STEPPED, ulp=0, image=UNIT),
    Op("logical_xor", "x, y",
       ("tf.math.logical_xor", "tf.logical_xor", *spell("ops np", "logical_xor(x1:x, x2:y)"), "^"),
       _both(np.logical_xor), truths=("x", "y"), dtype=_truth, smooth=STEPPED, ulp=0, image=UNIT),
    Op("logical_not", "x", (*spell("tf tf.math ops np", "logical_not"), "~"), lambda x: ~x.astype(bool), truths=("x",),
       dtype=_truth, smooth=STEPPED, ulp=0, image=UNIT),
    Op("where", "condition, x, y",
       ("tf.where", *spell("ops", "where(condition, x1:x, x2:y)"), "np.where",
        "K.switch(condition, then_expression:x, else_expression:y)", "tf.where_v2", "tf.select"), _select, _where_vjp,
       truths=("condition",), dtype=_chosen_dtype, interval=_where_interval, smooth=KINKED, ulp=0),
    Op("is_nan", "x", ("tf.math.is_nan", "tf.is_nan", *spell("ops np math", "isnan")), np.isnan, dtype=_truth,
       smooth=STEPPED, ulp=0, image=UNIT),
    Op("is_inf", "x", ("tf.math.is_inf", "tf.is_inf", *spell("ops np math", "isinf")), np.isinf, dtype=_truth,
       smooth=STEPPED, ulp=0, image=UNIT),
    Op("is_finite", "x", ("tf.math.is_finite", "tf.is_finite", *spell("ops np math", "isfinite")), np.isfinite,
       dtype=_truth, smooth=STEPPED, ulp=0, image=UNIT),
    Op("is_negative_infinity", "x", spell("ops np", "isneginf"), lambda x: x == -np.inf, dtype=_truth, smooth=STEPPED,
       ulp=0, image=UNIT),
    Op("is_positive_infinity", "x", spell("ops np", "isposinf"), lambda x: x == np.inf, dtype=_truth, smooth=STEPPED,
       ulp=0, image=UNIT),
    Op("is_real", "x", spell("ops np", "isreal"), lambda x: np.ones(x.shape, bool), dtype=_truth, smooth=STEPPED, ulp=0,
       image=UNIT),
    Op("signbit", "x", spell("ops np", "signbit"), np.signbit, dtype=_truth, smooth=STEPPED, ulp=0, image=UNIT,
       skips=("nan",), note="The sign of a NaN is nobody's promise."),
    Op("angle", "x", (*spell("tf tf.math", "angle(input:x)"), *spell("ops np", "angle")), body=_angle, smooth=STEPPED),
    Op("allclose", "x, y; rtol=1e-5, atol=1e-8",
       ("ops.allclose(x1:x, x2:y, rtol=1e-5, atol=1e-8)", "np.allclose(a:x, b:y, rtol=1e-5, atol=1e-8)"),
       body=lambda b, x, y, **attrs: b("all", _isclose(b, x, y, **attrs)), kind=Kind.REDUCES, dtype=boolean,
       smooth=STEPPED, ulp=0),
    Op("isclose", "x, y; rtol=1e-5, atol=1e-8", spell("ops np", "isclose(x1:x, x2:y, rtol=1e-5, atol=1e-8)"),
       body=_isclose,
       dtype=boolean, smooth=STEPPED, ulp=0),
    Op("nan_to_num", "x; nan=0.0, posinf=None, neginf=None", spell("ops np", "nan_to_num"), body=_nan_to_num,
       smooth=STEPPED,
       ulp=0),
)
# fmt: on
