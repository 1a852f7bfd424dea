"""Findings as workflow commands: annotations on a pull request at GitHub."""

from __future__ import annotations

from collections.abc import Iterator

from nablint.finding import Finding, Severity
from nablint.report.checked import Checked, place

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "notice"}


def lines(checked: Checked) -> Iterator[str]:
    """One command for each finding, and for each file or place that could not be checked."""
    for finding in checked.findings:
        yield _finding(checked, finding)
    for trouble in checked.troubles:
        at = place(checked.notebook, trouble.position) if trouble.position else None
        spot = f",line={at.line},col={at.column}" if at and at.cell is None else ""
        yield f"::error file={_property(trouble.path)}{spot},title=nablint::{_data(trouble.message)}"


def _finding(checked: Checked, finding: Finding) -> str:
    start, end = (place(checked.notebook, position) for position in (finding.span.start, finding.span.end))
    title = _property(f"nablint: {finding.rule}")
    file = _property(checked.source.path)
    if start.cell is not None:
        # GitHub shows a notebook as one file of JSON, where the cell's lines mean nothing.
        where, message = f"file={file}", f"cell {start.cell}, line {start.line}: {finding.message}"
    else:
        where = f"file={file},line={start.line},endLine={end.line},col={start.column},endColumn={end.column}"
        message = finding.message
    return f"::{_LEVEL[finding.severity]} {where},title={title}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
