"""Findings as a person reads them in a terminal."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from nablint.finding import Finding, Fix, Safety, Severity
from nablint.report.checked import Checked, counted, fixable, location, place, trouble_location
from nablint.source import NOWHERE, Position, Source, Span

Style = Callable[[str, str], str]
"""`style(text, name)`: the text in the colours of that name, or as it is."""


def plain(text: str, _name: str) -> str:
    return text


def finding_lines(checked: Checked, finding: Finding, style: Style = plain) -> Iterator[str]:
    """Where, what, the line with carets beneath, and the fix."""
    at = shown(location(checked.source.path, place(checked.notebook, finding.span.start)))
    severity = finding.severity.value
    yield f"{style(at, 'path')}: {style(severity, severity)} {style(finding.rule, 'rule')}: {shown(finding.message)}"
    yield f"    {shown(checked.source.line(finding.span.start[0]))}"
    yield f"    {style(carets(checked.source, finding.span), severity)}"
    if finding.origin != NOWHERE:
        yield f"  caused by {_where(checked, finding.origin.start)}"
    yield from (f"  {style('fix', 'fix')}: {shown(fix_title(fix))}" for fix in finding.fixes)


def carets(source: Source, span: Span) -> str:
    """Carets under a range of its first line, wherever tabs and wide characters put it."""
    (line, start), end = span.start, span.end
    text = source.line(line)
    stop = end[1] if end[0] == line else len(text.rstrip())
    before = "".join(" " * _width(c) for c in shown(text[:start]))
    return before + "^" * max(sum(map(_width, shown(text[start:stop]))), 1)


def shown(text: str) -> str:
    """The text with tabs as four spaces and control characters as a dot: a terminal obeys them otherwise."""
    return "".join("    " if c == "\t" else c if c.isprintable() else "·" for c in text)


def trouble_line(checked: Checked, index: int) -> str:
    """One sentence for a file, or a place in it, that could not be checked."""
    trouble = checked.troubles[index]
    return shown(f"{trouble_location(checked, trouble)}: {trouble.message}")


def fix_title(fix: Fix) -> str:
    """What the fix does, what it changes, and how far its values drift if more than rounding would explain."""
    remark = {Safety.SAFE: "", Safety.CHANGES_VALUES: "changes values", Safety.CHANGES_GRADIENT: "changes the gradient"}
    drift = f"drifts up to {fix.drift:.0f} ulp" if fix.drift and fix.drift > DRIFT else ""
    remarks = ", ".join(filter(None, (remark[fix.safety], drift)))
    return fix.title + (f" ({remarks})" if remarks else "")


DRIFT = 4
"""In ulps of float32: what less than this comes of needs no word."""


def summary(files: int, findings: Iterable[Finding], troubles: int) -> str:
    """The last line: counts, and what `nablint fix` would do."""
    found = tuple(findings)
    parts = [_by_severity(found), f"in {counted(files, 'file')}"]
    safe, unsafe = fixable(found, safe=True), fixable(found, safe=False)
    if safe:
        parts.append(f"— {safe} fixed by `nablint fix`" + (f", {unsafe} more with --unsafe-fixes" if unsafe else ""))
    elif unsafe:
        parts.append(f"— {unsafe} fixed by `nablint fix --unsafe-fixes`")
    unread = f" {counted(troubles, 'problem')} kept code from being checked." if troubles else ""
    return " ".join(parts) + "." + unread


def statistics(findings: Iterable[Finding]) -> Iterator[str]:
    """How often each rule was broken, the most frequent first."""
    counts = Counter((f.rule, f.severity.value) for f in findings)
    width = max((len(str(n)) for n in counts.values()), default=1)
    longest = max((len(rule) for rule, _ in counts), default=1)
    for (rule, severity), number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{number:>{width}}  {rule:<{longest}}  {severity}"


def _where(checked: Checked, position: Position) -> str:
    """`line 7: return 1 + tf.exp(x)`, in a notebook `cell 2, line 7: …`."""
    at = place(checked.notebook, position)
    cell = f"cell {at.cell}, " if at.cell is not None else ""
    return f"{cell}line {at.line}: {shown(checked.source.line(position[0])).strip()}"


def _by_severity(found: tuple[Finding, ...]) -> str:
    if not found:
        return "Nothing found"
    numbers = Counter(f.severity for f in found)
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "remark"}
    kinds = [counted(numbers[severity], word) for severity, word in words.items() if numbers[severity]]
    return f"{counted(len(found), 'finding')} ({', '.join(kinds)})"


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
