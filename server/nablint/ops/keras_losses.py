"""Keras's loss functions of `y_true` and `y_pred`, as its TensorFlow backend composes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nablint.domains.dtype import Dtype
from nablint.domains.interval import POSITIVE
from nablint.ir import Builder
from nablint.ops.axes import Axis
from nablint.ops.op import KINKED, REGROUPED, Kind, Op

EPSILON = 1e-7
FIRM_EPSILON = float(np.float32(EPSILON))
"""Where Keras makes a float32 tensor of it first."""
LOG_2 = float(np.float32(math.log(2.0)))

Pair = Callable[[Builder, int, int], int]


def _last(_promote: bool, _labels: Dtype, predictions: Dtype, **_attrs: object) -> Dtype:
    """Labels are cast to the dtype of the predictions; numbers are made tensors."""
    return Dtype(predictions.name, clash=predictions.clash)


def _last_wide(_promote: bool, _labels: Dtype, predictions: Dtype, **_attrs: object) -> Dtype:
    return Dtype("float32" if predictions.name in ("float16", "bfloat16") else predictions.name)


def _averaged(element: Pair) -> Pair:
    """The mean along the last axis of what `element` says of each pair."""

    def body(b: Builder, y_true: int, y_pred: int) -> int:
        return b("ops_mean", element(b, b("cast_like", y_true, y_pred), y_pred), axis=-1)

    return body


def _absolute_percentage(b: Builder, y_true: int, y_pred: int) -> int:
    labels = b("cast_like", y_true, y_pred)
    size = b("maximum", b("abs", labels), b.const(EPSILON))
    error = b("abs", b("div", b("sub", labels, y_pred), size))
    return b("mul", b.const(100.0), b("ops_mean", error, axis=-1))


def _squared_logarithmic(b: Builder, y_true: int, y_pred: int) -> int:
    """Keras makes a float32 of its epsilon, to which half precision is promoted."""
    labels = b("widen", b("cast_like", y_true, y_pred))
    first, second = (
        b("log", b("add", b("maximum", each, b.const(FIRM_EPSILON)), b.const(1.0)))
        for each in (b("widen", y_pred), labels)
    )
    return b("ops_mean", b("square", b("sub", first, second)), axis=-1)


def _log_cosh(b: Builder, y_true: int, y_pred: int) -> int:
    x = b("sub", y_pred, y_true)
    return b("sub", b("add", x, b("softplus", b("mul", x, b.const(-2.0)))), b.const(LOG_2))


def _kl_divergence(b: Builder, y_true: int, y_pred: int) -> int:
    p, q = (b("clip", each, b.const(EPSILON), b.const(1)) for each in (b("cast_like", y_true, y_pred), y_pred))
    return b("sum", b("mul", p, b("log", b("div", p, q))), axis=-1)


def _poisson(b: Builder, y_true: int, y_pred: int) -> int:
    return b("sub", y_pred, b("mul", y_true, b("log", b("add", y_pred, b.const(EPSILON)))))


def _huber(b: Builder, y_true: int, y_pred: int, delta: float = 1.0) -> int:
    error = b("sub", y_pred, b("cast_like", y_true, y_pred))
    size = b("abs", error)
    parabola = b("mul", b.const(0.5), b("square", error))
    bound = b("cast_like", b.const(delta), y_pred)
    line = b("sub", b("mul", bound, size), b("mul", b.const(0.5), b("square", bound)))
    return b("ops_mean", b("where", b("less_equal", size, bound), parabola, line), axis=-1)


def _cosine_similarity(b: Builder, y_true: int, y_pred: int, axis: int = -1) -> int:
    labels = b("cast_like", y_true, y_pred)
    p, q = (b("normalize", each, axis=axis) for each in (labels, y_pred))
    return b("neg", b("sum", b("mul", p, q), axis=axis))


def _signed(b: Builder, y_true: int) -> int:
    """Labels that are all 0 or 1 become -1 and 1."""
    binary = b("logical_or", b("equal", y_true, b.const(0)), b("equal", y_true, b.const(1)))
    signs = b("sub", b("mul", b.const(2.0), y_true), b.const(1.0))
    return b("where", b("all", binary), signs, y_true)


def _hinge(b: Builder, y_true: int, y_pred: int) -> int:
    margin = b("mul", _signed(b, b("cast_like", y_true, y_pred)), y_pred)
    return b("maximum", b("sub", b.const(1.0), margin), b.const(0.0))


def _categorical_hinge(b: Builder, y_true: int, y_pred: int) -> int:
    labels = b("cast_like", y_true, y_pred)
    right = b("sum", b("mul", labels, y_pred), axis=-1)
    wrong = b("max", b("mul", b("sub", b.const(1.0), labels), y_pred), axis=-1)
    return b("maximum", b("add", b("sub", wrong, right), b.const(1.0)), b.const(0.0))


def _smoothed(b: Builder, labels: int, smoothing: float, rest: int) -> int:
    """Labels moved towards `rest`, their mean over the classes."""
    return b("add", b("mul", labels, b.const(1.0 - smoothing)), rest) if smoothing else labels


def _binary(
    b: Builder, y_true: int, y_pred: int, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> int:
    labels = _smoothed(b, b("cast_like", y_true, y_pred), label_smoothing, b.const(0.5 * label_smoothing))
    return b("ops_mean", b("binary_crossentropy", labels, y_pred, from_logits=from_logits), axis=axis)


def _categorical(
    b: Builder, y_true: int, y_pred: int, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> int:
    labels = b("cast_like", y_true, y_pred)
    rest = b("div", b.const(label_smoothing), b("count_along", labels, axis=-1))
    labels = _smoothed(b, labels, label_smoothing, rest)
    return b("categorical_crossentropy", labels, y_pred, from_logits=from_logits, axis=axis)


def _binary_focal(
    b: Builder, y_true: int, y_pred: int, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0,
    from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
) -> int:  # fmt: skip
    labels = _smoothed(b, b("cast_like", y_true, y_pred), label_smoothing, b.const(0.5 * label_smoothing))
    output = b("sigmoid", y_pred) if from_logits else y_pred
    # Keras remembers the logits that a sigmoid came from.
    loss = b("binary_crossentropy", labels, y_pred, from_logits=from_logits)
    others, unlikely = b("sub", b.const(1), labels), b("sub", b.const(1), output)
    right = b("add", b("mul", labels, output), b("mul", others, unlikely))
    loss = b("mul", b("pow", b("sub", b.const(1.0), right), b.const(gamma)), loss)
    if apply_class_balancing:
        weight = b("add", b("mul", labels, b.const(alpha)), b("mul", others, b.const(1 - alpha)))
        loss = b("mul", weight, loss)
    return b("ops_mean", loss, axis=axis)


def _categorical_focal(
    b: Builder, y_true: int, y_pred: int, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False,
    label_smoothing: float = 0.0, axis: int = -1,
) -> int:  # fmt: skip
    labels = b("cast_like", y_true, y_pred)
    rest = b("div", b.const(label_smoothing), b("count_along", labels, axis=-1))
    labels = _smoothed(b, labels, label_smoothing, rest)
    output = b("softmax", y_pred, axis=axis) if from_logits else y_pred
    output = b("div", output, b("sum", output, axis=axis, keepdims=True))
    output = b("clip", output, b.const(EPSILON), b.const(1.0 - EPSILON))
    weight = b("mul", b("pow", b("sub", b.const(1.0), output), b.const(gamma)), b.const(alpha))
    return b("sum", b("mul", weight, b("mul", b("neg", labels), b("log", output))), axis=axis)


def _dice(b: Builder, y_true: int, y_pred: int, axis: Axis = None) -> int:
    labels = b("cast_like", y_true, y_pred)
    common = b("sum", b("mul", labels, y_pred), axis=axis)
    both = b("add", b("sum", labels, axis=axis), b("sum", y_pred, axis=axis))
    ratio = b("div", b("mul", b.const(2.0), common), b("add", both, b.const(EPSILON)))
    return b("sub", b.const(1), ratio)


def _tversky(b: Builder, y_true: int, y_pred: int, alpha: float = 0.5, beta: float = 0.5, axis: Axis = None) -> int:
    labels = b("cast_like", y_true, y_pred)
    common = b("sum", b("mul", labels, y_pred), axis=axis)
    missed = b("sum", b("mul", b("sub", b.const(1), y_pred), labels), axis=axis)
    false = b("sum", b("mul", y_pred, b("sub", b.const(1), labels)), axis=axis)
    below = b("add", b("add", common, b("mul", missed, b.const(alpha))), b("mul", false, b.const(beta)))
    return b("sub", b.const(1), b("div", common, b("add", below, b.const(EPSILON))))


def loss(name: str, params: str, body: Callable[..., int], *short: str, theirs: str | None = None,
         homes: tuple[str, ...] = ("losses", "metrics"), **row: Any) -> Op:  # fmt: skip
    """A row for `keras.losses.<name>`, which `keras.metrics` repeats; `short` are its old names."""
    entry = "" if theirs is None else f"(y_true, y_pred{theirs})"
    names = tuple(f"keras.{home}.{word}{entry}" for word in (name, *short) for home in homes)
    given: dict[str, Any] = {"kind": Kind.REDUCES, "dtype": _last, "slack": 8, "skips": ("xla huge",),
                             "note": REGROUPED, "older": ("keras 2",), **row}  # fmt: skip
    return Op(f"loss_{name}", params, names, body=body, **given)


# fmt: off
ROWS = (
    loss("mean_squared_error", "y_true, y_pred; axis=-1",
         lambda b, t, p, axis=-1: _averaged(lambda b, t, p: b("square", b("sub", t, p)))(b, t, p), "mse", "MSE",
         theirs="", image=POSITIVE),
    loss("mean_absolute_error", "y_true, y_pred; axis=-1",
         lambda b, t, p, axis=-1: _averaged(lambda b, t, p: b("abs", b("sub", t, p)))(b, t, p), "mae", "MAE",
         theirs="", image=POSITIVE, smooth=KINKED),
    loss("mean_absolute_percentage_error", "y_true, y_pred; axis=-1",
         lambda b, t, p, axis=-1: _absolute_percentage(b, t, p), "mape", "MAPE", theirs="", image=POSITIVE,
         smooth=KINKED, slope_ulp=1 << 16),
    loss("mean_squared_logarithmic_error", "y_true, y_pred; axis=-1",
         lambda b, t, p, axis=-1: _squared_logarithmic(b, t, p), "msle", "MSLE", theirs="", image=POSITIVE,
         dtype=_last_wide),
    loss("log_cosh", "y_true, y_pred; axis=-1", lambda b, t, p, axis=-1: _averaged(_log_cosh)(b, t, p), "logcosh",
         theirs=""),
    loss("kl_divergence", "y_true, y_pred; axis=-1", lambda b, t, p, axis=-1: _kl_divergence(b, t, p), "KLD", "kld",
         "kullback_leibler_divergence", theirs=""),
    loss("poisson", "y_true, y_pred; axis=-1", lambda b, t, p, axis=-1: _averaged(_poisson)(b, t, p), theirs=""),
    loss("huber", "y_true, y_pred; delta=1.0, axis=-1",
         lambda b, t, p, delta=1.0, axis=-1: _huber(b, t, p, delta), theirs=", delta=1.0", image=POSITIVE,
         examples=({}, {"delta": 0.5})),
    loss("cosine_similarity", "y_true, y_pred; axis=-1", _cosine_similarity, homes=("losses",)),
    loss("hinge", "y_true, y_pred", _averaged(_hinge), image=POSITIVE, smooth=KINKED),
    loss("squared_hinge", "y_true, y_pred", _averaged(lambda b, t, p: b("square", _hinge(b, t, p))), image=POSITIVE),
    loss("categorical_hinge", "y_true, y_pred; axis=-1", lambda b, t, p, axis=-1: _categorical_hinge(b, t, p),
         theirs="", image=POSITIVE, smooth=KINKED),
    loss("binary_crossentropy", "y_true, y_pred; from_logits=False, label_smoothing=0.0, axis=-1", _binary,
         examples=({}, {"from_logits": True}, {"label_smoothing": 0.1}), slack=1024),
    loss("categorical_crossentropy", "y_true, y_pred; from_logits=False, label_smoothing=0.0, axis=-1", _categorical,
         examples=({}, {"from_logits": True}, {"label_smoothing": 0.1})),
    loss("binary_focal_crossentropy", "y_true, y_pred; apply_class_balancing=False, alpha=0.25, gamma=2.0, "
         "from_logits=False, label_smoothing=0.0, axis=-1", _binary_focal,
         examples=({}, {"from_logits": True}, {"apply_class_balancing": True}), slack=1024,
         skips=("xla huge", "xla 100")),
    loss("categorical_focal_crossentropy", "y_true, y_pred; alpha=0.25, gamma=2.0, from_logits=False, "
         "label_smoothing=0.0, axis=-1", _categorical_focal, examples=({}, {"from_logits": True}), slack=1024),
    loss("dice", "y_true, y_pred; axis=None", _dice, homes=("losses",), ulp=64,
         slope_ulp=256),
    loss("tversky", "y_true, y_pred; alpha=0.5, beta=0.5, axis=None", _tversky, homes=("losses",),
         ulp=64, slope_ulp=256, skips=("xla huge", "100"),
         note=f"Sums cancel, in float16 down to nothing. {REGROUPED}"),
)
# fmt: on
