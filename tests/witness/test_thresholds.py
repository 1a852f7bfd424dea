"""Thresholds of well-known hazards lie where real TensorFlow begins to fail, within one per cent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nablint.analyse import analyse
from nablint.source import Source

HAZARDS = {
    "log(1 + exp(x))": "tf.math.log(1 + tf.exp(x))",
    "log1p(exp(x))": "tf.math.log1p(tf.exp(x))",
    "log(sigmoid(x))": "tf.math.log(tf.sigmoid(x))",
    "log(1 / (1 + exp(-x)))": "tf.math.log(1 / (1 + tf.exp(-x)))",
    "log(1 - sigmoid(x))": "tf.math.log(1 - tf.sigmoid(x))",
    "1 / (1 + exp(-x))": "1 / (1 + tf.exp(-x))",
    "exp(x) / (1 + exp(x))": "tf.exp(x) / (1 + tf.exp(x))",
    "tanh by hand": "(tf.exp(x) - tf.exp(-x)) / (tf.exp(x) + tf.exp(-x))",
    "elu by hand": "tf.where(x > 0, x, 0.5 * (tf.exp(x) - 1))",
    "two-sided sigmoid": "tf.where(x >= 0, 1 / (1 + tf.exp(-x)), tf.exp(x) / (1 + tf.exp(x)))",
}


@pytest.mark.tensorflow
@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("expression", HAZARDS.values(), ids=HAZARDS.keys())
def test_tensorflow_fails_where_we_say(expression: str, dtype: str) -> None:
    code = f"import tensorflow as tf\n\n\ndef f(x):\n    return {expression}\n"
    found = [finding.thresholds[dtype] for finding in analyse(Source("f.py", code)).findings if finding.thresholds]
    assert found, "nothing is found"
    for threshold in found:
        before, at, behind = fails(code, dtype, np.array([0.99, 1.0, 1.01]) * threshold)
        assert (before, at, behind) == (False, True, True), f"at {threshold}"


def fails(code: str, dtype: str, points: np.ndarray[Any, Any]) -> list[bool]:
    """Whether the value or the gradient is not finite at each point, in eager mode."""
    import tensorflow as tf

    names: dict[str, Any] = {}
    exec(code, names)
    # Kernels treat the last few elements of a tensor another way than long stretches, so let it be long.
    x = tf.constant(np.repeat(points, 64), getattr(tf, dtype))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = names["f"](x)
    finite = tf.math.is_finite(y) & tf.math.is_finite(tape.gradient(y, x))
    return [not ok.all() for ok in np.split(finite.numpy(), len(points))]
