"""Source in, findings out: the whole pipeline, readable from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from itertools import groupby
from weakref import WeakKeyDictionary

from nablint.blame import Cause
from nablint.config import Settings, for_file
from nablint.facts import Facts, facts
from nablint.finding import Edit, Finding, Fix, Fixes, Severity
from nablint.ir import Function
from nablint.lower import Key, Keys, key, keys, lower, trained
from nablint.page import Page
from nablint.parse import Modules, Parsed, Placed, Problem, parse
from nablint.rule import Case
from nablint.rules import RULES
from nablint.source import NOWHERE, Position, Source, Span
from nablint.steady import Pair, steady, users
from nablint.suppress import suppressed
from nablint.surroundings import Surroundings, narrowed, surroundings

__all__ = ["Analysed", "Analysis", "Problem", "analyse"]


@dataclass(frozen=True, eq=False)
class Statement:
    """What was found in one top-level statement; spans count lines from its first one."""

    facts: tuple[Facts, ...]
    """Of each path through each of its functions that rules of values speak of."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A statement at its place, with its findings there."""

    at: Placed
    key: Key
    """All that the statement depends on."""
    statement: Statement
    view: Surroundings
    """What of its file the statement may ask for."""
    noted: tuple[Finding, ...]
    """What its page gives, spans as in the statement."""
    findings: tuple[Finding, ...]
    """Each once, in the order of the text."""


@dataclass(frozen=True, slots=True)
class Analysed:
    """One function of the user's, at its place in the file."""

    name: str
    span: Span
    name_span: Span
    line: int
    """Where the statement begins that the spans in `facts` are relative to."""
    facts: tuple[Facts, ...]
    """Of each path."""

    @property
    def paths(self) -> tuple[Function, ...]:
        return tuple(known.function for known in self.facts)

    @property
    def may_train(self) -> bool:
        """Whether it may be an activation, a loss or a layer: where a code lens stands."""
        return any(path.roles for path in self.paths)


@dataclass(frozen=True)
class Analysis:
    """All that is known of one source."""

    source: Source
    settings: Settings
    findings: tuple[Finding, ...]
    """In the order of the text, spans absolute."""
    errors: tuple[Problem, ...]
    """Statements that Python cannot read; their last findings are gone, those of all others stay."""
    parsed: Parsed = field(repr=False)
    told: tuple[Told, ...] = field(repr=False)
    """The statements that concern us, at their places."""
    file: Surroundings = field(repr=False)

    @cached_property
    def keys(self) -> Keys:
        return {(id(one.at.segment), one.at.line): one.key for one in self.told}

    @cached_property
    def statements(self) -> Mapping[Key, Statement]:
        """By all that they depend on: what the next analysis takes over."""
        return {one.key: one.statement for one in self.told}

    @cached_property
    def functions(self) -> tuple[Analysed, ...]:
        """The user's functions, in the order of the text."""
        return tuple(_functions(self.told, partial(_whole, self.parsed, self.settings)))

    @cached_property
    def trained(self) -> tuple[Analysed, ...]:
        """Those of them that rules speak of."""
        return tuple(_functions(self.told, lambda told: told.statement.facts))


def analyse(
    source: Source,
    settings: Settings = Settings(),  # noqa: B008
    previous: Analysis | None = None,
    siblings: Modules | None = None,
) -> Analysis:
    """Everything found in `source`; statements that are as they were in `previous` are not looked at again.

    What it imports from its own package is followed where `siblings` finds it, by default those of `previous`.
    """
    settings = for_file(settings, source.path)
    parsed = parse(source, previous.parsed if previous else None)
    siblings = siblings or (previous.parsed.siblings if previous else None)
    if siblings is not None:
        parsed = replace(parsed, siblings=siblings, stamp=siblings.state)
    earlier = previous if previous and previous.settings == settings else None
    edited = steady(earlier.parsed, parsed) if earlier and earlier.parsed.stamp == parsed.stamp else None
    if earlier and edited is not None:
        file, told = earlier.file, tuple(_edited(parsed, edited, settings, earlier))
        suspects = [new for _, new in edited] if not earlier.errors else parsed.placed
    else:
        file = surroundings(parsed, earlier.file if earlier else None)
        told, suspects = tuple(_told(parsed, file, settings, earlier)), parsed.placed
    findings = tuple(_told_as(settings, suppressed(parsed, _merged(told), NAMES, _active(settings))))
    return Analysis(source, settings, findings, tuple(parsed.problems(suspects)), parsed, told, file)


def _told_as(settings: Settings, findings: Iterable[Finding]) -> Iterable[Finding]:
    """The findings, as loud as the settings want them."""
    if not settings.severity:
        return findings
    told = {rule: Severity(severity) for rule, severity in settings.severity}
    return (replace(each, severity=told.get(each.rule, each.severity)) for each in findings)


def _edited(parsed: Parsed, edited: tuple[Pair, ...], settings: Settings, earlier: Analysis) -> Iterator[Told]:
    """The statements, if nothing else changed than these: only they and what refers to them are looked at."""
    new = {after.line: after for _, after in edited} | {placed.line: placed for placed in users(parsed, edited)}
    for one in earlier.told:
        at = new.get(one.at.line)
        needs = key(parsed, at) if at else None
        if at and needs and needs != one.key:
            view = narrowed(earlier.file, at.segment.words)
            statement = _statement(parsed, at, settings, had_some=bool(one.statement.facts))
            yield _at(parsed, at, needs, statement, view, settings)
        else:
            yield one


def _told(parsed: Parsed, file: Surroundings, settings: Settings, earlier: Analysis | None) -> Iterator[Told]:
    """The statements that concern us; what was known of one with the same text and needs is taken over."""
    known = earlier.statements if earlier else {}
    pages = {id(one.statement): one for one in earlier.told} if earlier else {}
    told = {(id(one.statement), one.at.line): one for one in earlier.told} if earlier else {}
    same = earlier is not None and earlier.file is file
    needed = keys(parsed, earlier.parsed if earlier else None, earlier.keys if earlier else {})
    found: dict[Key, Statement] = {}
    for at in parsed.placed:
        if (needs := needed[id(at.segment), at.line]) is None:
            continue
        statement = found[needs] = found.get(needs) or known.get(needs) or _statement(parsed, at, settings)
        page = pages.get(id(statement))
        view = page.view if page and same else narrowed(file, at.segment.words)
        page = page if page and page.view == view else None
        before = told.get((id(statement), at.line))
        yield before if before and before is page else _at(parsed, at, needs, statement, view, settings, page)


def _at(
    parsed: Parsed,
    at: Placed,
    needs: Key,
    statement: Statement,
    view: Surroundings,
    settings: Settings,
    page: Told | None = None,
) -> Told:
    """A statement at its place; `page` has seen the same view of the file."""
    noted = page.noted if page else _noted(parsed, at, statement, view, settings)
    moved = _once(_down(finding, at.line) for finding in (*statement.findings, *noted))
    return Told(at, needs, statement, view, noted, tuple(sorted(moved, key=_order)))


def _order(finding: Finding) -> tuple[Position, Position, str]:
    return finding.span.start, finding.span.end, finding.rule


def _statement(parsed: Parsed, placed: Placed, settings: Settings, *, had_some: bool = False) -> Statement:
    known = tuple(facts(fn, settings.widest) for fn in trained(parsed, placed, had_some=had_some))
    text = Source(parsed.source.path, placed.segment.text)
    cases = [Case(text, one.function, one, settings, parsed.imports) for one in known]
    findings = (finding for case in cases for finding in _judged(case))
    return Statement(known, tuple(_once(findings)))


NAMES = frozenset(rule.name for rule in RULES)


NUMERIC = frozenset(cause.value for cause in Cause)
"""The rules that judge what a module's own statements compute; the others are about functions."""


@lru_cache(maxsize=64)
def _active(settings: Settings) -> frozenset[str]:
    """The rules that the settings let speak."""
    return (frozenset(settings.select) or NAMES).union(settings.extend_select).difference(settings.ignore)


def _judged(case: Case) -> Iterator[Finding]:
    settings = case.settings
    active = _active(settings)
    for rule in RULES:
        is_module = case.function.kind == "module"
        if rule.name not in active or (is_module and rule.name not in NUMERIC):
            continue
        for finding in rule.check(case):
            # What a script computes is told where plain float32 fails.
            if _is_wanted(finding, settings) and not (is_module and finding.severity is not Severity.WARNING):
                yield finding


def _noted(
    parsed: Parsed, at: Placed, statement: Statement, view: Surroundings, settings: Settings
) -> tuple[Finding, ...]:
    """What the rules find that judge a statement as it stands in its file."""
    functions = tuple(known.function for known in statement.facts)
    if "custom" in view.kinds.values():
        functions = lower(parsed, at)
    page = Page(at.segment.text, at.segment.words, functions, view, settings)
    active = _active(settings)
    checks = (rule.check_page for rule in RULES if rule.check_page and rule.name in active)
    return tuple(finding for check in checks for finding in check(page))


def _is_wanted(finding: Finding, settings: Settings) -> bool:
    if finding.severity is not Severity.INFORMATION or finding.witness is None:
        return True
    if finding.witness.mode == "xla":
        return settings.xla
    return settings.half_precision or finding.witness.dtype in ("float32", "float64")


def _once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Each rule once at each place, though several paths lead there: the one that speaks loudest."""
    rank = list(Severity).index
    best: dict[tuple[str, Span], Finding] = {}
    for finding in findings:
        at = (finding.rule, finding.span)
        if at not in best or rank(finding.severity) < rank(best[at].severity):
            best[at] = finding
    yield from best.values()


def _merged(told: Iterable[Told]) -> Iterator[Finding]:
    """All findings in the order of the text; what a helper's own finding says is not said of its callers."""
    found = [finding for one in told for finding in one.findings]
    if all(finding.origin is NOWHERE for finding in found):
        return iter(found)
    own = {(finding.rule, finding.span) for finding in found}
    return (f for f in found if f.origin == NOWHERE or (f.rule, f.origin) not in own)


def _down(finding: Finding, lines: int) -> Finding:
    return replace(
        finding,
        span=finding.span.down(lines),
        origin=finding.origin if finding.origin == NOWHERE else finding.origin.down(lines),
        fixes=Fixes(_moved, finding.fixes, lines),
    )


def _moved(fixes: Iterable[Fix], lines: int) -> Iterator[Fix]:
    for fix in fixes:
        yield replace(fix, edits=tuple(replace(edit, span=edit.span.down(lines)) for edit in fix.edits))


def with_imports(analysis: Analysis, fix: Fix) -> Fix:
    """The fix with the imports that it needs and the file lacks."""
    present = {text.strip() for text in analysis.source.lines} if fix.needs else frozenset[str]()
    line = _import_line(analysis.parsed)
    added = tuple(Edit(Span((line, 0), (line, 0)), f"{need}\n") for need in fix.needs if need not in present)
    return replace(fix, edits=added + fix.edits, needs=())


def _import_line(parsed: Parsed) -> int:
    """Where a new import goes: before the first top-level import of a module."""
    return next((placed.line for placed in parsed.placed if placed.segment.imports), 0)


def _functions(told: Iterable[Told], known: Callable[[Told], Iterable[Facts]]) -> Iterator[Analysed]:
    for one in told:
        line = one.at.line
        for (name, span), paths in groupby(known(one), _place):
            group = tuple(paths)
            if group[0].function.kind == "module":
                continue
            yield Analysed(name, span.down(line), group[0].function.name_span.down(line), line, group)


def _place(known: Facts) -> tuple[str, Span]:
    return known.function.name, known.function.span


_WHOLE: WeakKeyDictionary[Statement, tuple[Facts, ...]] = WeakKeyDictionary()


def _whole(parsed: Parsed, settings: Settings, told: Told) -> tuple[Facts, ...]:
    """What is known of every function of a statement, worked out when somebody looks at them."""
    statement = told.statement
    if statement not in _WHOLE:
        _WHOLE[statement] = tuple(
            next((one for one in statement.facts if one.function == fn), None) or facts(fn, settings.widest)
            for fn in lower(parsed, told.at)
        )
    return _WHOLE[statement]
