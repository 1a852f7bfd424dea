"""Python's own branches on tensors, written as selects: `if`, conditional expressions, `and`, `or`, `not`, chains."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import pairwise

from nablint.finding import Edit, Fix
from nablint.ir import Apply
from nablint.rewrite.layout import Layout, layout
from nablint.rewrite.place import keeping_comments, replacement
from nablint.rewrite.search import Code, spoken
from nablint.rewrite.spell import NoTextError, Piece, Speller, piece
from nablint.source import NOWHERE, Span

_LOGIC: dict[type[ast.boolop], str] = {ast.And: "logical_and", ast.Or: "logical_or"}


def selects(code: Code, node: int) -> tuple[Fix, ...]:
    """The fix that writes a node's branch as an op on tensors, if it has such a form."""
    page = layout(code.source.text)
    apply = code.function.nodes[node]
    if page is None or not isinstance(apply, Apply) or apply.inlined is not NOWHERE:
        return ()
    speller = Speller(spoken(code, node))
    try:
        if apply.spelling == "if":
            return tuple(_statement(page, speller, apply.span))
        found = next((e for e in page.expressions() if page.spans(e) == apply.span), None)
        if found is None:
            return ()
        new = _extreme(page, speller, apply.op, found) if apply.spelling in ("max", "min") else None
        new = new or value(page, speller, found)
    except NoTextError:
        return ()
    return (_fix(page, replacement(page, apply.span, new), new),)


def value(page: Layout, speller: Speller, node: ast.expr) -> Piece:
    """An expression with its Python branches made ops; all else is the user's own text."""
    match node:
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return speller.call("where", [value(page, speller, part) for part in (test, body, orelse)])
        case ast.BoolOp(op=op, values=values):
            return _folded(speller, _LOGIC[type(op)], [value(page, speller, part) for part in values])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return speller.call("logical_not", [value(page, speller, operand)])
        case ast.Compare(left=left, ops=ops, comparators=others) if len(ops) > 1:
            sides = [left, *others]
            links = [_text(page, a, b) for a, b in pairwise(sides)]
            return _folded(speller, "logical_and", links)
    return piece(page.source.slice(page.spans(node)))


def _text(page: Layout, first: ast.expr, last: ast.expr) -> Piece:
    """What is written from one expression up to another."""
    return piece(page.source.slice(Span(page.spans(first).start, page.spans(last).end)))


def _folded(speller: Speller, op: str, parts: Sequence[Piece]) -> Piece:
    total = parts[0]
    for part in parts[1:]:
        total = speller.call(op, [total, part])
    return total


def _extreme(page: Layout, speller: Speller, op: str, node: ast.expr) -> Piece | None:
    match node:
        case ast.Call(args=[_, _, *_] as args, keywords=[]):
            return _folded(speller, op, [value(page, speller, arg) for arg in args])
    return None


def _fix(page: Layout, edit: Edit, new: Piece) -> Fix:
    name = new.text.partition("(")[0]
    return Fix(f"Use {name} instead of Python's branch", keeping_comments(page, (edit,)), needs=new.needs)


def _statement(page: Layout, speller: Speller, span: Span) -> list[Fix]:
    """An `if` whose branches each return, or each assign one name, as one statement; an `elif` has no place for one."""
    if page.source.slice(span).startswith("elif"):
        return []
    for parent in ast.walk(page.tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(parent, field, None)
            for i, inner in enumerate(block if isinstance(block, list) else ()):
                if isinstance(inner, ast.If) and isinstance(block, list) and page.spans(inner).start == span.start:
                    return _merged(page, speller, block[i:])
    return []


def _merged(page: Layout, speller: Speller, block: list[ast.stmt]) -> list[Fix]:
    start = page.spans(block[0]).start
    returned = _returned(page, speller, block)
    if returned is not None:
        new, last = returned
        edit = Edit(Span(start, page.spans(last).end), f"return {new.text}")
        return [_fix(page, edit, new)]
    assigned = _assigned(page, speller, block[0])
    if assigned is not None:
        name, new = assigned
        return [_fix(page, Edit(page.spans(block[0]), f"{name} = {new.text}"), new)]
    return []


def _returned(page: Layout, speller: Speller, block: Sequence[ast.stmt]) -> tuple[Piece, ast.stmt] | None:
    """What the statements return, as one expression, and the last of those that matter."""
    match block:
        case [ast.Return(value=ast.expr() as found) as last, *_]:
            return value(page, speller, found), last
        case [ast.If(test=test, body=body, orelse=orelse) as first, *rest]:
            yes = _returned(page, speller, body)
            no = _returned(page, speller, [*orelse, *rest])
            if yes is None or no is None:
                return None
            new = speller.call("where", [value(page, speller, test), yes[0], no[0]])
            return new, max(first, no[1], key=lambda part: page.spans(part).end)
    return None


def _assigned(page: Layout, speller: Speller, node: ast.stmt) -> tuple[str, Piece] | None:
    """The one name that an `if` assigns in each branch, and its value."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=found):
            return name, value(page, speller, found)
        case ast.If(test=test, body=[body], orelse=orelse) if len(orelse) < 2:
            if (yes := _assigned(page, speller, body)) is None:
                return None
            name, new = yes
            no = _assigned(page, speller, orelse[0]) if orelse else (name, Piece(name))
            if no is not None and no[0] == name:
                return name, speller.call("where", [value(page, speller, test), new, no[1]])
    return None
