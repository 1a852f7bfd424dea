"""The fixes for one node: every equation that covers it, tried from the outside in."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from nablint.finding import Edit, Fix, Safety
from nablint.ir import Apply, Function, reachable
from nablint.rewrite.dialect import Dialect, dialect
from nablint.rewrite.layout import Layout, layout
from nablint.rewrite.normal import Step, Terms, applied, steps, term_of, terms
from nablint.rewrite.pattern import Rewrite, build, parsed, part, whole
from nablint.rewrite.place import Place, edits, is_open, line_above, place, unheard, unused
from nablint.rewrite.spell import NoTextError, Piece, Speller, binary
from nablint.rewrite.table import EQUATIONS, FORMS
from nablint.rewrite.term import ONE, ZERO, Call, Product, Sum, Term, subterms
from nablint.source import Source, Span

MOST = 3
"""Fixes for one finding."""
OFTEN, LONG = 3, 20
"""What is so often needed, and so long, gets a name."""
STEPS = 4
"""Equations applied in a row at one node."""


class Code(Protocol):
    """One path through one function, and the code that it was read from: a rule's case."""

    @property
    def source(self) -> Source: ...
    @property
    def function(self) -> Function: ...
    @property
    def imports(self) -> Mapping[str, str]: ...


def terms_of(code: Code) -> Terms:
    """The terms of the code's nodes."""
    return terms(code.function, code.source, code.imports, FORMS)


def fixes(
    code: Code, node: int, rewrites: Sequence[Rewrite] = EQUATIONS, known: Terms | None = None
) -> tuple[Fix, ...]:
    """What may stand in place of the code around a node that is to blame, the largest and safest first.

    `known` are the code's terms, for those who have them.
    """
    page = layout(code.source.text)
    if page is None:
        return ()
    known = known or terms_of(code)
    tried: dict[object, Fix] = {}
    for root in _ancestors(code.function, node):
        for fix in _at(code, page, known, root, node, rewrites):
            tried.setdefault(fix.edits, fix)
    if not tried and node == code.function.result:
        # The whole function is to blame: a part of it may be the cause.
        for root in sorted(reachable(code.function) - {node}, reverse=True):
            tried |= {fix.edits: fix for fix in _at(code, page, known, root, root, rewrites)}
    found = sorted(tried.values(), key=lambda fix: fix.safety is not Safety.SAFE)
    return (*found[:MOST], *_together(found))


def _together(found: Sequence[Fix]) -> Iterator[Fix]:
    """One fix of several: a value that fails in two places is only well when both are."""
    chosen: list[Fix] = []
    for fix in (fix for fix in found if fix.safety is Safety.SAFE):
        if not any(a.span.overlaps(b.span) for other in chosen for a in fix.edits for b in other.edits):
            chosen.append(fix)
    if len(chosen) > 1:
        edits = tuple(dict.fromkeys(edit for fix in chosen for edit in fix.edits))
        needs = tuple(dict.fromkeys(need for fix in chosen for need in fix.needs))
        yield Fix(", and ".join(fix.title for fix in chosen).replace(", and Use", " and"), edits, needs=needs)


def _ancestors(fn: Function, node: int) -> Iterator[int]:
    """The nodes that are computed from this one, itself included, outermost first."""
    wanted = reachable(fn)
    for index in range(len(fn.nodes) - 1, node - 1, -1):
        if index in wanted and node in reachable(fn, index):
            yield index


def _at(code: Code, page: Layout, known: Terms, root: int, blamed: int, rewrites: Sequence[Rewrite]) -> Iterator[Fix]:
    """The fixes that replace one node's expression."""
    apply = code.function.nodes[root]
    spot = place(page, code.function, root, {i: t for i, t in enumerate(known.known) if t == known.raw[i]})
    if spot is None or not isinstance(apply, Apply):
        return
    subject = term_of(root, apply, [known.known[arg] for arg in apply.args])
    for step in steps(subject, rewrites):
        inside = root != blamed and not _is_whole(step) and _in_operand(step.rewrite, apply, known)
        if inside or step.term == subject:
            continue
        last = _onward(step, rewrites)
        there, new = _narrowed(spot, apply, last, known)
        if not _leaves(last, known.raw[blamed]) and (fix := _fix(there, last, new, spoken(code, root))):
            yield fix
            if fix.safety is Safety.SAFE:
                return


def _called(names: Mapping[Term, Piece], own: Callable[[Term], Piece | None], term: Term) -> Piece | None:
    return names.get(term) or own(term)


def _narrowed(spot: Place, node: Apply, step: Step, known: Terms) -> tuple[Place, ast.expr]:
    """The place and the new expression, or those of one branch if all else of a `where` stays."""
    new = parsed(step.rewrite.to)
    match new:
        case ast.Call(func=ast.Name(id="where"), args=[_, *branches]) if node.op == "where" and _is_whole(step):
            made = [build(branch, step.env) for branch in branches]
            for kept, changed in ((0, 1), (1, 0)):
                for mine, other in ((1, 2), (2, 1)):
                    fits = made[kept] == known.raw[node.args[mine]] and made[changed] != known.raw[node.args[mine]]
                    if fits and len(node.uses) == 3 and node.span.covers(node.uses[other]):
                        return replace(spot, span=node.uses[other]), branches[changed]
    return spot, new


def _is_whole(step: Step) -> bool:
    return step.times == ONE and step.rest == ZERO


def _in_operand(rewrite: Rewrite, node: Apply, known: Terms) -> bool:
    """Whether the equation fits one of the operands alone, which is then the better place for it."""
    return any(whole(rewrite, known.known[arg]) or part(rewrite, known.known[arg]) for arg in node.args)


def spoken(code: Code, root: int) -> Dialect:
    """The dialect of the code that computes a node, or of the whole function."""
    below = reachable(code.function, root)
    nodes = [n for n in enumerate(code.function.nodes) if isinstance(n[1], Apply) and not n[1].inlined.end > (0, 0)]
    ordered = sorted(nodes, key=lambda item: (item[0] not in below, -item[0]))
    return dialect([n.spelling for _, n in ordered if isinstance(n, Apply)], code.imports)


def _onward(step: Step, rewrites: Sequence[Rewrite]) -> Step:
    """The step, or what further equations make of its result."""
    left = [rewrite for rewrite in rewrites if rewrite.safety is Safety.SAFE and rewrite != step.rewrite]
    for _ in range(STEPS):
        after = applied(step.term, left)
        if after is None or after.term == step.term:
            break
        left.remove(after.rewrite)
        step = after
    return step


def _leaves(step: Step, blamed: Term) -> bool:
    """Whether the step takes over the term that is to blame as it is."""
    kept = [*(t for t in step.env.values() if isinstance(t, Term)), step.times, step.rest]
    return any(part == blamed for term in kept for part in subterms(term))


def _fix(spot: Place, step: Step, layout: ast.expr, words: Dialect) -> Fix | None:
    """The step as edits, or None if it cannot be written at this place."""
    if not is_open(spot):
        return None
    for gone in dict.fromkeys((unused(spot, ""), ())):
        there = replace(spot, gone=gone)
        try:
            new, named = _named(Speller(words, there.own), there, step, layout)
        except NoTextError:
            continue
        there = replace(there, gone=gone or unused(spot, new.text))
        title = step.rewrite.title or f"Use {_short(new.text)}"
        return Fix(title, (*named, *edits(there, new)), step.rewrite.safety, tuple(dict.fromkeys(new.needs)))
    return None


def _named(speller: Speller, spot: Place, step: Step, layout: ast.expr) -> tuple[Piece, tuple[Edit, ...]]:
    """The new code; what it would say again and again is given a name on a line above."""
    new = _written(speller, step, layout)
    said = Counter(node.id for node in ast.walk(layout) if isinstance(node, ast.Name))
    for letter, term in step.env.items():
        if said[letter] < OFTEN or not isinstance(term, Call | Sum | Product):
            continue
        value = speller.term(term)
        if len(value.text) < LONG or (line := line_above(spot)) is None:
            continue
        name = unheard(spot.page, "total" if isinstance(term, Call) and term.op == "sum" else "inner")
        at, indent = line
        own = partial(_called, {term: Piece(name)}, speller.own)
        return _written(Speller(speller.dialect, own), step, layout), (
            Edit(Span((at, 0), (at, 0)), f"{indent}{name} = {value.text}\n"),
        )
    return new, ()


def _written(speller: Speller, step: Step, layout: ast.expr) -> Piece:
    new = speller.template(layout, step.env)
    return binary("add", binary("mul", speller.term(step.times), new), speller.term(step.rest))


def _short(text: str, most: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
