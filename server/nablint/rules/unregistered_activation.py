"""An activation that a saved model will not find again.

What it finds: a function of the file, or of a module beside it, that is passed as an activation in a file that saves,
loads or clones models, and that is neither registered nor handed over in `custom_objects`, there or in another file of
the package.

Why it hurts: `save` writes only its name. `load_model` and `clone_model` raise `Could not locate function`, in another
process and perhaps much later.

When it breaks: when the model is loaded or cloned.

Fix: `@keras.saving.register_keras_serializable()`. To pass `custom_objects` wherever the model is loaded does as well,
which is why this is only information.

See also: shadows-builtin-activation, unloadable-activation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.finding import Finding, Fixes, Severity
from nablint.page import Page
from nablint.rule import SAVED_BY_NAME, Example, Rule, registered, silent


def check_page(page: Page) -> Iterator[Finding]:
    if not page.file.keeps or not page.is_keras_3:
        return
    for fn in page.functions:
        wanted = fn.name in page.file.given and page.file.kinds.get(fn.name) == "def"
        if wanted and fn.name not in page.file.offered and fn.name not in SAVED_BY_NAME:
            words = f"A saved model holds only the name of {fn.name}, which is not registered: load_model raises."
            fixes = Fixes(registered, page, fn)
            yield Finding(RULE.name, fn.name_span, words, Severity.INFORMATION, fn.name, fixes=fixes)
            return
    for node in page.activations():
        if isinstance(node, ast.Name) and _is_unknown(page, node):
            words = f"A saved model holds only the name of {node.id}, which is not registered: load_model raises."
            yield Finding(RULE.name, page.span(node), words, Severity.INFORMATION, page.function(node))


def _is_unknown(page: Page, node: ast.Name) -> bool:
    """Whether it is a function of another module's that Keras will not find."""
    name = page.file.imports.get(node.id, "").rpartition(".")[2]
    known = page.file.offered | SAVED_BY_NAME
    return bool(name) and page.kind(node) == "def" and node.id not in known and name not in known


_MODULE = """import keras


{head}def steep(x):
    return keras.ops.tanh(3 * x)


model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, activation=steep)])
model.save("model.keras")
"""

RULE = Rule(
    "unregistered-activation",
    silent,
    (Example(_MODULE.format(head=""), _MODULE.format(head="@keras.saving.register_keras_serializable()\n")),),
    __doc__,
    check_page,
)
