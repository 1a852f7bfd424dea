"""The logarithm of a value that may be zero or less.

What it finds: `log` (and `log1p`, `log2`, `xlogy`, …) whose operand reaches 0, or falls below it, for an input within
the input range: the value is -inf or NaN.

Why it hurts: a saturated sigmoid or softmax is exactly 0 or 1 in floating point, long before it is so on paper:
`log(sigmoid(x))` is -inf for x < -88 in float32, for x < -17 in float16.

Fix: `log_sigmoid`, `log_softmax`, `softplus` compute the logarithm directly. A floor under the operand
(`log(maximum(x, eps))`) changes values, and says so.

See also: vanishing-epsilon, overflow, masked-nan-gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.blame import Cause
from nablint.finding import Finding, Fixes
from nablint.rewrite import answers
from nablint.rule import Case, Example, Rule, breaks, numeric


def check(case: Case) -> Iterator[Finding]:
    for item in breaks(case, Cause.LOG):
        cause = f"{item.op} of a value that reaches 0 or less in"
        yield numeric(RULE.name, case, item, cause, Fixes(answers, case, item.node, item.masked_by))


RULE = Rule(
    "log-of-zero",
    check,
    examples=(
        Example("return tf.math.log(tf.sigmoid(x))", "return tf.math.log_sigmoid(x)"),
        Example("return tf.math.log(1 - tf.sigmoid(x))", "return -tf.math.softplus(x)"),
    ),
    docs=__doc__,
)
