"""What layers are made of: biases, moments, batch and layer normalisation, losses of integer labels."""

from __future__ import annotations

import numpy as np

from nablint.domains.dtype import Array, Dtype, Format
from nablint.ir import Builder
from nablint.ops.axes import Axis, one
from nablint.ops.op import KINKED, REGROUPED, Kind, Op, spell

EPSILON = 1e-7


def _mean_dtype(_promote: bool, x: Dtype, **_attrs: object) -> Dtype:
    """tf.nn.moments widens float16 alone."""
    return Dtype("float32", x.weak) if x.name == "float16" else x


def _moments(b: Builder, x: int, axes: Axis, keepdims: bool = False, index: int = 0) -> int:
    """The mean, and the mean square distance from it, through which no gradient flows."""
    wide = b("widen_half", x)
    mean = b("mean", wide, axis=axes, keepdims=True)
    if index:
        mean = b("mean", b("squared_difference", wide, b("stop_gradient", mean)), axis=axes, keepdims=True)
    return b("cast_like", mean if keepdims else b("drop_axes", mean, axis=axes), x)


def _ops_moments(b: Builder, x: int, axes: Axis, keepdims: bool = False, index: int = 0) -> int:
    """Keras computes in float32 at least, and clips what half precision cannot hold."""
    found = _moments(b, b("widen", x), axes, keepdims, index)
    limit = b("half_limit", x)
    limit = b("cast_like", limit, found)
    return b("cast_like", b("maximum", b("minimum", found, limit), b("neg", limit)), x)


def _half_limit(x: Array, fmt: Format) -> Array:
    return np.full(1, 65504.0 if fmt.digits < 24 else np.inf, x.dtype)


def _batch_normalization(
    b: Builder, x: int, mean: int, variance: int, offset: int, scale: int, epsilon: float = 0.001, axis: int = -1
) -> int:
    if axis != -1:
        raise ValueError("another axis than the last")
    inverse = b("mul", b("rsqrt", b("add", variance, b.const(epsilon))), scale)
    return b("add", b("mul", x, inverse), b("sub", offset, b("mul", mean, inverse)))


def _layer_normalization(
    b: Builder, x: int, gamma: int, beta: int, axis: int = -1, epsilon: float | None = None
) -> int:
    wide = b("widen", x)
    mean, variance = (_moments(b, wide, axis, True, i) for i in (0, 1))
    epsilon = EPSILON if epsilon is None else epsilon
    inverse = b("mul", b("rsqrt", b("add", variance, b.const(epsilon))), b("cast_like", gamma, wide))
    rest = b("add", b("mul", b("neg", mean), inverse), b("cast_like", beta, wide))
    return b("cast_like", b("add", b("mul", wide, inverse), rest), x)


def _rms_normalization(b: Builder, x: int, scale: int, axis: Axis = -1, epsilon: float | None = None) -> int:
    wide = b("widen", x)
    square = b("ops_mean", b("square", wide), axis=axis, keepdims=True)
    inverse = b("rsqrt", b("add", square, b.const(EPSILON if epsilon is None else epsilon)))
    return b("cast_like", b("mul", b("mul", wide, inverse), b("cast_like", scale, wide)), x)


def _sparsemax(b: Builder, x: int, axis: int = -1) -> int:
    down = b("sort", x, axis=axis, direction="DESCENDING")
    sums = b("cumsum", down, axis=axis)
    places = b("ramp_along", x, axis=axis)
    distance = b("div", b("sub", sums, b.const(1)), places)
    support = b("greater", b("sub", down, distance), b.const(0))
    safe = b("where", support, sums, b.const(0.0))
    count = b("sum", b("cast_like", support, x), axis=axis, keepdims=True)
    total = b("sum", safe, axis=axis, keepdims=True)
    threshold = b("div", b("sub", total, b.const(1)), count)
    return b("maximum", b("sub", x, threshold), b.const(0.0))


def _ramp_along(x: Array, axis: int = -1) -> Array:
    at = one(x.ndim - 1, axis)
    ramp = np.arange(1, x.shape[at] + 1, dtype=x.dtype)
    return np.broadcast_to(ramp.reshape(-1, *(1,) * (x.ndim - 1 - at)), x.shape)


def _chosen(labels: Array, logits: Array) -> Array:
    """The element of each row that its label says."""
    if labels.min(initial=0) < 0 or labels.max(initial=0) >= logits.shape[-1]:
        raise ValueError("a label outside the classes")
    whole = np.broadcast_to(labels, np.broadcast_shapes(labels.shape, logits.shape[:-1]))
    return np.asarray(np.take_along_axis(logits, whole[..., None].astype(np.int64), axis=-1)[..., 0])


def _sparse(labels: Array, logits: Array) -> Array:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(shifted).sum(axis=-1)) - _chosen(labels, shifted))


def _sparse_vjp(b: Builder, g: int, y: int, labels: int, logits: int) -> tuple[None, int]:
    whole = b("spread", g, logits, axis=-1, keepdims=False)
    return None, b("mul", whole, b("sub", b("softmax", logits, axis=-1), b("hot_like", labels, logits)))


def _hot_like(labels: Array, logits: Array) -> Array:
    return np.asarray((labels[..., None] == np.arange(logits.shape[-1])).astype(logits.dtype))


def _sparse_categorical(b: Builder, labels: int, output: int, from_logits: bool = False, axis: int = -1) -> int:
    if axis != -1:
        raise ValueError("another axis than the last")
    if not from_logits:
        output = b("log", b("clip", output, b.const(EPSILON), b.const(1 - EPSILON)))
    return b("sparse_softmax_cross_entropy", labels, output)


def _biased(x: Array, bias: Array) -> Array:
    """The bias belongs to the last axis."""
    lacking = (1,) * (x.ndim - bias.ndim)
    return np.asarray(x + (bias.reshape(bias.shape[:1] + lacking + bias.shape[1:]) if bias.ndim else bias))


def _crelu(b: Builder, x: int, axis: int = -1) -> int:
    return b("relu", b("concat", x, b("neg", x), axis=axis))


def _second(_promote: bool, _labels: Dtype, logits: Dtype, **_attrs: object) -> Dtype:
    return Dtype(logits.name, clash=logits.clash)


def _relu_layer(b: Builder, x: int, weights: int, biases: int) -> int:
    return b("relu", b("xw_plus_b", x, weights, biases))


# fmt: off
ROWS = (
    Op("widen_half", "x", (), lambda x: x, lambda b, g, y, x: (b("cast_like", g, x),), dtype=_mean_dtype, ulp=0),
    Op("half_limit", "x", (), _half_limit, formatted=True, kind=Kind.ROWWISE, ulp=0),
    Op("ramp_along", "x; axis=-1", (), _ramp_along, kind=Kind.ROWWISE, ulp=0),
    Op("hot_like", "labels, logits", (), _hot_like, dtype=_second, kind=Kind.ROWWISE, ulp=0),
    Op("bias_add", "x, bias", ("tf.nn.bias_add(value:x, bias, data_format:!=None)", "K.bias_add(x, bias)"),
       _biased, lambda b, g, y, x, bias: (g, g), kind=Kind.ROWWISE, ulp=0),
    Op("crelu", "x; axis=-1", ("tf.nn.crelu(features:x, axis=-1)",), body=_crelu, kind=Kind.ROWWISE, smooth=KINKED,
       ulp=0),
    Op("relu_layer", "x, weights, biases", ("tf.nn.relu_layer",), body=_relu_layer, kind=Kind.ROWWISE, slack=4),
    Op("moments", "x; axes, keepdims=False, index=0",
       ("tf.nn.moments(x, axes, shift:_=None, keepdims=False, keep_dims:keepdims=False)",), body=_moments,
       kind=Kind.REDUCES, many=2, slack=1, skips=("xla huge",), note=REGROUPED,
       examples=tuple({"axes": axes, "index": i} for axes in ((0,), (1,)) for i in (0, 1))),
    Op("ops_moments", "x; axes, keepdims=False, index=0",
       ("ops.moments(x, axes, keepdims=False, synchronized:_=False)",), body=_ops_moments, kind=Kind.REDUCES, many=2,
       slack=1, skips=("nan", "xla huge"),
       note=f"Where there is a NaN, the clip of half precision drops the gradient. {REGROUPED}",
       examples=tuple({"axes": (0,), "index": i} for i in (0, 1))),
    Op("batch_normalization", "x, mean, variance, offset=0.0, scale=1.0; epsilon=0.001, axis=-1",
       ("tf.nn.batch_normalization(x, mean, variance, offset=0.0, scale=1.0, variance_epsilon:epsilon=0.001)",
        "ops.batch_normalization(x, mean, variance, axis, offset=0.0, scale=1.0, epsilon=0.001)",
        "K.batch_normalization(x, mean, var:variance, beta:offset, gamma:scale, axis=-1, epsilon=0.001)"),
       body=_batch_normalization, kind=Kind.ROWWISE, slack=8, examples=({"epsilon": 0.001},), skips=("xla huge",),
       note=REGROUPED),
    Op("layer_normalization", "x, gamma=1.0, beta=0.0; axis=-1, epsilon=None",
       ("ops.layer_normalization(x, gamma=1.0, beta=0.0, axis=-1, epsilon=None)",), body=_layer_normalization,
       kind=Kind.ROWWISE, slack=8, skips=("huge",), note=REGROUPED),
    Op("rms_normalization", "x, scale=1.0; axis=-1, epsilon=None",
       ("ops.rms_normalization(x, scale=1.0, axis=-1, epsilon=None)",), body=_rms_normalization,
       kind=Kind.ROWWISE, slack=8, skips=("xla huge",), note=REGROUPED),
    Op("sparsemax", "x; axis=-1", spell("ops activations", "sparsemax"), body=_sparsemax, kind=Kind.ROWWISE,
       smooth=KINKED, slack=4, skips=("nan", "huge", "xla 0"),
       lacks=("graph float16", "xla float16"),
       older=("tensorflow 2.16 float16", "tensorflow 2.16 bfloat16"),
       note="Sorting NaN and zeros of both signs depends on the kernel; sums of huge numbers cancel."),
    Op("sparse_softmax_cross_entropy", "labels, logits", ("tf.nn.sparse_softmax_cross_entropy_with_logits",),
       _sparse, _sparse_vjp, dtype=_second, kind=Kind.REDUCES, slack=4),
    Op("sparse_categorical_crossentropy", "labels, output; from_logits=False, axis=-1",
       (*spell("ops", "sparse_categorical_crossentropy(target:labels, output, from_logits=False, axis=-1)"),
        "K.sparse_categorical_crossentropy(target:labels, output, from_logits=False, axis=-1)"),
       body=_sparse_categorical, dtype=_second, kind=Kind.REDUCES, slack=4, slope_ulp=16,
       examples=({}, {"from_logits": True})),
    Op("loss_sparse_categorical_crossentropy", "labels, output; from_logits=False, ignore_class=None, axis=-1",
       tuple(f"keras.{home}.sparse_categorical_crossentropy(y_true:labels, y_pred:output, from_logits=False, "
             "ignore_class:!=None, axis=-1)" for home in ("losses", "metrics")),
       body=lambda b, labels, output, ignore_class=None, **attrs: _sparse_categorical(b, labels, output, **attrs),
       dtype=_second, kind=Kind.REDUCES, slack=4, slope_ulp=16,
       examples=({}, {"from_logits": True})),
)
# fmt: on
