"""An operation that is undefined for some inputs gives NaN.

What it finds: `sqrt`, `pow` with a fractional exponent, `asin`, `acos`, `atanh`, `acosh` outside their domain, and
forms such as inf - inf, for an input within the input range.

Why it hurts: NaN spreads. One negative pre-activation under a square root and the loss is NaN for good.

Fix: bring the operand into the domain first: `sqrt(maximum(x, 0))`, `sign(x) * abs(x) ** p`. That changes values where
there were none.

See also: log-of-zero, division-by-zero, masked-nan-gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.blame import Cause
from nablint.finding import Finding, Fixes
from nablint.rewrite import answers
from nablint.rule import Case, Example, Rule, breaks, named, numeric


def check(case: Case) -> Iterator[Finding]:
    for item in breaks(case, Cause.INVALID):
        yield numeric(
            RULE.name,
            case,
            item,
            f"{named(item.op)} is undefined in",
            Fixes(answers, case, item.node, item.masked_by),
        )


RULE = Rule(
    "invalid-value",
    check,
    examples=(Example("return tf.sqrt(x)", "return tf.sqrt(tf.maximum(x, 1e-6))", fixed=False),),
    docs=__doc__,
)
