"""An argument that the library's activation does not take, or takes for something else.

What it finds: `keras.ops.leaky_relu(x, alpha=0.1)`, `keras.activations.relu(x, alpha=0.1)`,
`tf.nn.leaky_relu(x, negative_slope=0.1)`, `tf.nn.relu(x, max_value=6)` and the like, which raise; and
`keras.activations.relu(x, 1)`, where the second argument is the slope for negative inputs.

Why it hurts: TypeError on the first call; or no error, and `relu(x, 1)` is the identity, `relu(x, 6)` grows
six times as fast to the left.

When it breaks: at the first call, or without an error in every one.

Fix: the argument's right name.

See also: removed-backend-function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.finding import Edit, Finding, Fix, Safety, Severity
from nablint.ops.names import canonical
from nablint.page import Page
from nablint.rule import Example, Rule, silent

UNKNOWN = {
    "ops.leaky_relu": {"alpha": "negative_slope"},
    "activations.leaky_relu": {"alpha": "negative_slope"},
    "activations.relu": {"alpha": "negative_slope"},
    "ops.relu": {"alpha": "", "negative_slope": "", "max_value": "", "threshold": ""},
    "tf.nn.leaky_relu": {"negative_slope": "alpha"},
    "tf.nn.relu": {"max_value": "", "alpha": "", "negative_slope": "", "threshold": ""},
    "tf.nn.elu": {"alpha": ""},
}
"""The arguments that each function does not take, and the names it has for them."""


def check_page(page: Page) -> Iterator[Finding]:
    if "elu(" not in page.text or not page.is_keras_3:
        return
    for call, full in page.calls():
        name = canonical(full)
        for keyword in call.keywords:
            if name in UNKNOWN and keyword.arg in UNKNOWN[name]:
                yield _unknown(page, call, keyword, UNKNOWN[name][keyword.arg])
        second = call.args[1] if len(call.args) > 1 else None
        if name in ("activations.relu", "K.relu") and isinstance(second, ast.Constant) and _is_slope(second.value):
            effect = "this is the identity" if second.value == 1 else "no activation bends that way"
            words = f"The second argument of {page.code(call.func)} is the slope for x < 0, not the maximum: {effect}."
            fix = Fix("Pass it as max_value", (_named(page, second, "max_value"),), Safety.CHANGES_VALUES)
            yield Finding(RULE.name, page.span(second), words, Severity.WARNING, page.function(call), fixes=(fix,))


def _is_slope(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 1


def _unknown(page: Page, call: ast.Call, keyword: ast.keyword, right: str) -> Finding:
    hint = f" It is called {right} there." if right else ""
    words = f"{page.code(call.func)} takes no {keyword.arg}: this raises TypeError.{hint}"
    fixes = (Fix(f"Use {right}", (_named(page, keyword, right),)),) if right else ()
    return Finding(RULE.name, page.span(keyword), words, Severity.ERROR, page.function(call), fixes=fixes)


def _named(page: Page, node: ast.AST, name: str) -> Edit:
    value = node.value if isinstance(node, ast.keyword) else node
    return Edit(page.span(node), f"{name}={page.code(value)}")


RULE = Rule(
    "wrong-activation-argument",
    silent,
    (
        Example(
            "import keras\n\n\ndef f(x):\n    return keras.ops.leaky_relu(x, alpha=0.1)\n",
            "import keras\n\n\ndef f(x):\n    return keras.ops.leaky_relu(x, negative_slope=0.1)\n",
        ),
        Example(
            "import keras\n\n\ndef f(x):\n    return keras.activations.relu(x, 6)\n",
            "import keras\n\n\ndef f(x):\n    return keras.activations.relu(x, max_value=6)\n",
        ),
    ),
    __doc__,
    check_page,
)
