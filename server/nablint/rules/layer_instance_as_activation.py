"""A name that Keras 3 does not look up: an activation given to `get_custom_objects`.

What it finds: `get_custom_objects().update({"name": Activation(f)})`, or `{"name": f}`, and then `activation="name"`.

Why it hurts: Keras 3 looks up activations by name among its own alone, and raises
`ValueError: Could not interpret activation function identifier`.

When it breaks: when the layer is made.

Fix: pass the function itself, and register it so that a saved model finds it.

See also: unregistered-activation, unloadable-activation.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nablint.finding import Edit, Finding, Fix, Severity
from nablint.page import Page
from nablint.rule import Example, Rule, is_builtin_activation, silent

_LAYER = re.compile(r"(?:\w+\.)*Activation\(\s*(\w+)")


def check_page(page: Page) -> Iterator[Finding]:
    if not page.file.strings or not page.is_keras_3:
        return
    for node in page.activations():
        name = node.value if isinstance(node, ast.Constant) else None
        if not isinstance(name, str) or name not in page.file.strings or is_builtin_activation(name):
            continue
        words = f"Keras 3 does not find {name!r}: it looks activations up by name among its own alone, and raises."
        given = page.file.strings[name].strip()
        inner = _LAYER.fullmatch(given)
        function = inner[1] if inner else given
        known = page.file.kinds.get(function) in ("def", "registered", "decorated")
        fixes = (Fix(f"Pass {function} itself", (Edit(page.span(node), function),)),) if known else ()
        yield Finding(RULE.name, page.span(node), words, Severity.ERROR, page.function(node), fixes=fixes)


_MODULE = """import keras


@keras.saving.register_keras_serializable()
def steep(x):
    return keras.ops.tanh(3 * x)


keras.utils.get_custom_objects().update({{"steep": {given}}})
layer = keras.layers.Dense(4, activation={activation})
"""

RULE = Rule(
    "layer-instance-as-activation",
    silent,
    (
        Example(
            _MODULE.format(given="keras.layers.Activation(steep)", activation='"steep"'),
            _MODULE.format(given="keras.layers.Activation(steep)", activation="steep"),
        ),
    ),
    __doc__,
    check_page,
)
