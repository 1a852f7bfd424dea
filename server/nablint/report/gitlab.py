"""Findings as GitLab's code quality report, which shows them in a merge request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from nablint.finding import Severity
from nablint.report import json
from nablint.report.checked import Checked, Trouble, place
from nablint.report.identity import fingerprints

_SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFORMATION: "info"}


def document(results: Iterable[Checked]) -> str:
    """One JSON list for a whole run."""
    return json.dumps([issue for checked in results for issue in _issues(checked)], indent=1)


def _issues(checked: Checked) -> Iterator[dict[str, Any]]:
    path = checked.source.path.replace("\\", "/")
    for finding, fingerprint in fingerprints(checked):
        at, end = (place(checked.notebook, position) for position in (finding.span.start, finding.span.end))
        # GitLab shows a notebook as one file, where a cell's lines mean nothing.
        cell = f"cell {at.cell}, line {at.line}: " if at.cell is not None else ""
        lines = {"begin": 1, "end": 1} if cell else {"begin": at.line, "end": max(at.line, end.line)}
        yield {
            "description": f"{cell}{finding.message}",
            "check_name": finding.rule,
            "fingerprint": fingerprint,
            "severity": _SEVERITY[finding.severity],
            "location": {"path": path, "lines": lines},
        }
    yield from (_trouble(checked, trouble) for trouble in checked.troubles)


def _trouble(checked: Checked, trouble: Trouble) -> dict[str, Any]:
    at = place(checked.notebook, trouble.position) if trouble.position else None
    line = at.line if at and at.cell is None else 1
    path = trouble.path.replace("\\", "/")
    return {
        "description": trouble.message,
        "check_name": "not-checked",
        "fingerprint": hashlib.sha256(f"{path}\0{trouble.message}".encode()).hexdigest()[:32],
        "severity": "blocker",
        "location": {"path": path, "lines": {"begin": line, "end": line}},
    }
