"""Pass upon pass of fixes, up to the text that no fix changes any more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import product

from nablint.analyse import Analysis, analyse
from nablint.finding import Edit, Finding, Fix, Safety, apply_edits
from nablint.source import Source, Span
from nablint.verify import offers

MOST_PASSES = 50
"""A file that still changes after so many passes would change for ever."""

SAFE = frozenset({Safety.SAFE})


@dataclass(frozen=True, slots=True)
class Pass:
    """One text, and the fixes that are applied to it together; none at the end."""

    analysis: Analysis
    chosen: tuple[tuple[Finding, Fix], ...]

    @property
    def edits(self) -> tuple[Edit, ...]:
        return tuple(edit for _, fix in self.chosen for edit in fix.edits)


def everything(_finding: Finding) -> bool:
    """That every finding is wanted."""
    return True


def nothing(_analysis: Analysis, _finding: Finding) -> Fix | None:
    """No fix but those that a finding has."""
    return None


def passes(
    analysis: Analysis,
    safeties: Collection[Safety] = SAFE,
    wanted: Callable[[Finding], bool] = everything,
    more: Callable[[Analysis, Finding], Fix | None] = nothing,
) -> Iterator[Pass]:
    """Each pass, the last one without a fix; if that never comes, `MOST_PASSES` of them.

    The analysis sees every rule, so that a fix for one that is wanted cannot break another; only then are the findings
    cut to those wanted. Where no finding has a fix, `more` is asked for one.
    """
    for _ in range(MOST_PASSES):
        findings = [finding for finding in analysis.findings if wanted(finding)]
        found = chosen(analysis, findings, safeties)
        asked = ((finding, more(analysis, finding)) for finding in findings) if not found else iter(())
        this = Pass(analysis, found or next((((finding, fix),) for finding, fix in asked if fix), ()))
        yield this
        if not this.chosen:
            return
        analysis = analyse(apply_edits(analysis.source, this.edits), analysis.settings, analysis)


def mended(analysis: Analysis, safeties: Collection[Safety] = SAFE) -> tuple[Edit, ...]:
    """The edits that lead to the text at which all passes end."""
    *_, last = passes(analysis, safeties)
    return tuple(between(analysis.source, last.analysis.source))


def between(old: Source, new: Source) -> Iterator[Edit]:
    """The edits, by whole lines, that turn one text into the other."""
    before, after = old.text.splitlines(keepends=True), new.text.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield Edit(Span(old.position(starts[a]), old.position(starts[b])), "".join(after[c:d]))


def chosen(
    analysis: Analysis, findings: Sequence[Finding], safeties: Collection[Safety]
) -> tuple[tuple[Finding, Fix], ...]:
    """For each function at most one fix, none touching another: so each meets the text that it was verified in."""
    found: dict[str, tuple[Finding, Fix]] = {}
    for finding in findings:
        if finding.function in found or not finding.fixes:
            continue
        fix = next((fix for fix in offers(analysis, finding) if fix.safety in safeties), None)
        if fix and not any(_touch(fix, other) for _, other in found.values()):
            found[finding.function] = finding, fix
    return tuple(found.values())


def _touch(one: Fix, other: Fix) -> bool:
    """Whether two fixes overlap, or insert at the same place: the same import line, for one."""
    pairs = product((edit.span for edit in one.edits), (edit.span for edit in other.edits))
    return any(a.overlaps(b) or a.start == b.start for a, b in pairs)
