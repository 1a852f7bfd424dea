"""A summary in Markdown: for a pull request, a job's page, a wiki."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from nablint.finding import Finding, Severity
from nablint.report.checked import Checked, Place, fixable, place, trouble_location
from nablint.report.text import fix_title, shown, summary

_SIGN = {Severity.ERROR: "🛑", Severity.WARNING: "⚠️", Severity.INFORMATION: "💡"}


def document(results: Iterable[Checked]) -> str:
    """A heading with the counts, a table of the findings by rule, and what could not be checked."""
    together = list(results)
    found = [(checked, finding) for checked in together for finding in checked.findings]
    troubles = [(checked, trouble) for checked in together for trouble in checked.troubles]
    findings = [finding for _, finding in found]
    parts = ["## Nablint", summary(len(together), findings, len(troubles))]
    for rule, group in groupby(sorted(found, key=lambda one: one[1].rule), key=lambda one: one[1].rule):
        parts.append("\n".join(_table(rule, list(group))))
    if troubles:
        lines = [f"- {_cell(trouble_location(checked, trouble))}: {_cell(t.message)}" for checked, t in troubles
                 for trouble in (t,)]  # fmt: skip
        parts.append("### Not checked\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _table(rule: str, found: list[tuple[Checked, Finding]]) -> Iterator[str]:
    fixes = fixable((finding for _, finding in found), safe=True)
    repaired = f", {fixes} fixed by `nablint fix`" if fixes else ""
    yield f"### {rule} ({len(found)}{repaired})"
    yield ""
    yield "| | where | what | fix |"
    yield "| --- | --- | --- | --- |"
    for checked, finding in found:
        where = _code(_where(checked.source.path, place(checked.notebook, finding.span.start)))
        fix = fix_title(finding.fixes[0]) if finding.fixes else ""
        yield f"| {_SIGN[finding.severity]} | {where} | {_cell(finding.message)} | {_cell(fix)} |"


def _where(path: str, at: Place) -> str:
    cell = f", cell {at.cell}" if at.cell is not None else ""
    return f"{path}{cell}, line {at.line}"


def _cell(text: str) -> str:
    """The text as it is: nothing in it is taken for Markdown or HTML."""
    plain = shown(" ".join(text.split()))
    return "".join(f"\\{c}" if c in "\\`*_[]<>|~#&" else c for c in plain)


def _code(text: str) -> str:
    """The text as code; a table's bar would end its cell even there."""
    plain = shown(" ".join(text.split())).replace("|", "\\|")
    if "`" not in plain:
        return f"`{plain}`"
    fence = "`" * (1 + max(map(len, re.findall("`+", plain))))
    return f"{fence} {plain} {fence}"
