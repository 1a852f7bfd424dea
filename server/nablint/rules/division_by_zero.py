"""A division whose denominator reaches zero.

What it finds: `/`, `divide`, `reciprocal`, `rsqrt` and negative powers whose denominator is exactly 0 for an input
within the input range.

Why it hurts: zeros are common (a dead relu, a padded row, an all-zero batch at the start), and 0/0 is NaN.

Fix: `divide_no_nan`, or a denominator with a guard that survives the dtype. Both change values, and say so.

See also: vanishing-epsilon, masked-nan-gradient, invalid-value.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.blame import Cause
from nablint.finding import Finding, Fixes
from nablint.rewrite import answers
from nablint.rule import Case, Example, Rule, breaks, numeric


def check(case: Case) -> Iterator[Finding]:
    for item in breaks(case, Cause.DIVISION):
        yield numeric(RULE.name, case, item, "Division by zero in", Fixes(answers, case, item.node, item.masked_by))


RULE = Rule(
    "division-by-zero",
    check,
    examples=(
        Example(
            "return tf.nn.relu(x) / tf.reduce_sum(tf.nn.relu(x), axis=-1, keepdims=True)",
            "return tf.math.divide_no_nan(tf.nn.relu(x), tf.reduce_sum(tf.nn.relu(x), axis=-1, keepdims=True))",
        ),
    ),
    docs=__doc__,
)
