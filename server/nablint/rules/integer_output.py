"""An activation that gives integers.

What it finds: an activation whose result is an integer tensor though its input is a float: `tf.where(x > 0, 1, 0)`,
`tf.cast(x, tf.int32)`, `tf.argmax(x)`.

Why it hurts: integers have no gradient. Keras converts them for its own layers, but `tf` and operators raise where
they meet floats, and a division rounds them.

When it breaks: at every input: its dtype plays no part.

Fix: float numbers of the input's dtype, `tf.cast(result, x.dtype)`. That brings no gradient back: see no-gradient for
what does.

See also: no-gradient, mixed-dtype.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.finding import Finding, Severity
from nablint.rule import Case, Example, Rule

INTEGERS = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"})


def check(case: Case) -> Iterator[Finding]:
    fn = case.function
    if not fn.roles & {"activation", "registered"} or fn.result not in case.facts.dependent:
        return
    found = case.facts.dtypes["float32"][fn.result]
    if found.name in INTEGERS:
        words = f"The result is {found.name}, whatever the input: it has no gradient, and raises where it meets floats."
        yield Finding(RULE.name, fn.nodes[fn.result].span, words, Severity.WARNING, fn.name)


_MODULE = """import keras
import tensorflow as tf


def step(x):
    return {result}


layer = keras.layers.Dense(4, activation=step)
"""

RULE = Rule(
    "integer-output",
    check,
    examples=(
        Example(
            _MODULE.format(result="tf.where(x > 0, 1, 0)"),
            _MODULE.format(result="tf.sigmoid(10 * x)"),
            fixed=False,
        ),
    ),
    docs=__doc__,
)
