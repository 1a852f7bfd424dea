"""A NumPy or math function is called on a tensor.

What it finds: `np.exp(x)`, `math.tanh(x)`, `float(x)`, `x.numpy()` and the like on a value that depends on the input.

Why it hurts: `fit` raises `NotImplementedError: Cannot convert a symbolic tf.Tensor to a numpy array`. In eager mode
it works, and silently stops the gradient: everything before it never trains.

When it breaks: at the first `fit`, in every dtype; in eager mode nothing raises and nothing trains.

Fix: the TensorFlow or Keras function of the same name.

See also: python-callback, branch-on-tensor, no-gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.finding import Finding, Fixes, Severity
from nablint.rewrite import tensor_twin
from nablint.rule import Case, Example, Rule, applies, is_trained

CONVERSIONS = frozenset({"float", "int", ".numpy"})


def check(case: Case) -> Iterator[Finding]:
    if not is_trained(case.function) or not _meets_tensors(case):
        return
    for _, node in applies(case.function):
        foreign = node.spelling in CONVERSIONS or node.spelling.startswith(("np.", "math."))
        if foreign and case.facts.dependent.intersection(node.args):
            message = (
                f"{node.spelling} takes no symbolic tensor: `fit` raises, "
                "and in eager mode no gradient passes through it."
            )
            yield Finding(
                RULE.name, node.span, message, Severity.ERROR, case.function.name, fixes=Fixes(tensor_twin, case, node)
            )


def _meets_tensors(case: Case) -> bool:
    """Whether the input is a tensor for sure: it is passed as an activation, or an op of the library takes it."""
    of_library = (
        node
        for _, node in applies(case.function)
        if node.spelling.startswith(("tf.", "keras.", "tf_keras.")) and ".numpy." not in node.spelling
    )
    return bool(case.function.roles - {"one-tensor", "reduction"}) or any(
        case.facts.dependent.intersection(node.args) for node in of_library
    )


_MODULE = """import numpy as np
import tensorflow as tf


def f(x):
    return tf.nn.relu({call}(x))
"""

RULE = Rule(
    "numpy-on-tensor",
    check,
    examples=(Example(_MODULE.format(call="np.tanh"), _MODULE.format(call="tf.tanh")),),
    docs=__doc__,
)
