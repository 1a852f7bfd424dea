"""The fixes for digits that cancel: `expm1`, `log1p`, and half the angle of a cosine."""

from __future__ import annotations

from nablint.finding import Fix
from nablint.ir import Apply, Const, Function
from nablint.rewrite.layout import layout
from nablint.rewrite.place import has_comment, replacement
from nablint.rewrite.search import Code, spoken
from nablint.rewrite.spell import TIMES, UNARY, Piece, piece
from nablint.source import NOWHERE

# An equation cannot say this: the terms of both sides are the same.


def digits(code: Code, node: int) -> tuple[Fix, ...]:
    """What computes `exp(u) - 1`, `1 - exp(u)`, `log(1 + u)` or `1 - cos(u)` without the 1."""
    page = layout(code.source.text)
    apply, fn = code.function.nodes[node], code.function
    if page is None or not isinstance(apply, Apply) or apply.inlined is not NOWHERE or has_comment(page, apply.span):
        return ()
    inner = fn.nodes[apply.args[0 if apply.op == "log" else _other(fn, apply)]]
    if not isinstance(inner, Apply) or inner.inlined is not NOWHERE or not apply.span.covers(inner.span):
        return ()
    span = inner.uses[_other(fn, inner) if apply.op == "log" else 0]
    name = {"exp": "expm1", "cos": "sin"}.get(inner.op, "log1p")
    found = spoken(code, node).function(name)
    if found is None or span == NOWHERE or not inner.span.covers(span):
        return ()
    _, here, needs = found
    new = _written(here, piece(page.source.slice(span)), inner.op, _other(fn, apply) == 1)
    return (Fix(f"Use {new.text}", (replacement(page, apply.span, new),), needs=needs),)


def _other(fn: Function, node: Apply) -> int:
    """The position of the operand that is not 1."""
    return int(len(node.args) > 1 and isinstance(one := fn.nodes[node.args[0]], Const) and one.value == 1)


def _written(name: str, operand: Piece, op: str, is_taken: bool) -> Piece:
    """The call; `is_taken` says whether the operand is taken from 1."""
    if op == "cos":
        return Piece(f"2 * {name}({operand.within(TIMES)} / 2) ** 2", TIMES)
    return Piece(f"-{name}({operand.text})", UNARY) if op == "exp" and is_taken else Piece(f"{name}({operand.text})")
