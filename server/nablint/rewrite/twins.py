"""Fixes that keep an expression and change what is around it: another library's function, a missing factor."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.finding import Edit, Fix, Safety
from nablint.ir import Apply
from nablint.rewrite.layout import Layout, layout
from nablint.rewrite.place import replacement
from nablint.rewrite.search import Code, spoken
from nablint.rewrite.spell import Piece, binary, piece
from nablint.source import NOWHERE


def tensor_twin(code: Code, node: Apply) -> tuple[Fix, ...]:
    """The fix that calls the tensor function of the same meaning, or leaves a conversion out."""
    page = layout(code.source.text)
    call = _call(page, node) if page else None
    if page is None or call is None or node.inlined is not NOWHERE:
        return ()
    if node.spelling in ("float", ".numpy"):
        inner = call.func.value if isinstance(call.func, ast.Attribute) else call.args[0]
        own = piece(page.source.slice(page.spans(inner)))
        return (Fix("Keep the tensor", (replacement(page, node.span, own),)),)
    found = spoken(code, code.function.result).function(node.op)
    if found is None:
        return ()
    _, here, needs = found
    return (Fix(f"Use {here}", (Edit(page.spans(call.func), here),), needs=needs),)


def _call(page: Layout, node: Apply) -> ast.Call | None:
    return next((e for e in page.expressions() if isinstance(e, ast.Call) and page.spans(e) == node.span), None)


def times_upstream(code: Code, position: int, upstream: str) -> tuple[Fix, ...]:
    """The fix that multiplies what a custom gradient returns for one parameter by its incoming gradient."""
    page = layout(code.source.text)
    if page is None:
        return ()
    for whole in returned(page, code):
        parts = whole.elts if isinstance(whole, ast.Tuple) else [whole]
        if position < len(parts):
            span = page.spans(parts[position])
            new = binary("mul", Piece(upstream), _slope(piece(page.source.slice(span))))
            edit = replacement(page, span, new)
            return (Fix(f"Multiply by {upstream}", (edit,), Safety.CHANGES_GRADIENT),)
    return ()


def _slope(own: Piece) -> Piece:
    """The piece with its number, so that a factor of one is left out."""
    try:
        return Piece(own.text, own.tight, float(own.text))
    except ValueError:
        return own


def returned(page: Layout, code: Code) -> Iterator[ast.expr]:
    """What the custom gradient's inner function returns, if it returns once."""
    for node in ast.walk(page.tree):
        is_def = isinstance(node, ast.FunctionDef | ast.Lambda)
        if not is_def or page.spans(node).start != code.function.gradient_span.start:
            continue
        if isinstance(node, ast.Lambda):
            yield node.body
            continue
        found = [n.value for n in ast.walk(node) if isinstance(n, ast.Return) and n.value]
        if len(found) == 1:
            yield found[0]
