"""A custom gradient that uses a variable and gives no gradient for it.

What it finds: a function with `@tf.custom_gradient` that uses a `tf.Variable` of the module, and whose inner function
has no argument `variables`.

Why it hurts: `TypeError: If using @custom_gradient with a function that uses variables, then grad_fn must accept a
'variables' keyword argument`, as soon as the function is called.

When it breaks: at the first call under a gradient, in every dtype.

Fix: `def grad(dy, variables=None): return dx, [dv]`, or pass the variable as an argument.

See also: custom-gradient-count, variable-in-activation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.custom import customs
from nablint.finding import Finding, Severity
from nablint.ops.names import canonical
from nablint.page import Page
from nablint.rule import Example, Rule, silent

VARIABLES = frozenset({"tf.Variable", "K.variable", "keras.Variable"})


def check_page(page: Page) -> Iterator[Finding]:
    for custom in customs(page):
        if custom.takes_variables:
            continue
        for node in custom.forward():
            kind = page.kind(node)
            if kind.startswith("= ") and canonical(kind[2:]) in VARIABLES and isinstance(node, ast.Name):
                words = (
                    f"The function uses the variable {node.id}, and its gradient function takes no `variables`: "
                    "TensorFlow raises TypeError."
                )
                yield Finding(RULE.name, page.span(node), words, Severity.ERROR, custom.outer.name)


_MODULE = """import tensorflow as tf

slope = tf.Variable(0.5)


@tf.custom_gradient
def scaled(x):
    def grad(dy{more}):
        return dy * tf.cast(slope, x.dtype){gradients}

    return x * tf.cast(slope, x.dtype), grad
"""

RULE = Rule(
    "custom-gradient-variables",
    silent,
    (
        Example(
            _MODULE.format(more="", gradients=""),
            _MODULE.format(more=", variables=None", gradients=", [tf.reduce_sum(dy * x)]"),
            fixed=False,
        ),
    ),
    __doc__,
    check_page,
)
