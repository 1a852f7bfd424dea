"""The fixes for one node: every equation that covers it, tried from the outside in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from nablint.finding import Fix, Safety
from nablint.ir import Apply, Function, reachable
from nablint.rewrite.dialect import Dialect, dialect
from nablint.rewrite.layout import Layout, layout
from nablint.rewrite.normal import Terms, term_of, terms
from nablint.rewrite.pattern import Env, Rewrite, build, found, parsed
from nablint.rewrite.place import Place, edits, place, unused
from nablint.rewrite.spell import NoTextError, Piece, Speller, binary
from nablint.rewrite.table import EQUATIONS, FORMS
from nablint.rewrite.term import Term, combined, subterms
from nablint.source import Source

MOST = 3
"""Fixes for one finding."""
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


@dataclass(frozen=True, slots=True)
class Step:
    """An equation that fits a term, which is `times` its left side plus `rest`."""

    rewrite: Rewrite
    env: Env
    times: Term
    rest: Term
    term: Term
    """What it makes of the term."""


def fixes(code: Code, node: int, rewrites: Sequence[Rewrite] = EQUATIONS) -> tuple[Fix, ...]:
    """What may stand in place of the code around a node that is to blame, the largest and safest first."""
    page = layout(code.source.text)
    if page is None:
        return ()
    known = terms(code.function, code.source, code.imports, FORMS)
    tried: dict[object, Fix] = {}
    for root in _ancestors(code.function, node):
        for fix in _at(code, page, known, root, node, rewrites):
            tried.setdefault(fix.edits, fix)
    return tuple(sorted(tried.values(), key=lambda fix: fix.safety is not Safety.SAFE))[:MOST]


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
    words = spoken(code, root)
    subjects = dict.fromkeys(term_of(root, apply, [t[arg] for arg in apply.args]) for t in (known.known, known.raw))
    for subject in subjects:
        for rewrite in rewrites:
            for step in _steps(rewrite, subject):
                last = _onward(step, rewrites)
                if _leaves(last, known.raw[blamed]):
                    continue
                if fix := _fix(spot, last, words):
                    yield fix
                break


def spoken(code: Code, root: int) -> Dialect:
    """The dialect of the code that computes a node, or of the whole function."""
    below = reachable(code.function, root)
    nodes = [n for n in enumerate(code.function.nodes) if isinstance(n[1], Apply) and not n[1].inlined.end > (0, 0)]
    ordered = sorted(nodes, key=lambda item: (item[0] not in below, -item[0]))
    return dialect([n.spelling for _, n in ordered if isinstance(n, Apply)], code.imports)


def _steps(rewrite: Rewrite, subject: Term) -> Iterator[Step]:
    for env, times, rest in found(rewrite, subject):
        term = combined(build(parsed(rewrite.to), env), times, rest)
        if term != subject:
            yield Step(rewrite, env, times, rest, term)


def _onward(step: Step, rewrites: Sequence[Rewrite]) -> Step:
    """The step, or what further equations make of its result."""
    for _ in range(STEPS):
        safe = (rewrite for rewrite in rewrites if rewrite.safety is Safety.SAFE)
        after = next((s for rewrite in safe for s in _steps(rewrite, step.term)), None)
        if after is None:
            break
        step = after
    return step


def _leaves(step: Step, blamed: Term) -> bool:
    """Whether the step takes over the term that is to blame as it is."""
    kept = [*(t for t in step.env.values() if isinstance(t, Term)), step.times, step.rest]
    return any(part == blamed for term in kept for part in subterms(term))


def _fix(spot: Place, step: Step, words: Dialect) -> Fix | None:
    """The step as edits, or None if it cannot be written at this place."""
    gone = unused(spot, "")
    for _ in range(3):
        there = replace(spot, gone=gone)
        try:
            new = _written(Speller(words, there.own), step)
        except NoTextError:
            new = None
        left = unused(spot, new.text) if new else ()
        if new and left == gone:
            title = step.rewrite.title or f"Use {_short(new.text)}"
            needs = tuple(dict.fromkeys(new.needs))
            return Fix(title, edits(there, new), step.rewrite.safety, needs)
        if not new and not gone:
            return None
        gone = left
    return None


def _written(speller: Speller, step: Step) -> Piece:
    new = speller.template(parsed(step.rewrite.to), step.env)
    return binary("add", binary("mul", speller.term(step.times), new), speller.term(step.rest))


def _short(text: str, most: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
