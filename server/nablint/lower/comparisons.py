"""Comparisons, and what Python decides by them: chains, `and`, `or`, conditional expressions."""

from __future__ import annotations

import libcst as cst

from nablint.lower import fold
from nablint.lower.run import Run, apply, truth
from nablint.lower.values import (
    NONE,
    Argument,
    Items,
    Known,
    Opaque,
    Scope,
    Table,
    Tensor,
    Value,
)
from nablint.lower.walk import argument, evaluate, expression
from nablint.ops import BY_NAME
from nablint.source import Span


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
