"""Dtypes, copies, constants, and what is passed through unchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nablint.domains.dtype import FLOATS, FORMATS, Array, Dtype
from nablint.domains.interval import UNIT, Interval, passes
from nablint.ir import Builder
from nablint.ops.op import KINKED, Op, spell

_LIMITS = {np.float32: 0.0}


def _is_float(dtype: str | None) -> bool:
    return dtype is None or dtype in FLOATS


def _named_dtype(_promote: bool, x: Dtype, *_rest: Dtype, dtype: str | None = None, **_attrs: object) -> Dtype:
    """The dtype that the attribute names, else the operand's own."""
    if dtype:
        return Dtype(dtype)
    return Dtype(x.name, clash=x.clash)


def fixed(name: str) -> Callable[..., Dtype]:
    """The rule of a function whose result always has this dtype."""
    return lambda _promote, *_dtypes, **_attrs: Dtype(name)


def made(_promote: bool, *_dtypes: Dtype, dtype: str | None = "float32", **_attrs: object) -> Dtype:
    """The dtype that the attribute names, else float32."""
    return Dtype(dtype or "float32")


def _second(_promote: bool, _x: Dtype, like: Dtype, **_attrs: object) -> Dtype:
    return like


def _cast(x: Array, dtype: str | None = None, saturates: bool = False) -> Array:
    if dtype == "bool":
        return x.astype(bool)
    if _is_float(dtype):
        return x.astype(np.float64) if x.dtype.kind not in "f" else x
    if x.dtype.kind != "f":
        return x.astype(dtype)
    whole = np.iinfo(dtype or "int32")
    fits = (x > float(whole.min) - 1) & (x < float(whole.max) + 1)
    outside = np.where(x > 0, whole.max, np.where(np.isnan(x), 0, whole.min)) if saturates else whole.min
    return np.where(fits, np.trunc(np.where(fits, x, 0)).astype(whole.dtype), outside)


def _cast_xla(x: Array, dtype: str | None = None) -> Array:
    """XLA takes the nearest integer that there is, and 0 for NaN."""
    return _cast(x, dtype, saturates=True)


def _cast_interval(x: Interval, dtype: str | None = None) -> Interval:
    if _is_float(dtype):
        return x
    if dtype == "bool":
        return UNIT
    limits = np.iinfo(dtype or "int32")
    if x.nan or x.lo <= limits.min or x.hi >= limits.max:
        return Interval(float(limits.min), float(limits.max))
    return Interval(float(np.trunc(x.lo)), float(np.trunc(x.hi)))


def _cast_vjp(b: Builder, g: int, y: int, x: int, dtype: str | None = None) -> tuple[int | None]:
    return (b("cast_like", g, x) if _is_float(dtype) else None,)


def _limit(dtype: str) -> float:
    return FORMATS[dtype].max if dtype in FORMATS else float(np.iinfo(dtype).max)


def _saturate_cast(x: Array, dtype: str) -> Array:
    """Numbers that the dtype cannot hold become its largest or its smallest."""
    lowest = -_limit(dtype) if dtype in FORMATS else float(np.iinfo(dtype).min)
    return _cast(np.clip(x, lowest, _limit(dtype)), dtype, saturates=True)


def _saturate_vjp(b: Builder, g: int, y: int, x: int, dtype: str) -> tuple[int | None]:
    if dtype not in FORMATS:
        return (None,)
    outside = b("greater", b("abs", x), b.const(_limit(dtype)))
    back = b("cast_like", g, x)
    return (b("where", outside, b("zeros_like", back), back),)


def _filled(value: float) -> Callable[..., Array]:
    return lambda x, **_attrs: np.full(x.shape, value, x.dtype if x.dtype.kind == "f" else np.float64)


def _pass(b: Builder, g: int, y: int, x: int, **_attrs: Any) -> tuple[int]:
    return (g,)


def _none_vjp(b: Builder, g: int, y: int, *operands: int, **_attrs: Any) -> tuple[None, ...]:
    return (None,) * len(operands)


# fmt: off
ROWS = (
    Op("cast", "x; dtype", (*spell("tf K ops", "cast"),), _cast, _cast_vjp, xla=_cast_xla, dtype=_named_dtype,
       smooth=KINKED, ulp=0, interval=_cast_interval, examples=tuple({"dtype": d} for d in (*FLOATS, "int32", "bool")),
       skips=("subnormal",)),
    Op("cast_floatx", "x", ("K.cast_to_floatx",), body=lambda b, x: b("cast", x, dtype="float32"),
       dtype=fixed("float32"), ulp=0),
    *(Op(f"to_{name}", "x", (f"tf.to_{name}",), body=lambda b, x, d=dtype: b("cast", x, dtype=d), dtype=fixed(dtype),
         ulp=0)
      for name, dtype in (("float", "float32"), ("double", "float64"), ("bfloat16", "bfloat16"), ("int32", "int32"),
                          ("int64", "int64"))),
    Op("cast_like", "x, like", (), lambda x, like: _cast(x), lambda b, g, y, x, like: (b("cast_like", g, x), None),
       dtype=_second, interval=passes, ulp=0, lends=True),
    Op("identity", "x", ("tf.identity(input:x)", "activations.linear", "K.to_dense(tensor:x)", *spell("ops np",
       "copy"), "np.positive",
                            *spell("tf tf.math", "real(input:x)", "conj"), *spell("ops np", "real", "conj",
                            "conjugate")), lambda x: x,
       _pass, interval=passes, ulp=0),
    Op("convert_to_tensor", "x; dtype=None",
       ("tf.convert_to_tensor(value:x, dtype=None)", "ops.convert_to_tensor", "ops.array", "np.array(object:x)",
        "np.asarray(a:x)", "tf.constant(value:x, dtype=None)"), lambda x, dtype=None: _cast(x, dtype), _cast_vjp,
       dtype=_named_dtype, interval=passes, ulp=0),
    Op("constant", "x; dtype=None", ("K.constant(value:x, dtype=None)", "K.variable(value:x, dtype=None)"),
       lambda x, dtype=None: _cast(x, dtype), _cast_vjp, dtype=lambda promote, x, dtype=None: Dtype(dtype or "float32"),
       interval=passes, ulp=0, examples=({"dtype": "float32"},),
       lacks=("graph", "xla", "float16", "bfloat16", "float64"), note="It is made of numbers, not of tensors."),
    Op("ensure_shape", "x; shape", ("tf.ensure_shape",), lambda x, shape: x, _pass, interval=passes, ulp=0,
       examples=({"shape": (None,)},)),
    Op("check_numerics", "x; message",
       ("tf.debugging.check_numerics(tensor:x, message)", "tf.check_numerics(tensor:x, message)"),
       lambda x, message="": x, _pass, interval=passes, ulp=0, examples=({"message": "x"},), lacks=("eager",),
       note="Raises where x is not finite; that is an error of its own kind, not a value."),
    Op("stop_gradient", "x",
       ("tf.stop_gradient(input:x)", "K.stop_gradient(variables:x)", "ops.stop_gradient(variable:x)"), lambda x: x,
       interval=passes, ulp=0),
    Op("pass_through", "x, value", (), lambda x, value: value, lambda b, g, y, x, value: (g, None), dtype=_second,
       interval=lambda x, value: value, ulp=0),
    Op("saturate_cast", "x; dtype", ("tf.saturate_cast(value:x, dtype)", "ops.saturate_cast"), _saturate_cast,
       _saturate_vjp, dtype=_named_dtype, smooth=KINKED, ulp=1, skips=("subnormal", "inf", "nan"),
       note="What becomes of infinities and NaN depends on the dtype that they come in.",
       examples=tuple({"dtype": d} for d in (*FLOATS, "int32"))),
    Op("zeros_like", "x; dtype=None",
       ("tf.zeros_like(input:x, dtype=None)", *spell("K ops np", "zeros_like"), *spell("tf tf.math", "imag(input:x)"),
        *spell("ops np", "imag(x)")),
       _filled(0.0), _none_vjp, dtype=_named_dtype, interval=lambda x, **_: Interval(0.0, 0.0), ulp=0),
    Op("ones_like", "x; dtype=None", ("tf.ones_like(input:x, dtype=None)", *spell("K ops np", "ones_like")),
       _filled(1.0), _none_vjp, dtype=_named_dtype, interval=lambda x, **_: Interval(1.0, 1.0), ulp=0),
    Op("full_like", "x, value; dtype=None", (*spell("ops np", "full_like(x, fill_value:value, dtype=None)"),),
       lambda x, value, dtype=None: np.broadcast_to(value, x.shape), lambda b, g, y, *_, **__: (None, g),
       dtype=_named_dtype, interval=lambda x, value, **_: value, ulp=0),
    Op("epsilon", "", (*spell("K", "epsilon"), "tf.keras.config.epsilon", "keras.config.epsilon"),
       body=lambda b: b.const(1e-7), dtype=lambda promote: Dtype("float32", weak=True),
       interval=lambda: Interval(1e-7, 1e-7), ulp=0),
)
# fmt: on
