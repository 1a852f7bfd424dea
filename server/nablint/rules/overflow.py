"""An intermediate result overflows, and the value or the gradient is lost.

What it finds: `exp`, `pow`, `square`, a sum or a product that leaves the dtype's range for an input within the input
range, where the infinity reaches the value or turns the gradient into NaN.

Why it hurts: one large pre-activation is enough. `log(1 + exp(x))` is infinite where `softplus(x)` is about `x`; in
`1 / (1 + exp(-x))` the value is right (0), yet the gradient is `0 * inf`, NaN, and after one step so is every weight.

Fix: the library's own function (softplus, sigmoid, log_softmax, …), which rearranges the formula so that nothing
overflows. Such fixes are safe: the same function on the real numbers.

See also: log-of-zero, masked-nan-gradient, cancellation.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.blame import Cause
from nablint.finding import Finding, Fixes
from nablint.rewrite import answers
from nablint.rule import Case, Example, Rule, breaks, named, numeric


def check(case: Case) -> Iterator[Finding]:
    for item in breaks(case, Cause.OVERFLOW):
        fixes = Fixes(answers, case, item.node, item.masked_by)
        yield numeric(RULE.name, case, item, f"{named(item.op)} overflows", fixes)


RULE = Rule(
    "overflow",
    check,
    examples=(
        Example("return tf.math.log(1 + tf.exp(x))", "return tf.math.softplus(x)"),
        Example("return 1 / (1 + tf.exp(-x))", "return tf.sigmoid(x)"),
        Example("return x * tf.tanh(tf.math.log(1 + tf.exp(x)))", "return x * tf.tanh(tf.math.softplus(x))"),
    ),
    docs=__doc__,
)
