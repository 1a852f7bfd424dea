"""One walk along one path of one function: the nodes so far, the names, the decisions taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from nablint.ir import Apply, Builder, Const, Param, Some, Unknown
from nablint.lower.values import (
    NONE,
    Argument,
    Class,
    Closure,
    DtypeOf,
    Instance,
    Items,
    Known,
    Module,
    Object,
    Opaque,
    Partial,
    Ref,
    Scope,
    Size,
    Table,
    Tensor,
    Value,
)
from nablint.ops import OPS
from nablint.parse import Parsed, Placed
from nablint.source import ELSEWHERE, NOWHERE, Span

NODES = 800
"""A function of more nodes than this is not modelled further."""
STEPS = 4000
"""The same for statements executed."""
DEPTH = 4
"""How deep calls to the user's own functions are followed."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A call that is being inlined."""

    node: cst.CSTNode
    span: Span
    """Where the call is written, for the outermost one."""


@dataclass(slots=True, eq=False)
class Run:
    """What grows while a path is walked."""

    parsed: Parsed
    root: Placed
    decisions: list[bool]
    builder: Builder = field(default_factory=Builder)
    dependent: set[int] = field(default_factory=set)
    taken: int = 0
    steps: int = 0
    frames: list[Frame] = field(default_factory=list)
    globals: dict[tuple[int, str], Value] = field(default_factory=dict)
    """By module and name."""
    hops: int = 0
    """How many files deep a name is being followed."""
    resolving: dict[tuple[int, str], int] = field(default_factory=dict)
    """The names whose meaning is being found, and which of their definitions is looked at."""
    found: list[Closure | Partial | Class] = field(default_factory=list)
    """The functions and classes that were met on the way, in order."""
    classes: dict[cst.ClassDef, Mapping[str, cst.CSTNode]] = field(default_factory=dict)
    """What the bodies of classes bind."""
    titles: dict[int, str] = field(default_factory=dict)
    """The name that a lambda or a partial was assigned to, by the `id` of its value."""
    at: dict[int, tuple[Scope, cst.CSTNode]] = field(default_factory=dict)
    """Where a partial is written, by its `id`."""
    passed: set[int] = field(default_factory=set)
    """The `id`s of functions that were passed as an activation."""
    inlined: set[cst.CSTNode] = field(default_factory=set)
    assumed: dict[str, None] = field(default_factory=dict)
    """What was taken for granted, in words and in order."""
    parts: dict[tuple[int, int], Tensor] = field(default_factory=dict)
    """The tensors of a parameter that is a list of tensors, by the parameter and the subscript."""
    unpacked: set[int] = field(default_factory=set)
    """The parameters that turned out to be lists of tensors."""
    lists: dict[int, Callable[[int], Tensor]] = field(default_factory=dict)
    """What gives the pieces of a list of tensors whose length is not known, by the Unknown that stands for it."""
    dead: bool = False
    """Whether the path raises before it has a result."""
    is_module: bool = False
    """Whether it is the module's own statements that are walked, whose placeholders and variables are inputs."""

    def decide(self) -> bool:
        """Which way to go where the code alone does not tell."""
        if self.taken == len(self.decisions):
            self.decisions.append(True)
        self.taken += 1
        return self.decisions[self.taken - 1]

    @property
    def spent(self) -> bool:
        return self.steps > STEPS or len(self.builder.nodes) > NODES

    def span(self, scope: Scope, node: cst.CSTNode, *, parentheses: bool = False) -> Span:
        placed = scope.placed
        if scope.home is not None:
            return ELSEWHERE
        found = placed.segment.span(node, parentheses=parentheses)
        moved = placed.line - self.root.line
        return found if not moved or found is NOWHERE else found.down(moved)

    def depends(self, value: Value) -> bool:
        return isinstance(value, Tensor) and value.index in self.dependent


def use(run: Run, scope: Scope, node: cst.BaseExpression) -> Span:
    """Where an operand is written: for a parameter of an inlined function, in the call."""
    if run.frames and isinstance(node, cst.Name):
        found: Scope | None = scope
        while found is not None and node.value not in found.names:
            found = found.parent
        if found is not None and node.value in found.written:
            return found.written[node.value]
    return run.span(scope, node, parentheses=True)


def places(run: Run, scope: Scope, node: cst.CSTNode) -> tuple[Span, Span]:
    """(span, inlined) of what is written at `node`."""
    own = run.span(scope, node)
    if not run.frames:
        return own, NOWHERE
    # The outermost frame that is in this file.
    return next((frame.span for frame in run.frames if frame.span is not ELSEWHERE), own), own


def apply(
    run: Run,
    scope: Scope,
    node: cst.CSTNode,
    op: str,
    operands: Sequence[Argument],
    attrs: Iterable[tuple[str, Any]] = (),
    spelling: str = "",
    at: Span | None = None,
) -> Tensor:
    """A node of the op, its operands made tensors; `at` is its place if that is not the whole of `node`."""
    indices = tuple(tensor(run, scope, node, operand) for operand in operands)
    if op not in OPS:
        return _add(run, Unknown(f"nablint does not know the op {op} yet", places(run, scope, node)[0], indices))
    span, inlined = places(run, scope, node)
    if at is not None:
        span, inlined = (span, at) if run.frames else (at, NOWHERE)
    uses = tuple(operand.span for operand in operands)
    return _add(run, Apply(op, indices, tuple(sorted(attrs)), span, uses, spelling, inlined))


def _add(run: Run, node: Apply | Unknown | Const) -> Tensor:
    index = run.builder.add(node)
    of_shape = isinstance(node, Apply) and node.op in ("shape", "rank", "size", "size_of")
    if not isinstance(node, Const) and not of_shape and any(arg in run.dependent for arg in node.args):
        run.dependent.add(index)
    return Tensor(index)


def constant(run: Run, value: Any, span: Span, dtype: str = "") -> Tensor:
    return _add(run, Const(value, span, dtype))


def unknown(run: Run, scope: Scope, node: cst.CSTNode, what: str, made_from: Iterable[Value]) -> Tensor:
    """A value that is not modelled, and what it was made from."""
    indices = tuple(dict.fromkeys(i for value in made_from for i in tensors(value)))
    return _add(run, Unknown(f"nablint does not model {what}", places(run, scope, node)[0], indices))


def some(
    run: Run, scope: Scope, node: cst.CSTNode, what: str, made_from: Iterable[Value], *, free: bool = False
) -> Tensor:
    """A tensor that is understood but for its numbers, and what it was made from."""
    indices = tuple(dict.fromkeys(i for value in made_from for i in tensors(value)))
    found = _add(run, Some(what, places(run, scope, node)[0], indices, free=free))
    if free:
        run.dependent.add(found.index)
    return found


_SHORT = 48


def written(node: cst.CSTNode) -> str:
    """What is written at a place, on one line and cut short: how a result without a name is called."""
    text = " ".join(cst.Module(()).code_for_node(node).split())
    if len(text) > _SHORT and isinstance(node, cst.Call):
        return f"{written(node.func)}(…)"
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def is_weighed(run: Run, values: Sequence[Value]) -> bool:
    """Whether one of two factors is an activation and the other one a weight: what no input decides, or a variable."""
    weights = [not run.depends(v) or (run.is_module and _is_input(run, v)) for v in values]
    return len(values) == 2 and any(weights) and any(isinstance(v, Tensor) for v in values)


def _is_input(run: Run, value: Value) -> bool:
    return isinstance(value, Tensor) and isinstance(run.builder.nodes[value.index], Param)


def tensors(value: Value) -> tuple[int, ...]:
    """The nodes that a value holds."""
    match value:
        case Tensor(index):
            return (index,)
        case Items(values):
            return tuple(i for v in values for i in tensors(v))
        case Table(values):
            return tuple(i for v in values.values() for i in tensors(v))
        case Opaque(args=args):
            return args
        case Partial(positional=positional, keywords=keywords):
            return tuple(i for a in (*positional, *keywords.values()) for i in tensors(a.value))
    return ()


def tensor(run: Run, scope: Scope, node: cst.CSTNode, given: Argument) -> int:
    """The index of a node that has this value."""
    value = given.value
    if isinstance(value, Tensor):
        return value.index
    plain, assumed = number(value)
    if plain is not None:
        run.assumed |= dict.fromkeys(sorted(assumed))
        return constant(run, plain, given.span).index
    if isinstance(value, Size) and value.axis is not None:
        of = [Argument(Tensor(value.of), given.span)]
        return apply(run, scope, node, "size_of", of, [("axis", value.axis)], ".shape").index
    if isinstance(value, Partial) and isinstance(value.function, Ref) and value.function.name.rfind(".") == 0:
        # An attribute of what is taken for a tensor, and is an object: what a model returns.
        return some(run, scope, node, value.function.name, [value]).index
    if isinstance(value, Opaque) and not value.reason.startswith(STRANGE):
        return some(run, scope, node, value.reason, [value]).index
    if isinstance(value, Items | Table):
        return some(run, scope, node, "several values", [value]).index
    if value == NONE:
        return some(run, scope, node, "an optional value", []).index
    reason = value.reason if isinstance(value, Opaque) else _KINDS.get(type(value), "a value of this kind")
    return unknown(run, scope, node, reason, [value]).index


STRANGE = ("the name", "the function", "this call", "this form", "a path")
"""Reasons of values that may be anything; others are numbers that only the running program knows."""


_KINDS: dict[type, str] = {
    Known: "a text as an operand",
    Closure: "a function as an operand",
    Object: "an object as an operand",
}


def number(value: Value) -> tuple[Any, frozenset[str]]:
    """The number, or the tuple of numbers, that a value is, or None; and what was assumed for it."""
    if isinstance(value, Known) and isinstance(value.value, bool | int | float):
        return value.value, value.assumed
    if isinstance(value, Items):
        parts = [number(v) for v in value.values]
        if parts and all(part is not None for part, _ in parts):
            return tuple(part for part, _ in parts), frozenset().union(*(assumed for _, assumed in parts))
    return None, frozenset()


def truth(run: Run, value: Value) -> bool | None:
    """Whether a value counts as true; None if it is a tensor that the function depends on."""
    match value:
        case Known(plain, assumed):
            return run.decide() if assumed else bool(plain)
        case Items(values) | Table(values):
            return bool(values)
        case Tensor(index) if isinstance(run.builder.nodes[index], Apply) and index in run.dependent:
            return None
        case Tensor() | Opaque() | DtypeOf():
            return run.decide()
        case Module() | Object() | Class() | Closure() | Partial() | Ref() | Instance():
            return True
