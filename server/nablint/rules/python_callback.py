"""An activation or a layer calls back into Python.

What it finds: `tf.py_function`, `tf.numpy_function` or `tf.compat.v1.py_func` in an activation or in a layer's `call`.

Why it hurts: the result has no known shape, so that the next layer cannot be built; XLA, which Keras turns on for
GPUs, does not know the op; and a saved model holds only a token for the function, which no other process has.
`tf.numpy_function` and `py_func` have no gradient either: nothing before them trains.

When it breaks: when the next layer is built, under XLA, and when the model is loaded.

Fix: write it with functions of `tf` or `keras.ops`.

See also: numpy-on-tensor, no-gradient.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.finding import Finding, Severity
from nablint.ops.names import canonical
from nablint.page import Page
from nablint.rule import Example, Rule, silent

CALLBACKS = {"tf.py_function": "", "tf.numpy_function": ", and has no gradient", "tf.py_func": ", and has no gradient"}


def check_page(page: Page) -> Iterator[Finding]:
    if "py_func" not in page.text and "numpy_function" not in page.text:
        return
    for fn, body in page.bodies():
        for node in ast.walk(body):
            name = canonical(page.name(node.func)) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in CALLBACKS:
                words = f"{name} gives a result of unknown shape, cannot be compiled by XLA{CALLBACKS[name]}."
                yield Finding(RULE.name, page.span(node.func), words, Severity.WARNING, fn.name)


_MODULE = """import keras
import numpy as np
import tensorflow as tf


def wave(x):
    return {result}


layer = keras.layers.Dense(4, activation=wave)
"""

RULE = Rule(
    "python-callback",
    silent,
    (
        Example(
            _MODULE.format(result="tf.py_function(np.sin, [x], tf.float32)"),
            _MODULE.format(result="tf.sin(x)"),
            fixed=False,
        ),
    ),
    __doc__,
    check_page,
)
