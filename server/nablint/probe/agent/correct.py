"""The gradient that TensorFlow gives against the numerical derivative of what the subject computes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from . import numeric
from .evaluate import Evaluate, Forward, evaluator, forward
from .layout import Layout, observe
from .subject import Subject

Array = Any
_MOST_PLACES = 8


class Verified(NamedTuple):
    """What float64, or the best dtype that works, says of the gradient."""

    points: Array
    given: Array
    true: Array
    wrong: Array
    """Indices of the points where the slope is wrong."""
    stretch: bool
    upstream: bool


def verify(subject: Subject, call: Any, plan: Layout, number: Any) -> Any:
    """The gradient against the numerical derivative of what the call computes."""
    if plan.coupling == "batch":
        return None
    eager = evaluator(subject, call, "eager", even=not plan.coupling)
    points, phi, given = _problem(subject, eager, forward(subject, call), plan, number)
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
    upstream = plan.coupling != "" or _heeds_upstream(subject, call, plan, points.astype(number))
    stretch = len(wrong) > 2 if plan.coupling else numeric.stretch(points, wrong)
    return Verified(points, given, found.value, wrong, stretch, upstream)


def _problem(subject: Subject, eager: Evaluate, values: Forward, plan: Layout, number: Any) -> tuple[Array, Any, Any]:
    """Points, the function of one number at each, and the gradient that TensorFlow gives there."""
    if plan.coupling == "row":
        return _row_problem(subject, eager, values, number)
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


def _row_problem(subject: Subject, eager: Evaluate, values: Forward, number: Any) -> tuple[Array, Any, Any]:
    """The sum of a row's outputs, unevenly weighted, as a function of one element of the row."""
    width, random = subject.width, np.random.default_rng(0)
    rows = np.concatenate([random.normal(size=(4, width)), random.normal(size=(4, width)) * 4])
    places = np.unique(np.linspace(0, width - 1, min(width, _MOST_PLACES)).astype(int))
    base, place = np.repeat(rows, len(places), axis=0), np.tile(places, len(rows))
    base = base.astype(number).astype(np.float64)
    every = np.arange(len(base))
    points = base[every, place]

    def tensors(inputs: Array) -> Array:
        x = np.repeat(base[:, None, :], inputs.shape[1], axis=1)
        x[every[:, None], np.arange(inputs.shape[1]), place[:, None]] = inputs
        return x.reshape(-1, width).astype(number)

    def phi(inputs: Array) -> Array:
        x = tensors(inputs)
        value = values(x, np.zeros_like(x)).reshape(len(x), -1)
        return (value * _weights(value)).sum(axis=1).reshape(inputs.shape)

    x = tensors(points[:, None])
    result = eager(x, np.zeros_like(x))
    if result.gradient is None:
        return points, phi, None
    # The evaluator's cotangent runs on over the rows; here each row must have the same.
    return points, phi, _row_gradient(eager, x, place, len(places))


def _weights(value: Array) -> Array:
    return np.cos(1.0 + np.arange(value.shape[1]))


def _row_gradient(eager: Evaluate, x: Array, place: Array, places: int) -> Array:
    gradients = [eager(row[None], np.zeros_like(row[None])).gradient for row in x[::places]]
    return np.repeat(np.concatenate(gradients), places, axis=0)[np.arange(len(x)), place]


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


def _heeds_upstream(subject: Subject, call: Any, plan: Layout, points: Array) -> bool:
    """False if doubling a small cotangent changes nothing; small, because clipping a large one is an idiom."""
    x = np.resize(points, (-(-len(points) // subject.width), subject.width))
    if plan.names[0]:
        return True
    sizes = (evaluator(subject, call, "eager", cotangent=size) for size in (1e-3, 2e-3))
    once, twice = (evaluate(x, np.zeros_like(x)).gradient for evaluate in sizes)
    with np.errstate(invalid="ignore"):
        alive = np.isfinite(once) & (once != 0)
        return not alive.any() or bool((once != twice)[alive].mean() > 0.1)


def wrong_here(evaluate: Evaluate, plan: Layout, check: Any, number: Any) -> list[list[float]]:
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
