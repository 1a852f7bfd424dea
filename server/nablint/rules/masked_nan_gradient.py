"""A branch that is not taken poisons the gradient.

What it finds: an operation that overflows or is undefined in a branch that `where`, `minimum`, `maximum`, `clip` or a
relu leaves out. The value is right; the gradient is NaN.

Why it hurts: TensorFlow computes both branches and multiplies the gradient of the one left out by zero, and 0 * inf is
NaN. It is the most frequent silent failure of custom activations: ELU written as `where(x > 0, x, exp(x) - 1)` trains
until the first pre-activation above 88.

Fix: make the branch finite for every input: `expm1(minimum(x, 0))`, or a second `where` inside (the double where).
Both are exact.

See also: overflow, infinite-gradient, log-of-zero.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.blame import Cause
from nablint.finding import Finding, Fixes
from nablint.ir import Apply
from nablint.rewrite import answers
from nablint.rule import Case, Example, Rule, breaks, named, numeric, told


def check(case: Case) -> Iterator[Finding]:
    for item in breaks(case, Cause.MASKED):
        if item.masked_by is not None:
            select = case.function.nodes[item.masked_by]
            by = told(select) if isinstance(select, Apply) else "a select"
            cause = f"What {by} leaves out is not finite: {named(item.op)} fails in"
            yield numeric(RULE.name, case, item, cause, Fixes(answers, case, item.node, item.masked_by))


RULE = Rule(
    "masked-nan-gradient",
    check,
    examples=(
        Example(
            "return tf.where(x > 0, x, tf.exp(x) - 1)",
            "return tf.where(x > 0, x, tf.math.expm1(tf.minimum(x, 0)))",
        ),
        Example(
            "return tf.where(x > 0, tf.math.log(x), 0.0)",
            "return tf.where(x > 0, tf.math.log(tf.where(x > 0, x, 1)), 0.0)",
        ),
    ),
    docs=__doc__,
)
