"""What a probe found, as a person reads it in a terminal and as JSON; events can be told as they come."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from nablint.probe.protocol import Number, Region, Report, Run, Training, report_message
from nablint.report import json
from nablint.report.chart import chart

HEADER = f"{'dtype':<10} {'mode':<9} {'value':<28} {'gradient':<28}".rstrip()

_MODES = {"function": "graph", "xla": "XLA"}
_RESULTS = {"nan": "NaN", "inf": "inf", "-inf": "-inf"}
_GRADIENTS = {"none": "None", "zero": "zero everywhere", "wrong": "differs from the derivative"}


def row(run: Run) -> str:
    """One line of the table: one dtype in one mode."""
    start = f"{f'{run.dtype:<10} {_MODES.get(run.mode, run.mode)}':<20} "
    if run.error:
        return f"{start}raises {run.error}"
    return f"{start}{_regions(run.value) or 'finite':<28} {_gradient(run):<28}".rstrip() + _remarks(run)


def training_lines(training: Training) -> Iterator[str]:
    """The training in words."""
    if training.error:
        yield f"training  raises {training.error}"
        return
    yield f"training  {_losses(training)}"
    if training.unmoved:
        yield f"          did not move: {', '.join(training.unmoved)}"
    if training.not_finite:
        yield f"          became NaN or infinite: {', '.join(training.not_finite)}"
    for message in training.messages:
        yield f"          {' '.join(message.split())}"


def _losses(training: Training) -> str:
    if len(training.losses) < 2:
        return f"loss {_number(training.loss)} after one step"
    first, last = _number(training.losses[0]), _number(training.losses[-1])
    return f"loss {first} → {last} in {len(training.losses)} steps, learning rate {training.rate:g}"


def _more_training(report: Report) -> Iterator[str]:
    """A large learning rate, and eager mode where it does otherwise."""
    main = report.training
    for training in report.trainings:
        if training.mode == "graph" and not training.error:
            yield f"          {_losses(training)}{'' if training.finite else ': it diverges'}"
        elif main is not None and (training.unmoved, bool(training.error)) != (main.unmoved, bool(main.error)):
            idle = f"nothing moves in {', '.join(training.unmoved)}" if training.unmoved else "it trains"
            yield f"          with run_eagerly=True {f'it raises {training.error}' if training.error else idle}"


def _qualities(report: Report) -> Iterator[str]:
    """What no dtype fails at, and is worth a line: second derivative, saturation, accuracy, chance."""
    eager = [run for run in report.runs if run.mode == "eager" and not run.error]
    for run in eager:
        if run.curvature and run.dtype == "float32":
            yield f"second derivative  {_regions(run.curvature)} in float32"
    main = next((run for run in eager if run.dtype == "float32"), None)
    if main is not None and float(main.saturated) > 0:
        yield f"saturation  slope below 0.001 on {float(main.saturated):.0%} of |x| ≤ 5"
    errors = [f"{_number(run.ulp)} ulp at {_number(run.ulp_at)} in {run.dtype}" for run in eager if float(run.ulp) > 1]
    if errors:
        yield f"accuracy  off by up to {', '.join(errors)}"
    if not all(run.deterministic for run in report.runs):
        yield "chance    the same input gives another result each time"


def _findings(report: Report) -> Iterator[str]:
    """What Keras cannot do with it, what a search found, and what the static findings were worth."""
    said: dict[tuple[str, str], list[str]] = {}
    for check in report.checks:
        if check.outcome != "works":
            said.setdefault((check.outcome, check.message), []).append(_CHECKS.get(check.name, check.name))
    for (outcome, message), names in said.items():
        yield f"Keras     {', '.join(names)} {outcome if len(names) == 1 else outcome.rstrip('s')}: {message}"
    for breach in report.breaches:
        what = f"{_RESULTS.get(str(breach.result), breach.result)} {breach.what}"
        yield f"search    {what} in {breach.dtype} at {breach.at}"
    for one in report.agreements:
        yield f"finding   {one.rule} in line {one.line + 1}: {_OUTCOMES[one.outcome]}. {one.reason}"


_CHECKS = {"symbolic": "a call with a KerasTensor", "config": "from_config", "clone": "clone_model"}
_OUTCOMES = {"confirmed": "confirmed", "not-confirmed": "not confirmed", "not-tried": "not tried"}


def conclusion(report: Report) -> Iterator[str]:
    """What follows the table: training, qualities, the curve, what was assumed and printed, and the verdict."""
    if report.training is not None:
        yield from training_lines(report.training)
        yield from _more_training(report)
    yield from _qualities(report)
    yield from _findings(report)
    curve = next((run for run in report.runs if run.x), None)
    if curve is not None:
        yield ""
        yield from chart(curve.x, curve.y, curve.dy, curve.value + curve.slope)
    yield ""
    if report.assumed:
        yield f"Assumed: {', '.join(report.assumed)}."
    if report.imports:
        yield f"Modules of yours that were run for it: {', '.join(report.imports)}."
    if report.prints:
        yield "Printed by the code:"
        yield from (f"  {line}" for line in report.prints.rstrip().splitlines())
    yield f"{report.name}: {report.failure or report.verdict}"
    if named := versions(report):
        yield f"({named}{_isolation(report)})"


def _isolation(report: Report) -> str:
    off = report.isolation.get("network_off")
    return "" if off is None else f"; network {'off' if off else 'not switched off: the system does not allow it'}"


def versions(report: Report) -> str:
    names = {"tensorflow": "TensorFlow", "keras": "Keras", "python": "Python"}
    return ", ".join(f"{word} {report.versions[key]}" for key, word in names.items() if report.versions.get(key))


def document(report: Report) -> str:
    """The report as one JSON object."""
    return json.dumps({"version": json.VERSION, **report_message(report)}, indent=1)


def line(path: str, number: int, report: Report) -> str:
    """One function of many, in one line."""
    mark = "?" if report.failure else "✗" if breaks(report) else "✓"
    return f"{mark} {path}:{number} {report.name}: {report.failure or report.verdict}"


def entry(path: str, number: int, report: Report) -> dict[str, Any]:
    """One function of many, as JSON values."""
    return {"path": path, "line": number, **report_message(report)}


def summary(reports: Sequence[Report]) -> str:
    failed = sum(bool(report.failure) for report in reports)
    bad = sum(not report.failure and breaks(report) for report in reports)
    counts = [f"{len(reports) - failed - bad} train", f"{bad} fail"] + ([f"{failed} not probed"] if failed else [])
    return f"{len(reports)} probed: {', '.join(counts)}." if reports else "Nothing was probed."


def breaks(report: Report) -> bool:
    """Whether anything failed: a value, a gradient, a run, the training step."""
    training = report.training
    diverged = training is not None and bool(training.error or not training.finite or training.not_finite)
    changed = any(check.outcome == "differs" for check in report.checks)
    return diverged or changed or bool(report.breaches) or any(map(run_breaks, report.runs))


def run_breaks(run: Run) -> bool:
    return bool(run.error or run.value or run.slope or run.gradient != "finite" or not run.upstream)


def _gradient(run: Run) -> str:
    if run.gradient == "wrong" and run.wrong:
        x, given, true = run.wrong[len(run.wrong) // 2]
        return f"{_number(given)} at {_number(x)}, derivative {_number(true)}"
    return _GRADIENTS.get(run.gradient) or _regions(run.slope) or "finite"


def _remarks(run: Run) -> str:
    """What is odd about a run beyond its numbers."""
    remarks = [
        "ignores the incoming gradient" if not run.upstream else "",
        f"gives {run.dtype_out}" if run.dtype_out not in ("", run.dtype.removeprefix("mixed_")) else "",
        "changes the shape" if not run.shape_kept else "",
    ]
    return "".join(f"  ({remark})" for remark in remarks if remark)


def _regions(regions: Sequence[Region]) -> str:
    """`inf for x ≥ 8.873`, and that there are more."""
    if not regions:
        return ""
    more = f" and {len(regions) - 1} more" if len(regions) > 1 else ""
    return _region(regions[0]) + more


def _region(region: Region) -> str:
    label = f", {region.row}" if region.row.startswith("y_true") else ""
    name = f"{region.row} ×" if region.row and not label else "x"
    low, high = float(region.low), float(region.high)
    if low == high:
        span = f"{name} = {_number(low)}"
    elif low >= 0 and high >= 50:
        span = f"{name} ≥ {_number(low)}"
    elif high <= 0 and low <= -50:
        span = f"{name} ≤ {_number(high)}"
    else:
        span = f"{_number(low)} ≤ {name} ≤ {_number(high)}"
    return f"{_RESULTS.get(str(region.result), region.result)} for {span}{label}"


def _number(number: Number) -> str:
    return "NaN" if math.isnan(float(number)) else f"{float(number):.4g}"
