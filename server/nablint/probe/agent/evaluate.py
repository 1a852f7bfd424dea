"""Value and gradient of the subject at NumPy arrays, in one of TensorFlow's three modes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .libs import tf
from .subject import Call, Subject

Array = Any


class Result(NamedTuple):
    """What came back for one input."""

    value: Array
    """In float64, which holds every float exactly."""
    gradient: Any
    """The same of the gradient, or None; as many rows and columns as the input had."""
    dtype: str
    shape_kept: bool


Evaluate = Callable[[Array, Array], Result]
Forward = Callable[[Array, Array], Array]


def evaluator(subject: Subject, call: Call, mode: str, even: bool = True, cotangent: float = 1.0) -> Evaluate:
    """Runs `call` in a mode; the cotangent is the same everywhere if `even`, else differs between elements."""

    def both(x: Any, labels: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.convert_to_tensor(call(x, labels))
        if not y.dtype.is_floating:
            return y, None
        return y, tape.gradient(y, x, output_gradients=_cotangent(y, even, cotangent))

    return _shaped(subject, _compiled(both, mode))


def bender(subject: Subject, call: Call, even: bool) -> Evaluate:
    """Slope and second derivative in the places of value and gradient, in eager mode."""

    def bent(x: Any, labels: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.convert_to_tensor(call(x, labels))
            slope = inner.gradient(y, x, output_gradients=_cotangent(y, even, 1.0))
        return slope, outer.gradient(slope, x, output_gradients=_cotangent(slope, even, 1.0))

    return _shaped(subject, bent)


def forward(subject: Subject, call: Call) -> Forward:
    """The value alone, in eager mode."""
    return lambda x, labels: plain(call(tf.constant(_folded(x, subject)), tf.constant(_folded(labels, subject))))


def plain(tensor: Any) -> Array:
    """The numbers of a tensor in float64; of complex ones the real parts."""
    array = np.asarray(tf.convert_to_tensor(tensor).numpy())
    return (np.real(array) if array.dtype.kind == "c" else array).astype(np.float64)


def _compiled(function: Any, mode: str) -> Any:
    return function if mode == "eager" else tf.function(function, autograph=False, jit_compile=mode == "xla")


def _shaped(subject: Subject, function: Any) -> Evaluate:
    def evaluate(x: Array, labels: Array) -> Result:
        folded = _folded(x, subject)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y, gradient = function(tf.constant(folded), tf.constant(_folded(labels, subject)))
        value = plain(y)
        kept = value.shape == folded.shape
        slope = None if gradient is None else plain(gradient).reshape(x.shape)
        return Result(value.reshape(x.shape) if kept else value, slope, y.dtype.name, kept)

    return evaluate


def _folded(x: Array, subject: Subject) -> Array:
    """Rows of numbers as the inputs of the shape that the subject takes; rows of another width as they are."""
    return x.reshape((len(x), *subject.shape)) if x.ndim == 2 and x.shape[1] == subject.width else x


def _cotangent(y: Any, even: bool, size: float) -> Any:
    if even:
        return tf.fill(tf.shape(y), tf.cast(size, y.dtype))
    # Equal cotangents would hide the slope of everything whose sum is constant, such as softmax.
    shape = y.shape.as_list()
    pattern = np.cos(1.0 + np.arange(int(np.prod(shape)), dtype=np.float64)).reshape(shape)
    return tf.cast(tf.constant(pattern * size), y.dtype)
