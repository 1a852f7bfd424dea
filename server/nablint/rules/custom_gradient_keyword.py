"""A tensor that is passed to a custom gradient by keyword.

What it finds: `f(x=inputs)`, where `f` has `@tf.custom_gradient` and `inputs` is a tensor.

Why it hurts: TensorFlow gives gradients for positional arguments alone. That of a keyword is dropped, and nothing says
so: what made the tensor does not train.

When it breaks: at every call by keyword, in every dtype.

Fix: pass tensors by position.

See also: custom-gradient-count, no-gradient.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.finding import Edit, Finding, Fix, Safety, Severity
from nablint.ir import Param
from nablint.page import Page
from nablint.rule import Example, Rule, silent


def check_page(page: Page) -> Iterator[Finding]:
    for call in page.nodes() if "=" in page.text and "custom" in page.file.kinds.values() else ():
        if not isinstance(call, ast.Call) or page.kind(call.func) != "custom":
            continue
        for keyword in call.keywords:
            if isinstance(keyword.value, ast.Name) and keyword.value.id in _tensors(page, call):
                words = f"TensorFlow drops the gradient of {keyword.value.id}, a tensor passed by keyword."
                yield Finding(
                    RULE.name,
                    page.span(keyword),
                    words,
                    Severity.WARNING,
                    page.function(call),
                    fixes=_fixes(page, call),
                )


def _fixes(page: Page, call: ast.Call) -> tuple[Fix, ...]:
    """The only argument by position."""
    if call.args or len(call.keywords) != 1:
        return ()
    keyword = call.keywords[0]
    edit = Edit(page.span(keyword), page.code(keyword.value))
    return (Fix("Pass it by position", (edit,), Safety.CHANGES_GRADIENT),)


def _tensors(page: Page, call: ast.Call) -> frozenset[str]:
    """The tensor parameters of the function around a call."""
    around = [fn for fn in page.functions if fn.span.covers(page.span(call))]
    return frozenset(fn.nodes[i].name for fn in around for i in fn.params if isinstance(fn.nodes[i], Param))  # type: ignore[union-attr]


_MODULE = """import tensorflow as tf


@tf.custom_gradient
def clipped(x):
    def grad(dy):
        return tf.clip_by_value(dy, -1.0, 1.0)

    return tf.identity(x), grad


def f(inputs):
    return tf.nn.relu(clipped({argument}))
"""

RULE = Rule(
    "custom-gradient-keyword",
    silent,
    (Example(_MODULE.format(argument="x=inputs"), _MODULE.format(argument="inputs")),),
    __doc__,
    check_page,
)
