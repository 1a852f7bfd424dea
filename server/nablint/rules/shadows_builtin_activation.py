"""An activation of your own that has the name of one of Keras's.

What it finds: `def relu(x)`, `def elu(x)`, … that is passed as an activation, is not registered, and computes something
else than Keras's own activation of that name.

Why it hurts: Keras saves an unregistered function by its name alone. `load_model` and `clone_model` find the name among
its own activations and take that one: the model computes something else than it did, and nothing says so.

When it breaks: when a saved model is loaded, or a model cloned: the finding names an input at which the two differ.

Fix: register it, which saves it by a name of its own. That changes no value.

It is a warning in a file that saves, loads or clones models, else information.

See also: unregistered-activation, unloadable-activation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from nablint.evaluate import evaluate
from nablint.finding import Finding, Fixes, Severity
from nablint.gradient import expand
from nablint.ir import Function, Unknown, reachable
from nablint.page import Page
from nablint.rule import Example, Rule, number, registered, silent


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def _elu(x: float) -> float:
    return x if x > 0 else math.expm1(x)


def _hard_sigmoid(x: float) -> float:
    return min(max(x / 6 + 0.5, 0.0), 1.0)


BUILTIN: Mapping[str, Callable[[float], float]] = {
    "relu": lambda x: max(x, 0.0),
    "relu6": lambda x: min(max(x, 0.0), 6.0),
    "leaky_relu": lambda x: max(x, 0.2 * x),
    "sigmoid": _sigmoid,
    "hard_sigmoid": _hard_sigmoid,
    "tanh": math.tanh,
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + abs(x)),
    "exponential": math.exp,
    "linear": lambda x: x,
    "elu": _elu,
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "celu": _elu,
    "log_sigmoid": lambda x: -_softplus(-x),
    "gelu": lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))),
    "silu": lambda x: x * _sigmoid(x),
    "hard_silu": lambda x: x * _hard_sigmoid(x),
    "mish": lambda x: x * math.tanh(_softplus(x)),
}
"""What Keras's activations give, by the names under which it finds them."""

POINTS = (-1.0, 1.0, -3.0, 3.0, -0.5, 7.0)


def check_page(page: Page) -> Iterator[Finding]:
    for fn in page.functions:
        wanted = fn.name in BUILTIN and fn.name in page.file.given and page.file.kinds.get(fn.name) == "def"
        if wanted and page.is_keras_3 and fn.name not in page.file.offered and (seen := _difference(fn)):
            x, own, theirs = map(number, seen)
            words = (
                f"Keras saves {fn.name} by its name alone: load_model and clone_model take Keras's own {fn.name} "
                f"for it, which is {theirs} at x = {x}, where this is {own}."
            )
            fixes = Fixes(registered, page, fn)
            severity = Severity.WARNING if page.file.keeps else Severity.INFORMATION
            yield Finding(RULE.name, fn.name_span, words, severity, fn.name, fixes=fixes)
            return


def _difference(fn: Function) -> tuple[float, float, float] | None:
    """An input, what the function gives there, and what Keras's own gives, if that is another number."""
    if len(fn.params) != 1 or any(isinstance(fn.nodes[i], Unknown) for i in reachable(fn)):
        return None
    whole = expand(fn)
    values = evaluate(whole, "float64", "eager", {whole.params[0]: np.asarray(POINTS)})[whole.result]
    if values is None or values.shape != (len(POINTS),):
        return None
    pairs = ((x, float(own), BUILTIN[fn.name](x)) for x, own in zip(POINTS, values, strict=True))
    return next(((x, own, theirs) for x, own, theirs in pairs if abs(own - theirs) > 0.01 * (1 + abs(theirs))), None)


_MODULE = """import keras
import tensorflow as tf


{head}def relu(x):
    return tf.maximum(x, 0.1 * x)


layer = keras.layers.Dense(4, activation=relu)
"""

RULE = Rule(
    "shadows-builtin-activation",
    silent,
    (Example(_MODULE.format(head=""), _MODULE.format(head="@keras.saving.register_keras_serializable()\n")),),
    __doc__,
    check_page,
)
