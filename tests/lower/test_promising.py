"""What is told from the text alone leaves out nothing that a rule of values would speak of."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from nablint.lower import lower, trained
from nablint.parse import parse
from nablint.source import Source

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures").rglob("*.py"))
KERAS = Path(next(iter((find_spec("keras") or pytest.fail("keras is not installed")).submodule_search_locations or ())))
OF_KERAS = (
    "activations/activations.py",
    "layers/activations/prelu.py",
    "optimizers/schedules/learning_rate_schedule.py",
)


@pytest.mark.parametrize("path", [*FIXTURES, *(KERAS / "src" / name for name in OF_KERAS)], ids=lambda p: p.stem)
def test_nothing_that_trains_is_left_out(path: Path) -> None:
    parsed = parse(Source(str(path), path.read_text(encoding="utf-8")))
    for placed in parsed.placed:
        everything = lower(parsed, placed)
        assert trained(parsed, placed) == tuple(fn for fn in everything if fn.roles or fn.upstream is not None)


NOTHING = {
    "no tensor": "def f():\n    return tf.exp(1.0)\n",
    "nothing returned": "def f(x):\n    tf.print(x)\n",
    "data": "def load_images(path):\n    return tf.io.read_file(path)\n",
    "unknown": "def f(x):\n    return tf.strings.lower(x)\n",
    "wrapper": "def exp(x):\n    return tf.exp(x)\n",
    "nothing of the library": "def f(x):\n    return sorted(x)\n",
    "method": "class A(tf.Module):\n    def find(self, x):\n        return self.table[x]\n",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_what_promises_nothing_is_not_parsed(text: str) -> None:
    parsed = parse(Source("", f"import tensorflow as tf\n\n\n{text}"))
    assert [fn for placed in parsed.placed for fn in trained(parsed, placed)] == []
    assert not any(placed.segment.parsed for placed in parsed.placed)


SOMETHING = {
    "one tensor": "def f(x):\n    return tf.exp(x) + 1.0\n",
    "local name": "def f(x):\n    act = tf.nn.relu\n    return act(x) * 2.0\n",
    "local import": "def f(x):\n    from tensorflow import nn\n    return nn.relu(x) * 2.0\n",
    "helper": "def h(x):\n    return tf.exp(x) * x\n\n\ndef f(x):\n    return h(x)\n",
    "layer": "class A(tf.keras.layers.Layer):\n    def call(self, inputs):\n        return self.f(tf.exp(inputs))\n",
    "loss": "def f(y_true, y_pred):\n    return tf.math.log(y_pred) * y_true\n",
    "lambda": "act = lambda x: tf.exp(x) * x\n",
    "in a factory": "def make(k):\n    def f(x):\n        return tf.exp(x) * k\n    return f\n",
    "custom gradient": "@tf.custom_gradient\ndef f(x, k):\n    return x * k, lambda dy: dy\n",
    "passed": "def f(x):\n    return sorted(x)\n\n\nlayer = tf.keras.layers.Dense(4, activation=f)\n",
    "list": "def f(x):\n    parts = []\n    parts.append(tf.exp(x))\n    return tf.concat(parts, -1) + parts[0]\n",
    "loop": "def f(x):\n    for scale in (1.0, 2.0):\n        x = tf.exp(x) * scale\n    return x\n",
}


@pytest.mark.parametrize("text", SOMETHING.values(), ids=SOMETHING)
def test_what_may_train_is_found(text: str) -> None:
    parsed = parse(Source("", f"import tensorflow as tf\n\n\n{text}"))
    found = [fn for placed in parsed.placed for fn in lower(parsed, placed) if fn.roles or fn.upstream is not None]
    assert [fn for placed in parsed.placed for fn in trained(parsed, placed)] == found
    assert found
