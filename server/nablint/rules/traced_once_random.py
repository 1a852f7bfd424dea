"""A random number that Python draws once, when the function is traced.

What it finds: `np.random.…` or `random.…` in an activation or in a layer's `call`.

Why it hurts: `fit` and `predict` trace the function once and repeat what they traced. The number that was drawn then
is a constant from then on: the same noise in every step, no error.

When it breaks: from the second step of `fit` on. In eager mode it draws anew each time.

Fix: draw with `tf.random` or `keras.random`, which draw anew at every step.

See also: variable-in-activation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.finding import Finding, Severity
from nablint.page import Page
from nablint.rule import Example, Rule, silent

DRAWS = frozenset(
    [
        "beta",
        "betavariate",
        "binomial",
        "choice",
        "choices",
        "exponential",
        "expovariate",
        "gamma",
        "gauss",
        "laplace",
        "lognormal",
        "normal",
        "normalvariate",
        "permutation",
        "poisson",
        "rand",
        "randint",
        "randn",
        "random",
        "random_sample",
        "randrange",
        "ranf",
        "sample",
        "standard_normal",
        "triangular",
        "truncated_normal",
        "uniform",
    ]
)


def check_page(page: Page) -> Iterator[Finding]:
    if "rand" not in page.text:
        return
    for fn, body in page.bodies():
        for node in ast.walk(body):
            library, _, name = (page.name(node.func) if isinstance(node, ast.Call) else "").rpartition(".")
            if isinstance(node, ast.Call) and library in ("numpy.random", "random") and name in DRAWS:
                spelling = page.code(node.func)
                words = f"{spelling} draws once, when the function is traced: every step gets the same number."
                yield Finding(RULE.name, page.span(node.func), words, Severity.WARNING, fn.name)


_MODULE = """import keras
import numpy as np
import tensorflow as tf


def noisy(x):
    return tf.nn.relu(x) + {noise}


layer = keras.layers.Dense(4, activation=noisy)
"""

RULE = Rule(
    "traced-once-random",
    silent,
    (
        Example(
            _MODULE.format(noise="np.random.normal()"),
            _MODULE.format(noise="tf.random.normal(tf.shape(x), dtype=x.dtype)"),
            fixed=False,
        ),
    ),
    __doc__,
    check_page,
)
