"""An activation that a saved model cannot bring back.

What it finds: a lambda, a `functools.partial`, a `@tf.function`, a function that another one makes, an object with
`__call__` and without `get_config`, or a function of `tf` or `keras.ops` that Keras does not know by its name
(`tf.nn.swish`, `tf.nn.softmax`, `tf.sin`), passed to a layer as its activation; and a `Lambda` layer of a lambda.

Why it hurts: a `partial` and such an object cannot be saved at all. The others are saved by a name under which Keras
finds nothing, so that `load_model` and `clone_model` raise; registering a `tf.function` does not help. A `Lambda` layer
of a lambda is loaded with `safe_mode=False` only.

When it breaks: when the model is saved, loaded or cloned.

Fix: Keras's own activation where there is one, else a plain function with
`@keras.saving.register_keras_serializable()`. In a file that saves, loads and clones no model nothing is said.

See also: unregistered-activation, shadows-builtin-activation, layer-instance-as-activation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.finding import Edit, Finding, Fix, Severity
from nablint.ops.names import canonical
from nablint.page import Page
from nablint.rule import SAVED_BY_NAME, Example, Rule, silent

_OF_TF = """
    tf.nn.elu tf.nn.gelu tf.nn.leaky_relu tf.nn.relu tf.nn.relu6 tf.nn.selu tf.nn.sigmoid tf.nn.softplus tf.nn.softsign
    tf.nn.tanh tf.math.sigmoid tf.math.softplus tf.math.tanh tf.sigmoid tf.tanh
"""
KNOWN = frozenset([*_OF_TF.split(), *(f"ops.{name}" for name in (*SAVED_BY_NAME, "swish", "hard_swish"))])
"""The functions whose names Keras finds among its own activations, which give the same."""

TWINS = {"tf.nn.swish": "silu", "tf.nn.silu": "silu", "tf.nn.softmax": "softmax", "tf.nn.log_softmax": "log_softmax"}
"""Keras's own names for what it would not find."""


def check_page(page: Page) -> Iterator[Finding]:
    if not page.is_keras_3 or not page.file.keeps:
        return
    for node in page.activations():
        if reason := _reason(page, node):
            twin = TWINS.get(canonical(page.name(node)))
            fixes = (Fix(f'Use "{twin}"', (Edit(page.span(node), f'"{twin}"'),)),) if twin else ()
            yield Finding(RULE.name, page.span(node), reason, Severity.WARNING, page.function(node), fixes=fixes)
    for call, name in page.calls() if "Lambda" in page.words else ():
        first = call.args[0] if call.args else None
        if canonical(name) == "layers.Lambda" and (isinstance(first, ast.Lambda) or _is_lambda(page, first)):
            words = "A Lambda layer of a lambda is loaded with safe_mode=False only, and clone_model raises."
            yield Finding(RULE.name, page.span(call), words, Severity.INFORMATION, page.function(call))


def _is_lambda(page: Page, node: ast.expr | None) -> bool:
    return node is not None and page.kind(node) == "lambda"


def _reason(page: Page, node: ast.expr) -> str:
    name, kind = canonical(page.name(node)), page.kind(node)
    called = page.name(node.func) if isinstance(node, ast.Call) else kind.removeprefix("= ")
    if isinstance(node, ast.Lambda) or kind == "lambda":
        return "A saved model cannot bring back a lambda: load_model and clone_model raise."
    made_by = page.kind(node.func) if isinstance(node, ast.Call) else ""
    if made_by == "maker" or (kind.startswith("= ") and page.file.kinds.get(kind[2:]) == "maker"):
        return f"A saved model cannot bring back what {page.code(node)} is: load_model and clone_model raise."
    if made_by == "callable" or (kind.startswith("= ") and page.file.kinds.get(kind[2:]) == "callable"):
        return "A model with such an object as its activation cannot be saved: its class has no get_config."
    if called == "functools.partial":
        return "A model with a partial as its activation cannot be saved."
    if kind == "traced":
        return f"A saved model cannot bring back {page.code(node)}, a tf.function: load_model and clone_model raise."
    if name.startswith(("tf.", "ops.")) and name not in KNOWN and name.rpartition(".")[2][:1].islower():
        return f"Keras does not know {page.code(node)} by its name: load_model and clone_model raise."
    return ""


_MODULE = """import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, activation={activation})])
model.save("model.keras")
"""

RULE = Rule(
    "unloadable-activation",
    silent,
    (
        Example(_MODULE.format(activation="tf.nn.swish"), _MODULE.format(activation='"silu"')),
        Example(_MODULE.format(activation="lambda x: tf.tanh(x)"), _MODULE.format(activation='"tanh"'), fixed=False),
    ),
    __doc__,
    check_page,
)
