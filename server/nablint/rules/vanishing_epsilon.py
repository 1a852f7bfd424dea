"""An epsilon that the dtype cannot hold.

What it finds: a small constant that guards a logarithm, a root or a division, where half precision rounds it to 0, or
where its reciprocal overflows: `log(p + 1e-8)`, `x / (norm + 1e-12)`, `l2_normalize` with its default epsilon.

Why it hurts: with the guard gone, the zero that it was for gives infinity or NaN again, and the code looks safe. The
smallest number that float16 can tell from 0 is 6e-8, and 1 / x overflows below 1.5e-5.

Fix: an epsilon that holds in float16, such as 1e-4, or float32 for this step. It changes values, and says so.

See also: log-of-zero, division-by-zero, infinite-gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.finding import Edit, Finding, Fix, Fixes, Safety
from nablint.ir import Const
from nablint.rewrite import answers
from nablint.rule import Case, Example, Rule, guarding, named, number, numeric, unguarded
from nablint.witness import Break

ENOUGH = "1e-4"
"""A guard that every float format holds, and the reciprocal of its root too."""


def check(case: Case) -> Iterator[Finding]:
    for item in unguarded(case):
        if (epsilon := guarding(case, item)) is not None:
            lost = "is 0" if epsilon.is_lost else "is too small"
            cause = f"the epsilon {number(epsilon.const.value)} {lost}, and {named(item.op)} fails, in"
            yield numeric(RULE.name, case, item, cause, Fixes(_fixes, case, item, epsilon.const))


def _fixes(case: Case, item: Break, epsilon: Const) -> Iterator[Fix]:
    yield from answers(case, item.node, item.masked_by)
    if any(epsilon is node for node in case.function.nodes):
        yield Fix(f"Use {ENOUGH}", (Edit(epsilon.span, ENOUGH),), Safety.CHANGES_VALUES)


RULE = Rule(
    "vanishing-epsilon",
    check,
    examples=(Example("return tf.math.log(tf.sigmoid(x) + 1e-8)", "return tf.math.log(tf.sigmoid(x) + 1e-4)"),),
    docs=__doc__,
)
