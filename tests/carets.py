"""Caret annotations: what a fixture says should be found, written under the code; see fixtures/README.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from nablint.finding import Finding
from nablint.source import Source

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
CARETS = re.compile(r"^ *# *\^+(?:\.\.\.)? [a-z-]+ ?(?:\([a-z]+\))?: ")


def stripped(text: str) -> str:
    """The fixture's code without its annotations."""
    return "".join(line for line in text.splitlines(keepends=True) if not CARETS.match(line))


def annotated(source: Source, findings: Iterable[Finding]) -> str:
    """The code with one annotation a finding under the line on which it begins."""
    notes: dict[int, list[str]] = {}
    for finding in findings:
        notes.setdefault(finding.span.start[0], []).append(_note(source, finding))
    return "".join(_with_notes(source.lines, notes))


def _with_notes(lines: Iterable[str], notes: dict[int, list[str]]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line
        yield from notes.get(number, ())


def _note(source: Source, finding: Finding) -> str:
    (line, column), end = finding.span.start, finding.span.end
    more = "..." if end[0] > line else ""
    stop = len(source.line(line)) if more else end[1]
    severity = "" if finding.severity.value == "warning" else f" ({finding.severity.value})"
    indent = min(column, len(source.line(line)) - len(source.line(line).lstrip()))
    mark = " " * indent + "#" + " " * max(column - indent - 1, 0) + "^" * max(stop - max(column, indent + 1), 1)
    return f"{mark}{more} {finding.rule}{severity}: {finding.message}\n"
