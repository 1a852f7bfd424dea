"""Reductions, norms, and what runs along an axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nablint.domains.dtype import Array, Format
from nablint.domains.interval import INF, POSITIVE, UNIT, Interval, total
from nablint.ir import Builder
from nablint.ops.axes import Attributes, Axis, along, reducing, shifted
from nablint.ops.casting import fixed
from nablint.ops.op import KINKED, REGROUPED, STEPPED, Kind, Meaning, Op, spell

REDUCED = {"axis": None, "keepdims": False}
_AXES: Attributes = ({}, {"axis": -1}, {"axis": 0, "keepdims": True})


def reduction(*names: str, extra: str = "") -> tuple[str, ...]:
    """A reduction's spellings: `tf.reduce_<first>` and the plain names of Keras and NumPy."""
    first = names[0]
    return (
        *spell("tf tf.math", f"reduce_{first}(input_tensor:x, axis=None, keepdims=False{_OLD})"),
        *(f"{space}.{name}(x, axis=None, keepdims=False)" for space in ("K", "ops") for name in names[1:]),
        *(f"np.{name}(a:x, axis=None, keepdims=False)" for name in names[1:]),
    )


_OLD = ", keep_dims:keepdims=False, reduction_indices:axis=None"


def _sum_vjp(b: Builder, g: int, y: int, x: int, axis: Axis = None, keepdims: bool = False) -> tuple[int]:
    return (b("spread", g, x, axis=axis, keepdims=keepdims),)


def _mean_vjp(b: Builder, g: int, y: int, x: int, axis: Axis = None, keepdims: bool = False) -> tuple[int]:
    return (b("div", b("spread", g, x, axis=axis, keepdims=keepdims), b("count_along", x, axis=axis)),)


def _extreme_vjp(b: Builder, g: int, y: int, x: int, axis: Axis = None, keepdims: bool = False) -> tuple[int]:
    """Ties share the gradient."""
    whole = {"axis": axis, "keepdims": keepdims}
    chosen = b("cast_like", b("equal", b("spread", y, x, **whole), x), g)
    count = b("sum", chosen, axis=axis, keepdims=True)
    return (b("mul", b("div", chosen, count), b("spread", g, x, **whole)),)


def _prod_vjp(b: Builder, g: int, y: int, x: int, axis: Axis = None, keepdims: bool = False) -> tuple[int]:
    left = b("cumprod", x, axis=axis, exclusive=True, reverse=False)
    right = b("cumprod", x, axis=axis, exclusive=True, reverse=True)
    return (b("mul", b("spread", g, x, axis=axis, keepdims=keepdims), b("mul", left, right)),)


def _logsumexp(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    peak = b("max", x, axis=axis, keepdims=True)
    peak = b("stop_gradient", b("where", b("is_finite", peak), peak, b.const(0)))
    total_ = b("sum", b("exp", b("sub", x, peak)), axis=axis, keepdims=keepdims)
    return b("add", b("log", total_), peak if keepdims else b("drop_axes", peak, axis=axis))


def _variance(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    spread_ = b("square", b("sub", x, b("mean", x, axis=axis, keepdims=True)))
    return b("mean", spread_, axis=axis, keepdims=keepdims)


def _std(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    return b("sqrt", _variance(b, x, axis, keepdims))


def _ops_variance(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    """keras.ops.var computes in float32 at least."""
    wide = b("widen", x)
    return b("cast_like", _variance(b, wide, axis, keepdims), x)


def _ops_mean(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    """keras.ops.mean computes in float32 at least."""
    return b("cast_like", b("mean", b("widen", x), axis=axis, keepdims=keepdims), x)


def _euclidean(b: Builder, x: int, axis: Axis, keepdims: bool) -> int:
    return b("sqrt", b("sum", b("mul", x, x), axis=axis, keepdims=keepdims))


def _power_norm(b: Builder, x: int, order: float, axis: Axis, keepdims: bool) -> int:
    powers = b("sum", b("pow", b("abs", x), b.const(order)), axis=axis, keepdims=keepdims)
    return b("pow", powers, b.const(1.0 / order))


def _norm(b: Builder, x: int, ord: Any = "euclidean", axis: Axis = None, keepdims: bool | None = False) -> int:
    """tf.norm keeps the axes until the end, and then drops them."""
    if ord in ("fro", "euclidean", 2, None):
        found = _euclidean(b, x, axis, True)
    elif ord == 1:
        found = b("sum", b("abs", x), axis=axis, keepdims=True)
    elif ord == math.inf:
        found = b("max", b("abs", x), axis=axis, keepdims=True)
    else:
        found = _power_norm(b, x, ord, axis, True)
    return found if keepdims else b("drop_axes", found, axis=axis)


def _ops_norm(b: Builder, x: int, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> int:
    if ord in (None, 2, "fro"):
        return _euclidean(b, x, axis, keepdims)
    if ord in (math.inf, -math.inf):
        return b("max" if ord > 0 else "min", b("abs", x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return b("sum", b("cast_like", b("not_equal", x, b.const(0)), x), axis=axis, keepdims=keepdims)
    return _power_norm(b, x, ord, axis, keepdims)


def _without_nan(ufunc: np.ufunc, start: float) -> Meaning:
    """XLA's reduction, which passes over NaN."""
    return reducing(lambda x, axis, keepdims: ufunc.reduce(x, axis=axis, keepdims=keepdims, initial=start))


def _stepwise(ufunc: np.ufunc, x: Array, fmt: Format) -> Array:
    """All partial results along the last axis, each rounded: float16 overflows half-way."""
    found = [x[..., 0]]
    for i in range(1, x.shape[-1]):
        found.append(fmt.round(ufunc(found[-1], x[..., i])))
    return np.stack(found, axis=-1)


def _accumulated(ufunc: np.ufunc, whole: Callable[..., Array]) -> Meaning:
    """A reduction; TensorFlow's kernels for float16 round after each element."""

    def meaning(x: Array, axis: Axis = None, keepdims: bool = False, fmt: Format | None = None) -> Array:
        axes = shifted(x, axis)
        if fmt is None or fmt.name != "float16" or not axes or not x.size:
            return reducing(whole)(x, axis, keepdims)
        rows = np.moveaxis(x, axes, range(-len(axes), 0))
        rows = rows.reshape(*rows.shape[: x.ndim - len(axes)], -1)
        found = _stepwise(ufunc, rows, fmt)[..., -1]
        return np.expand_dims(found, axes) if keepdims else found

    return meaning


def _whole(f: Callable[..., Array]) -> Meaning:
    """XLA reduces in float32 and rounds once."""
    reduced = reducing(f)
    return lambda x, axis=None, keepdims=False, fmt=None: reduced(x, axis, keepdims)


def _mean(x: Array, axis: Axis = None, keepdims: bool = False, fmt: Format | None = None) -> Array:
    found = _accumulated(np.add, np.sum)(x, axis, keepdims, fmt)
    return found / max(1, x.size // max(1, found.size))


def _running(cumulative: np.ufunc, unit: float, stepwise: bool = True) -> Meaning:
    """A running sum or product; `exclusive` leaves the element itself out, `reverse` starts at the end."""

    def rows(x: Array, exclusive: bool = False, reverse: bool = False, fmt: Format | None = None) -> Array:
        x = x[..., ::-1] if reverse else x
        if exclusive:
            x = np.concatenate([np.full_like(x[..., :1], unit), x[..., :-1]], axis=-1)
        found = (
            _stepwise(cumulative, x, fmt) if stepwise and fmt and fmt.digits < 24 else cumulative.accumulate(x, axis=-1)
        )
        return found[..., ::-1] if reverse else found

    return along(rows)


def _cumsum_vjp(
    b: Builder, g: int, y: int, x: int, axis: Axis = 0, exclusive: bool = False, reverse: bool = False
) -> tuple[int]:
    return (b("cumsum", g, axis=axis, exclusive=exclusive, reverse=not reverse),)


def _cumprod_vjp(
    b: Builder, g: int, y: int, x: int, axis: Axis = 0, exclusive: bool = False, reverse: bool = False
) -> tuple[int]:
    out = b("cumsum", b("mul", y, g), axis=axis, exclusive=exclusive, reverse=not reverse)
    return (b("divide_no_nan", out, x),)


def _arg(f: Any, least: float) -> Meaning:
    """NaN is never the extreme."""

    def meaning(x: Array, axis: int | None = 0, keepdims: bool = False) -> Array:
        x = np.where(np.isnan(x), least, x)
        if axis is None:
            return np.asarray(f(x.reshape(x.shape[0], -1), axis=1))
        return np.asarray(f(x, axis=axis + 1 if axis >= 0 else axis, keepdims=keepdims))

    return meaning


def _count_nonzero(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return reducing(np.sum)((x != 0).astype(np.int64), axis, keepdims)


def _zero_fraction(b: Builder, x: int) -> int:
    return b("mean", b("cast", b("equal", x, b.const(0)), dtype="float32"))


def _euclidean_norm(x: Array, axis: Axis = None, keepdims: bool = False, fmt: Format | None = None) -> Array:
    squares = fmt.round(x * x) if fmt else x * x
    total = _accumulated(np.add, np.sum)(squares, axis, keepdims, fmt)
    return np.sqrt(fmt.round(total) if fmt else total)


def _euclidean_vjp(b: Builder, g: int, y: int, x: int, axis: Axis = None, keepdims: bool = False) -> tuple[int]:
    """TensorFlow divides twice: x / (y / g)."""
    whole = {"axis": axis, "keepdims": keepdims}
    return (b("div", x, b("div", b("spread", y, x, **whole), b("spread", g, x, **whole))),)


def _cumulative_vjp(
    b: Builder, g: int, y: int, x: int, axis: int = 0, exclusive: bool = False, reverse: bool = False
) -> tuple[int]:
    """The positive and the negative part of the gradient, each by its logarithm."""
    lowest = b("neg", b("largest_like", g))

    def part(test: str, size: int) -> int:
        logs = b("where", b(test, g, b.const(0)), b("log", size), lowest)
        sums = b("cumulative_logsumexp", b("sub", logs, y), axis=axis, exclusive=exclusive, reverse=not reverse)
        return b("exp", b("add", sums, x))

    return (b("sub", part("greater", g), part("less", b("neg", g))),)


def _global_norm(b: Builder, *t_list: int) -> int:
    halves = [b("l2_loss", x) for x in t_list]
    return b("sqrt", b("mul", b("add_n", *halves) if len(halves) > 1 else halves[0], b.const(2.0)))


def _ordered(x: Array, holds: np.ufunc) -> Array:
    flat = x.reshape(x.shape[0], -1)
    return np.asarray(holds(flat[:, 1:] - flat[:, :-1], 0).all(axis=1))


def _truths(f: Any) -> Meaning:
    return lambda x, axis=None, keepdims=False: reducing(f)(x.astype(bool), axis, keepdims)


# fmt: off
ROWS = (
    Op("sum", "x; axis=None, keepdims=False", reduction("sum", "sum"), _accumulated(np.add, np.sum), _sum_vjp,
       xla=_whole(np.sum), formatted=True, kind=Kind.REDUCES, interval=total, examples=_AXES, slack=1),
    Op("ops_mean", "x; axis=None, keepdims=False", ("ops.mean",), body=_ops_mean, kind=Kind.REDUCES, examples=_AXES,
       slack=1),
    Op("mean", "x; axis=None, keepdims=False",
       (*(name for name in reduction("mean", "mean") if not name.startswith("ops.")), "ops.average(x, axis=None)"),
       _mean, _mean_vjp, xla=_whole(np.mean), formatted=True, kind=Kind.REDUCES, examples=_AXES, slack=1),
    Op("max", "x; axis=None, keepdims=False", (*reduction("max", "max"), *spell("ops np", "amax"),), reducing(np.max),
       xla=_without_nan(np.fmax, -np.inf), vjp=_extreme_vjp, kind=Kind.REDUCES, smooth=KINKED, ulp=0,
       interval=lambda x, **_: Interval(-INF if x.nan else x.lo, x.hi, x.nan), examples=_AXES),
    Op("min", "x; axis=None, keepdims=False", (*reduction("min", "min"), *spell("ops np", "amin"),), reducing(np.min),
       xla=_without_nan(np.fmin, np.inf), vjp=_extreme_vjp, kind=Kind.REDUCES, smooth=KINKED, ulp=0,
       interval=lambda x, **_: Interval(x.lo, INF if x.nan else x.hi, x.nan), examples=_AXES),
    Op("prod", "x; axis=None, keepdims=False", reduction("prod", "prod"), _accumulated(np.multiply, np.prod), _prod_vjp,
       xla=_whole(np.prod), formatted=True, kind=Kind.REDUCES, examples=_AXES, slack=1, skips=("xla huge",),
       note="XLA multiplies the slope's factors in another order."),
    Op("logsumexp", "x; axis=None, keepdims=False",
       (*spell("tf tf.math", f"reduce_logsumexp(input_tensor:x, axis=None, keepdims=False{_OLD})"), "ops.logsumexp",
        "K.logsumexp"), body=_logsumexp, kind=Kind.REDUCES, examples=_AXES, slack=8),
    Op("variance", "x; axis=None, keepdims=False",
       ("tf.math.reduce_variance(input_tensor:x, axis=None, keepdims=False)", "K.var"), body=_variance,
       kind=Kind.REDUCES, image=POSITIVE, examples=_AXES, slack=1, skips=("xla huge",), note=REGROUPED),
    Op("ops_variance", "x; axis=None, keepdims=False", ("ops.var", "np.var(a:x, axis=None, keepdims=False)"),
       body=_ops_variance, kind=Kind.REDUCES,
       image=POSITIVE, examples=_AXES, slack=1, skips=("xla huge",), note=REGROUPED),
    Op("std", "x; axis=None, keepdims=False",
       ("tf.math.reduce_std(input_tensor:x, axis=None, keepdims=False)", *spell("K ops", "std"),
        "np.std(a:x, axis=None, keepdims=False)"), body=_std,
       kind=Kind.REDUCES, image=POSITIVE, examples=_AXES, slack=1, skips=("xla huge",), note=REGROUPED),
    Op("any", "x; axis=None, keepdims=False", reduction("any", "any"), _truths(np.any), truths=("x",),
       kind=Kind.REDUCES, dtype=fixed("bool"), smooth=STEPPED, ulp=0, image=UNIT, examples=_AXES),
    Op("all", "x; axis=None, keepdims=False", reduction("all", "all"), _truths(np.all), truths=("x",),
       kind=Kind.REDUCES, dtype=fixed("bool"), smooth=STEPPED, ulp=0, image=UNIT, examples=_AXES),
    Op("norm", "x; ord='euclidean', axis=None, keepdims=False",
       (*spell("tf tf.linalg", "norm(tensor:x, ord='euclidean', axis=None, keepdims=False)"),), body=_norm,
       kind=Kind.REDUCES, image=POSITIVE, examples=(*_AXES, {"ord": 1}, {"ord": 3, "axis": -1})),
    Op("ops_norm", "x; ord=None, axis=None, keepdims=False", ("ops.norm",), body=_ops_norm, kind=Kind.REDUCES,
       image=POSITIVE, examples=(*_AXES, {"ord": 1, "axis": -1}, {"ord": 3, "axis": -1})),
    Op("cumsum", "x; axis=0, exclusive=False, reverse=False",
       (*spell("tf tf.math", "cumsum"), "K.cumsum(x, axis=0)", "ops.cumsum(x, axis=None)",
       "np.cumsum(a:x, axis=None)"), _running(np.add, 0.0),
       _cumsum_vjp, xla=_running(np.add, 0.0, stepwise=False), formatted=True, kind=Kind.ROWWISE,
       examples=({}, {"axis": -1}, {"axis": -1, "exclusive": True}, {"axis": -1, "reverse": True}), slack=1),
    Op("cumprod", "x; axis=0, exclusive=False, reverse=False",
       (*spell("tf.math", "cumprod"), "tf.cumprod", "K.cumprod(x, axis=0)", "ops.cumprod(x, axis=None)",
        "np.cumprod(a:x, axis=None)"),
       _running(np.multiply, 1.0), _cumprod_vjp, xla=_running(np.multiply, 1.0, stepwise=False), formatted=True,
       kind=Kind.ROWWISE, examples=({}, {"axis": -1}), slack=1),
    Op("argmax", "x; axis=0",
       (*spell("tf tf.math", "argmax(input:x, axis=0)"), "K.argmax(x, axis=-1)", "ops.argmax(x, axis=None)",
        "tf.arg_max(input:x, dimension:axis)", "np.argmax(a:x, axis=None)"),
       _arg(np.argmax, -np.inf), kind=Kind.REDUCES, dtype=fixed("int64"), smooth=STEPPED, ulp=0,
       examples=({"axis": -1},)),
    Op("argmin", "x; axis=0",
       (*spell("tf tf.math", "argmin(input:x, axis=0)"), "K.argmin(x, axis=-1)", "ops.argmin(x, axis=None)",
        "tf.arg_min(input:x, dimension:axis)", "np.argmin(a:x, axis=None)"),
       _arg(np.argmin, np.inf), kind=Kind.REDUCES, dtype=fixed("int64"), smooth=STEPPED, ulp=0,
       examples=({"axis": -1},)),
    Op("count_nonzero", "x; axis=None, keepdims=False",
       ("tf.math.count_nonzero(input:x, axis=None, keepdims=False)", "tf.count_nonzero(input_tensor:x, axis=None)",
        "ops.count_nonzero(x, axis=None)", "np.count_nonzero(a:x, axis=None)"), _count_nonzero, kind=Kind.REDUCES,
        dtype=fixed("int64"), smooth=STEPPED,
       ulp=0, examples=_AXES),
    Op("zero_fraction", "x", spell("tf.math tf.nn", "zero_fraction(value:x)"), body=_zero_fraction, kind=Kind.REDUCES,
       dtype=fixed("float32"), smooth=STEPPED, image=UNIT),
    Op("euclidean_norm", "x; axis=None, keepdims=False",
       ("tf.math.reduce_euclidean_norm(input_tensor:x, axis=None, keepdims=False)",),
       _euclidean_norm, _euclidean_vjp, formatted=True, lacks=("xla",),
       kind=Kind.REDUCES, image=POSITIVE, examples=_AXES),
    Op("cumulative_logsumexp", "x; axis=0, exclusive=False, reverse=False", ("tf.math.cumulative_logsumexp",),
       _running(np.logaddexp, -np.inf, stepwise=False), _cumulative_vjp, kind=Kind.ROWWISE, slack=8,
       examples=({}, {"axis": -1}, {"axis": -1, "reverse": True}), skips=("nan", "inf", "huge"),
       note="Eager kernels lose NaN and subtract infinities; XLA goes another way about huge numbers."),
    Op("nancumsum", "x; axis=None", ("ops.nancumsum(x, axis=None)", "np.nancumsum(a:x, axis=None)"),
       body=lambda b, x, axis=None: b("cumsum", b("nan_to_num", x), axis=axis), kind=Kind.ROWWISE, slack=1,
       examples=({"axis": -1},)),
    Op("nancumprod", "x; axis=None", ("ops.nancumprod(x, axis=None)", "np.nancumprod(a:x, axis=None)"),
       body=lambda b, x, axis=None: b("cumprod", b("nan_to_num", x, nan=1.0), axis=axis), kind=Kind.ROWWISE, slack=1,
       examples=({"axis": -1},)),
    Op("global_norm", "*t_list", (*spell("tf tf.linalg", "global_norm"),), body=_global_norm, kind=Kind.REDUCES,
       image=POSITIVE),
    Op("is_non_decreasing", "x", spell("tf tf.math", "is_non_decreasing"), lambda x: _ordered(x, np.greater_equal),
       kind=Kind.REDUCES, dtype=fixed("bool"), smooth=STEPPED, ulp=0, image=UNIT),
    Op("is_strictly_increasing", "x", spell("tf tf.math", "is_strictly_increasing"), lambda x: _ordered(x, np.greater),
       kind=Kind.REDUCES, dtype=fixed("bool"), smooth=STEPPED, ulp=0, image=UNIT),
    Op("l2_loss", "x", ("tf.nn.l2_loss(t:x)",), lambda x: reducing(np.sum)(x * x) / 2,
       lambda b, g, y, x: (b("mul", x, b("spread", g, x)),), kind=Kind.REDUCES, image=POSITIVE),
    Op("ptp", "x; axis=None, keepdims=False", ("ops.ptp", "np.ptp(a:x, axis=None, keepdims=False)"),
       kind=Kind.REDUCES, smooth=KINKED,
       body=lambda b, x, **attrs: b("sub", b("max", x, **attrs), b("min", x, **attrs)), examples=_AXES),
)
# fmt: on
