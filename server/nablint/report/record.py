"""What was found in one file, as a text that goes between processes, machines and runs, and back."""

from __future__ import annotations

import json
from typing import Any

from nablint.finding import Edit, Finding, Fix, Safety, Severity, Witness
from nablint.notebook import Notebook
from nablint.report.checked import Checked, Trouble
from nablint.source import Source, Span

NOTHING = ""
"""The record of a file in which nothing was found and nothing went wrong: most of them."""


def encoded(checked: Checked) -> str:
    """The record. It holds no source text: who reads it has the file."""
    if not checked.findings and not checked.troubles:
        return NOTHING
    findings = [_finding(finding) for finding in checked.findings]
    troubles = [[t.message, t.position, t.ours] for t in checked.troubles]
    return json.dumps([findings, troubles], ensure_ascii=False, separators=(",", ":"))


def restored(record: str, source: Source, notebook: Notebook | None) -> Checked:
    """What was found, beside the source that it was found in; a ValueError if the record is none of ours."""
    if record == NOTHING:
        return Checked(source, notebook=notebook)
    try:
        findings, troubles = json.loads(record)
        found = tuple(_restored(item) for item in findings)
        told = tuple(Trouble(source.path, text, tuple(at) if at else None, ours) for text, at, ours in troubles)
    except (TypeError, KeyError, LookupError) as error:
        raise ValueError(f"no record: {error!r}") from error
    return Checked(source, found, told, notebook)


def _finding(finding: Finding) -> list[Any]:
    witness = finding.witness
    return [
        finding.rule,
        _flat(finding.span),
        finding.message,
        finding.severity.value,
        finding.function,
        [dict(witness.inputs), witness.dtype, witness.mode, witness.value, witness.gradient] if witness else None,
        dict(finding.thresholds),
        _flat(finding.origin),
        [
            [f.title, [[_flat(e.span), e.text] for e in f.edits], f.safety.value, f.needs, f.drift]
            for f in finding.fixes
        ],
    ]


def _restored(item: list[Any]) -> Finding:
    rule, span, message, severity, function, witness, thresholds, origin, fixes = item
    return Finding(
        rule,
        _span(span),
        message,
        Severity(severity),
        function,
        Witness(*witness) if witness else None,
        thresholds,
        _span(origin),
        tuple(_fix(*fix) for fix in fixes),
    )


def _fix(title: str, edits: list[Any], safety: str, needs: list[str], drift: float | None) -> Fix:
    return Fix(title, tuple(Edit(_span(span), text) for span, text in edits), Safety(safety), tuple(needs), drift)


def _flat(span: Span) -> list[int]:
    return [*span.start, *span.end]


def _span(flat: list[int]) -> Span:
    line, column, last, end = flat
    return Span((line, column), (last, end))
