"""What a probe said of a function, in words, and whether the text is still the one that it saw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lsprotocol import types as t

from nablint.lsp.protocol import Place, ProbeParams
from nablint.probe.protocol import Report
from nablint.report import probe as words

if TYPE_CHECKING:
    from nablint.analyse import Analysed
    from nablint.lsp.server import Probed, View

LAMBDA = "<lambda>"
HALF = ("float16", "bfloat16")


def key(found: Analysed) -> str:
    """What the last probe of a function is kept under: its name, or the place of a lambda."""
    line, column = found.span.start
    return f"{found.name}:{line + 1}:{column + 1}" if found.name.endswith(LAMBDA) else found.name


def target(uri: str, found: Analysed, at: t.Position) -> ProbeParams:
    """What a client sends to have the function probed; lambdas have no name of their own, so a place goes with it."""
    place = Place(at.line, at.character) if found.name.endswith(LAMBDA) else None
    return ProbeParams(uri, found.name, place)


def holds(view: View, last: Probed) -> bool:
    return view.document.source.text == last.text


def severity(report: Report) -> t.DiagnosticSeverity | None:
    """A warning if float32, float64 or training fails, information if only half precision does, None if nothing."""
    if not words.breaks(report):
        return None
    wide = replace(report, runs=tuple(run for run in report.runs if run.dtype not in HALF))
    return t.DiagnosticSeverity.Warning if words.breaks(wide) else t.DiagnosticSeverity.Information


def details(report: Report) -> str:
    """The verdict, then a line for each run that fails."""
    failing = [run for run in report.runs if words.breaks(Report(report.name, (run,)))]
    return "\n".join([report.verdict, *(" ".join(words.row(run).split()) for run in failing)])
