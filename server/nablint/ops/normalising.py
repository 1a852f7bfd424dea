"""Functions that relate each element to the others of its row: softmax, unit norms, clipping by norm."""

from __future__ import annotations

import numpy as np

from nablint.domains.dtype import Array
from nablint.domains.interval import UNIT, Interval
from nablint.ir import Builder
from nablint.ops.axes import Attributes, Axis, along
from nablint.ops.op import KINKED, REGROUPED, Kind, Meaning, Op, spell

_LAST: Attributes = ({}, {"axis": 0})


def _softmax(x: Array) -> Array:
    shifted = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def _log_softmax(x: Array) -> Array:
    shifted = x - x.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _on_rows(rows: Meaning) -> Meaning:
    """TensorFlow reads axis None as the last one."""
    return lambda x, axis=-1: along(rows)(x, -1 if axis is None else axis)


def _softmax_vjp(b: Builder, g: int, y: int, x: int, axis: Axis = -1) -> tuple[int]:
    axis = -1 if axis is None else axis
    total = b("sum", b("mul", g, y), axis=axis, keepdims=True)
    return (b("mul", b("sub", g, total), y),)


def _log_softmax_vjp(b: Builder, g: int, y: int, x: int, axis: Axis = -1) -> tuple[int]:
    axis = -1 if axis is None else axis
    return (b("sub", g, b("mul", b("sum", g, axis=axis, keepdims=True), b("exp", y))),)


def _l2_normalize(b: Builder, x: int, axis: Axis = None, epsilon: float = 1e-12) -> int:
    square = b("sum", b("square", x), axis=axis, keepdims=True)
    return b("mul", x, b("rsqrt", b("maximum", square, b.const(epsilon))))


def _ops_normalize(b: Builder, x: int, axis: Axis = -1, order: int = 2, epsilon: float | None = None) -> int:
    epsilon = 1e-7 if epsilon is None else epsilon
    if order == 2:
        inverse = b("rsqrt", b("sum", b("square", x), axis=axis, keepdims=True))
        return b("mul", x, b("minimum", inverse, b.const(1.0 / epsilon)))
    norm = b("ops_norm", x, ord=order, axis=axis, keepdims=True)
    return b("div", x, b("maximum", norm, b.const(epsilon)))


def _clip_by_norm(b: Builder, x: int, limit: int, axes: Axis = None) -> int:
    square = b("sum", b("mul", x, x), axis=axes, keepdims=True)
    limit = b("maximum", limit, b.const(0))
    positive = b("greater", square, b.const(0))
    safe = b("where", positive, square, b("ones_like", square))
    norm = b("where", positive, b("sqrt", safe), square)
    return b("div", b("mul", x, limit), b("maximum", norm, limit))


def _glu(b: Builder, x: int, axis: int = -1) -> int:
    left, right = (b("part", x, index=i, count=2, axis=axis) for i in (0, 1))
    return b("mul", left, b("sigmoid", right))


def _moment(b: Builder, x: int, axes: Axis, keepdims: bool = False) -> int:
    return b("mean", x, axis=axes, keepdims=keepdims)


# fmt: off
ROWS = (
    Op("softmax", "x; axis=-1",
       (*spell("tf.nn tf.math", "softmax(logits:x, axis=-1, dim:axis=-1)"), *spell("K ops activations", "softmax")),
       _on_rows(_softmax), _softmax_vjp, kind=Kind.ROWWISE, image=UNIT, examples=_LAST, slack=2),
    Op("log_softmax", "x; axis=-1",
       (*spell("tf.nn tf.math", "log_softmax(logits:x, axis=-1, dim:axis=-1)"),
        *spell("ops activations", "log_softmax")), _on_rows(_log_softmax), _log_softmax_vjp, kind=Kind.ROWWISE,
       image=Interval(-np.inf, 0.0), examples=_LAST, slack=2),
    Op("l2_normalize", "x; axis=None, epsilon=1e-12",
       (*spell("tf.math tf.nn tf.linalg", "l2_normalize(x, axis=None, epsilon=1e-12, dim:axis=None)"),
        "K.l2_normalize(x, axis=None)"), body=_l2_normalize, kind=Kind.ROWWISE, examples=({}, {"axis": -1}), slack=8,
       skips=("xla huge",), note=REGROUPED),
    Op("normalize", "x; axis=-1, order=2, epsilon=None", ("ops.normalize",), body=_ops_normalize, kind=Kind.ROWWISE,
       examples=({}, {"order": 1}), slack=8, skips=("xla huge",), note=REGROUPED),
    Op("clip_by_norm", "x, limit; axes=None", ("tf.clip_by_norm(t:x, clip_norm:limit, axes=None)",), body=_clip_by_norm,
       kind=Kind.ROWWISE, smooth=KINKED, slack=4),
    Op("glu", "x; axis=-1", spell("ops activations", "glu"), body=_glu, kind=Kind.ROWWISE, examples=({"axis": 0},),
       slack=400),
)
# fmt: on
