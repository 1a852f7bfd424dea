"""What is worked out when somebody asks for it: a derived gradient, and a better form that no template knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nablint.analyse import Analysed, Analysis, with_imports
from nablint.finding import Edit, Fix
from nablint.rewrite import with_gradient
from nablint.rule import Case
from nablint.source import Position, Source
from nablint.verify import harmless


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
