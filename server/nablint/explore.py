"""What is worked out when somebody asks for it: a derived gradient, and a better form that no template knows."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

from nablint.analyse import Analysed, Analysis, with_imports
from nablint.bits import NONE_RIGHT, Error, Yardstick, compiled, error, yardstick
from nablint.finding import Edit, Finding, Fix, Safety
from nablint.interpret import is_pointwise
from nablint.rewrite import with_gradient
from nablint.rewrite.forms import better
from nablint.rewrite.identities import IDENTITIES
from nablint.rewrite.normal import steps
from nablint.rewrite.search import terms_of
from nablint.rewrite.term import Call, Leaf, Product, Sum, Term, add, call, mul, subterms
from nablint.rule import Case
from nablint.source import Position, Source
from nablint.verify import harmless, offers, verified

SECONDS = 2.0
"""How long a better form is looked for."""
ENOUGH = 0.5
"""Bits: nothing better is looked for, the rest is rounding."""
GAIN = 1.0
"""Bits that a form must gain to be worth a change."""
FORMS = 12
"""Of the best forms so many are tried in the code."""


def derived(analysis: Analysis, at: Position) -> Fix | None:
    """The edits that write out the gradient of the function that is defined at this place, if it has a short one."""
    for found in analysis.functions:
        if found.name_span.start <= at <= found.name_span.end:
            for case in cases(analysis, found):
                fix = with_gradient(case)
                if fix is not None and len(found.facts) == 1:
                    return harmless(analysis, with_imports(analysis, down(fix, found.line)))
    return None


def cases(analysis: Analysis, found: Analysed) -> Iterator[Case]:
    """Each path of a function, as a rule sees it."""
    text = next((one.at.segment.text for one in analysis.told if one.at.line == found.line), "")
    source = Source(analysis.source.path, text)
    for known in found.facts:
        yield Case(source, known.function, known, analysis.settings, analysis.parsed.imports)


def down(fix: Fix, lines: int) -> Fix:
    """The fix at its place in the file."""
    edits = tuple(Edit(edit.span.down(lines), edit.text) for edit in fix.edits)
    return replace(fix, edits=edits)


def searched(analysis: Analysis, finding: Finding, seconds: float = SECONDS) -> Fix | None:
    """A better form of the function of a finding that no template answers, found by search; it says what it gains."""
    subject = _subject(analysis, finding)
    if subject is None or any(fix.safety is Safety.SAFE for fix in offers(analysis, finding)):
        return None
    end = time.monotonic() + seconds
    return _rewritten(analysis, finding, *subject, end)


def is_searchable(analysis: Analysis, finding: Finding) -> bool:
    """Whether a better form can be looked for: of a function of one input that works element by element."""
    return _subject(analysis, finding) is not None


def _subject(analysis: Analysis, finding: Finding) -> tuple[Case, int] | None:
    """The function that breaks, and its line."""
    for found in analysis.functions if finding.witness else ():
        if found.name != finding.function or not found.span.covers(finding.span) or len(found.facts) != 1:
            continue
        (case,) = cases(analysis, found)
        fn = case.facts.expanded
        if case.facts.complete and len(fn.params) == 1 and is_pointwise(fn) and fn.upstream is None:
            return case, found.line
    return None


def _rewritten(analysis: Analysis, finding: Finding, case: Case, line: int, end: float) -> Fix | None:
    fn = case.facts.expanded
    truth = yardstick(fn, analysis.settings.input_range)
    if truth is None:
        return None
    before = error(fn, truth)
    start, param = terms_of(case).raw[case.function.result], Leaf(case.function.params[0])
    for after, term in forms(start, param, truth, lambda: time.monotonic() > end):
        if after.failing >= before.failing and before.bits - after.bits < GAIN:
            continue
        finite = "finite; " if after.failing < before.failing else ""
        fix = better(case, term, f"{finite}{before.bits:.1f} → {after.bits:.1f} bits of error")
        if fix is not None and (sure := verified(analysis, finding, with_imports(analysis, down(fix, line)))):
            return sure
    return None


def forms(start: Term, param: Leaf, truth: Yardstick, late: Callable[[], bool]) -> list[tuple[Error, Term]]:
    """The best equivalents of a term, each with its error: those with the least are rewritten first."""
    order = count()
    queue = [(0.0, next(order), start)]
    seen: dict[Term, Error] = {start: NONE_RIGHT}
    best: list[tuple[float, int, Term]] = []
    while queue and not late():
        score, _, term = heapq.heappop(queue)
        for new in variants(term):
            if new in seen or late():
                continue
            fn = compiled(new, param)
            seen[new] = error(fn, truth) if fn else NONE_RIGHT
            size = sum(1 for _ in subterms(new))
            heapq.heappush(queue, (seen[new].cost + 0.05 * size, next(order), new))
            best.append((seen[new].cost + 0.002 * size, next(order), new))
        if best and min(best)[0] < ENOUGH and score > min(best)[0] + GAIN:
            break
    return [(seen[term], term) for _, _, term in sorted(best)[:FORMS]]


def variants(term: Term) -> Iterator[Term]:
    """Every term that one identity makes of this one, or of a part of it."""
    yield from (step.term for step in steps(term, IDENTITIES))
    match term:
        case Call(op, args, attrs):
            for i, arg in enumerate(args):
                for new in variants(arg):
                    yield call(op, (*args[:i], new, *args[i + 1 :]), dict(attrs))
        case Sum(const, items):
            for i, (part, times) in enumerate(items):
                for new in variants(part):
                    yield add(*items[:i], (new, times), *items[i + 1 :], const=const)
        case Product(coef, factors):
            for i, (part, power) in enumerate(factors):
                for new in variants(part):
                    yield mul(*factors[:i], (new, power), *factors[i + 1 :], coef=coef)
