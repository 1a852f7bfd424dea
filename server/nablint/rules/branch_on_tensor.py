"""Python decides on a tensor.

What it finds: `if x > 0`, `a if x > 0 else b`, `and`, `or`, `not`, `max(0, x)`, `-1 < x < 1`, `for v in x` where the
value depends on the input.

Why it hurts: a tensor has many elements and no single truth. Keras 3 builds the model without complaint and raises at
the first `fit`: `Using a symbolic tf.Tensor as a Python bool is not allowed`.

When it breaks: at the first `fit` or the first call in a graph, whatever the input and its dtype. In eager mode a
tensor of one element passes.

Fix: `tf.where`, `tf.maximum`, `tf.logical_and`: they decide element by element.

See also: numpy-on-tensor, no-gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.finding import Finding, Fixes, Severity
from nablint.rewrite import selects
from nablint.rule import Case, Example, Rule, applies, is_trained

STATEMENTS = {
    "if": "`if` on a tensor",
    "ifexp": "A conditional expression on a tensor",
    "while": "`while` on a tensor",
    "for": "A Python loop over a tensor",
    "and": "`and` on tensors",
    "or": "`or` on tensors",
    "not": "`not` on a tensor",
    "chain": "A chained comparison of a tensor",
    "max": "Python's `max` on a tensor",
    "min": "Python's `min` on a tensor",
}


def check(case: Case) -> Iterator[Finding]:
    if not is_trained(case.function):
        return
    for index, node in applies(case.function):
        words = STATEMENTS.get(node.spelling)
        decides = node.args[:1] if node.spelling in ("if", "ifexp", "while") else node.args
        if words and case.facts.dependent.intersection(decides):
            message = f"{words}: the model builds, then `fit` raises, since a tensor has no single truth value."
            yield Finding(
                RULE.name, node.span, message, Severity.ERROR, case.function.name, fixes=Fixes(selects, case, index)
            )


RULE = Rule(
    "branch-on-tensor",
    check,
    examples=(
        Example("return x if x > 0 else 0.01 * tf.abs(x)", "return tf.where(x > 0, x, 0.01 * tf.abs(x))"),
        Example("return max(0.0, x) + tf.zeros_like(x)", "return tf.maximum(0.0, x) + tf.zeros_like(x)"),
    ),
    docs=__doc__,
)
