"""The formats of `check`: each a function from results to the lines that are printed, loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from nablint.cli.common import colour
from nablint.finding import Finding
from nablint.report import text
from nablint.report.checked import Checked

Report = Callable[[Iterable[Checked]], Iterator[str]]


def _text(results: Iterable[Checked]) -> Iterator[str]:
    files, troubles = 0, 0
    findings: list[Finding] = []
    for result in results:
        files, troubles = files + 1, troubles + len(result.troubles)
        findings += result.findings
        for finding in result.findings:
            yield "\n".join(text.finding_lines(result, finding, colour)) + "\n"
    yield text.summary(files, findings, troubles)


def _statistics(results: Iterable[Checked]) -> Iterator[str]:
    yield from text.statistics(finding for result in results for finding in result.findings)


def _json(results: Iterable[Checked]) -> Iterator[str]:
    from nablint.report import json

    yield json.document(results)


def _json_lines(results: Iterable[Checked]) -> Iterator[str]:
    from nablint.report import json

    yield from (line for result in results for line in json.lines(result))


def _sarif(results: Iterable[Checked]) -> Iterator[str]:
    from nablint.report import sarif

    yield sarif.document(results)


def _github(results: Iterable[Checked]) -> Iterator[str]:
    from nablint.report import github

    yield from (line for result in results for line in github.lines(result))


def _gitlab(results: Iterable[Checked]) -> Iterator[str]:
    from nablint.report import gitlab

    yield gitlab.document(results)


def _junit(results: Iterable[Checked]) -> Iterator[str]:
    from nablint.report import junit

    yield junit.document(results)


def _markdown(results: Iterable[Checked]) -> Iterator[str]:
    from nablint.report import markdown

    yield markdown.document(results)


FORMATS: Mapping[str, Report] = {
    "text": _text,
    "json": _json,
    "json-lines": _json_lines,
    "sarif": _sarif,
    "github": _github,
    "gitlab": _gitlab,
    "junit": _junit,
    "markdown": _markdown,
}

STATISTICS: Report = _statistics

WITHOUT_FIXES = frozenset({"github", "gitlab", "junit"})
"""Formats that tell of no fixes, so that none need be verified."""
