"""From which input on a rule's examples break, in every float dtype, as the engine finds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nablint.analyse import analyse
from nablint.domains.dtype import FLOATS
from nablint.report.rule import module
from nablint.rule import Rule, number
from nablint.source import Source


def limits(rule: Rule) -> str:
    """A table with a row for each example that has a threshold, or nothing."""
    rows = [row for example in rule.examples for row in _rows(rule.name, module(example.bad))]
    if not rows:
        return ""
    head = ("", *FLOATS)
    lines = [head, ("---",) * len(head), *((code, *(_said(found, dtype) for dtype in FLOATS)) for code, found in rows)]
    words = "The failing input of least magnitude, or the largest number of a failing row:"
    return words + "\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rows(rule: str, text: str) -> Iterator[tuple[str, Mapping[str, float]]]:
    source = Source("example.py", text)
    for finding in analyse(source).findings:
        if finding.rule == rule and finding.thresholds:
            code = source.line(finding.span.start[0]).strip().removeprefix("return ")
            yield f"`{code}`", finding.thresholds
            return


def _said(found: Mapping[str, float], dtype: str) -> str:
    return number(found[dtype]) if dtype in found else "never"
