"""Reductions that pass over NaN, as keras.ops composes them."""

from __future__ import annotations

import math

from nablint.ir import Builder
from nablint.ops.axes import Attributes, Axis
from nablint.ops.op import KINKED, REGROUPED, Kind, Op

_AXES: Attributes = ({}, {"axis": -1}, {"axis": 0, "keepdims": True})


def _filled(b: Builder, x: int, value: float) -> int:
    """`x` with this number for NaN."""
    return b("where", b("is_nan", x), b("cast_like", b.const(value), x), x)


def _nansum(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    return b("sum", _filled(b, x, 0.0), axis=axis, keepdims=keepdims)


def _nanprod(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    return b("prod", _filled(b, x, 1.0), axis=axis, keepdims=keepdims)


def _extreme(b: Builder, x: int, op: str, unit: float, axis: Axis, keepdims: bool) -> int:
    """NaN only where all are."""
    found = b(op, _filled(b, x, unit), axis=axis, keepdims=keepdims)
    gone = b("all", b("is_nan", x), axis=axis, keepdims=keepdims)
    return b("where", gone, b("cast_like", b.const(math.nan), x), found)


def _nanmax(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    return _extreme(b, x, "max", -math.inf, axis, keepdims)


def _nanmin(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    return _extreme(b, x, "min", math.inf, axis, keepdims)


def _count(b: Builder, x: int, axis: Axis, keepdims: bool) -> int:
    there = b("cast_like", b("logical_not", b("is_nan", x)), x)
    return b("sum", there, axis=axis, keepdims=keepdims)


def _nanmean(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    return b("div", _nansum(b, x, axis, keepdims), _count(b, x, axis, keepdims))


def _nanvar(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    centred = b("sub", x, _nanmean(b, x, axis, True))
    centred = b("where", b("logical_not", b("is_nan", x)), centred, b("zeros_like", x))
    total = b("sum", b("square", centred), axis=axis, keepdims=keepdims)
    return b("div", total, _count(b, x, axis, keepdims))


def _nanstd(b: Builder, x: int, axis: Axis = None, keepdims: bool = False) -> int:
    return b("sqrt", _nanvar(b, x, axis, keepdims))


def _row(name: str, body: object, **more: object) -> Op:
    names = (f"ops.{name}(x, axis=None, keepdims=False)", f"np.{name}(a:x, axis=None, keepdims=False)")
    given = {"body": body, "kind": Kind.REDUCES, "examples": _AXES, "slack": 1, **more}
    return Op(name, "x; axis=None, keepdims=False", names, **given)  # type: ignore[arg-type]


ROWS = (
    _row("nansum", _nansum),
    _row("nanprod", _nanprod, skips=("xla huge",), note="XLA multiplies the slope's factors in another order."),
    _row("nanmax", _nanmax, smooth=KINKED),
    _row("nanmin", _nanmin, smooth=KINKED),
    _row("nanmean", _nanmean),
    _row("nanvar", _nanvar, skips=("xla huge",), note=REGROUPED),
    _row("nanstd", _nanstd, skips=("xla huge",), note=REGROUPED),
)
