"""The gradient of a function is a function: backwards, each op adds its cotangents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nablint.interpret import promotes
from nablint.ir import Apply, Builder, Function, Node, Param, Unknown, reachable, renumber
from nablint.ops import OPS
from nablint.ops.op import Kind


def expand(fn: Function) -> Function:
    """The same function in ops that have a meaning of their own; `origins` tells which node each stems from."""
    b = Builder()
    numbers: dict[int, int] = {}
    origins: list[int] = []
    for index, node in enumerate(fn.nodes):
        b.span = node.span
        if isinstance(node, Apply) and OPS[node.op].body is not None:
            numbers[index] = _expanded(b, node, [numbers[arg] for arg in node.args])
        else:
            numbers[index] = b.add(renumber(node, numbers.__getitem__))
        origins += [fn.origin(index)] * (len(b.nodes) - len(origins))
    return _moved(fn, b, numbers, origins)


def gradient(fn: Function, wrt: int, *, ramp: bool = False) -> Function | None:
    """The slope with respect to parameter `wrt` (an index) of an expanded function, or None if TensorFlow gives None.

    The forward nodes keep their indices; every later node's origin is the node whose vjp made it. The incoming
    gradient is one, or with `ramp` a different number for each element, which no symmetry cancels.
    """
    b = Builder(fn.nodes)
    origins = [fn.origin(i) for i in range(len(fn.nodes))]
    seed = b("ramp_like", fn.result) if ramp else b("ones_like", fn.result)
    origins.append(fn.origin(fn.result))
    found = _custom(fn, b, seed, wrt) if fn.upstream is not None else _backward(fn, b, seed, wrt, origins)
    if found is None:
        return None
    origins += [fn.origin(fn.result)] * (len(b.nodes) - len(origins))
    return Function(f"{fn.name}'", tuple(b.nodes), found, fn.span, fn.name_span, origins=tuple(origins))


def _backward(fn: Function, b: Builder, seed: int, wrt: int, origins: list[int]) -> int | None:
    cotangent = {fn.result: seed}
    needed = reachable(fn) & _above(fn, wrt)
    broadcasts = any(isinstance(n, Apply) and OPS[n.op].kind is not Kind.ELEMENTWISE for n in fn.nodes)
    for index in range(fn.result, wrt, -1):
        node = fn.nodes[index]
        if index not in cotangent or index not in needed:
            continue
        if isinstance(node, Unknown):
            return b.add(Unknown(node.reason, node.span))
        if not isinstance(node, Apply) or (vjp := OPS[node.op].vjp) is None:
            continue
        b.span = node.span
        first = len(b.nodes)
        flows = vjp(b, cotangent[index], index, *node.args, **dict(node.attrs))
        mixes = len(node.args) > 1 and promotes(node.spelling)
        if mixes:
            b.nodes[first:] = [_spelled(step, node.spelling) for step in b.nodes[first:]]
        for arg, flow in zip(node.args, flows, strict=True):
            if flow is None or arg not in needed:
                continue
            if mixes:
                flow = b("cast_like", flow, arg)
            if broadcasts and len(node.args) > 1:
                flow = b("unbroadcast", flow, arg)
            cotangent[arg] = b("add", cotangent[arg], flow) if arg in cotangent else flow
        origins += [fn.origin(index)] * (len(b.nodes) - len(origins))
    return cotangent.get(wrt)


def _custom(fn: Function, b: Builder, seed: int, wrt: int) -> int | None:
    """The user's own gradient function, with the seed for its upstream."""
    position = fn.params.index(wrt)
    if position >= len(fn.cotangents) or (result := fn.cotangents[position]) is None:
        return None
    needed = sorted(reachable(fn, result))
    numbers: dict[int, int] = {i: i for i in range(len(fn.nodes))}
    if fn.upstream is not None:
        numbers[fn.upstream] = seed
    moved = {fn.upstream}
    for index in needed:
        node = fn.nodes[index]
        if isinstance(node, Apply | Unknown) and any(arg in moved for arg in node.args):
            numbers[index] = b.add(renumber(node, numbers.__getitem__))
            moved.add(index)
    return numbers[result]


def _above(fn: Function, wrt: int) -> frozenset[int]:
    """The nodes that depend on `wrt`, itself included."""
    found = {wrt}
    for index, node in enumerate(fn.nodes):
        if isinstance(node, Apply | Unknown) and any(arg in found for arg in node.args):
            found.add(index)
    return frozenset(found)


def _expanded(b: Builder, node: Apply, args: list[int]) -> int:
    """The body of the node's op, itself expanded."""
    body = OPS[node.op].body
    assert body is not None
    inner = Builder([Param("") for _ in args], node.span)
    result = body(inner, *range(len(args)), **dict(node.attrs))
    if len(args) > 1 and promotes(node.spelling):
        inner.nodes = [_spelled(step, node.spelling) for step in inner.nodes]
    numbers: dict[int, int] = dict(enumerate(args))
    for index, step in enumerate(inner.nodes[len(args) :], len(args)):
        if isinstance(step, Apply) and OPS[step.op].body is not None:
            numbers[index] = _expanded(b, step, [numbers[arg] for arg in step.args])
        else:
            numbers[index] = b.add(renumber(step, numbers.__getitem__))
    return numbers[result]


def _spelled(node: Node, spelling: str) -> Node:
    """The node by the name of a function that promotes, so that dtypes may meet in it as they do in the library."""
    return replace(node, spelling=spelling) if isinstance(node, Apply) else node


def _moved(fn: Function, b: Builder, numbers: Mapping[int, int], origins: list[int]) -> Function:
    return Function(
        fn.name,
        tuple(b.nodes),
        numbers[fn.result],
        fn.span,
        fn.name_span,
        fn.kind,
        fn.roles,
        tuple(origins),
        None if fn.upstream is None else numbers[fn.upstream],
        tuple(None if c is None else numbers[c] for c in fn.cotangents),
        fn.gradient_span,
        fn.assumptions,
    )
