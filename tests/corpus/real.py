"""A function as nablint understood it, run by TensorFlow itself: each op by the name that the user wrote."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from tests.ops.oracle import OPERATORS, Case, call, resolve, tensorflow

from nablint.ir import Apply, Const, Function, Param, reachable
from nablint.ops import OPS
from nablint.ops.names import canonical

CALLED = {
    "where": "tf.where", "identity": "tf.identity", "logical_and": "tf.logical_and", "logical_or": "tf.logical_or",
    "neg": "tf.negative", "abs": "tf.abs",
}  # fmt: skip
"""What stands for ops that statements and operators make."""


def run(fn: Function, result: int, inputs: Mapping[str, Any], dtype: str) -> tuple[str, list[str]]:
    """How the value and each slope come out: `finite`, `inf`, `nan`, or `none` for a slope that is not there."""
    tf = tensorflow()
    needed = sorted(reachable(fn, result))
    named = {i: node.name for i in needed if isinstance(node := fn.nodes[i], Param)}
    values: dict[int, Any] = {i: tf.constant(np.atleast_1d(np.asarray(inputs[n])), dtype) for i, n in named.items()}
    watched = list(values.values())
    with tf.GradientTape() as tape:
        tape.watch(watched)
        for index in needed:
            node = fn.nodes[index]
            if isinstance(node, Const):
                values[index] = tf.constant(node.value, node.dtype) if node.dtype else node.value
            elif isinstance(node, Apply):
                values[index] = _applied(node, [values[arg] for arg in node.args])
    value = values[result]
    count = int(np.prod(value.shape))
    seed = ((1 + np.arange(count) / 2) * (-1.0) ** np.arange(count)).reshape(value.shape)
    slopes = tape.gradient(value, watched, tf.cast(seed, value.dtype)) if value.dtype.is_floating else []
    return kind(value), [kind(slope) for slope in slopes]


def _applied(node: Apply, args: list[Any]) -> Any:
    """The op by its own name, or by one that means the same."""
    tf = tensorflow()
    match node.op:
        case "cast":
            return tf.cast(args[0], node.attr("dtype"))
        case "cast_like":
            return tf.cast(args[0], args[1].dtype)
        case "reshape_like":
            return tf.reshape(args[0], tf.shape(args[1]))
        case "size_of":
            return tf.shape(args[0])[node.attr("axis")]
        case "convert_to_tensor":
            return tf.convert_to_tensor(args[0])
    op = OPS[node.op]
    names = [entry.partition("(")[0] for entry in op.names]
    short = canonical(node.spelling.replace("tf.", "tensorflow.", 1) if node.spelling[:3] == "tf." else node.spelling)
    usable = [name for name in (short, *names) if name in names or name in OPERATORS]
    name = next((n for n in usable if resolve(n) is not None), CALLED.get(node.op, ""))
    if node.op in CALLED and name not in names:
        return resolve(CALLED[node.op])(*args)
    return call(Case(op, dict(node.attrs), name), args, dict(node.attrs))


def kind(tensor: Any) -> str:
    if tensor is None:
        return "none"
    values = np.asarray(tensorflow().convert_to_tensor(tensor), np.float64)
    return "nan" if np.isnan(values).any() else "inf" if np.isinf(values).any() else "finite"


def kind_of(number: float | None) -> str:
    if number is None:
        return "none"
    return "nan" if math.isnan(number) else "inf" if math.isinf(number) else "finite"
