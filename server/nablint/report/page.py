"""Probes as one page that needs nothing else: drawn in a browser by the code that draws the editor's panel."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from nablint.probe.protocol import Report, report_message
from nablint.report import json
from nablint.report import probe as words

_HOLE = re.compile(r"<!-- \{(title|reports)\} -->")
_FOR_SCRIPTS = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""JSON that ends no script and begins no comment in it."""


@dataclass(frozen=True, slots=True)
class Probed:
    """One function on the page."""

    path: str
    line: int
    report: Report


def template() -> str:
    """The page without reports; empty where Nablint was installed without it."""
    page = files("nablint.report").joinpath("page.html")
    return page.read_text(encoding="utf-8") if page.is_file() else ""


def page(probed: Sequence[Probed], template: str) -> str:
    """The template with these reports in it, as data for its script and as text for readers without scripts."""
    names = ", ".join(dict.fromkeys(one.report.name for one in probed))
    title = names if len(names) <= 80 else f"{len(probed)} functions"
    parts = {"title": f"<title>{html.escape(title)} – Nablint probe</title>", "reports": _reports(probed)}
    return _HOLE.sub(lambda hole: parts[hole[1]], template)


def _reports(probed: Sequence[Probed]) -> str:
    data = json.dumps([_entry(one) for one in probed]).translate(_FOR_SCRIPTS)
    text = "\n\n".join("\n".join(_text(one)) for one in probed)
    return (
        f"<noscript><pre>{html.escape(text)}</pre></noscript>\n"
        f'<script type="application/json" id="reports">{data}</script>'
    )


def _entry(one: Probed) -> dict[str, object]:
    report = one.report
    outcome = "not-probed" if report.failure else "fails" if words.breaks(report) else "trains"
    return {"path": one.path, "line": one.line, "outcome": outcome, "report": report_message(report)}


def _text(one: Probed) -> list[str]:
    rows = [words.HEADER, *map(words.row, one.report.runs)] if one.report.runs else []
    return [words.line(one.path, one.line, one.report), *rows, *words.conclusion(one.report)]
