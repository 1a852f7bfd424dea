"""A custom gradient that does not use the incoming gradient.

What it finds: `@tf.custom_gradient` (or `@keras.ops.custom_gradient`) whose inner function returns something other
than zero that does not depend on its argument.

Why it hurts: by the chain rule every gradient is the incoming one times the local slope. Without that factor the
layers before train in a direction that has nothing to do with the loss, and nothing says so.

When it breaks: at every input, in every dtype, from the first step on; least seen where the incoming gradient is near
1.

Fix: multiply by the upstream.

See also: custom-gradient-wrong, custom-gradient-count.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.finding import Finding, Fixes, Severity
from nablint.ir import Apply, Const, Function, Param, reachable
from nablint.rewrite import times_upstream
from nablint.rule import Case, Example, Rule


def check(case: Case) -> Iterator[Finding]:
    fn = case.function
    upstream = fn.nodes[fn.upstream] if fn.upstream is not None else None
    if not isinstance(upstream, Param):
        return
    for position, result in enumerate(fn.cotangents):
        if result is None or fn.upstream in reachable(fn, result) or _is_zero(fn, result):
            continue
        message = (
            f"The custom gradient does not use its incoming gradient {upstream.name}: by the chain rule the slope "
            f"must be multiplied by {upstream.name}, or every layer before gets a wrong gradient."
        )
        fixes = Fixes(times_upstream, case, position, upstream.name)
        yield Finding(RULE.name, fn.nodes[result].span, message, Severity.WARNING, fn.name, fixes=fixes)


def _is_zero(fn: Function, index: int) -> bool:
    match fn.nodes[index]:
        case Const(value=value):
            return bool(value == 0)
        case Apply(op=op):
            return op in ("zeros_like", "zeros")
    return False


_MODULE = """import tensorflow as tf


@tf.custom_gradient
def f(x):
    def grad(dy):
        return {slope}

    return tf.square(x), grad
"""

RULE = Rule(
    "custom-gradient-ignores-upstream",
    check,
    examples=(Example(_MODULE.format(slope="2 * x"), _MODULE.format(slope="dy * (2 * x)")),),
    docs=__doc__,
)
