"""Findings as a JUnit report: a suite for each file, a failed case for each finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # It writes XML and reads none.

from nablint.finding import Finding
from nablint.report.checked import Checked, Trouble, location, place, trouble_location

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(results: Iterable[Checked]) -> str:
    """One XML document for a whole run. A file in which nothing was found is one case that passed."""
    root = Element("testsuites", name="nablint")
    for checked in results:
        _suite(root, checked)
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, 0)) for suite in root)))
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False)


def _suite(root: Element, checked: Checked) -> None:
    path = _text(checked.source.path)
    failures, errors = len(checked.findings), len(checked.troubles)
    suite = SubElement(root, "testsuite", name=path)
    suite.set("tests", str(failures + errors or 1))
    suite.set("failures", str(failures))
    suite.set("errors", str(errors))
    suite.set("skipped", "0")
    suite.set("time", "0")
    for finding in checked.findings:
        _failure(suite, checked, finding)
    for trouble in checked.troubles:
        _error(suite, checked, trouble)
    if not failures + errors:
        SubElement(suite, "testcase", name="nablint", classname=path, time="0")


def _failure(suite: Element, checked: Checked, finding: Finding) -> None:
    at = place(checked.notebook, finding.span.start)
    name = f"{finding.rule} in {finding.function}" if finding.function else finding.rule
    case = _case(suite, f"{name}, line {at.line}", checked.source.path)
    if at.cell is None:
        case.set("line", str(at.line))
    failure = SubElement(case, "failure", type=finding.severity.value, message=_text(finding.message))
    failure.text = _text(f"{location(checked.source.path, at)}: {finding.rule}: {finding.message}")


def _error(suite: Element, checked: Checked, trouble: Trouble) -> None:
    case = _case(suite, "not checked", checked.source.path)
    error = SubElement(case, "error", type="not-checked", message=_text(trouble.message))
    error.text = _text(f"{trouble_location(checked, trouble)}: {trouble.message}")


def _case(suite: Element, name: str, path: str) -> Element:
    return SubElement(suite, "testcase", name=_text(name), classname=_text(path), file=_text(path), time="0")


def _text(text: str) -> str:
    """The text without what XML cannot hold, however it is escaped."""
    return _UNWRITABLE.sub("\ufffd", text)
