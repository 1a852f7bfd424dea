"""The dataflow IR: a function is a list of nodes, each naming earlier ones by index."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nablint.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Param:
    """A tensor that the caller supplies."""

    name: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Const:
    """A number, or a tuple of numbers, known when the code is read."""

    value: Any
    span: Span = NOWHERE
    dtype: str = ""
    """Empty for Python and NumPy numbers, which take the dtype of what they meet; else the tensor's own."""


@dataclass(frozen=True, slots=True)
class Apply:
    """An op on earlier nodes."""

    op: str
    """The name of a row of the op table."""
    args: tuple[int, ...]
    attrs: tuple[tuple[str, Any], ...] = ()
    """What is fixed when the code is read: axis, keepdims, dtype, …, in name order."""
    span: Span = NOWHERE
    uses: tuple[Span, ...] = ()
    """Where each argument was written, if it was."""
    spelling: str = ""
    """The resolved name (`tf.math.exp`, `keras.ops.exp`, `np.exp`), or what stands for it: an operator
    (`+`), a method (`.astype`), or a statement (`if`, `ifexp`, `and`, `or`, `not`, `chain`, `max`, `min`)."""
    inlined: Span = NOWHERE
    """Where the op itself is written, if that is in a helper that was inlined; `span` is then the call."""

    def attr(self, name: str, default: Any = None) -> Any:
        return dict(self.attrs).get(name, default)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Code that the lowering does not model: every interpreter answers "anything"."""

    reason: str
    span: Span = NOWHERE
    args: tuple[int, ...] = ()
    """What it was made from, for questions of dependence."""


@dataclass(frozen=True, slots=True)
class Some(Unknown):
    """A tensor that is understood but for its numbers: what a layer makes, elements picked by an index."""

    low: float = -math.inf
    high: float = math.inf
    """The range of its elements."""
    free: bool = False
    """Whether it may take every value of its range, as what a layer with weights makes."""


Node = Param | Const | Apply | Unknown


@dataclass(frozen=True, slots=True)
class Function:
    """One path through one function of the user's."""

    name: str
    """As the user would say it: `swish`, `Swish.call`, `make.<locals>.inner`, `<lambda>`."""
    nodes: tuple[Node, ...]
    result: int
    span: Span = NOWHERE
    """The whole definition."""
    name_span: Span = NOWHERE
    kind: str = "function"
    """`function`, `lambda`, `method` (a `call` of a Layer or Model), `loss` (of y_true and y_pred)."""
    roles: frozenset[str] = frozenset()
    """Why it is taken to train: `activation` (passed as one), `registered`, `call`, `loss`, `one-tensor`, `reduction`;
    or nothing."""
    origins: tuple[int, ...] = ()
    """For derived functions: the node of the original that each node stems from. Empty means itself."""
    upstream: int | None = None
    """With `@custom_gradient`: the Param that receives the incoming gradient, else None."""
    cotangents: tuple[int | None, ...] = ()
    """With `@custom_gradient`: what its inner function returns for each tensor parameter."""
    gradient_span: Span = NOWHERE
    """With `@custom_gradient`: the inner function's definition."""
    assumptions: tuple[str, ...] = ()
    """What was taken for granted, in words: `alpha = 1`."""

    def origin(self, index: int) -> int:
        return self.origins[index] if self.origins else index

    @property
    def params(self) -> tuple[int, ...]:
        """The tensor parameters, without the upstream of a custom gradient."""
        return tuple(i for i, node in enumerate(self.nodes) if isinstance(node, Param) and i != self.upstream)


class Builder:
    """Appends nodes, and hands back their indices."""

    def __init__(self, nodes: Iterable[Node] = (), span: Span = NOWHERE) -> None:
        self.nodes: list[Node] = list(nodes)
        self.span = span

    def add(self, node: Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def const(self, value: Any) -> int:
        return self.add(Const(value, self.span))

    def __call__(self, op: str, *args: int, **attrs: Any) -> int:
        return self.add(Apply(op, args, tuple(sorted(attrs.items())), self.span))


def children(node: Node) -> tuple[int, ...]:
    return node.args if isinstance(node, Apply | Unknown) else ()


def reachable(fn: Function, *roots: int) -> frozenset[int]:
    """The nodes that the roots (by default the result) are computed from, themselves included."""
    seen: set[int] = set()
    todo = list(roots or (fn.result,))
    while todo:
        index = todo.pop()
        if index not in seen:
            seen.add(index)
            todo.extend(children(fn.nodes[index]))
    return frozenset(seen)


def dependent(fn: Function) -> frozenset[int]:
    """The nodes that depend on a tensor parameter."""
    found: set[int] = set()
    for index, node in enumerate(fn.nodes):
        if isinstance(node, Param) or any(child in found for child in children(node)):
            found.add(index)
    return frozenset(found)


def renumber(node: Node, numbers: Callable[[int], int]) -> Node:
    """The node with its arguments' indices replaced."""
    if isinstance(node, Apply | Unknown):
        return replace(node, args=tuple(map(numbers, node.args)))
    return node


def show(fn: Function, notes: Mapping[int, str] | None = None) -> str:
    """The function as numbered lines, each with an optional note: what `nablint explain` prints."""
    width = len(str(len(fn.nodes)))
    lines = [_show_node(fn, index) for index in range(len(fn.nodes))]
    column = max(map(len, lines), default=0)
    notes = notes or {}
    return (
        "\n".join(
            f"%{index:<{width}} = {line:<{column}}  {notes.get(index, '')}".rstrip() for index, line in enumerate(lines)
        )
        + f"\nreturn %{fn.result}"
    )


def _show_node(fn: Function, index: int) -> str:
    match fn.nodes[index]:
        case Param(name=name):
            return f"param {name}"
        case Const(value=value, dtype=dtype):
            return f"const {value!r}" + (f" as {dtype}" if dtype else "")
        case Apply(op=op, args=args, attrs=attrs):
            words = [f"%{arg}" for arg in args] + [f"{name}={value!r}" for name, value in attrs]
            return f"{op}({', '.join(words)})"
        case Some(reason=reason, args=args):
            words = [f"{reason}", *(f"%{arg}" for arg in args)]
            return f"some({', '.join(words)})" + (", free" if fn.nodes[index].free else "")  # type: ignore[union-attr]
        case Unknown(reason=reason):
            return f"unknown: {reason}"
