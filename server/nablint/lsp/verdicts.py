"""What a probe said of a function, in words, and whether the function still reads as it did then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nablint.source import Span

if TYPE_CHECKING:
    from nablint.analyse import Analysed
    from nablint.lsp.server import Probed, View
    from nablint.probe.protocol import Report, Run

WORDS = {
    "none": "TensorFlow gives no gradient (None)",
    "zero": "the gradient is zero at every input",
    "wrong": "the gradient differs from the slope of the values",
}


def function(view: View, name: str) -> Analysed | None:
    return next((found for found in view.analysis.functions if found.name == name), None)


def place(view: View, name: str) -> Span | None:
    found = function(view, name)
    return found.name_span if found else None


def holds(view: View, last: Probed) -> bool:
    """Whether the text is still the one that was probed."""
    return view.document.source.text == last.text


def troubles(report: Report) -> list[str]:
    """What the probe saw fail, one line each; nothing if all went well."""
    found = [line for run in report.runs for line in _of_run(run)]
    training = report.training
    if training is not None and (training.error or not training.finite):
        found.append(f"Training step: {training.error or 'the loss is not finite'}.")
    return list(dict.fromkeys(found))


def _of_run(run: Run) -> Iterator[str]:
    where = f"{run.dtype}, {run.mode}"
    if run.error:
        yield f"{where}: {run.error}"
    for what, regions in (("value", run.value), ("slope", run.slope)):
        for region in regions:
            yield f"{where}: the {what} is {region.result} for inputs from {region.low} to {region.high}."
    if run.gradient in WORDS:
        yield f"{where}: {WORDS[run.gradient]}."
