"""Shapes that fit no trial are no reason to fail: nothing is said then."""

from __future__ import annotations

import pytest

from nablint.analyse import analyse
from nablint.source import Source

HEAD = "import tensorflow as tf\nfrom keras import ops\n\n\n"
CODE = (
    "def f(base, fraction, size):\n    n = int(size * fraction)\n"
    "    return 1.0 / ops.power(base, ops.arange(0, n, 2) / n), 1.0\n",
    "def f(x, y):\n    big = tf.cast(x[:, :, None, None] > 0, tf.float32)\n"
    "    return big * tf.exp(y) + tf.math.log(x)\n",
    "def f(x):\n    w = tf.constant([0.0, 1.0, 2.0, 3.0])\n    return x / w[None, :3] + tf.math.log(w)[0] * x\n",
    "def f(x):\n    return tf.add_n([]) + tf.concat([], 0) + tf.stack([]) * tf.math.log(x)\n",
    "def f(x):\n    w = (0.0, 1.0)\n    return tf.math.log(x) / tf.cast(w, x.dtype)\n",
)


@pytest.mark.parametrize("code", CODE)
def test_analysed(code: str) -> None:
    analysis = analyse(Source("a.py", HEAD + code))
    assert [function.name for function in analysis.functions] == ["f"]
