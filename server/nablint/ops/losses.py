"""Losses of labels and predictions, as the libraries compose them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nablint.domains.dtype import Array, Dtype, joined
from nablint.ir import Builder
from nablint.ops.axes import one
from nablint.ops.op import REGROUPED, Kind, Op, spell

EPSILON = 1e-7


def firmly(_promote: bool, *dtypes: Dtype, **_attrs: object) -> Dtype:
    """Every argument is made a tensor by itself, a number a float32, and all must have one dtype."""
    return joined(False, *(replace(dtype, weak=False) for dtype in dtypes))


def _sigmoid_cross_entropy(b: Builder, labels: int, logits: int) -> int:
    zeros = b("zeros_like", logits)
    positive = b("greater_equal", logits, zeros)
    relu = b("where", positive, logits, zeros)
    minus_size = b("where", positive, b("neg", logits), logits)
    return b("add", b("sub", relu, b("mul", logits, labels)), b("log1p", b("exp", minus_size)))


def _weighted_cross_entropy(b: Builder, labels: int, logits: int, weight: int) -> int:
    factor = b("add", b.const(1), b("mul", b("sub", weight, b.const(1)), labels))
    tail = b("add", b("log1p", b("exp", b("neg", b("abs", logits)))), b("relu", b("neg", logits)))
    return b("add", b("mul", b("sub", b.const(1), labels), logits), b("mul", factor, tail))


def _binary_cross_entropy(b: Builder, labels: int, output: int, from_logits: bool = False) -> int:
    """keras.ops clips the probabilities; in half precision 1 - 1e-7 is 1, and the clip does nothing."""
    if from_logits:
        return _sigmoid_cross_entropy(b, labels, output)
    output = _clipped(b, output)
    ones = b("mul", labels, b("log", output))
    zeros = b("mul", b("sub", b.const(1), labels), b("log", b("sub", b.const(1), output)))
    return b("neg", b("add", ones, zeros))


def _backend_binary_cross_entropy(b: Builder, labels: int, output: int, from_logits: bool = False) -> int:
    """The backend adds epsilon inside the logarithms, too."""
    if from_logits:
        return _sigmoid_cross_entropy(b, labels, output)
    epsilon = b("cast_like", b.const(EPSILON), output)
    output = b("maximum", b("minimum", output, b("sub", b.const(1.0), epsilon)), epsilon)
    ones = b("mul", labels, b("log", b("add", output, b.const(EPSILON))))
    rest = b("log", b("add", b("sub", b.const(1), output), b.const(EPSILON)))
    return b("neg", b("add", ones, b("mul", b("sub", b.const(1), labels), rest)))


def _categorical_cross_entropy(b: Builder, labels: int, output: int, from_logits: bool = False, axis: int = -1) -> int:
    if from_logits:
        return b("softmax_cross_entropy", labels, output, axis=axis)
    output = _clipped(b, b("div", output, b("sum", output, axis=axis, keepdims=True)))
    return b("neg", b("sum", b("mul", labels, b("log", output)), axis=axis))


def _clipped(b: Builder, output: int) -> int:
    return b("maximum", b("minimum", output, b.const(1.0 - EPSILON)), b.const(EPSILON))


def _log_poisson(b: Builder, targets: int, log_input: int) -> int:
    return b("sub", b("exp", log_input), b("mul", log_input, targets))


def _softmax_cross_entropy(labels: Array, logits: Array, axis: int = -1) -> Array:
    at = one(logits.ndim - 1, axis)
    shifted = logits - logits.max(axis=at, keepdims=True)
    rest = np.log(np.exp(shifted).sum(axis=at, keepdims=True)) - shifted
    return np.asarray((labels * rest).sum(axis=at))


def _wide_softmax_cross_entropy(b: Builder, labels: int, logits: int, axis: int = -1) -> int:
    """TensorFlow computes it in float32 at least."""
    found = b("softmax_cross_entropy_kernel", b("widen", labels), b("widen", logits), axis=axis)
    return b("cast_like", found, logits)


def _softmax_cross_entropy_vjp(b: Builder, g: int, y: int, labels: int, logits: int, axis: int = -1) -> tuple[int, int]:
    whole = b("spread", g, logits, axis=axis, keepdims=False)
    slope = b("sub", b("softmax", logits, axis=axis), labels)
    return b("mul", whole, b("neg", b("log_softmax", logits, axis=axis))), b("mul", whole, slope)


# fmt: off
ROWS = (
    Op("sigmoid_cross_entropy", "labels, logits", ("tf.nn.sigmoid_cross_entropy_with_logits",),
       body=_sigmoid_cross_entropy, slack=8, skips=("xla huge",), dtype=firmly, note=REGROUPED),
    Op("weighted_cross_entropy", "labels, logits, weight",
       ("tf.nn.weighted_cross_entropy_with_logits(labels, logits, pos_weight:weight)",), body=_weighted_cross_entropy,
       slack=8, skips=("xla huge",), dtype=firmly, note=REGROUPED),
    Op("binary_crossentropy", "labels, output; from_logits=False",
       ("ops.binary_crossentropy(target:labels, output, from_logits=False)",), body=_binary_cross_entropy,
       examples=({}, {"from_logits": True}), skips=("xla huge",), slack=1024, dtype=firmly, note=REGROUPED),
    Op("backend_binary_crossentropy", "labels, output; from_logits=False",
       ("K.binary_crossentropy(target:labels, output, from_logits=False)",), body=_backend_binary_cross_entropy,
       examples=({}, {"from_logits": True}), slack=8, skips=("xla any",),
       note="XLA adds the constants of 1 - p + epsilon first; float16 then loses epsilon.", dtype=firmly),
    Op("categorical_crossentropy", "labels, output; from_logits=False, axis=-1",
       ("ops.categorical_crossentropy(target:labels, output, from_logits=False, axis=-1)",),
       body=_categorical_cross_entropy, kind=Kind.REDUCES, slack=8, skips=("xla huge",), note=REGROUPED),
    Op("softmax_cross_entropy", "labels, logits; axis=-1", spell("tf.nn", "softmax_cross_entropy_with_logits",
       "softmax_cross_entropy_with_logits_v2"),
       body=_wide_softmax_cross_entropy, kind=Kind.REDUCES, slack=4),
    Op("softmax_cross_entropy_kernel", "labels, logits; axis=-1", (), _softmax_cross_entropy,
       _softmax_cross_entropy_vjp, kind=Kind.REDUCES),
    Op("log_poisson_loss", "targets, log_input", ("tf.nn.log_poisson_loss",), body=_log_poisson, slack=8,
       skips=("xla huge",), dtype=firmly, note=REGROUPED),
)
# fmt: on
