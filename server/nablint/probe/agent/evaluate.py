"""Value and gradient of the subject at NumPy arrays, in one of TensorFlow's three modes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .libs import tf
from .subject import Call

Array = Any


class Result(NamedTuple):
    """What came back for one input."""

    value: Array
    """In float64, which holds every float exactly."""
    gradient: Any
    """The same of the gradient, or None."""
    dtype: str
    shape_kept: bool


Evaluate = Callable[[Array, Array], Result]
Forward = Callable[[Array, Array], Array]


def evaluator(call: Call, mode: str, even: bool = True, cotangent: float = 1.0) -> Evaluate:
    """Runs `call` in a mode; the cotangent is the same everywhere if `even`, else differs between elements."""

    def both(x: Any, labels: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.convert_to_tensor(call(x, labels))
        if not y.dtype.is_floating:
            return y, None
        return y, tape.gradient(y, x, output_gradients=_cotangent(y, even, cotangent))

    compiled = both if mode == "eager" else tf.function(both, autograph=False, jit_compile=mode == "xla")

    def evaluate(x: Array, labels: Array) -> Result:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y, gradient = compiled(tf.constant(x), tf.constant(labels))
        value = _plain(y)
        return Result(value, None if gradient is None else _plain(gradient), y.dtype.name, value.shape == x.shape)

    return evaluate


def forward(call: Call) -> Forward:
    """The value alone, in eager mode."""
    return lambda x, labels: _plain(call(tf.constant(x), tf.constant(labels)))


def _cotangent(y: Any, even: bool, size: float) -> Any:
    if even:
        return tf.fill(tf.shape(y), tf.cast(size, y.dtype))
    # Equal cotangents would hide the slope of everything whose sum is constant, such as softmax.
    shape = y.shape.as_list()
    pattern = np.cos(1.0 + np.arange(int(np.prod(shape)), dtype=np.float64)).reshape(shape)
    return tf.cast(tf.constant(pattern * size), y.dtype)


def _plain(tensor: Any) -> Array:
    array = np.asarray(tf.convert_to_tensor(tensor).numpy())
    return (np.real(array) if array.dtype.kind == "c" else array).astype(np.float64)
