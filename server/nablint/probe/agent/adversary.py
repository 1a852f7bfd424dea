"""A search for the smallest input that breaks value or slope, from the worst points of a sweep on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .evaluate import Evaluate, evaluator
from .layout import Layout, observe, points_of
from .libs import compute
from .measure import Measured
from .subject import Subject
from .sweep import FINITE, WORDS, float_at, kinds, order, stretches

Array = Any
DTYPES = ("float32", "float16")
_PEAKS = 24
_ZOOMS = 12
_CLIMBS = 8
_HALVINGS = 20
_PLACES = 16


def breaches(subject: Subject, measured: Measured, dtype: str) -> Iterator[dict[str, Any]]:
    """The fields of a `Breach` for the value and for the slope, where there is one."""
    number, plan = compute(dtype), measured.plan
    if plan.coupling == "batch" and subject.role != "loss":
        return
    evaluate = evaluator(subject, subject.make(dtype), "eager", even=not plan.coupling)
    if plan.coupling == "row":
        found = list(_rows(evaluate, subject, number))
    else:
        found = list(_points(evaluate, subject, plan, number))
    for what in ("value", "slope"):
        fitting = [(size, kind, inputs) for which, size, kind, inputs in found if which == what]
        if fitting:
            size, kind, inputs = min(fitting, key=lambda one: one[0])
            yield {"dtype": dtype, "what": what, "result": WORDS[kind], "inputs": inputs, "size": size,
                   "names": subject.names[: len(inputs)]}  # fmt: skip


def _points(evaluate: Evaluate, subject: Subject, plan: Layout, number: Any) -> Iterator[tuple[str, float, int, Any]]:
    """Failing inputs of a function of single numbers: where the sweep fails, and where it rises towards it."""
    if plan.coupling:
        return
    lines, points = points_of(plan, subject, number)
    found = observe(evaluate, plan, lines, points)
    for what, results in (("value", found.value), ("slope", found.slope)):
        if results is None:
            continue
        every = kinds(results)
        if (every == FINITE).all():
            yield from _zoomed(evaluate, subject, plan, what, lines, points, results)
            continue
        outcome = lambda at, tried, what=what: kinds(getattr(observe(evaluate, plan, at, tried), what))  # noqa: E731
        for stretch in stretches(outcome, lines, points, every, plan.slots):
            least = 0.0 if stretch.low <= 0 <= stretch.high else min(stretch.low, stretch.high, key=abs)
            yield (what, *_one(subject, stretch.line, least, stretch.kind))


def _zoomed(
    evaluate: Evaluate, subject: Subject, plan: Layout, what: str, lines: Array, points: Array, results: Array
) -> Iterator[tuple[str, float, int, Any]]:
    """Closes in on every peak of the magnitude until it breaks or the floats beside it are reached."""
    size = np.abs(results)
    inner = (size[1:-1] >= size[:-2]) & (size[1:-1] >= size[2:]) & (size[1:-1] > 0)
    # A pole between two points shows as a change of sign with large numbers on both sides.
    inner |= (results[1:-1] * results[2:] < 0) & (size[1:-1] > np.median(size))
    peaks = np.flatnonzero(inner & (lines[1:-1] == lines[:-2]) & (lines[1:-1] == lines[2:])) + 1
    peaks = peaks[np.argsort(-size[peaks])][:_PEAKS]
    if not len(peaks):
        return
    keys, row = order(points), lines[peaks]
    low, high = keys[peaks - 1], keys[peaks + 1]
    each = max(3, plan.slots // len(peaks))
    for _ in range(_ZOOMS):
        steps = np.linspace(0.0, 1.0, each)
        tried = np.round(low[:, None] + (high - low)[:, None] * steps).astype(np.int64)
        at = float_at(tried.ravel(), points.dtype)
        found = getattr(observe(evaluate, plan, np.repeat(row, each), at), what)
        if found is None:
            return
        bad = np.flatnonzero(kinds(found) != FINITE)
        for index in bad[np.argsort(np.abs(at[bad].astype(np.float64)))][:1]:
            yield (what, *_one(subject, int(np.repeat(row, each)[index]), at[index], kinds(found)[index]))
            return
        best = np.argmax(np.abs(found).reshape(len(peaks), each), axis=1)
        every = np.arange(len(peaks))
        low, high = tried[every, np.maximum(best - 1, 0)], tried[every, np.minimum(best + 1, each - 1)]
        if (high - low <= 2).all():
            return


def _one(subject: Subject, line: int, point: Any, kind: int) -> tuple[float, int, list[list[float]]]:
    x = float(point) + 0.0
    labels = [[float(subject.labels[line])]] if subject.role == "loss" else []
    return abs(x), int(kind), [[x], *labels]


def _rows(evaluate: Evaluate, subject: Subject, number: Any) -> Iterator[tuple[str, float, int, Any]]:
    """Failing rows: random ones that climb along the sign of the gradient, and are made smaller once they fail."""
    random = np.random.default_rng(3)
    width = subject.width
    scale = np.geomspace(1e-3, subject.high, 32)[:, None]
    x = np.concatenate([random.normal(size=(32, width)) * scale / 3, -np.abs(random.normal(size=(32, width))) * scale])
    x = np.concatenate([np.clip(x, subject.low, subject.high), np.zeros((1, width))]).astype(number)
    for _ in range(_CLIMBS):
        found = _failing(evaluate, x)
        for what, (bad, kind) in found.items():
            if len(bad):
                yield from _smaller(evaluate, what, x[bad], kind)
        if any(len(bad) for bad, _ in found.values()):
            return
        gradient = evaluate(x, np.zeros_like(x)).gradient
        if gradient is None:
            return
        step = np.sign(gradient) * np.maximum(np.abs(x.astype(np.float64)).max(axis=1, keepdims=True), 1e-3)
        x = np.clip(x.astype(np.float64) + step, subject.low, subject.high).astype(number)


def _failing(evaluate: Evaluate, x: Array) -> dict[str, tuple[Array, Array]]:
    """By value and slope: the rows that fail, and how."""
    result = evaluate(x, np.zeros_like(x))
    found = {}
    for what, numbers in (("value", result.value), ("slope", result.gradient)):
        every = kinds(numbers.reshape(len(x), -1)) if numbers is not None else np.zeros((len(x), 1), int)
        bad = np.flatnonzero((every != FINITE).any(axis=1))
        found[what] = (bad, every[bad].max(axis=1) if len(bad) else bad)
    return found


def _smaller(evaluate: Evaluate, what: str, x: Array, kind: Array) -> Iterator[tuple[str, float, int, Any]]:
    """The smallest row with as many zeros as it bears, halved down to the least factor that still fails."""
    best = np.argmin(np.abs(x.astype(np.float64)).max(axis=1))
    row = x[best].astype(np.float64)
    for place in range(min(len(row), _PLACES)):
        without = np.where(np.arange(len(row)) == place, 0.0, row)
        if len(_failing(evaluate, without.astype(x.dtype)[None])[what][0]):
            row = without
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        tried = (row * middle).astype(x.dtype)[None]
        low, high = (low, middle) if len(_failing(evaluate, tried)[what][0]) else (middle, high)
    final = (row * high).astype(x.dtype)
    yield what, float(np.abs(final.astype(np.float64)).max()), int(kind[best]), [final.astype(np.float64).tolist()]
