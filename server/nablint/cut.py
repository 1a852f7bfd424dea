"""Where numbers begin anew: what a layer with weights makes may be any number, so it is an input to what follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nablint.ir import Apply, Const, Function, Node, Param, Some, Unknown, children, reachable

_SINKS = 4
"""So many operands of layers are looked at for themselves."""


def freed(fn: Function) -> Function:
    """The function with a parameter in place of each free node; all nodes keep their places."""
    if not any(isinstance(node, Some) and node.free for node in fn.nodes):
        return fn
    names = {node.name for node in fn.nodes if isinstance(node, Param)}
    return replace(fn, nodes=tuple(_freed(node, names) for node in fn.nodes))


def _freed(node: Node, names: set[str]) -> Node:
    if not isinstance(node, Some) or not node.free:
        return node
    number, name = 1, node.reason
    while name in names:
        number += 1
        name = f"{node.reason} ({number})"
    names.add(name)
    return Param(name, node.span)


def sinks(fn: Function, cut: Function) -> Iterator[int]:
    """The operands of free nodes that are understood, and that something may have gone wrong in."""
    if fn is cut:
        return
    found: dict[int, None] = {}
    for index in sorted(reachable(fn)):
        if isinstance(fn.nodes[index], Some) and isinstance(cut.nodes[index], Param):
            found |= dict.fromkeys(children(fn.nodes[index]))
    risky = (index for index in found if index != cut.result and is_risky(cut, index))
    yield from (index for index, _ in zip(risky, range(_SINKS), strict=False))


def is_risky(fn: Function, result: int) -> bool:
    """Whether a node is made with an op that may fail, and all of it is understood."""
    ops = set[str]()
    for index in reachable(fn, result):
        match fn.nodes[index]:
            case Apply(op=op):
                ops.add(op)
            case Unknown():
                return False
            case Const() | Param():
                pass
    return not ops <= SAFE


_SAFE = """
    abs add bias_add cast cast_like clip concat convert_to_tensor equal expand_dims flatten gelu getitem greater
    greater_equal identity less less_equal logical_and logical_not logical_or matmul max maximum mean min minimum
    not_equal ones_like permute relu relu6 reshape reshape_like reshape_to sigmoid sign silu softmax softplus softsign
    squeeze stack stop_gradient sub sum tanh transpose where zeros_like size_of shape neg keras_elu elu selu leaky_relu
    layer_normalization broadcast_to tile split mul square
"""
SAFE = frozenset(_SAFE.split())
"""What stays finite for finite numbers of a sensible size, and has a finite slope there."""
