"""The value is finite, its slope is not.

What it finds: `sqrt`, norms and fractional powers at zero, `asin` and `acos` at one, and gradients too large for the
dtype: the forward pass is right, the backward pass gives infinity or NaN.

Why it hurts: nothing shows until one input hits the point, and zero is a common point: after a relu, for padding, for
the distance of a thing to itself. Then the update is NaN.

Fix: the double where (the same values; the slope at the point becomes 0, a subgradient), or a small constant under the
root (changes values).

See also: masked-nan-gradient, division-by-zero, lost-gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.blame import Cause
from nablint.finding import Finding, Fixes
from nablint.rewrite import answers
from nablint.rule import Case, Example, Rule, breaks, named, numeric


def check(case: Case) -> Iterator[Finding]:
    for item in breaks(case, Cause.SLOPE):
        cause = f"the slope of {named(item.op)} is not finite in"
        yield numeric(RULE.name, case, item, cause, Fixes(answers, case, item.node, item.masked_by))


RULE = Rule(
    "infinite-gradient",
    check,
    examples=(
        Example(
            "return tf.sqrt(tf.abs(x))",
            "return tf.where(x == 0, 0.0, tf.sqrt(tf.where(x == 0, 1.0, tf.abs(x))))",
            fixed=False,
        ),
    ),
    docs=__doc__,
)
