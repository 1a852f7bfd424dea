"""Subscripts and comprehensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from nablint.ir import Param
from nablint.lower.parameters import new_tensor
from nablint.lower.run import Run, apply, some, tensors
from nablint.lower.values import (
    NONE,
    DtypeOf,
    Instance,
    Items,
    Known,
    Opaque,
    Partial,
    Ref,
    Scope,
    Size,
    Table,
    Tensor,
    Value,
)
from nablint.lower.walk import argument, evaluate, expression, locals_in

UNROLLED = 16
"""How many rounds of a loop are followed."""


@expression(cst.Subscript)
def _subscript(run: Run, scope: Scope, node: cst.Subscript) -> Value:
    owner = argument(run, scope, node.value)
    value = owner.value
    indices = [_index(run, scope, element.slice) for element in node.slice]
    match value, indices:
        case Items(values), [Known(int(i))] if -len(values) <= i < len(values):
            return values[i]
        case Items(values), [slice() as cut]:
            return Items(values[cut])
        case Table(values), [Known(key)] if key in values:
            return values[key]
        case Tensor(index), [Known(int(i))] if index in run.lists:
            return run.lists[index](i)
        case Size(axis=None), [Known(int(i))]:
            return Size(value.reason, (), value.of, i)
        case Tensor(index), [Known(int(i))] if _is_list(run, index):
            return _element(run, scope, node, index, i)
        case Tensor(), _ if (key := _key(indices)) is not None:
            return apply(run, scope, node, "getitem", [owner], [("key", key)], "[]")
        case ((Opaque() | DtypeOf() | Ref() | Instance() | Partial()), _):
            return Opaque("an element of a value known only when it runs")
    if isinstance(value, Tensor):
        return some(run, scope, node, "elements picked", [value, *_values(indices)])
    if isinstance(value, Items | Table) and (inside := [Tensor(i) for i in tensors(value)]):
        return some(run, scope, node, "one of several", [*inside, *_values(indices)])
    return Opaque("an element of a value known only when it runs", tensors(value))


_LISTS = frozenset(("inputs", "args", "tensors", "inputs_list", "input_list", "arguments"))


def _is_list(run: Run, index: int) -> bool:
    """Whether a parameter is named as one that is given a list of tensors."""
    node = run.builder.nodes[index]
    return isinstance(node, Param) and node.name in _LISTS


def _element(run: Run, scope: Scope, node: cst.Subscript, index: int, at: int) -> Tensor:
    """One of the tensors of a parameter that is a list: a parameter of its own."""
    if (index, at) not in run.parts:
        run.parts[index, at] = new_tensor(run, cst.Module(()).code_for_node(node), run.span(scope, node))
        run.unpacked.add(index)
    return run.parts[index, at]


def _index(run: Run, scope: Scope, node: cst.BaseSlice) -> Value | slice | None:
    """A subscript: a value, or a slice if its ends are plain numbers, or None."""
    if isinstance(node, cst.Index):
        return evaluate(run, scope, node.value)
    ends: list[int | None] = []
    for end in (node.lower, node.upper, node.step) if isinstance(node, cst.Slice) else ():
        value = evaluate(run, scope, end) if end is not None else NONE
        if not isinstance(value, Known) or not isinstance(value.value, int | None):
            return None
        ends.append(value.value)
    return slice(*ends)


def _values(indices: Sequence[Value | slice | None]) -> list[Value]:
    return [i for i in indices if i is not None and not isinstance(i, slice)]


def _key(indices: Sequence[Value | slice | None]) -> tuple[Any, ...] | None:
    """The subscripts as the op `getitem` has them: integers, None, `...`, ("slice", start, stop, step)."""
    found: list[Any] = []
    for index in indices:
        if isinstance(index, slice):
            found.append(("slice", index.start, index.stop, index.step))
        elif isinstance(index, Known) and (index.value in (None, ...) or type(index.value) is int):
            found.append(index.value)
        else:
            return None
    return tuple(found)


@expression(cst.ListComp, cst.GeneratorExp)
def _comprehension(run: Run, scope: Scope, node: cst.ListComp | cst.GeneratorExp) -> Value:
    source = evaluate(run, scope, node.for_in.iter)
    plain = node.for_in.inner_for_in is None and not node.for_in.ifs and isinstance(node.for_in.target, cst.Name)
    if not (plain and isinstance(source, Items) and len(source.values) <= UNROLLED):
        held = [Tensor(i) for v in [source, *locals_in(run, scope, node.elt)] for i in tensors(v)]
        return some(run, scope, node, "a list that is made in a loop", held) if held else Opaque("a list")
    inner = Scope(scope.placed, {}, scope, scope.title, home=scope.home)
    values = []
    for value in source.values:
        assert isinstance(node.for_in.target, cst.Name)
        inner.names[node.for_in.target.value] = value
        values.append(evaluate(run, inner, node.elt))
    return Items(tuple(values))
