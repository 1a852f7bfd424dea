"""What each form of expression means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from nablint.ir import Param
from nablint.lower import fold
from nablint.lower.calls import call
from nablint.lower.objects import attribute, is_property
from nablint.lower.parameters import new_tensor
from nablint.lower.run import Run, apply, truth, unknown
from nablint.lower.values import (
    NONE,
    Argument,
    Closure,
    DtypeOf,
    Instance,
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
from nablint.lower.walk import argument, evaluate, expression, locals_in, lookup
from nablint.ops import BY_NAME
from nablint.source import Span

UNROLLED = 16


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
            return unknown(run, scope, node, "a list of unknown length", [*(a.value for a in found), given.value])
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
        case Table(a), Table(b) if symbol == "|":
            return Table({**a, **b})
        case (Tensor(), _) | (_, Tensor()):
            if not op:
                return unknown(run, scope, node, "this operator", [left.value, right.value])
            row = BY_NAME.get(symbol)
            return apply(run, scope, node, row.name if row else op, [left, right], spelling=symbol)
    return Opaque("arithmetic on values known only when it runs")


@expression(cst.BooleanOperation)
def _boolean(run: Run, scope: Scope, node: cst.BooleanOperation) -> Value:
    left = argument(run, scope, node.left)
    word = "and" if isinstance(node.operator, cst.And) else "or"
    known = truth(run, left.value)
    if known is None:
        right = argument(run, scope, node.right)
        return apply(run, scope, node, f"logical_{word}", [left, right], spelling=word)
    if known is (word == "and"):
        return evaluate(run, scope, node.right)
    return left.value if isinstance(left.value, Known) else Known(known)


@expression(cst.Comparison)
def _comparison(run: Run, scope: Scope, node: cst.Comparison) -> Value:
    left = first = argument(run, scope, node.left)
    found: Value | None = None
    before = left.span
    for target in node.comparisons:
        right = argument(run, scope, target.comparator)
        link = _compared(run, scope, node, target.operator, left, right)
        if found is None:
            found = link
        elif isinstance(found, Tensor) or isinstance(link, Tensor):
            pair = [Argument(found, before), Argument(link, Span(left.span.start, right.span.end))]
            found = apply(run, scope, node, "logical_and", pair, spelling="chain")
        elif isinstance(found, Known) and isinstance(link, Known):
            found = Known(found.value and link.value, found.assumed | link.assumed)
        else:
            found = Opaque("a comparison of values known only when it runs")
        before = Span(first.span.start, right.span.end)
        left = right
    return found or Known(True)


def _compared(
    run: Run, scope: Scope, node: cst.Comparison, operator: cst.BaseCompOp, left: Argument, right: Argument
) -> Value:
    a, b = left.value, right.value
    if type(operator) not in fold.COMPARISONS:
        return _identity(operator, a, b)
    symbol, op = fold.COMPARISONS[type(operator)]
    if isinstance(a, Known) and isinstance(b, Known):
        assumed = a.assumed | b.assumed
        found = fold.binary(symbol, a.value, b.value)
        # An equation with a number that was only assumed says nothing: both ways must be seen.
        if found is None or (assumed and symbol in ("==", "!=")):
            return Opaque("a comparison with an argument")
        run.assumed |= dict.fromkeys(sorted(assumed))
        return Known(found)
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        if any(isinstance(v, Known) and not isinstance(v.value, bool | int | float) for v in (a, b)):
            return Known(symbol == "!=")
        row = BY_NAME.get(symbol)
        at = Span(left.span.start, right.span.end) if len(node.comparisons) > 1 else None
        return apply(run, scope, node, row.name if row else op, [left, right], spelling=symbol, at=at)
    return Opaque("a comparison of values known only when it runs")


def _identity(operator: cst.BaseCompOp, a: Value, b: Value) -> Value:
    """`is`, `is not`, `in`, `not in`, as far as the code tells."""
    negated = isinstance(operator, cst.IsNot | cst.NotIn)
    if isinstance(operator, cst.Is | cst.IsNot):
        if b == NONE and not isinstance(a, Opaque):
            return Known((a == NONE) is not negated)
        if isinstance(a, Known) and isinstance(b, Known) and not a.assumed:
            return Known((a.value is b.value) is not negated)
    elif isinstance(a, Known) and isinstance(b, Items) and all(isinstance(v, Known) for v in b.values):
        return Known((a.value in [v.value for v in b.values if isinstance(v, Known)]) is not negated)
    elif isinstance(a, Known) and isinstance(b, Table):
        return Known((a.value in b.values) is not negated)
    return Opaque("a comparison of values known only when it runs")


@expression(cst.IfExp)
def _ifexp(run: Run, scope: Scope, node: cst.IfExp) -> Value:
    test = argument(run, scope, node.test)
    known = truth(run, test.value)
    if known is not None:
        return evaluate(run, scope, node.body if known else node.orelse)
    branches = [argument(run, scope, node.body), argument(run, scope, node.orelse)]
    return apply(run, scope, node, "where", [test, *branches], spelling="ifexp")


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
            return unknown(run, scope, node, "arguments passed by * or **", values)
    return call(run, scope, node, function, positional, keywords)


def _activates(function: Value, keyword: cst.Name | None) -> bool:
    """Whether what is passed here becomes an activation."""
    if keyword is not None:
        return "activation" in keyword.value
    return isinstance(function, Ref) and function.name.endswith((".Activation", ".Lambda"))


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
        case Tensor(index), [Known(int(i))] if _is_list(run, index):
            return _element(run, scope, node, index, i)
        case Tensor(), _ if (key := _key(indices)) is not None:
            return apply(run, scope, node, "getitem", [owner], [("key", key)], "[]")
        case ((Opaque() | DtypeOf() | Ref() | Instance() | Partial()), _):
            return Opaque("an element of a value known only when it runs")
    return unknown(run, scope, node, "a subscript", [value, *_values(indices)])


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
        return unknown(run, scope, node, "this comprehension", [source, *locals_in(run, scope, node.elt)])
    inner = Scope(scope.placed, {}, scope, scope.title)
    values = []
    for value in source.values:
        assert isinstance(node.for_in.target, cst.Name)
        inner.names[node.for_in.target.value] = value
        values.append(evaluate(run, inner, node.elt))
    return Items(tuple(values))
