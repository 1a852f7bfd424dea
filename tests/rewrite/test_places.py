"""Where code stands: names, rebinding, lambdas, methods, several lines, comments, imports."""

from __future__ import annotations

import pytest

from rewrite.fixing import fixed, module

PLACES = {
    "a name for a part": (
        "e = tf.exp(x)\nreturn e / (1 + e)",
        "return tf.sigmoid(x)",
    ),
    "two names": (
        "e = tf.exp(x)\ny = 1 + e\nreturn tf.math.log(y)",
        "return tf.math.softplus(x)",
    ),
    "a name that is read elsewhere stays": (
        "e = tf.exp(-x)\nreturn 1 / (1 + e) + 0 * tf.minimum(x, 1)",
        "return tf.sigmoid(x) + 0 * tf.minimum(x, 1)",
    ),
    "the input's own name bound anew": (
        "x = tf.exp(x)\nreturn tf.math.log(1 + x)",
        "return tf.math.softplus(x)",
    ),
    "the assignment's comment keeps it": (
        "e = tf.exp(x)  # the power\nreturn e / (1 + e)",
        "e = tf.exp(x)  # the power\nreturn tf.sigmoid(x)",
    ),
    "augmented assignment": (
        "y = 0.0 * x\ny += tf.math.log(1 + tf.exp(x))\nreturn y",
        "y = 0.0 * x\ny += tf.math.softplus(x)\nreturn y",
    ),
    "both places where one value fails": (
        "e = tf.exp(x)\nreturn tf.math.log(1 + e) + tf.minimum(e, 1.0)",
        "e = tf.exp(x)\nreturn tf.math.softplus(x) + tf.exp(tf.minimum(x, 0))",
    ),
    "a default argument keeps its name": (
        "def f(x, alpha=1.0):\n    return tf.where(x > 0, x, alpha * (tf.exp(x) - 1))",
        "def f(x, alpha=1.0):\n    return tf.where(x > 0, x, alpha * tf.math.expm1(tf.minimum(x, 0)))",
    ),
    "two default arguments": (
        "def f(x, s=1.05, a=1.67):\n    return s * tf.where(x > 0, x, s * a * (tf.exp(x) - 1))",
        "def f(x, s=1.05, a=1.67):\n    return s * tf.where(x > 0, x, s * a * tf.math.expm1(tf.minimum(x, 0)))",
    ),
    "a lambda": (
        "f = lambda t: t * tf.tanh(tf.math.log(1.0 + tf.exp(t)))",
        "f = lambda t: t * tf.tanh(tf.math.softplus(t))",
    ),
    "a layer's method": (
        "class Elu(tf.keras.layers.Layer):\n"
        "    def __init__(self, alpha=0.5):\n        super().__init__()\n        self.alpha = alpha\n\n"
        "    def call(self, inputs):\n"
        "        return tf.where(inputs > 0, inputs, self.alpha * (tf.exp(inputs) - 1))",
        "class Elu(tf.keras.layers.Layer):\n"
        "    def __init__(self, alpha=0.5):\n        super().__init__()\n        self.alpha = alpha\n\n"
        "    def call(self, inputs):\n"
        "        return tf.where(inputs > 0, inputs, self.alpha * tf.math.expm1(tf.minimum(inputs, 0)))",
    ),
    "several lines with comments": (
        "return tf.where(\n    x > 0,\n    x,  # linear\n    0.1 * (tf.exp(x) - 1),  # curved\n)",
        "return tf.where(\n    x > 0,\n    x,  # linear\n    0.1 * tf.math.expm1(tf.minimum(x, 0)),  # curved\n)",
    ),
    "the operand is on a line of its own": (
        "l = tf.sqrt(x)\npos = x > 0\nreturn tf.where(pos, l, 0.0)",
        "l = tf.sqrt(tf.where(x > 0, x, 1))\npos = x > 0\nreturn tf.where(pos, l, 0.0)",
    ),
    "a helper's own fault is its own": (
        "def soft(y):\n    e = tf.exp(y)\n    return e / tf.reduce_sum(e, axis=-1, keepdims=True)",
        "def soft(y):\n    return tf.nn.softmax(y)",
    ),
    "needless parentheses go": (
        "return 2 * (1 / (1 + tf.exp(-x)))",
        "return 2 * tf.sigmoid(x)",
    ),
    "needed parentheses come": (
        "return 2 * tf.math.log(2.0 + 2.0 * tf.exp(x))",
        "return 2 * (tf.math.softplus(x) + np.log(2.0))",
    ),
    "comments inside go above the statement": (
        "return tf.math.log(\n    1  # one\n    + tf.exp(x)  # the power\n)",
        "# one\n# the power\nreturn tf.math.softplus(x)",
    ),
    "comments inside an if": (
        "if x > 0:  # positive\n    # as it is\n    return x\nelse:\n    return 0.1 * tf.abs(x)  # less",
        "# positive\n# as it is\nreturn tf.where(x > 0, x, 0.1 * tf.abs(x))  # less",
    ),
    "an if that assigns": (
        "if x > 0:\n    y = x\nelse:\n    y = 0.1 * tf.abs(x)\nreturn y",
        "y = tf.where(x > 0, x, 0.1 * tf.abs(x))\nreturn y",
    ),
    "an if that returns": (
        "if x > 0:\n    return x\nelif x < -1:\n    return -tf.abs(x)\nreturn 0.1 * x",
        "return tf.where(x > 0, x, tf.where(x < -1, -tf.abs(x), 0.1 * x))",
    ),
    "and, or, not, chains": (
        "return tf.where((x > 0 and not x > 2) or -2 < x < -1, x, 0.0)",
        "return tf.where(tf.logical_or(tf.logical_and(x > 0, tf.logical_not(x > 2)), "
        "tf.logical_and(-2 < x, x < -1)), x, 0.0)",
    ),
}

IMPORTS = {
    "import tensorflow as tf": ("tf.math.log(1 + tf.exp(x))", "tf.math.softplus(x)"),
    "import tensorflow": ("tensorflow.math.log(1 + tensorflow.exp(x))", "tensorflow.math.softplus(x)"),
    "import tensorflow.compat.v2 as T": ("T.math.log(1 + T.exp(x))", "T.math.softplus(x)"),
    "from tensorflow import exp, math": ("math.log(1 + exp(x))", "math.softplus(x)"),
    "import keras": ("keras.ops.log(1 + keras.ops.exp(x))", "keras.ops.softplus(x)"),
    "import keras as ks": ("ks.ops.log(1 + ks.ops.exp(x))", "ks.ops.softplus(x)"),
    "from keras import ops as o": ("o.log(1 + o.exp(x))", "o.softplus(x)"),
    "from keras.ops import exp, log, softplus": ("log(1 + exp(x))", "softplus(x)"),
    "import tensorflow.keras.backend as K": ("K.log(1 + K.exp(x))", "K.softplus(x)"),
}

MISSING = {
    "from keras.ops import exp, log": ("log(1 + exp(x))", "from keras import ops", "ops.softplus(x)"),
    "from tensorflow.keras import backend as K": ("K.log(K.sigmoid(x))", "import tensorflow as tf",
                                                  "tf.math.log_sigmoid(x)"),
    "from keras import backend as K": ("K.log(1 + K.exp(x))", "from keras import ops", "ops.softplus(x)"),
    "import tensorflow as tf": ("tf.minimum(tf.exp(x), 10.0)", "import math",
                                "tf.exp(tf.minimum(x, math.log(10.0)))"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), PLACES.values(), ids=PLACES)
def test_a_fix_keeps_its_surroundings(before: str, after: str) -> None:
    found = fixed(module(before))
    assert found is not None, "no fix is offered"
    assert found.text == module(after).text


@pytest.mark.parametrize("imports", IMPORTS)
def test_the_users_names_are_used(imports: str) -> None:
    before, after = IMPORTS[imports]
    found = fixed(module(before, imports))
    assert found is not None, "no fix is offered"
    assert found.text == module(after, imports).text


@pytest.mark.parametrize("imports", MISSING)
def test_a_missing_import_is_added(imports: str) -> None:
    before, line, after = MISSING[imports]
    found = fixed(module(before, imports))
    assert found is not None, "no fix is offered"
    assert found.text == f"{line}\n" + module(after, imports).text
