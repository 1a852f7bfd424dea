"""A function of TensorFlow on a symbolic Keras tensor.

What it finds: `tf.exp(x)` where x is a `keras.Input`, or what a layer gives for one.

Why it hurts: Keras 3 raises `ValueError: A KerasTensor cannot be used as input to a TensorFlow function`. (Keras 2
made a layer of it.)

When it breaks: when the model is built, in every dtype.

Fix: the function of `keras.ops`, which Keras makes a layer of; or a layer whose `call` uses `tf`.

See also: removed-backend-function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.finding import Finding, Severity
from nablint.ops import BY_NAME
from nablint.ops.names import canonical
from nablint.page import Page
from nablint.rule import Example, Rule, silent

INPUTS = frozenset({"keras.Input", "layers.Input"})
ALSO = frozenset({"tf.shape", "tf.image.resize", "activations.mish"})
"""What is in no row of the op table, or not in that of its like."""


def check_page(page: Page) -> Iterator[Finding]:
    if not page.is_keras_3 or ("Input" not in page.words and page.file.symbolic.isdisjoint(page.words)):
        return
    if page.layout:
        yield from _within(page, page.layout.tree.body, "", set(page.file.symbolic))
    for body in page.nodes():
        if isinstance(body, ast.FunctionDef):
            yield from _within(page, body.body, body.name, set())


def _within(page: Page, body: list[ast.stmt], function: str, symbolic: set[str]) -> Iterator[Finding]:
    """The calls in the plain statements of a function, in order, with the names that are symbolic at first."""
    for statement in body:
        if not isinstance(statement, ast.Assign | ast.Return | ast.Expr) or statement.value is None:
            return  # What a branch or a loop leaves in a name is not followed.
        for call in _run_now(statement.value):
            if isinstance(call, ast.Call) and _is_tensorflow(page, call) and _takes(page, call, symbolic):
                words = f"{page.code(call.func)} takes no KerasTensor, which has no values: Keras 3 raises here."
                yield Finding(RULE.name, page.span(call), words, Severity.ERROR, function)
        if isinstance(statement, ast.Assign):
            names = {t.id for target in statement.targets for t in ast.walk(target) if isinstance(t, ast.Name)}
            symbolic -= names if function else set()
            if _is_symbolic(page, statement.value, symbolic):
                symbolic |= {t.id for t in statement.targets if isinstance(t, ast.Name)}


def _run_now(expression: ast.expr) -> Iterator[ast.AST]:
    """The nodes of an expression, without the lambdas and comprehensions in it, whose names are their own."""
    todo: list[ast.AST] = [expression]
    while todo:
        node = todo.pop()
        if not isinstance(node, ast.Lambda | ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp):
            yield node
            todo += ast.iter_child_nodes(node)


def _is_tensorflow(page: Page, call: ast.Call) -> bool:
    name = canonical(page.name(call.func))
    return name in ALSO or (name.startswith(("tf.", "K.")) and name in BY_NAME)


def _takes(page: Page, call: ast.Call, symbolic: set[str]) -> bool:
    first = call.args[0] if call.args else None
    parts = first.elts if isinstance(first, ast.List | ast.Tuple) else [first]
    return any(part is not None and _is_symbolic(page, part, symbolic) for part in parts)


def _is_symbolic(page: Page, node: ast.expr, symbolic: set[str]) -> bool:
    """Whether an expression is an input, what a layer gives for one, or arithmetic on one."""
    match node:
        case ast.Name(id=name):
            return name in symbolic
        case ast.BinOp(left=left, right=right):
            return _is_symbolic(page, left, symbolic) or _is_symbolic(page, right, symbolic)
        case ast.Call(func=ast.Call() as layer, args=[first, *_]):
            return canonical(page.name(layer.func)).startswith("layers.") and _is_symbolic(page, first, symbolic)
        case ast.Call(func=func):
            return canonical(page.name(func)) in INPUTS
    return False


_MODULE = """import keras
import tensorflow as tf


def build():
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(4)(inputs)
    return keras.Model(inputs, {call}(hidden))
"""

RULE = Rule(
    "kerastensor-in-tf",
    silent,
    (Example(_MODULE.format(call="tf.exp"), _MODULE.format(call="keras.ops.exp"), fixed=False),),
    __doc__,
    check_page,
)
