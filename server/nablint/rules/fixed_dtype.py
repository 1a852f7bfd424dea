"""A float32 tensor inside the function, which raises once mixed precision is on.

What it finds: `tf.constant(2.0)`, `tf.sqrt(2.0)`, `tf.cast(mask, 'float32')`, `tf.where(c, 1.0, 0.0)`, `tf.zeros(…)`
and the like where they meet the input: fine as long as that is float32, an error under `mixed_float16` and
`mixed_bfloat16`.

Why it hurts: the model works until somebody turns on mixed precision for speed; then `TypeError` from inside.

When it breaks: in float16 and bfloat16, as soon as `mixed_float16` or `mixed_bfloat16` is the policy, and in float64
after `set_floatx`. In float32 it works.

Fix: a Python number, or the dtype of the input.

See also: mixed-dtype, integer-output.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.facts import clashes
from nablint.finding import Finding, Fixes, Severity
from nablint.rewrite import harmonised
from nablint.rule import Case, Example, Rule, is_trained, told


def check(case: Case) -> Iterator[Finding]:
    if not is_trained(case.function) or any(clashes(case.facts, "float32")):
        return
    for node, (one, other) in clashes(case.facts, "float16"):
        message = (
            f"{told(node)} of {one} and {other} once mixed precision is on: TensorFlow raises. "
            "With float32 inputs it works."
        )
        fixes = Fixes(harmonised, case, node, case.facts.dtypes["float16"], "float16")
        yield Finding(RULE.name, node.span, message, Severity.INFORMATION, case.function.name, fixes=fixes)


RULE = Rule(
    "fixed-dtype",
    check,
    examples=(
        Example("return tf.constant(2.0) * x", "return tf.constant(2.0, x.dtype) * x"),
        Example("return tf.cast(x > 0, tf.float32) * x", "return tf.cast(x > 0, x.dtype) * x"),
    ),
    docs=__doc__,
)
