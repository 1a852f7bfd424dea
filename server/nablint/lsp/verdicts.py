"""What a probe said of a function, in words, and whether the text is still the one that it saw."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from lsprotocol import types as t

from nablint.lsp.protocol import Place, ProbeParams
from nablint.probe.protocol import Report
from nablint.report import probe as words

if TYPE_CHECKING:
    from nablint.analyse import Analysed
    from nablint.lsp.server import Probed, View

NAMELESS = ("<lambda>", "<partial>")
HALF = ("float16", "bfloat16")


def key(view: View, found: Analysed) -> str:
    """What the last probe of a function is kept under: its name, and for a lambda, which has none, its text."""
    text = view.analysis.source.slice(found.span) if found.name.endswith(NAMELESS) else ""
    return f"{found.name}:{text}"


def target(uri: str, found: Analysed, at: t.Position) -> ProbeParams:
    """What a client sends to have the function probed; what has no name of its own goes with a place."""
    place = Place(at.line, at.character) if found.name.endswith(NAMELESS) else None
    return ProbeParams(uri, found.name, place)


def seen(view: View, found: Analysed) -> Hashable:
    """All that the function says and does: its text, and that of the statements it needs, wherever they stand."""
    told = next((one for one in view.analysis.told if one.at.line == found.line), None)
    text = view.analysis.source.slice(found.span)
    if told is None:
        return text
    # What else stands in a class may matter to its methods; what else stands in a script does not.
    whole = told.key.text if found.paths and found.paths[0].kind == "method" else text
    return whole, told.key.imports, tuple(needed for needed, _ in told.key.needs)


def holds(view: View, found: Analysed, last: Probed) -> bool:
    """Whether the function is as the probe saw it."""
    return seen(view, found) == last.seen


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
