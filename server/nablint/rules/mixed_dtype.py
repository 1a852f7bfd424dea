"""Two tensors of different dtypes meet, and TensorFlow raises.

What it finds: an operator or `tf` function whose operands are tensors of different dtypes when the input is float32: a
float64 constant, an integer tensor, a bool mask that was not cast. Python and NumPy numbers are fine: they take the
dtype of the tensor. `keras.ops` functions promote and are fine too.

Why it hurts: `InvalidArgumentError` in eager mode, `TypeError` in `fit`.

When it breaks: at the first call with a float32 input. With an input of the other dtype it works.

Fix: give the constant the dtype of the tensor (`dtype=x.dtype`), or cast.

See also: fixed-dtype, integer-output.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.facts import clashes
from nablint.finding import Finding, Fixes, Severity
from nablint.rewrite import harmonised
from nablint.rule import Case, Example, Rule, is_trained, told


def check(case: Case) -> Iterator[Finding]:
    if not is_trained(case.function):
        return
    for node, (one, other) in clashes(case.facts, "float32"):
        message = f"{told(node)} of {one} and {other}: TensorFlow raises, it never converts tensors by itself."
        fixes = Fixes(harmonised, case, node, case.facts.dtypes["float32"], "float32")
        yield Finding(RULE.name, node.span, message, Severity.ERROR, case.function.name, fixes=fixes)


RULE = Rule(
    "mixed-dtype",
    check,
    examples=(
        Example("return tf.constant(2.0, tf.float64) * x", "return tf.constant(2.0, x.dtype) * x"),
        Example("return tf.abs(x) * (x > 0)", "return tf.abs(x) * tf.cast(x > 0, x.dtype)"),
    ),
    docs=__doc__,
)
