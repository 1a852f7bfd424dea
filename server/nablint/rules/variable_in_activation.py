"""An activation that makes, or borrows, a variable of its own.

What it finds: `tf.Variable(…)` or a layer such as `PReLU()` made inside an activation or a layer's `call`, and an
activation that uses a `tf.Variable` of the module to which nothing else gives values.

Why it hurts: a variable made inside is made anew at every call, so that what it learned is lost; under `fit` it raises
`tf.function only supports singleton tf.Variables`. One of the module is in no layer: `model.trainable_variables` does
not have it, `fit` never trains it, and `save` does not save it.

When it breaks: at the first `fit`, or without an error when the model is saved.

Fix: a layer that makes its weight in `build` with `add_weight`.

See also: traced-once-random, fixed-dtype.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.finding import Finding, Severity
from nablint.ops.names import canonical
from nablint.page import Page
from nablint.rule import Example, Rule, silent

VARIABLES = frozenset({"tf.Variable", "K.variable", "keras.Variable"})
WEIGHTED = frozenset({"layers.PReLU", "layers.Dense", "layers.BatchNormalization", "layers.LayerNormalization"})


MAKERS = frozenset(name.rpartition(".")[2] for name in VARIABLES | WEIGHTED)


def check_page(page: Page) -> Iterator[Finding]:
    if not any(word in MAKERS or _is_variable(page.file.kinds.get(word, "")) for word in page.words):
        return
    for fn, body in page.bodies():
        for node in _run_each_time(body):
            name = canonical(page.name(node.func)) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in VARIABLES | WEIGHTED:
                words = (
                    f"{page.code(node.func)} is made anew each time the function is traced: `fit` raises, and in eager "
                    "mode what it learns is lost."
                )
                yield Finding(RULE.name, page.span(node), words, Severity.WARNING, fn.name)
            if isinstance(node, ast.Name) and "activation" in fn.roles and _is_trainable(page, node):
                words = f"{node.id} is a variable of no layer: `fit` does not train it and `save` does not save it."
                yield Finding(RULE.name, page.span(node), words, Severity.WARNING, fn.name)


def _is_variable(kind: str) -> bool:
    """Whether the kind may be that of a variable, by its last word."""
    return kind.startswith("= ") and kind.rpartition(".")[2].removeprefix("= ") in MAKERS


def _is_trainable(page: Page, node: ast.Name) -> bool:
    kind = page.kind(node)
    return kind.startswith("= ") and canonical(kind[2:]) in VARIABLES and node.id not in page.file.assigned


def _run_each_time(body: ast.FunctionDef) -> Iterator[ast.AST]:
    """What runs at every call: what stands below `if self.built` or `is None` runs once."""
    todo: list[ast.AST] = list(body.body)
    while todo:
        node = todo.pop()
        if not isinstance(node, ast.If):
            yield node
            todo += ast.iter_child_nodes(node)


_MODULE = """import keras
import tensorflow as tf

{before}
layer = keras.layers.Dense(4, activation={name})
"""

RULE = Rule(
    "variable-in-activation",
    silent,
    (
        Example(
            _MODULE.format(
                before="slope = tf.Variable(0.1)\n\n\ndef leaky(x):\n    return tf.maximum(x, slope * x)\n\n",
                name="leaky",
            ),
            _MODULE.format(
                before="\ndef leaky(x):\n    return tf.maximum(x, 0.1 * x)\n\n",
                name="leaky",
            ),
            fixed=False,
        ),
    ),
    __doc__,
    check_page,
)
