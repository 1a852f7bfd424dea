"""One run: the subject in one dtype and mode, over the whole sweep, with its failing regions and its gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .correct import verify, wrong_here
from .drawing import curve
from .evaluate import Evaluate, bender, evaluator, forward
from .layout import Layout, Outcomes, coupling_of, layout, observe, points_of
from .libs import compute
from .subject import Subject
from .sweep import FINITE, WORDS, Stretch, kinds, stretches, subnormal, ulps
from .wire import first_line

Array = Any
_MOST_REGIONS = 16
_SATURATED, _MIDDLE = 1e-3, 5.0
Known = dict[tuple[bytes, bytes], Outcomes]
"""What was observed already, by the bytes of lines and points."""


class Measured(NamedTuple):
    """What all runs share, found once."""

    plan: Layout
    check: Any
    """What `verify` found, or None where the elements are coupled over the batch or the function is random."""
    exact: Any
    """An `Evaluate` in float64 and eager mode, or None where the function takes no float64."""


def prepare(subject: Subject) -> Measured:
    """Couplings and the numerical check, in the first dtype that the function takes."""
    for dtype in ("float64", "float32", "float16"):
        number = compute(dtype)
        try:
            call = subject.make(dtype)
            plan = layout(subject, coupling_of(forward(subject, call), subject, number))
            exact = evaluator(subject, call, "eager", even=not plan.coupling) if dtype == "float64" else None
            return Measured(plan, verify(subject, call, plan, number), exact)
        except Exception:  # noqa: S112  # The run in this dtype will quote the error.
            continue
    return Measured(layout(subject, ""), None, None)


def run(subject: Subject, measured: Measured, dtype: str, mode: str) -> dict[str, Any]:
    """The fields of one `Run`; what TensorFlow raises is its error."""
    try:
        evaluate = evaluator(subject, subject.make(dtype), mode, even=not measured.plan.coupling)
        return {"mode": mode, "dtype": dtype, **_fields(subject, measured, evaluate, dtype)}
    except Exception as error:
        return {"mode": mode, "dtype": dtype, "gradient": "none", "error": first_line(error)}


def bends(subject: Subject, measured: Measured, dtype: str) -> list[dict[str, Any]]:
    """Where the second derivative is not finite, in eager mode; empty too where TensorFlow has none."""
    plan = measured.plan
    if plan.coupling == "batch":
        return []
    evaluate = bender(subject, subject.make(dtype), even=not plan.coupling)
    lines, points = points_of(plan, subject, compute(dtype))
    try:
        found = observe(evaluate, plan, lines, points)
        return [] if found.slope is None else _regions(evaluate, plan, lines, points, found.slope, "slope", {})
    except Exception:  # Ops without a second derivative raise LookupError, those before them all kinds of things.
        return []


def _fields(subject: Subject, measured: Measured, evaluate: Evaluate, dtype: str) -> dict[str, Any]:
    plan, number = measured.plan, compute(dtype)
    lines, points = points_of(plan, subject, number)
    found = observe(evaluate, plan, lines, points)
    wrong = wrong_here(evaluate, plan, measured.check, number) if found.slope is not None else []
    known: Known = {}
    value = _regions(evaluate, plan, lines, points, found.value, "value", known)
    slope = [] if found.slope is None else _regions(evaluate, plan, lines, points, found.slope, "slope", known)
    ulp, ulp_at = _accuracy(measured, lines, points, found)
    return {
        "value": value,
        "slope": slope,
        "gradient": _gradient(found, measured.check, wrong),
        "wrong": wrong,
        "upstream": measured.check is None or measured.check.upstream,
        "coupling": plan.coupling,
        "dtype_out": found.results[0].dtype,
        "shape_kept": found.results[0].shape_kept,
        "deterministic": _deterministic(evaluate, plan, lines, points, found),
        "saturated": _saturated(subject, plan, points, found),
        "ulp": ulp,
        "ulp_at": ulp_at,
        **({} if plan.coupling else curve(evaluate, plan, lines, points, found, value + slope)),
    }


def _regions(
    evaluate: Evaluate, plan: Layout, lines: Array, points: Array, results: Array, which: str, known: Known
) -> list[dict[str, Any]]:
    def outcome(at: Array, tried: Array) -> Array:
        # Value and slope mostly fail at the same input, so the search for one has seen what the other asks.
        key = at.tobytes(), tried.tobytes()
        if key not in known:
            known[key] = observe(evaluate, plan, at, tried)
        return kinds(getattr(known[key], which))

    found = stretches(outcome, lines, points, kinds(results), plan.slots)
    return [_region(plan, stretch) for stretch in found[:_MOST_REGIONS]]


def _region(plan: Layout, stretch: Stretch) -> dict[str, Any]:
    zero = plan.coupling and plan.names[0] != "" and stretch.low == stretch.high == 0
    row = "all zero" if zero and not plan.names[0].startswith("y_true") else plan.names[stretch.line]
    return {"low": stretch.low, "high": stretch.high, "result": WORDS[stretch.kind], "row": row}


def _gradient(found: Outcomes, check: Any, wrong: list[list[float]]) -> str:
    if found.slope is None:
        return "none"
    finite = kinds(found.slope) == FINITE
    if not finite.any():
        return "not-finite"
    if (found.slope[finite] == 0).all():
        return "zero"
    if check is not None and ((check.stretch and wrong) or not check.upstream):
        return "wrong"
    return "finite" if finite.all() else "not-finite"


def _deterministic(evaluate: Evaluate, plan: Layout, lines: Array, points: Array, found: Outcomes) -> bool:
    """Whether the first points give once more what they gave."""
    again = observe(evaluate, plan, lines[: plan.slots], points[: plan.slots])
    first = found.value[: plan.slots]
    return bool(np.array_equal(again.value, first, equal_nan=True))


def _saturated(subject: Subject, plan: Layout, points: Array, found: Outcomes) -> float:
    """The share of evenly spaced inputs of the middle at which next to nothing is passed back."""
    if plan.coupling or subject.role == "loss" or found.slope is None:
        return float("nan")
    x = points.astype(np.float64)
    even = (np.abs(x) <= _MIDDLE) & (x * 16 == np.round(x * 16))
    return round(float((np.abs(found.slope[even]) < _SATURATED).mean()), 4) if even.any() else float("nan")


def _accuracy(measured: Measured, lines: Array, points: Array, found: Outcomes) -> tuple[float, float]:
    """The largest error against float64, in ulp of the dtype, and the input or the factor where it is."""
    plan, exact = measured.plan, measured.exact
    worst, at = float("nan"), float("nan")
    if exact is None or points.dtype == np.float64 or found.results[0].value.dtype.kind != "f":
        return worst, at
    for index, result in enumerate(found.results):
        part = slice(index * plan.slots, (index + 1) * plan.slots)
        many = len(points[part])
        x, labels = plan.pack(np.resize(lines[part], plan.slots), np.resize(points[part], plan.slots))
        true = exact(x.astype(np.float64), labels.astype(np.float64)).value
        if true.shape != result.value.shape:
            return worst, at
        errors = ulps(result.value, true, points.dtype).reshape(plan.slots, -1)[:many]
        errors[subnormal(points[part])] = np.nan  # Flushing them to 0 is no loss that anybody meets.
        if np.isfinite(errors).any() and not np.nanmax(errors) <= worst:
            worst = float(np.nanmax(errors))
            at = float(points[part][np.argmax(np.nan_to_num(errors, nan=-1.0).max(axis=1))])
    return round(worst, 2), at
