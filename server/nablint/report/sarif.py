"""Findings as SARIF 2.1.0: what code scanning services read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nablint import __version__
from nablint.finding import Edit, Finding, Fix, Severity
from nablint.report import json
from nablint.report.checked import Checked, Trouble, place
from nablint.report.identity import fingerprints
from nablint.report.links import rule_url
from nablint.report.rule import first_sentence, page
from nablint.report.text import fix_title
from nablint.rule import Rule
from nablint.rules import RULES
from nablint.source import NOWHERE, Position, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}


def document(results: Iterable[Checked]) -> str:
    """One SARIF log with one run."""
    found: list[tuple[Checked, Finding, str]] = []
    notices: list[dict[str, Any]] = []
    ours = False
    for checked in results:
        found += [(checked, finding, fingerprint) for finding, fingerprint in fingerprints(checked)]
        notices += [_notice(checked, trouble) for trouble in checked.troubles]
        ours = ours or any(trouble.ours for trouble in checked.troubles)
    spoken = {finding.rule for _, finding, _ in found}
    rules = [rule for rule in RULES if rule.name in spoken]
    places = {rule.name: index for index, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "nablint", "version": __version__, "rules": [_rule(rule) for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not ours, "toolExecutionNotifications": notices}],
        "results": [_result(checked, f, fingerprint, places[f.rule]) for checked, f, fingerprint in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": first_sentence(rule)},
        "fullDescription": {"text": rule.docs.strip()},
        "help": {"text": rule.docs.strip(), "markdown": page(rule)},
        "helpUri": rule_url(rule.name),
    }


def _result(checked: Checked, finding: Finding, fingerprint: str, index: int) -> dict[str, Any]:
    result = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVEL[finding.severity],
        "message": {"text": _message(checked, finding)},
        "locations": [_location(checked, finding.span, finding.function)],
        "partialFingerprints": {"nablint/v1": fingerprint},
    }
    if finding.origin != NOWHERE:
        related = _location(checked, finding.origin)
        result["relatedLocations"] = [{"id": 1, **related, "message": {"text": "The cause is here."}}]
    # The lines of a notebook's cells are not those of its file, so an edit could not be told.
    if finding.fixes and checked.notebook is None:
        result["fixes"] = [_fix(checked, fix) for fix in finding.fixes]
    return result


def _message(checked: Checked, finding: Finding) -> str:
    at = place(checked.notebook, finding.span.start)
    return finding.message if at.cell is None else f"cell {at.cell}, line {at.line}: {finding.message}"


def _location(checked: Checked, span: Span, function: str = "") -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(checked.source.path)}
    if checked.notebook is None:
        physical["region"] = {**_region(span), "snippet": {"text": checked.source.slice(span)}}
    named = {"logicalLocations": [{"name": function, "kind": "function"}]} if function else {}
    return {"physicalLocation": physical, **named}


def _fix(checked: Checked, fix: Fix) -> dict[str, Any]:
    change = {"artifactLocation": _artifact(checked.source.path), "replacements": list(_replacements(fix.edits))}
    return {"description": {"text": fix_title(fix)}, "artifactChanges": [change]}


def _replacements(edits: Sequence[Edit]) -> Iterator[dict[str, Any]]:
    for edit in edits:
        yield {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}


def _notice(checked: Checked, trouble: Trouble) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(trouble.path)}
    if trouble.position is not None and checked.notebook is None:
        physical["region"] = _point(trouble.position)
    return {
        "level": "error",
        "message": {"text": f"{trouble.path} {trouble.message}"},
        "locations": [{"physicalLocation": physical}],
    }


def _region(span: Span) -> dict[str, int]:
    (line, column), (last, end) = span.start, span.end
    return {"startLine": line + 1, "startColumn": column + 1, "endLine": last + 1, "endColumn": end + 1}


def _point(position: Position) -> dict[str, int]:
    return {"startLine": position[0] + 1, "startColumn": position[1] + 1}


def _artifact(path: str) -> dict[str, str]:
    """A relative path stays relative to where the run began; services take that for the root of the repository."""
    if Path(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(path.replace("\\", "/").removeprefix("./"))}
