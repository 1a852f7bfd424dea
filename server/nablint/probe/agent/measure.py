"""One run: the subject in one dtype and mode, over the whole sweep, with its failing regions and its gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from . import numeric
from .evaluate import Evaluate, Forward, evaluator, forward
from .layout import Layout, Outcomes, coupling_of, layout, observe, points_of
from .libs import tf
from .subject import Subject
from .sweep import FINITE, WORDS, Stretch, kinds, stretches
from .wire import first_line

Array = Any
_MOST_REGIONS = 16
Known = dict[tuple[bytes, bytes], Outcomes]
"""What was observed already, by the bytes of lines and points."""


class Check(NamedTuple):
    """What float64, or the best dtype that works, says of the gradient."""

    points: Array
    given: Array
    true: Array
    wrong: Array
    """Indices of the points where the slope is wrong."""
    stretch: bool
    upstream: bool


class Measured(NamedTuple):
    """What all runs share, found once."""

    plan: Layout
    check: Any
    """A `Check`, or None where the elements are coupled over the batch or the function is random."""


def prepare(subject: Subject) -> Measured:
    """Couplings and the numerical check, in the first dtype that the function takes."""
    for dtype in ("float64", "float32", "float16"):
        number = tf.as_dtype(dtype).as_numpy_dtype
        try:
            call = subject.make(dtype)
            coupling = coupling_of(forward(call), subject, number)
            plan = layout(subject, coupling)
            return Measured(plan, check(subject, call, plan, number))
        except Exception:  # noqa: S112  # The run in this dtype will quote the error.
            continue
    return Measured(layout(subject, ""), None)


def run(subject: Subject, measured: Measured, dtype: str, mode: str) -> dict[str, Any]:
    """The fields of one `Run`; what TensorFlow raises is its error."""
    try:
        evaluate = evaluator(subject.make(dtype), mode, even=not measured.plan.coupling)
        return {"mode": mode, "dtype": dtype, **_fields(subject, measured, evaluate, dtype, mode)}
    except Exception as error:
        return {"mode": mode, "dtype": dtype, "gradient": "none", "error": first_line(error)}


def _fields(subject: Subject, measured: Measured, evaluate: Evaluate, dtype: str, mode: str) -> dict[str, Any]:
    plan, number = measured.plan, tf.as_dtype(dtype).as_numpy_dtype
    lines, points = points_of(plan, subject, number)
    found = observe(evaluate, plan, lines, points)
    wrong = _wrong_here(evaluate, plan, measured.check, number) if found.slope is not None else []
    first = found.results[0]
    known: Known = {}
    return {
        "value": _regions(evaluate, plan, lines, points, found.value, "value", known),
        "slope": [] if found.slope is None else _regions(evaluate, plan, lines, points, found.slope, "slope", known),
        "gradient": _gradient(found, measured.check, wrong),
        "wrong": wrong,
        "upstream": measured.check is None or measured.check.upstream,
        "coupling": plan.coupling,
        "dtype_out": first.dtype,
        "shape_kept": first.shape_kept,
        **(_curve(lines, points, found) if (mode, dtype, plan.coupling) == ("eager", "float32", "") else {}),
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


def _curve(lines: Array, points: Array, found: Outcomes) -> dict[str, list[float]]:
    """The points to draw: the dense middle and every second one outside."""
    one = np.flatnonzero(lines == 0)
    x = points[one].astype(np.float64)
    middle = (np.abs(x) >= 1 / 32) & (np.abs(x) <= 8) | (x == 0) & ~np.signbit(x)
    outside = np.abs(x) > 8
    keep = one[middle | (outside & (np.arange(len(x)) % 2 == 0)) | (np.arange(len(x)) % (len(x) - 1) == 0)]
    dy = found.slope[keep].tolist() if found.slope is not None else []
    return {"x": points[keep].astype(np.float64).tolist(), "y": found.value[keep].tolist(), "dy": dy}


def check(subject: Subject, call: Any, plan: Layout, number: Any) -> Any:
    """The gradient against the numerical derivative of what the call computes."""
    if plan.coupling == "batch":
        return None
    eager = evaluator(call, "eager", even=not plan.coupling)
    points, phi, given = _problem(subject, eager, forward(call), plan, number)
    if given is None or not np.array_equal(phi(points[:, None]), phi(points[:, None]), equal_nan=True):
        return None
    at = phi(points[:, None])
    epsilon = _epsilon(at, number)
    found = numeric.slope(phi, points, epsilon)
    wrong = numeric.disagreements(given, found)
    if len(wrong):
        # Near a kink, and where the steps chime with a period, the first steps can agree on nonsense.
        again = numeric.slope(phi, points, epsilon, width=0.0731)
        wrong = np.intersect1d(wrong, numeric.disagreements(given, again))
    upstream = plan.coupling != "" or _heeds_upstream(call, plan, points.astype(number))
    stretch = len(wrong) > 2 if plan.coupling else numeric.stretch(points, wrong)
    return Check(points, given, found.value, wrong, stretch, upstream)


def _problem(subject: Subject, eager: Evaluate, values: Forward, plan: Layout, number: Any) -> tuple[Array, Any, Any]:
    """Points, the function of one number at each, and the gradient that TensorFlow gives there."""
    if plan.coupling == "row":
        return _row_problem(eager, values, number)
    points = _check_points(subject).astype(number).astype(np.float64)
    labels = float(subject.labels[0])

    def phi(inputs: Array) -> Array:
        x = inputs.astype(number).reshape(-1, 1)
        x = np.resize(x, (-(-len(x) // subject.width), subject.width))
        return values(x, np.full_like(x, labels)).ravel()[: inputs.size].reshape(inputs.shape)

    x = np.resize(points.astype(number), (-(-len(points) // subject.width), subject.width))
    gradient = eager(x, np.full_like(x, labels)).gradient
    return points, phi, None if gradient is None else gradient.ravel()[: len(points)]


def _check_points(subject: Subject) -> Array:
    if subject.high <= 1:
        return np.linspace(0.004, 0.996, 125)
    far = np.geomspace(8.1, subject.high, 24)
    # Off the round numbers, where kinks like to be; 0 itself is asked because slopes are lost there.
    return np.concatenate([-far[::-1], np.linspace(-8, 8, 255) + 0.0137, far, [0.0]])


def _row_problem(eager: Evaluate, values: Forward, number: Any) -> tuple[Array, Any, Any]:
    """The sum of a row's outputs, unevenly weighted, as a function of one element of the row."""
    random = np.random.default_rng(0)
    rows = np.concatenate([random.normal(size=(4, 8)), random.normal(size=(4, 8)) * 4])
    base, place = np.repeat(rows, 8, axis=0), np.tile(np.arange(8), 8)
    base = base.astype(number).astype(np.float64)
    points = base[np.arange(64), place]

    def tensors(inputs: Array) -> Array:
        x = np.repeat(base[:, None, :], inputs.shape[1], axis=1)
        x[np.arange(64)[:, None], np.arange(inputs.shape[1]), place[:, None]] = inputs
        return x.reshape(-1, 8).astype(number)

    def phi(inputs: Array) -> Array:
        x = tensors(inputs)
        value = values(x, np.zeros_like(x)).reshape(len(x), -1)
        return (value * _weights(value)).sum(axis=1).reshape(inputs.shape)

    x = tensors(points[:, None])
    result = eager(x, np.zeros_like(x))
    if result.gradient is None:
        return points, phi, None
    # The evaluator's cotangent runs on over the rows; here each row must have the same.
    return points, phi, _row_gradient(eager, x, place)


def _weights(value: Array) -> Array:
    return np.cos(1.0 + np.arange(value.shape[1]))


def _row_gradient(eager: Evaluate, x: Array, place: Array) -> Array:
    gradients = [eager(row[None], np.zeros_like(row[None])).gradient for row in x[::8]]
    return np.repeat(np.concatenate(gradients), 8, axis=0)[np.arange(len(x)), place]


def _epsilon(values: Array, number: Any) -> float:
    """The rounding error of one value: a function may compute in float32 whatever it is given."""
    finite = values[np.isfinite(values)]
    for narrow, epsilon in ((np.float16, 2.0**-10), (np.float32, 2.0**-23)):
        with np.errstate(over="ignore"):
            if np.dtype(number).itemsize <= np.dtype(narrow).itemsize or (
                len(np.unique(finite)) > 16 and np.array_equal(finite.astype(narrow).astype(np.float64), finite)
            ):
                return epsilon
    return 2.0**-52


def _heeds_upstream(call: Any, plan: Layout, points: Array) -> bool:
    """False if doubling a small cotangent changes nothing; small, because clipping a large one is an idiom."""
    x = np.resize(points, (-(-len(points) // 8), 8))
    if plan.names[0]:
        return True
    once, twice = (evaluator(call, "eager", cotangent=size)(x, np.zeros_like(x)).gradient for size in (1e-3, 2e-3))
    with np.errstate(invalid="ignore"):
        alive = np.isfinite(once) & (once != 0)
        return not alive.any() or bool((once != twice)[alive].mean() > 0.1)


def _wrong_here(evaluate: Evaluate, plan: Layout, check: Any, number: Any) -> list[list[float]]:
    """Of the points that the check found wrong, up to eight that are wrong in this dtype and mode too."""
    if check is None or not len(check.wrong):
        return []
    chosen = check.wrong[np.unique(np.linspace(0, len(check.wrong) - 1, 64).astype(int))]
    x, true = check.points[chosen], check.true[chosen]
    if plan.coupling:
        return [[float(part[i]) for part in (check.points, check.given, check.true)] for i in chosen[:8]]
    given = observe(evaluate, plan, np.zeros(len(x), int), x.astype(number)).slope
    with np.errstate(invalid="ignore"):
        far = np.flatnonzero(np.isfinite(given) & (np.abs(given - true) > 0.01 * np.abs(true) + 1e-6))
    spread = far[np.unique(np.linspace(0, len(far) - 1, 8).astype(int))] if len(far) else []
    return [[float(x[i]), float(given[i]), float(true[i])] for i in spread]
