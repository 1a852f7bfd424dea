"""A file in, the same file without what can be fixed, out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from nablint.analyse import Analysis
from nablint.cli.common import Wanted, analysed, guarded
from nablint.cli.files import File
from nablint.config import Settings
from nablint.finding import Finding, Fix, Safety
from nablint.report.checked import Trouble, location, place

MOST_PASSES = 50
"""A file that still changes after so many passes would change for ever."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One fix that was applied, at its place in the text of that pass."""

    where: str
    rule: str
    fix: Fix


@dataclass(frozen=True, slots=True)
class Repaired:
    """A file after all fixes."""

    file: File
    applied: tuple[Applied, ...] = ()
    left: int = 0
    """How many findings are left."""
    trouble: Trouble | None = None
    """Why it could not be analysed, or not to the end."""


def repaired(file: File, settings: Settings, wanted: Wanted, safeties: Collection[Safety]) -> Repaired:
    """The file after pass upon pass of fixes, up to the text that no fix changes any more.

    The analysis sees every rule, so that a fix for one that is wanted cannot break another; only then are the
    findings cut to those wanted.
    """
    result, previous = Repaired(file), None
    for _ in range(MOST_PASSES):
        analysis = analysed(result.file, settings, previous)
        if isinstance(analysis, Trouble):
            return replace(result, trouble=analysis)
        if analysis is None:
            return result
        findings = [finding for finding in analysis.findings if wanted.includes(finding.rule)]
        chosen = guarded(file.path, partial(_chosen, analysis, findings, safeties))
        if isinstance(chosen, Trouble):
            return replace(result, left=len(findings), trouble=chosen)
        if not chosen:
            return replace(result, left=len(findings))
        result, previous = _after(result, chosen), analysis
    return replace(result, trouble=Trouble(file.path, f"still changed after {MOST_PASSES} rounds of fixes.", ours=True))


def _chosen(
    analysis: Analysis, findings: list[Finding], safeties: Collection[Safety]
) -> tuple[tuple[Finding, Fix], ...]:
    """For each function at most one fix, none touching another: so each meets the text that it was verified in."""
    chosen: dict[str, tuple[Finding, Fix]] = {}
    if not any(finding.fixes for finding in findings):
        return ()
    # Imported here: most files have nothing to fix.
    from nablint.verify import offered

    for finding in findings:
        if finding.function in chosen or not finding.fixes:
            continue
        fix = next((fix for fix in offered(analysis, finding) if fix.safety in safeties), None)
        if fix and not any(_touch(fix, other) for _, other in chosen.values()):
            chosen[finding.function] = finding, fix
    return tuple(chosen.values())


def _touch(one: Fix, other: Fix) -> bool:
    """Whether two fixes overlap, or insert at the same place: the same import line, for one."""
    pairs = product((edit.span for edit in one.edits), (edit.span for edit in other.edits))
    return any(a.overlaps(b) or a.start == b.start for a, b in pairs)


def _after(result: Repaired, chosen: tuple[tuple[Finding, Fix], ...]) -> Repaired:
    file = result.file
    applied = tuple(
        Applied(location(file.path, place(file.notebook, finding.span.start)), finding.rule, fix)
        for finding, fix in chosen
    )
    edits = [edit for _, fix in chosen for edit in fix.edits]
    return Repaired(file.edited(edits), result.applied + applied)
