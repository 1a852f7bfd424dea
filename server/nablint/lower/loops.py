"""Loops: unrolled where their rounds are written out, else executed once and forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import libcst as cst

from nablint.lower.run import Run, apply, some, tensors
from nablint.lower.statements import merge, store
from nablint.lower.subscripts import UNROLLED
from nablint.lower.values import (
    Argument,
    Items,
    Known,
    Opaque,
    Scope,
    Table,
    Value,
)
from nablint.lower.walk import argument, execute, statement


@dataclass(frozen=True, slots=True)
class _Bind:
    """A round of an unrolled loop begins: its variable gets this value."""

    target: cst.BaseExpression | cst.BaseAssignTargetExpression
    value: Value
    node: cst.CSTNode


@statement(_Bind)
def _bind(run: Run, scope: Scope, node: _Bind, todo: list[Any]) -> None:
    store(run, scope, node.target, node.value, node.node)


@statement(cst.For)
def _for(run: Run, scope: Scope, node: cst.For, todo: list[Any]) -> None:
    source = argument(run, scope, node.iter)
    values = source.value
    if isinstance(values, Table):
        values = Items(tuple(Known(key) for key in values.values))
    if isinstance(values, Items) and len(values.values) <= UNROLLED and not _jumps(node.body):
        rounds = [part for value in values.values for part in (_Bind(node.target, value, node), node.body)]
        todo.extend(reversed(rounds + ([node.orelse] if node.orelse else [])))
        return
    if run.depends(values):
        item: Value = apply(run, scope, node, "identity", [source], spelling="for")
    else:
        item = Opaque("an element of a value known only when it runs")
    store(run, scope, node.target, item, node)
    _once(run, scope, node, [item])


@statement(cst.While)
def _while(run: Run, scope: Scope, node: cst.While, todo: list[Any]) -> None:
    test = argument(run, scope, node.test)
    if isinstance(test.value, Known) and not test.value.value:
        return
    _once(run, scope, node, [test.value], test if run.depends(test.value) else None)


def _once(
    run: Run, scope: Scope, node: cst.For | cst.While, made_from: list[Value], test: Argument | None = None
) -> None:
    """A loop of unknown length: what its body binds is not known afterwards."""
    inner = scope.copied()
    execute(run, inner, [node.body])
    if test is not None:
        merge(run, inner, node, test, inner.copied(), scope, "while")
    for name in inner.names:
        old, new = scope.names.get(name), inner.names.get(name)
        if new is not old and new is not None:
            known = [v for v in (old, new) if v is not None]
            scope.names[name] = _after(run, scope, node, new, [*known, *made_from])


def _after(run: Run, scope: Scope, node: cst.CSTNode, value: Value, made_from: list[Value]) -> Value:
    """What a name may stand for after a loop: a tensor whose numbers depend on the rounds, or another plain value."""
    if not any(tensors(v) for v in made_from):
        return Opaque("the result of a loop")
    if isinstance(value, Items | Table | Known | Opaque) and not tensors(value):
        return Opaque("the result of a loop")
    return some(run, scope, node, "the result of a loop", made_from)


def _jumps(node: cst.CSTNode) -> bool:
    """Whether a break or a continue stands in a loop's body."""
    if isinstance(node, cst.Break | cst.Continue):
        return True
    if isinstance(node, cst.For | cst.While | cst.FunctionDef | cst.ClassDef | cst.BaseExpression):
        return False
    parts = [getattr(node, "body", None), getattr(node, "orelse", None)]
    flat = [p for part in parts for p in (part if isinstance(part, tuple | list) else [part]) if p is not None]
    return any(_jumps(part) for part in flat)
