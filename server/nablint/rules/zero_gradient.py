"""The gradient exists and is zero everywhere.

What it finds: a function such as `sign(x)` or `0 * x + step`, whose slope is exactly 0 at every input tried.

Why it hurts: no error and no warning, not even that gradients are missing; the layers before it just never change.

When it breaks: at every input, in every dtype.

Fix: a straight-through estimator or a soft surrogate such as `tanh(k * x)`. Both change the gradient on purpose.

See also: no-gradient, lost-gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.facts import is_constant
from nablint.finding import Finding, Fixes, Severity
from nablint.ir import Apply
from nablint.rewrite import estimators
from nablint.rule import Case, Example, Rule, applies, is_trained, param_names


def check(case: Case) -> Iterator[Finding]:
    fn = case.function
    if (
        not is_trained(fn)
        or is_constant(case.facts)
        or not case.facts.slopes
        or not all(slope.zero for slope in case.facts.slopes)
    ):
        return
    signs = [index for index, node in applies(fn) if node.op == "sign" and index in case.facts.dependent]
    index = signs[0] if signs else fn.result
    if isinstance(node := fn.nodes[index], Apply):
        name = param_names(fn)[0]
        message = f"The gradient with respect to {name} is 0 everywhere: nothing before this activation trains."
        yield Finding(RULE.name, node.span, message, Severity.WARNING, fn.name, fixes=Fixes(estimators, case, index))


RULE = Rule(
    "zero-gradient",
    check,
    examples=(Example("return tf.sign(x)", "return x + tf.stop_gradient(tf.sign(x) - x)"),),
    docs=__doc__,
)
