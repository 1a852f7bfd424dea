"""What each form of expression means."""

from __future__ import annotations

import libcst as cst

from nablint.lower import fold
from nablint.lower.calls import call
from nablint.lower.objects import attribute, is_property
from nablint.lower.run import Run, apply, is_weighed, some, tensors, truth, unknown, written
from nablint.lower.values import (
    NONE,
    Argument,
    Closure,
    DtypeOf,
    Items,
    Known,
    Opaque,
    Partial,
    Ref,
    Scope,
    Table,
    Tensor,
    Value,
)
from nablint.lower.walk import argument, evaluate, expression, lookup
from nablint.ops import BY_NAME


@expression(cst.Name)
def _name(run: Run, scope: Scope, node: cst.Name) -> Value:
    if node.value in _LITERALS:
        return _LITERALS[node.value]
    return lookup(run, scope, node, node.value)


_LITERALS = {"None": NONE, "True": Known(True), "False": Known(False)}


@expression(cst.Integer, cst.Float)
def _number(run: Run, scope: Scope, node: cst.Integer | cst.Float) -> Value:
    if len(node.value) > 400:
        return Opaque("a number of so many digits")
    if isinstance(node, cst.Float):
        return Known(float(node.value))
    return Known(int(node.value, 0) if node.value.strip("0_") else 0)


@expression(cst.SimpleString, cst.ConcatenatedString)
def _string(run: Run, scope: Scope, node: cst.SimpleString | cst.ConcatenatedString) -> Value:
    try:
        text = node.evaluated_value
    except (SyntaxError, ValueError):
        text = None
    return Known(text) if isinstance(text, str) else Opaque("text that is put together")


@expression(cst.FormattedString)
def _formatted(run: Run, scope: Scope, node: cst.FormattedString) -> Value:
    return Opaque("text that is put together")


@expression(cst.Ellipsis)
def _ellipsis(run: Run, scope: Scope, node: cst.Ellipsis) -> Value:
    return Known(...)


@expression(cst.Tuple, cst.List, cst.Set)
def _items(run: Run, scope: Scope, node: cst.Tuple | cst.List | cst.Set) -> Value:
    found: list[Argument] = []
    for element in node.elements:
        given = argument(run, scope, element.value)
        if isinstance(element, cst.Element):
            found.append(given)
        elif isinstance(given.value, Items):
            found.extend(given.value.arguments)
        else:
            values = [*(a.value for a in found), given.value]
            held = [Tensor(i) for value in values for i in tensors(value)]
            return some(run, scope, node, "a list of unknown length", held) if held else Opaque("a list")
    return Items(tuple(a.value for a in found), tuple(a.span for a in found))


@expression(cst.Dict)
def _dict(run: Run, scope: Scope, node: cst.Dict) -> Value:
    found: dict[object, Value] = {}
    for element in node.elements:
        value = evaluate(run, scope, element.value)
        if isinstance(element, cst.DictElement):
            key = evaluate(run, scope, element.key)
            found[key.value if isinstance(key, Known) else element] = value
        elif isinstance(value, Table):
            found |= value.values
    return Table(found)


@expression(cst.Lambda)
def _lambda(run: Run, scope: Scope, node: cst.Lambda) -> Value:
    value = Closure(node, scope, "<lambda>")
    run.found.append(value)
    return value


@expression(cst.Attribute)
def _attribute(run: Run, scope: Scope, node: cst.Attribute) -> Value:
    owner = argument(run, scope, node.value)
    if isinstance(owner.value, DtypeOf) and node.attr.value in ("max", "min"):
        return _limit(run, scope, node, Argument(Tensor(owner.value.index), owner.span))
    value = attribute(run, scope, owner, node.attr.value)
    return call(run, scope, node, value, [], {}) if is_property(value) else value


def _limit(run: Run, scope: Scope, node: cst.Attribute, owner: Argument) -> Value:
    """The largest or the smallest number of a tensor's dtype."""
    largest = apply(run, scope, node, "largest_like", [owner], spelling=".max")
    if node.attr.value == "max":
        return largest
    return apply(run, scope, node, "neg", [Argument(largest, owner.span)], spelling=".min")


@expression(cst.NamedExpr)
def _walrus(run: Run, scope: Scope, node: cst.NamedExpr) -> Value:
    value = evaluate(run, scope, node.value)
    if isinstance(node.target, cst.Name):
        scope.names[node.target.value] = value
    return value


@expression(cst.Await)
def _await(run: Run, scope: Scope, node: cst.Await) -> Value:
    return evaluate(run, scope, node.expression)


@expression(cst.UnaryOperation)
def _unary(run: Run, scope: Scope, node: cst.UnaryOperation) -> Value:
    operand = argument(run, scope, node.expression)
    value = operand.value
    if isinstance(node.operator, cst.Not):
        known = truth(run, value)
        return apply(run, scope, node, "logical_not", [operand], spelling="not") if known is None else Known(not known)
    if isinstance(value, Known):
        return _folded_sign(node.operator, value)
    if isinstance(node.operator, cst.Plus):
        return value
    if isinstance(value, Opaque):
        return value
    symbol, op = ("-", "neg") if isinstance(node.operator, cst.Minus) else ("~", "logical_not")
    return apply(run, scope, node, op, [operand], spelling=symbol)


def _folded_sign(operator: cst.BaseUnaryOp, value: Known) -> Value:
    plain = value.value
    if not isinstance(plain, bool | int | float):
        return Opaque("arithmetic with other than numbers")
    if isinstance(operator, cst.Minus):
        return Known(-plain, value.assumed)
    return value if isinstance(operator, cst.Plus) else Opaque("arithmetic on bits")


@expression(cst.BinaryOperation)
def _binary(run: Run, scope: Scope, node: cst.BinaryOperation) -> Value:
    symbol, op = fold.BINARY.get(type(node.operator), ("", ""))
    left, right = argument(run, scope, node.left), argument(run, scope, node.right)
    return operate(run, scope, node, symbol, op, left, right)


def operate(run: Run, scope: Scope, node: cst.CSTNode, symbol: str, op: str, left: Argument, right: Argument) -> Value:
    """`left symbol right`: folded if both are plain, an op if a tensor is among them."""
    match left.value, right.value:
        case Known(a, assumed_a), Known(b, assumed_b):
            found = fold.binary(symbol, a, b)
            return (
                Opaque("arithmetic with other than numbers") if found is None else Known(found, assumed_a | assumed_b)
            )
        case Items(a), Items(b) if symbol == "+":
            return Items(a + b)
        case Items(a), Known(int(times)) if symbol == "*" and 0 <= times * len(a) <= 64:
            return Items(a * times)
        case Table(a), Table(b) if symbol == "|":
            return Table({**a, **b})
        case (Tensor(), _) | (_, Tensor()):
            if symbol == "@" and is_weighed(run, [left.value, right.value]):
                return some(run, scope, node, written(node), [left.value, right.value], free=True)
            if not op:
                return unknown(run, scope, node, "this operator", [left.value, right.value])
            row = BY_NAME.get(symbol)
            return apply(run, scope, node, row.name if row else op, [left, right], spelling=symbol)
    return Opaque("arithmetic on values known only when it runs")


@expression(cst.Call)
def _call(run: Run, scope: Scope, node: cst.Call) -> Value:
    function = evaluate(run, scope, node.func)
    positional: list[Argument] = []
    keywords: dict[str, Argument] = {}
    for arg in node.args:
        given = argument(run, scope, arg.value)
        if isinstance(given.value, Closure | Partial) and _activates(function, arg.keyword):
            run.passed.add(id(given.value))
        if arg.keyword is not None:
            keywords[arg.keyword.value] = given
        elif not arg.star:
            positional.append(given)
        elif isinstance(given.value, Items):
            positional += [Argument(value, given.span) for value in given.value.values]
        elif isinstance(given.value, Table):
            keywords |= {k: Argument(v, given.span) for k, v in given.value.values.items() if isinstance(k, str)}
        else:
            values = [given.value, *(a.value for a in (*positional, *keywords.values()))]
            if held := [value for value in values if tensors(value)]:
                return some(run, scope, node, "a call with arguments known only when it runs", held)
            return Opaque("a call with arguments known only when it runs")
    return call(run, scope, node, function, positional, keywords)


def _activates(function: Value, keyword: cst.Name | None) -> bool:
    """Whether what is passed here becomes an activation."""
    if keyword is not None:
        return "activation" in keyword.value
    return isinstance(function, Ref) and function.name.endswith((".Activation", ".Lambda"))
