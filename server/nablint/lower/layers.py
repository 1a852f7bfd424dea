"""What a call of a library's layer gives: what its activation makes, its operand again, or any finite numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import libcst as cst

from nablint.lower.calls import LAYER, Keywords, activation, call, op_call
from nablint.lower.run import Run, apply, some, tensors, written
from nablint.lower.values import NONE, Argument, Instance, Items, Known, Opaque, Scope, Tensor, Value
from nablint.ops import BY_NAME
from nablint.ops.names import canonical, spelled

Given = Sequence[Argument]


def layer(run: Run, scope: Scope, node: cst.CSTNode, of: Instance, positional: Given, keywords: Keywords) -> Value:
    """A call of a library's layer."""
    short = canonical(of.name)
    name = short.rpartition(".")[2]
    found: Value | None = None
    if positional and short in ACTIVATIONS:
        found = _activated(run, scope, node, of, positional[:1])
    elif positional and isinstance(positional[0].value, Tensor) and name in SAME:
        found = apply(run, scope, node, "identity", positional[:1], spelling=spelled(of.name))
    elif positional and isinstance(positional[0].value, Items) and name in MERGES:
        found = _merged(run, scope, node, name, positional[0].value, of)
    if found is not None:
        return found
    values = [a.value for a in (*positional, *keywords.values())]
    if not any(tensors(value) for value in values):
        return Opaque(spelled(of.name))
    free = name in FREE
    inner = of.keywords.get("activation")
    if not free or inner is None or inner.value == NONE or name == "Embedding":
        return some(run, scope, node, written(node) if free else spelled(of.name), values, free=free)
    before = some(run, scope, node, f"{written(node)} before its activation", values, free=True)
    return call(run, scope, node, activation(of.name, inner.value), [Argument(before)], {})


LAYER.append(layer)


def _activated(run: Run, scope: Scope, node: cst.CSTNode, of: Instance, positional: Given) -> Value | None:
    """A layer that is an activation means the function of that name."""
    target, words, defaults = ACTIVATIONS[canonical(of.name)]
    given = dict(zip(words, of.positional, strict=False)) | dict(of.keywords)
    if target == "":
        inner = given.get("activation") or given.get("function")
        return call(run, scope, node, activation(of.name, inner.value if inner else NONE), positional, {})
    renamed = {words[word]: a for word, a in given.items() if word in words} | {
        word: Argument(Known(value)) for word, value in defaults.items() if word not in {words.get(w) for w in given}
    }
    row = BY_NAME.get(target)
    return op_call(run, scope, node, row, target, spelled(of.name), positional, renamed) if row else None


def _merged(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Items, of: Instance) -> Value | None:
    """A layer that puts tensors together, two by two."""
    op = MERGES[name]
    parts = list(given.arguments)
    if not parts or not all(isinstance(part.value, Tensor) for part in parts):
        return None
    if op == "concat":
        axis = of.keywords.get("axis")
        at = axis.value.value if axis and isinstance(axis.value, Known) else -1
        return apply(run, scope, node, op, parts, [("axis", at)], spelled(of.name)) if isinstance(at, int) else None
    found = parts[0]
    for part in parts[1:]:
        found = Argument(apply(run, scope, node, op, [found, part], spelling=spelled(of.name)), found.span)
    return found.value


ACTIVATIONS: Mapping[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "layers.Activation": ("", {"activation": "activation"}, {}),
    "layers.Lambda": ("", {"function": "function"}, {}),
    "layers.ReLU": (
        "activations.relu",
        {"max_value": "max_value", "negative_slope": "negative_slope", "threshold": "threshold"},
        {},
    ),
    "layers.LeakyReLU": (
        "activations.leaky_relu",
        {"negative_slope": "negative_slope", "alpha": "negative_slope"},
        {"negative_slope": 0.3},
    ),
    "layers.ELU": ("activations.elu", {"alpha": "alpha"}, {}),
    "layers.Softmax": ("activations.softmax", {"axis": "axis"}, {}),
}
"""By layer: the function that it applies, what its arguments are called there, and other defaults."""
_SAME = """
    Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianNoise GaussianDropout Identity
    ActivityRegularization Masking InputLayer
"""
SAME = frozenset(_SAME.split())
"""What leaves its operand as it is, but for the noise that training adds."""
MERGES = {
    "Add": "add", "Subtract": "sub", "Multiply": "mul", "Maximum": "maximum", "Minimum": "minimum",
    "Concatenate": "concat",
}  # fmt: skip
_FREE = """
    Dense EinsumDense Conv1D Conv2D Conv3D Convolution1D Convolution2D Convolution3D Conv1DTranspose Conv2DTranspose
    Conv3DTranspose DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D Embedding LocallyConnected1D
    LocallyConnected2D
"""
FREE = frozenset(_FREE.split())
"""What weights make may be any number."""
