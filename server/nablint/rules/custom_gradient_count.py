"""A custom gradient that returns too few or too many gradients.

What it finds: a function with `@tf.custom_gradient` whose inner function returns another number of gradients than the
function has arguments. Arguments with a default count either way, since they need not be passed.

Why it hurts: `ValueError: custom_gradient function expected to return 2 gradients, but returned 1 instead`, as soon as
a gradient is taken. A number that is passed by position counts as an argument too.

When it breaks: as soon as a gradient is taken, in every dtype.

Fix: a gradient for each argument, `None` for those that need none; or take numbers from a function around it.

See also: custom-gradient-variables, custom-gradient-keyword, custom-gradient-wrong.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.custom import Custom, customs, returned
from nablint.finding import Finding, Severity
from nablint.ops import BY_NAME
from nablint.ops.names import canonical
from nablint.page import Page
from nablint.rule import Example, Rule, silent


def check_page(page: Page) -> Iterator[Finding]:
    for custom in customs(page):
        args, values = custom.outer.args, list(returned(custom.inner))
        counts = {_count(page, value) for value in values}
        is_plain = not (args.vararg or args.kwarg or args.kwonlyargs) and not custom.takes_variables
        if not is_plain or len(counts) != 1 or (count := counts.pop()) is None or _is_method(custom):
            continue
        most = len(args.posonlyargs) + len(args.args)
        least = most - len(args.defaults)
        if not least <= count <= most:
            wanted = most if most == least else f"{least} to {most}"
            words = (
                f"The custom gradient returns {count} gradient{'s' if count != 1 else ''} for {wanted} "
                f"argument{'s' if most != 1 else ''}: TensorFlow raises as soon as a gradient is taken."
            )
            at = next(v for v in values if v is not None)
            yield Finding(RULE.name, page.span(at), words, Severity.ERROR, custom.outer.name)


def _is_method(custom: Custom) -> bool:
    return bool(custom.outer.args.args) and custom.outer.args.args[0].arg in ("self", "cls")


def _count(page: Page, value: ast.expr | None) -> int | None:
    """How many gradients are returned, if that can be told."""
    match value:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return None if any(isinstance(part, ast.Starred) for part in parts) else len(parts)
    return 1 if value is not None and _is_tensor(page, value) else None


def _is_tensor(page: Page, value: ast.expr) -> bool:
    """Whether an expression is one tensor; a sum and a product may be of lists."""
    match value:
        case ast.BinOp(op=ast.Add()):
            return _is_tensor(page, value.left) and _is_tensor(page, value.right)
        case ast.BinOp():
            return not any(isinstance(node, ast.List | ast.Tuple | ast.ListComp) for node in ast.walk(value))
        case ast.Call():
            return canonical(page.name(value.func)) in BY_NAME
    return False


_MODULE = """import tensorflow as tf


@tf.custom_gradient
def product(a, b):
    def grad(dy):
        return {gradients}

    return a * b, grad
"""

RULE = Rule(
    "custom-gradient-count",
    silent,
    (Example(_MODULE.format(gradients="dy * b"), _MODULE.format(gradients="dy * b, dy * a"), fixed=False),),
    __doc__,
    check_page,
)
