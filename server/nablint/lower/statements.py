"""What each form of statement does to the names, and when it returns."""

from __future__ import annotations

from typing import Any

import libcst as cst

from nablint.ir import Param, Some
from nablint.lower import fold
from nablint.lower.expressions import operate
from nablint.lower.parameters import new_tensor
from nablint.lower.run import Run, apply, some, tensors, truth, use
from nablint.lower.values import (
    DEAD,
    NONE,
    Argument,
    Class,
    Closure,
    Items,
    Known,
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
from nablint.lower.walk import argument, evaluate, execute, imported, statement


@statement(cst.SimpleStatementLine, cst.SimpleStatementSuite, cst.IndentedBlock, cst.Else, cst.Finally)
def _block(run: Run, scope: Scope, node: Any, todo: list[Any]) -> None:
    inner = node.body if isinstance(node.body, tuple | list) else [node.body]
    todo.extend(reversed(inner))


@statement(cst.Expr)
def _expr(run: Run, scope: Scope, node: cst.Expr, todo: list[Any]) -> None:
    if not isinstance(node.value, cst.SimpleString | cst.ConcatenatedString | cst.Ellipsis):
        evaluate(run, scope, node.value)


@statement(cst.Return)
def _return(run: Run, scope: Scope, node: cst.Return, todo: list[Any]) -> Value:
    if node.value is None:
        return NONE
    value = evaluate(run, scope, node.value)
    scope.bound["return"] = use(run, scope, node.value)
    return value


@statement(cst.Raise)
def _raise(run: Run, scope: Scope, node: cst.Raise, todo: list[Any]) -> Value:
    return DEAD


@statement(cst.Assign)
def _assign(run: Run, scope: Scope, node: cst.Assign, todo: list[Any]) -> None:
    value = evaluate(run, scope, node.value)
    for target in node.targets:
        store(run, scope, target.target, value, node)
        if isinstance(target.target, cst.Name):
            if run.is_module and scope.parent is None and isinstance(value, Tensor):
                _input(run, scope, target.target, value.index)
            scope.bound[target.target.value] = use(run, scope, node.value)


def _input(run: Run, scope: Scope, target: cst.Name, index: int) -> None:
    """What a module's statement reads or makes of nothing is an input of the module."""
    found = run.builder.nodes[index]
    if isinstance(found, Some) and index not in run.dependent:
        run.builder.nodes[index] = Param(target.value, run.span(scope, target))
        run.dependent.add(index)


@statement(cst.AnnAssign)
def _annotated(run: Run, scope: Scope, node: cst.AnnAssign, todo: list[Any]) -> None:
    if node.value is not None:
        store(run, scope, node.target, evaluate(run, scope, node.value), node)


@statement(cst.AugAssign)
def _augmented(run: Run, scope: Scope, node: cst.AugAssign, todo: list[Any]) -> None:
    symbol, op = fold.BINARY.get(type(node.operator), ("", ""))
    left, right = argument(run, scope, node.target), argument(run, scope, node.value)
    store(run, scope, node.target, operate(run, scope, node, symbol, op, left, right), node)


def store(run: Run, scope: Scope, target: Any, value: Value, node: cst.CSTNode) -> None:
    """Binds what an assignment's target names."""
    if isinstance(target, cst.Name):
        scope.names[target.value] = value
        scope.written.pop(target.value, None)
        if isinstance(value, Closure | Partial):
            run.titles.setdefault(id(value), target.value)
    elif isinstance(target, cst.Attribute):
        owner = evaluate(run, scope, target.value)
        if isinstance(owner, Object) and owner.attributes is not None:
            owner.attributes[target.attr.value] = value
    elif isinstance(target, cst.Tuple | cst.List):
        _unpack(run, scope, target, value, node)
    elif isinstance(target, cst.Subscript) and isinstance(target.value, cst.Name):
        scope.names[target.value.value] = _with_element(run, scope, target, value, node)


def _with_element(run: Run, scope: Scope, target: cst.Subscript, value: Value, node: cst.CSTNode) -> Value:
    """What a list, a dict or an array is once one of its elements is assigned."""
    owner = evaluate(run, scope, target.value)
    first = target.slice[0].slice
    key = evaluate(run, scope, first.value) if isinstance(first, cst.Index) else None
    match owner, key:
        case Table(values), Known(plain) if isinstance(plain, str | int | float | None):
            return Table({**values, plain: value})
        case Table(values), _:
            return Table({**values, target: value})
        case Items(values), Known(int(at)) if -len(values) <= at < len(values):
            return Items((*values[: at % len(values)], value, *values[at % len(values) + 1 :]))
        case (Tensor() | Items(), _) if tensors(owner) or tensors(value):
            return some(run, scope, node, "an array whose elements are assigned", [owner, value])
    return owner


def _unpack(run: Run, scope: Scope, target: cst.Tuple | cst.List, value: Value, node: cst.CSTNode) -> None:
    elements = target.elements
    plain = not any(isinstance(e, cst.StarredElement) for e in elements)
    if isinstance(value, Items) and plain and len(value.values) == len(elements):
        parts: list[Value] = list(value.values)
    elif isinstance(value, Tensor) and value.index in run.lists and plain:
        parts = [run.lists[value.index](i) for i in range(len(elements))]
    elif isinstance(value, Size) and value.axis is None and plain:
        parts = [Size(value.reason, (), value.of, i) for i in range(len(elements))]
    elif isinstance(value, Tensor) and isinstance(run.builder.nodes[value.index], Param) and plain:
        parts = [_part(run, scope, element.value) for element in elements]
        run.unpacked.add(value.index)
    elif isinstance(value, Tensor):
        parts = [some(run, scope, node, "a part", [value]) for _ in elements]
    else:
        parts = [Opaque("an element of a value known only when it runs")] * len(elements)
    for element, part in zip(elements, parts, strict=True):
        store(run, scope, element.value, part, node)


def _part(run: Run, scope: Scope, target: cst.BaseExpression) -> Tensor:
    """One of the tensors of a parameter that is a list of tensors: a parameter of its own."""
    name = target.value if isinstance(target, cst.Name) else "part"
    return new_tensor(run, name, run.span(scope, target))


@statement(cst.FunctionDef)
def _def(run: Run, scope: Scope, node: cst.FunctionDef, todo: list[Any]) -> None:
    value = Closure(node, scope, scope.title + node.name.value)
    run.found.append(value)
    scope.names[node.name.value] = value
    scope.written.pop(node.name.value, None)


@statement(cst.ClassDef)
def _class(run: Run, scope: Scope, node: cst.ClassDef, todo: list[Any]) -> None:
    value = Class(node, scope)
    run.found.append(value)
    scope.names[node.name.value] = value


@statement(cst.Import)
def _import(run: Run, scope: Scope, node: cst.Import, todo: list[Any]) -> None:
    for alias in node.names:
        dotted = _dotted(alias.name)
        if alias.asname is not None:
            store(run, scope, alias.asname.name, imported(run, scope.home or run.parsed, node, dotted), node)
        else:
            root = dotted.partition(".")[0]
            scope.names[root] = Ref(root)


@statement(cst.ImportFrom)
def _import_from(run: Run, scope: Scope, node: cst.ImportFrom, todo: list[Any]) -> None:
    if isinstance(node.names, cst.ImportStar) or node.module is None:
        return  # `from . import a` at module level is read from the text.
    for alias in node.names:
        name = _dotted(alias.name)
        target = alias.asname.name if alias.asname is not None else alias.name
        dotted = f"{'.' * len(node.relative)}{_dotted(node.module)}.{name}"
        store(run, scope, target, imported(run, scope.home or run.parsed, node, dotted), node)


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


@statement(cst.With)
def _with(run: Run, scope: Scope, node: cst.With, todo: list[Any]) -> None:
    for item in node.items:
        evaluate(run, scope, item.item)
        if item.asname is not None:
            store(run, scope, item.asname.name, Opaque("a context"), node)
    todo.append(node.body)


@statement(cst.Try)
def _try(run: Run, scope: Scope, node: cst.Try, todo: list[Any]) -> None:
    todo.extend(part for part in (node.finalbody, node.orelse, node.body) if part is not None)


@statement(cst.If)
def _if(run: Run, scope: Scope, node: cst.If, todo: list[Any]) -> Value | None:
    test = argument(run, scope, node.test)
    known = truth(run, test.value)
    if known is not None:
        chosen = node.body if known else node.orelse
        if chosen is not None:
            todo.append(chosen)
        return None
    rest = todo[::-1] if _leaves(node) else []
    yes, no = scope.copied(), scope.copied()
    first = execute(run, yes, [node.body, *rest])
    second = execute(run, no, [*([node.orelse] if node.orelse else []), *rest])
    if rest or first is not None or second is not None:
        todo.clear()
        return _either(run, scope, node, test, (first or NONE, yes), (second or NONE, no))
    merge(run, scope, node, test, yes, no)
    return None


def _either(
    run: Run, scope: Scope, node: cst.If, test: Argument, first: tuple[Value, Scope], second: tuple[Value, Scope]
) -> Value:
    """What an `if` on a tensor returns: one of two values, element by element."""
    if DEAD in (first[0], second[0]):
        return second[0] if first[0] == DEAD else first[0]
    branches = [Argument(value, inner.bound.get("return", test.span)) for value, inner in (first, second)]
    return _chosen(run, scope, node, test, branches[0], branches[1], "if")


def merge(run: Run, scope: Scope, node: cst.CSTNode, test: Argument, yes: Scope, no: Scope, word: str = "if") -> None:
    """Binds each name that one branch changed to one of two values, element by element."""
    for name in dict.fromkeys((*yes.names, *no.names)):
        old = scope.names.get(name)
        a, b = yes.names.get(name, old), no.names.get(name, old)
        if a is b or a is None or b is None:
            only = b if a is None else a
            if old is None and only is not None:
                scope.names[name] = only
            continue
        branches = [Argument(value, inner.bound.get(name, test.span)) for value, inner in ((a, yes), (b, no))]
        scope.names[name] = _chosen(run, scope, node, test, branches[0], branches[1], word)


def _chosen(
    run: Run, scope: Scope, node: cst.CSTNode, test: Argument, first: Argument, second: Argument, word: str
) -> Value:
    match first.value, second.value:
        case Items(a), Items(b) if len(a) == len(b):
            pairs = zip(a, b, strict=True)
            return Items(
                tuple(
                    p
                    if p is q
                    else _chosen(run, scope, node, test, Argument(p, first.span), Argument(q, second.span), word)
                    for p, q in pairs
                )
            )
        case (Tensor() | Known(), Tensor() | Known()):
            return apply(run, scope, node, "where", [test, first, second], spelling=word)
    return some(run, scope, node, "one of two values", [test.value, first.value, second.value])


def _leaves(node: cst.CSTNode) -> bool:
    """Whether a return or a raise stands inside, not counting functions defined there."""
    if isinstance(node, cst.Return | cst.Raise):
        return True
    if isinstance(node, cst.FunctionDef | cst.ClassDef | cst.BaseExpression):
        return False
    parts = (
        [node.body, getattr(node, "orelse", None), getattr(node, "finalbody", None)] if hasattr(node, "body") else []
    )
    flat = [p for part in parts for p in (part if isinstance(part, tuple | list) else [part]) if p is not None]
    return any(_leaves(part) for part in flat)


@statement(cst.Match)
def _match(run: Run, scope: Scope, node: cst.Match, todo: list[Any]) -> None:
    """The first case that is chosen; which one it is, only the running program knows."""
    for case in node.cases:
        if run.decide():
            todo.append(case.body)
            return
