"""The fix for a branch that is not taken: its operand is kept where the operation is defined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nablint.finding import Fix
from nablint.ir import Apply, Function, reachable
from nablint.rewrite.layout import Layout, layout
from nablint.rewrite.normal import Terms
from nablint.rewrite.place import Place, has_comment, replacement
from nablint.rewrite.search import Code, spoken, terms_of
from nablint.rewrite.spell import NoTextError, Piece, Speller, number
from nablint.rewrite.term import Call, Num, Term, add, summands_of
from nablint.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Domain:
    """Where an op and its slope are finite."""

    operand: int
    """The position of the operand that matters."""
    harmless: float
    """A value of it at which nothing fails."""
    above: float = float("inf")
    """A bound from below that is greater than this, or none, is enough."""
    caps: bool = False
    """Whether any bound from above is enough."""


DOMAINS: Mapping[str, Domain] = {
    "exp": Domain(0, 0, caps=True),
    "expm1": Domain(0, 0, caps=True),
    "sinh": Domain(0, 0),
    "cosh": Domain(0, 0),
    "log": Domain(0, 1, 0),
    "log1p": Domain(0, 0, -1),
    "sqrt": Domain(0, 1, 0),
    "rsqrt": Domain(0, 1, 0),
    "reciprocal": Domain(0, 1, 0),
    "div": Domain(1, 1, 0),
    "pow": Domain(0, 1, 0),
    "xlogy": Domain(1, 1, 0),
    "asin": Domain(0, 0),
    "acos": Domain(0, 0),
    "atanh": Domain(0, 0),
    "acosh": Domain(0, 2, 1),
}


def guards(code: Code, node: int, select: int | None, known: Terms | None = None) -> tuple[Fix, ...]:
    """The fixes that keep the operand of `node` harmless where `select` leaves its result out: exact ones."""
    page = layout(code.source.text)
    fn = code.function
    chosen = fn.nodes[select] if select is not None else None
    apply = fn.nodes[node]
    if page is None or select is None or not isinstance(chosen, Apply) or not isinstance(apply, Apply):
        return ()
    domain = DOMAINS.get(apply.op)
    if chosen.op != "where" or domain is None or apply.inlined is not NOWHERE or domain.operand >= len(apply.uses):
        return ()
    span = apply.uses[domain.operand]
    if not apply.span.covers(span) or has_comment(page, span):
        return ()
    known = known or terms_of(code)
    spot = _spot(page, fn, known, select, span)
    speller = Speller(spoken(code, node), spot.own)
    operand = known.raw[apply.args[domain.operand]]
    return tuple(_fixes(speller, spot, operand, domain, _branch(fn, known, select, node)))


def _spot(page: Layout, fn: Function, known: Terms, select: int, span: Span) -> Place:
    written: dict[Term, tuple[int, ...]] = {}
    for index in sorted(reachable(fn, select) - {select}):
        written[known.raw[index]] = (*written.get(known.raw[index], ()), index)
    return Place(page, fn, select, span, written)


def _branch(fn: Function, known: Terms, select: int, node: int) -> tuple[Term, bool] | None:
    """The condition as it is written, and whether `node` counts where it holds; None if it counts in both branches."""
    chosen = fn.nodes[select]
    assert isinstance(chosen, Apply)
    inside = [node in reachable(fn, arg) for arg in chosen.args[1:]]
    return None if all(inside) else (known.raw[chosen.args[0]], inside[0])


def _fixes(
    speller: Speller, spot: Place, operand: Term, domain: Domain, branch: tuple[Term, bool] | None
) -> Iterator[Fix]:
    if branch is None:
        return
    for make in (_clamped, _selected):
        try:
            new = make(speller, operand, domain, *branch)
        except NoTextError:
            new = None
        if new is not None:
            title = f"Keep the branch that is not taken finite: {new.text}"
            yield Fix(title, (replacement(spot.page, spot.span, new),), needs=new.needs)


def _clamped(speller: Speller, operand: Term, domain: Domain, condition: Term, holds: bool) -> Piece | None:
    """The operand with the bound that the condition gives it, if that is enough."""
    match condition:
        case Call("greater" | "greater_equal", (left, Num(bound))):
            above = holds
        case Call("less" | "less_equal", (left, Num(bound))):
            above = not holds
        case _:
            return None
    slope = dict(summands_of(operand)[1]).get(left, 0.0)
    offset = add((operand, 1), (left, -slope)) if slope else None
    if not isinstance(offset, Num):
        return None
    limit = slope * bound + offset.value
    if above is (slope > 0):
        return speller.call("maximum", [speller.term(operand), number(limit)]) if limit > domain.above else None
    return speller.call("minimum", [speller.term(operand), number(limit)]) if domain.caps else None


def _selected(speller: Speller, operand: Term, domain: Domain, condition: Term, holds: bool) -> Piece:
    """The operand where the branch counts, and a harmless number elsewhere."""
    branches = [speller.term(operand), number(domain.harmless)]
    return speller.call("where", [speller.term(condition), *(branches if holds else branches[::-1])])
