"""Findings as JSON: the shape that `check.schema.json` describes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from nablint.finding import Edit, Finding, Fix, Witness
from nablint.report.checked import Checked, Place, Trouble, place
from nablint.report.links import rule_url
from nablint.source import Position

VERSION = 1


def document(results: Iterable[Checked]) -> str:
    """One JSON object for a whole run."""
    files, findings, errors = 0, [], []
    for checked in results:
        files += 1
        findings += [finding_object(checked, finding) for finding in checked.findings]
        errors += [trouble_object(checked, trouble) for trouble in checked.troubles]
    return dumps({"version": VERSION, "files": files, "findings": findings, "errors": errors}, indent=1)


def lines(checked: Checked) -> Iterable[str]:
    """One JSON object a line: each finding, and each error with `kind` telling them apart."""
    for finding in checked.findings:
        yield dumps({"kind": "finding", **finding_object(checked, finding)})
    for trouble in checked.troubles:
        yield dumps({"kind": "error", **trouble_object(checked, trouble)})


def finding_object(checked: Checked, finding: Finding) -> dict[str, Any]:
    start, end = _place(checked, finding.span.start), _place(checked, finding.span.end)
    return {
        "path": _path(checked.source.path),
        "cell": start.cell,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "function": finding.function,
        "start": _position(start),
        "end": _position(end),
        "message": finding.message,
        "witness": _witness(finding.witness) if finding.witness else None,
        "thresholds": dict(finding.thresholds),
        "fixes": [_fix(checked, fix) for fix in finding.fixes],
        "url": rule_url(finding.rule),
    }


def trouble_object(checked: Checked, trouble: Trouble) -> dict[str, Any]:
    at = _place(checked, trouble.position) if trouble.position else None
    return {
        "path": _path(trouble.path),
        "cell": at.cell if at else None,
        "start": _position(at) if at else None,
        "message": trouble.message,
    }


def dumps(value: object, indent: int | None = None) -> str:
    """JSON that every reader takes: numbers that it cannot spell become the texts "nan", "inf" and "-inf"."""
    return json.dumps(spelled(value), ensure_ascii=False, allow_nan=False, indent=indent)


def spelled(value: Any) -> Any:
    """The value with every float that JSON cannot spell as a text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [spelled(item) for item in value]
    return value


def _witness(witness: Witness) -> dict[str, Any]:
    return {
        "inputs": dict(witness.inputs),
        "dtype": witness.dtype,
        "mode": witness.mode,
        "value": witness.value,
        "gradient": witness.gradient,
    }


def _fix(checked: Checked, fix: Fix) -> dict[str, Any]:
    drift = {} if fix.drift is None else {"drift": round(fix.drift, 2)}
    edits = [_edit(checked, edit) for edit in fix.edits]
    return {"title": fix.title, "safety": fix.safety.value, **drift, "edits": edits}


def _edit(checked: Checked, edit: Edit) -> dict[str, Any]:
    """An edit; in a notebook it names its cell, which need not be the finding's."""
    start, end = _place(checked, edit.span.start), _place(checked, edit.span.end)
    cell = {} if start.cell is None else {"cell": start.cell}
    return {**cell, "start": _position(start), "end": _position(end), "text": edit.text}


def _place(checked: Checked, position: Position) -> Place:
    return place(checked.notebook, position)


def _position(at: Place) -> dict[str, int]:
    return {"line": at.line, "column": at.column}


def _path(path: str) -> str:
    return path.replace("\\", "/")
