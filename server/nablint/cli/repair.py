"""A file in, the same file without what can be fixed, out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial

from nablint.analyse import Analysis
from nablint.cli.common import Wanted, analysed, guarded
from nablint.cli.files import File
from nablint.config import Settings
from nablint.finding import Finding, Fix, Safety
from nablint.report.checked import Trouble, location, place


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


def repaired(
    file: File, settings: Settings, wanted: Wanted, safeties: Collection[Safety], *, search: bool = False
) -> Repaired:
    """The file after pass upon pass of fixes, up to the text that no fix changes any more.

    With `search` a better form is looked for where no fix is known.
    """
    analysis = analysed(file, settings)
    if isinstance(analysis, Trouble):
        return Repaired(file, trouble=analysis)
    if analysis is None or not any(finding.fixes or (search and finding.witness) for finding in analysis.findings):
        return Repaired(file, left=len(_wanted(analysis, wanted)) if analysis else 0)
    # Imported here: most files have nothing to fix.
    from nablint.explore import searched
    from nablint.mend import MOST_PASSES, nothing, passes

    asked, more = (lambda finding: wanted.includes(finding.rule)), searched if search else nothing
    result, steps = Repaired(file), passes(analysis, safeties, asked, more)
    while step := guarded(file.path, partial(next, steps, None)):
        if isinstance(step, Trouble):
            return replace(result, trouble=step)
        left = len(_wanted(step.analysis, wanted))
        if not step.chosen:
            return replace(result, left=left)
        result = replace(_after(result, step.chosen), left=left)
    return replace(result, trouble=Trouble(file.path, f"still changed after {MOST_PASSES} rounds of fixes.", ours=True))


def _wanted(analysis: Analysis, wanted: Wanted) -> list[Finding]:
    return [finding for finding in analysis.findings if wanted.includes(finding.rule)]


def _after(result: Repaired, chosen: tuple[tuple[Finding, Fix], ...]) -> Repaired:
    file = result.file
    applied = tuple(
        Applied(location(file.path, place(file.notebook, finding.span.start)), finding.rule, fix)
        for finding, fix in chosen
    )
    edits = [edit for _, fix in chosen for edit in fix.edits]
    return Repaired(file.edited(edits), result.applied + applied)
