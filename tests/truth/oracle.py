"""What real TensorFlow makes of an activation: value and slope, eager and compiled, at many inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Function = Callable[[Any], Any]
DTYPES = ("float16", "float32")
MODES = ("eager", "xla")


def grid(limit: float, dtype: str) -> Array:
    """Inputs up to a magnitude: evenly spaced, log-spaced to the smallest normal number, halves, and zero."""
    tiny = 6.2e-5 if dtype == "float16" else 1.2e-38
    magnitudes = np.geomspace(tiny, limit, 1500)
    even = np.linspace(-limit, limit, 8001)
    halves = np.arange(-limit, limit + 0.5, 0.5)
    points = np.concatenate([even, halves, magnitudes, -magnitudes, [0.0]]).astype(dtype)
    return np.unique(points)


def functions(sources: Sequence[tuple[str, str]]) -> list[Function]:
    import tensorflow as tf

    space: dict[str, Any] = {"tf": tf}
    for name, text in sources:
        exec(compile(text, name, "exec"), space)
    return [space[name] for name, _ in sources]


def both(made: Sequence[Function], inputs: Sequence[Array], mode: str) -> list[tuple[Array, Array]]:
    """The value and the slope of each function at its inputs."""
    import tensorflow as tf

    def one(function: Function, x: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        dy = tape.gradient(y, x)
        return y, tf.zeros_like(x) if dy is None else dy

    def every(*xs: Any) -> list[tuple[Any, Any]]:
        return [one(function, x) for function, x in zip(made, xs, strict=True)]

    compiled = tf.function(every, jit_compile=True, autograph=False) if mode == "xla" else every
    return [(y.numpy(), dy.numpy()) for y, dy in compiled(*map(tf.constant, inputs))]


def failing(y: Array, dy: Array) -> Array:
    return ~(np.isfinite(y.astype(np.float64)) & np.isfinite(dy.astype(np.float64)))
