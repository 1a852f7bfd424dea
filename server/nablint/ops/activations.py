"""Activations, each as TensorFlow's kernel or Keras's own composition computes it."""

from __future__ import annotations

import math

import numpy as np

from nablint.domains.dtype import Array, Format
from nablint.domains.interval import INF, POSITIVE, TOP, UNIT, Interval, greatest, least, rising
from nablint.ir import Builder
from nablint.ops.axes import Attributes
from nablint.ops.op import KINKED, REGROUPED, Op, spell

SCALE = 1.0507009873554804934193349852946
ALPHA = 1.6732632423543772848170429916717
ROOT_HALF, CUBIC = float(np.float32(0.7071067811865476)), float(np.float32(0.044715))
"""TensorFlow makes float32 of its constants before it casts them."""
SIX = Interval(0.0, 6.0)


def _relu(x: Array) -> Array:
    """NaN stays NaN."""
    return np.where(np.isnan(x), x, np.maximum(x, 0))


def _sigmoid(x: Array, fmt: Format) -> Array:
    """The kernel rounds the exponential and the denominator: in float16 it reaches 1 at 7.63 already."""
    small = fmt.round(np.exp(-np.abs(x)))
    below = fmt.round(1 + small)
    return np.where(x >= 0, 1 / below, small / below)


def _sigmoid_xla(x: Array, fmt: Format) -> Array:
    """XLA has one formula for both sides: in float16 the exponential overflows below -11.09."""
    return 1 / fmt.round(1 + fmt.round(np.exp(-x)))


def _softplus(x: Array, fmt: Format) -> Array:
    """Far from zero the kernel takes exp(x), or x itself."""
    return _softplus_within(x, np.log(2.0**-13 if fmt.name == "float16" else fmt.epsilon) + 2, fmt)


def _softplus_xla(x: Array, fmt: Format) -> Array:
    return _softplus_within(x, np.log(fmt.epsilon) + 2, fmt)


def _softplus_within(x: Array, end: float, fmt: Format) -> Array:
    small = np.exp(np.minimum(x, -end))
    return np.where(x > -end, x, np.where(x < end, small, np.log1p(fmt.round(small))))


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _soft_max(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _elu(x: Array, fmt: Format) -> Array:
    """The kernel subtracts 1 from the exponential, and loses what expm1 would keep."""
    return np.where(x < 0, fmt.round(np.exp(np.minimum(x, 0))) - 1, x)


def _selu(x: Array, fmt: Format) -> Array:
    one = x.dtype.type
    below = one(SCALE * ALPHA) * (fmt.round(np.exp(np.minimum(x, 0))) - 1)
    return np.asarray(np.where(x < 0, below, x * one(SCALE)))


def _leaky(x: Array, fmt: Format, alpha: float = 0.2) -> Array:
    """The slope is a float32, whatever the dtype."""
    return np.where(x > 0, x, fmt.round(np.asarray(alpha, np.float32)) * x)


def _scaled_elu(b: Builder, x: int, alpha: float = 1.0) -> int:
    found = b("elu", x)
    if alpha == 1:
        return found
    return b("where", b("greater", x, b.const(0)), found, b("mul", b.const(alpha), found))


def _keras_relu(
    b: Builder, x: int, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0, mask: bool = False
) -> int:
    """Keras's relu; `mask` says that its backend multiplies by a cast comparison where keras.activations selects."""
    if alpha and max_value is None and threshold == 0:
        return b("leaky_relu", x, alpha=alpha)
    if threshold:
        above = b("greater", x, b.const(threshold))
        found = b("mul", x, b("cast_like", above, x)) if mask else b("where", above, x, b.const(0))
        negative = b("relu", b("add", b("neg", x), b.const(threshold)))
    else:
        found = b("relu6" if max_value == 6 else "relu", x)
        negative = b("relu", b("neg", x))
    if max_value is not None and (threshold or max_value != 6):
        found = b("maximum", b("minimum", found, b.const(max_value)), b.const(0.0))
    return b("sub", found, b("mul", b.const(alpha), negative)) if alpha else found


def _gelu(b: Builder, x: int, approximate: bool = False) -> int:
    half = b("mul", b.const(0.5), x)
    if not approximate:
        return b("mul", half, b("erfc", b("mul", b("neg", x), b.const(ROOT_HALF))))
    cubic = b("add", x, b("mul", b.const(CUBIC), b("pow", x, b.const(3))))
    return b("mul", half, b("add", b.const(1.0), b("tanh", b("mul", b.const(0.7978845608028654), cubic))))


def _silu(x: Array, fmt: Format, beta: float = 1.0) -> Array:
    return x * fmt.round(_sigmoid(fmt.round(x.dtype.type(beta) * x), fmt))


def _silu_vjp(b: Builder, g: int, y: int, x: int, beta: float = 1.0) -> tuple[int]:
    """TensorFlow's custom gradient: dy * (s * (1 + x (1 - s)))."""
    scaled = b("mul", b.const(beta), x)
    s = b("sigmoid", scaled)
    inner = b("add", b.const(1.0), b("mul", scaled, b("sub", b.const(1.0), s)))
    return (b("mul", g, b("mul", s, inner)),)


def _log_sigmoid(b: Builder, x: int) -> int:
    return b("neg", b("softplus", b("neg", x)))


def _celu(b: Builder, x: int, alpha: float = 1.0) -> int:
    below = b("expm1", b("div", b("minimum", x, b.const(0.0)), b.const(alpha)))
    return b("add", b("maximum", x, b.const(0.0)), b("mul", b.const(alpha), below))


def _hard_sigmoid(b: Builder, x: int) -> int:
    return b("div", b("relu6", b("add", x, b.const(3.0))), b.const(6.0))


def _old_hard_sigmoid(b: Builder, x: int) -> int:
    line = b("add", b("mul", x, b.const(0.2)), b.const(0.5))
    return b("maximum", b("minimum", line, b.const(1.0)), b.const(0.0))


def _soft_shrink(b: Builder, x: int, threshold: float = 0.5) -> int:
    t, low = b.const(threshold), b.const(-threshold)
    below = b("where", b("less", x, low), b("add", x, t), b("zeros_like", x))
    return b("where", b("greater", x, t), b("sub", x, t), below)


def _hard_shrink(b: Builder, x: int, threshold: float = 0.5) -> int:
    return b("where", b("greater", b("abs", x), b.const(threshold)), x, b("zeros_like", x))


def _threshold(b: Builder, x: int, threshold: float, default: float) -> int:
    return b("where", b("greater", x, b.const(threshold)), x, b.const(default))


def _squareplus(b: Builder, x: int, b_: float = 4) -> int:
    return b("div", b("add", x, b("sqrt", b("add", b("square", x), b.const(b_)))), b.const(2))


def _sparse_plus(b: Builder, x: int) -> int:
    parabola = b("mul", b.const(1 / 4), b("pow", b("add", x, b.const(1)), b.const(2)))
    above = b("where", b("less", x, b.const(1)), parabola, x)
    return b("where", b("less_equal", x, b.const(-1)), b("zeros_like", x), above)


def _sparse_sigmoid(b: Builder, x: int) -> int:
    line = b("mul", b.const(0.5), b("add", x, b.const(1)))
    above = b("where", b("greater_equal", x, b.const(1)), b.const(1.0), line)
    return b("where", b("less_equal", x, b.const(-1)), b.const(0.0), above)


def _clip_unit(b: Builder, x: int) -> int:
    return b("maximum", b("minimum", x, b.const(1.0)), b.const(-1.0))


def _elu_interval(x: Interval, alpha: float = 1.0, **_attrs: object) -> Interval:
    if alpha < 0:
        return Interval(-INF, INF, x.nan)
    return rising(lambda v: v if v > 0 else alpha * math.expm1(v))(x)


def _celu_interval(x: Interval, alpha: float = 1.0, **_attrs: object) -> Interval:
    if alpha <= 0:
        return TOP
    return rising(lambda v: v if v > 0 else alpha * math.expm1(v / alpha))(x)


def _leaky_interval(x: Interval, alpha: float = 0.2, **_attrs: object) -> Interval:
    slopes = (alpha, float(np.float32(alpha)))
    ends = [v if v > 0 else (0.0 if a == 0 else a * v) for v in (x.lo, x.hi) for a in slopes]
    ends += [0.0] if 0.0 in x else []
    return Interval(min(ends), max(ends), x.nan or (alpha == 0 and x.lo == -INF))


def _six_interval(x: Interval, **_attrs: object) -> Interval:
    return greatest(least(x, Interval(6.0, 6.0)), Interval(0.0, 0.0))


_LIMITED: Attributes = ({}, {"alpha": 0.1}, {"max_value": 6.0}, {"max_value": 2.0}, {"threshold": 1.0},
            {"alpha": 0.1, "max_value": 2.0, "threshold": 1.0})  # fmt: skip


def _both(*entries: str) -> tuple[str, ...]:
    return spell("ops activations", *entries)


# fmt: off
ROWS = (
    Op("relu", "x", ("tf.nn.relu(features:x)", "ops.relu"), _relu, lambda b, g, y, x: (b("relu_grad", g, y),),
       interval=rising(lambda x: max(x, 0.0)), image=POSITIVE, smooth=KINKED, ulp=0),
    Op("keras_relu", "x; alpha=0.0, max_value=None, threshold=0.0",
       ("activations.relu(x, negative_slope:alpha=0.0, max_value=None, threshold=0.0)",), body=_keras_relu,
       smooth=KINKED, examples=_LIMITED, older=("keras 2",)),
    Op("backend_relu", "x; alpha=0.0, max_value=None, threshold=0.0", ("K.relu",), smooth=KINKED, examples=_LIMITED,
       body=lambda b, x, **attrs: _keras_relu(b, x, mask=True, **attrs)),
    Op("relu6", "x", ("tf.nn.relu6(features:x)", *_both("relu6")), lambda x: np.minimum(_relu(x), 6),
       lambda b, g, y, x: (b("relu6_grad", g, y),), interval=_six_interval, image=SIX, smooth=KINKED, ulp=0),
    Op("leaky_relu", "x; alpha=0.2",
       ("tf.nn.leaky_relu(features:x, alpha=0.2)", *_both("leaky_relu(x, negative_slope:alpha=0.2)")), _leaky,
       lambda b, g, y, x, alpha=0.2: (b("leaky_relu_grad", g, x, alpha=alpha),), interval=_leaky_interval,
       formatted=True, smooth=KINKED, examples=({}, {"alpha": 0.0}, {"alpha": 1.5})),
    Op("elu", "x", ("tf.nn.elu(features:x)",), _elu, lambda b, g, y, x: (b("elu_grad", g, y),), formatted=True,
       interval=_elu_interval, image=Interval(-1.0, INF), slack=1),
    Op("keras_elu", "x; alpha=1.0", ("K.elu", *_both("elu")), body=_scaled_elu, interval=_elu_interval,
       examples=({}, {"alpha": 0.5}), slack=1),
    Op("selu", "x", ("tf.nn.selu(features:x)", *_both("selu")), _selu, lambda b, g, y, x: (b("selu_grad", g, y),),
       formatted=True, interval=rising(lambda v: SCALE * (v if v > 0 else ALPHA * math.expm1(v))), smooth=KINKED,
       slack=2),
    Op("celu", "x; alpha=1.0", _both("celu"), body=_celu, interval=_celu_interval, examples=({}, {"alpha": 0.5})),
    Op("gelu", "x; approximate=False",
       ("tf.nn.gelu(features:x, approximate=False)", "ops.gelu(x, approximate=True)", "activations.gelu"), body=_gelu,
       examples=({}, {"approximate": True}), slack=40, older=("tensorflow 2.16 float64",)),
    Op("silu", "x; beta=1.0",
       (*spell("tf.nn", "silu(features:x, beta=1.0)", "swish(features:x, beta=1.0)"), *_both("silu(x)", "swish(x)")),
       _silu, _silu_vjp, formatted=True, examples=({}, {"beta": 1.5}), slack=16),
    Op("mish", "x", ("activations.mish",), body=lambda b, x: b("mul", x, b("tanh", b("softplus", x))), slack=40),
    Op("sigmoid", "x", spell("tf tf.math tf.nn K ops activations", "sigmoid"), _sigmoid,
       lambda b, g, y, x: (b("sigmoid_grad", y, g),), xla=_sigmoid_xla, formatted=True, interval=rising(_logistic),
       image=UNIT, slack=1),
    Op("log_sigmoid", "x", (*spell("tf.math tf", "log_sigmoid"), *_both("log_sigmoid")), body=_log_sigmoid,
       interval=rising(lambda v: -_soft_max(-v)), slack=1),
    Op("softplus", "x", (*spell("tf.math tf.nn", "softplus(features:x)"), *spell("K ops activations", "softplus")),
       _softplus, xla=_softplus_xla, formatted=True, vjp=lambda b, g, y, x: (b("mul", g, b("sigmoid", x)),),
       interval=rising(_soft_max), image=POSITIVE, slack=1),
    Op("softsign", "x", (*spell("tf.nn tf.math", "softsign(features:x)"), *spell("K ops activations", "softsign")),
       lambda x: x / (1 + np.abs(x)), lambda b, g, y, x: (b("softsign_grad", g, x),), image=Interval(-1.0, 1.0)),
    Op("hard_sigmoid", "x", _both("hard_sigmoid"), body=_hard_sigmoid, image=UNIT, smooth=KINKED,
       older=("keras 2",)),
    Op("backend_hard_sigmoid", "x", ("K.hard_sigmoid",), body=_old_hard_sigmoid, image=UNIT, smooth=KINKED,
       skips=("2.5",), note="At its kink XLA rounds once where the eager kernels round twice."),
    Op("hard_silu", "x", _both("hard_silu", "hard_swish"), body=lambda b, x: b("mul", x, _hard_sigmoid(b, x)),
       smooth=KINKED, slack=1),
    Op("hard_tanh", "x", _both("hard_tanh"), body=_clip_unit, image=Interval(-1.0, 1.0), smooth=KINKED),
    Op("tanh_shrink", "x", _both("tanh_shrink"), body=lambda b, x: b("sub", x, b("tanh", x)), slack=4),
    Op("soft_shrink", "x; threshold=0.5", _both("soft_shrink"), body=_soft_shrink, smooth=KINKED),
    Op("hard_shrink", "x; threshold=0.5", _both("hard_shrink"), body=_hard_shrink, smooth=KINKED),
    Op("threshold", "x; threshold, default", _both("threshold(x, threshold, default_value:default)"), body=_threshold,
       smooth=KINKED, examples=({"threshold": 0.5, "default": 2.0},)),
    Op("squareplus", "x; b_=4", _both("squareplus(x, b:b_=4)"), body=_squareplus, image=POSITIVE, slack=1,
       skips=("xla huge",), note=REGROUPED),
    Op("sparse_plus", "x", _both("sparse_plus"), body=_sparse_plus, smooth=KINKED),
    Op("sparse_sigmoid", "x", _both("sparse_sigmoid"), body=_sparse_sigmoid, smooth=KINKED),
)
# fmt: on
