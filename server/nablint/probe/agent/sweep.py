"""Inputs to try, and the exact floats at which the outcome changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = Any
"""A NumPy array; the user's NumPy may be too old to be generic."""

FINITE, NAN, INF, MINUS_INF = 0, 1, 2, 3
WORDS = ("finite", "nan", "inf", "-inf")

Outcome = Callable[[Array, Array], Array]
"""The kinds of result at some points, each on its own line: `outcome(lines, points)`."""


class Stretch(NamedTuple):
    """Neighbouring inputs, up to the last float, that share a kind of result that is not finite."""

    line: int
    low: float
    high: float
    kind: int


def kinds(results: Array) -> Array:
    found = np.where(np.isnan(results), NAN, FINITE)
    return np.where(np.isposinf(results), INF, np.where(np.isneginf(results), MINUS_INF, found))


def grid(dtype: Any, low: float, high: float) -> Array:
    """Sorted inputs: log-spaced to both sides, dense around 0, integers, both zeros, and the ends."""
    info = _smallest_normal(dtype)
    logs = np.concatenate([np.geomspace(1e-8, 1e4, 121), np.geomspace(1e-37, 1e-9, 15), [info, info / 4, 1.0]])
    near = np.arange(1, 129) / 16
    whole = np.arange(1, 101)
    sides = np.concatenate([logs, near, whole, [1.5 * whole[-1]], np.linspace(0, high, 41), [abs(low), abs(high)]])
    inside = np.concatenate([sides, -sides, np.linspace(0, 1, 41) if high <= 1 else []])
    points = np.concatenate([inside[(inside >= low) & (inside <= high)], [0.0], [-0.0] if low < 0 else []])
    return float_at(np.unique(order(points.astype(dtype))), dtype)


def scales(dtype: Any, limit: float, dense: bool) -> Array:
    """Factors for rows, 0 first; few if each of them costs a call."""
    small = np.geomspace(1e-30, 1e-5, 6) if dense else [1e-6]
    steps = np.concatenate([[0.0], small, np.geomspace(1e-4, limit, 25 if dense else 7), [1.0, 2.0]])
    return float_at(np.unique(order(steps.astype(dtype))), dtype)


def stretches(outcome: Outcome, lines: Array, points: Array, found: Array, slots: int) -> list[Stretch]:
    """Where the kind of result is not finite, with both ends bisected; `points` are sorted on each line."""
    keys = order(points)
    change = np.flatnonzero((found[1:] != found[:-1]) & (lines[1:] == lines[:-1]))[:64]
    last, first = _bisect(outcome, lines[change], keys[change], keys[change + 1], found[change], points.dtype, slots)
    edges = dict(zip(change.tolist(), zip(last.tolist(), first.tolist())))  # noqa: B905
    result = []
    start = 0
    for index in range(len(points)):
        here = index + 1
        if here < len(points) and found[here] == found[index] and lines[here] == lines[index]:
            continue
        low = edges[start - 1][1] if start - 1 in edges else keys[start]
        high = edges[index][0] if index in edges else keys[index]
        if found[index] != FINITE:
            ends = float_at(np.array([low, high]), points.dtype).astype(np.float64) + 0.0
            result.append(Stretch(int(lines[index]), float(ends[0]), float(ends[1]), int(found[index])))
        start = here
    return result


def _bisect(
    outcome: Outcome, lines: Array, low: Array, high: Array, kind: Array, dtype: Any, slots: int
) -> tuple[Array, Array]:
    """For each pair the neighbouring floats where its lower end's kind ends, many points to a call."""
    low, high = low.copy(), high.copy()
    parts = max(1, slots // max(1, len(low)))
    while len(low) and (high - low > 1).any():
        step = np.maximum((high - low) // (parts + 1), 1)
        tried = np.minimum(low[:, None] + step[:, None] * np.arange(1, parts + 1), high[:, None])
        at = np.repeat(lines, parts)
        same = outcome(at, float_at(tried.ravel(), dtype)).reshape(tried.shape) == kind[:, None]
        same &= tried < high[:, None]
        count = np.where(same.all(axis=1), parts, np.argmin(same, axis=1))
        every = np.concatenate([low[:, None], tried, high[:, None]], axis=1)
        rows = np.arange(len(low))
        low, high = every[rows, count], np.maximum(every[rows, count + 1], every[rows, count])
    return low, high


def order(values: Array) -> Array:
    """Integers that count the floats of a dtype: neighbours differ by one, -0.0 comes before 0.0."""
    width = values.dtype.itemsize
    bits = values.view({2: np.int16, 4: np.int32, 8: np.int64}[width]).astype(np.int64)
    magnitude = bits & ((1 << (8 * width - 1)) - 1)
    return np.where(bits < 0, -magnitude - 1, magnitude)


def float_at(keys: Array, dtype: Any) -> Array:
    """The floats that `order` counts."""
    width = np.dtype(dtype).itemsize
    magnitude = np.where(keys < 0, -keys - 1, keys)
    unsigned = magnitude.astype(np.uint64) | (np.where(keys < 0, 1, 0).astype(np.uint64) << np.uint64(8 * width - 1))
    return unsigned.astype({2: np.uint16, 4: np.uint32, 8: np.uint64}[width]).view(dtype)


def _smallest_normal(dtype: Any) -> float:
    return {"float16": 2.0**-14, "float64": 2.0**-1022}.get(np.dtype(dtype).name, 2.0**-126)


def subnormal(points: Array) -> Array:
    size = np.abs(points.astype(np.float64))
    return (size > 0) & (size < _smallest_normal(points.dtype))


def ulps(values: Array, true: Array, dtype: Any) -> Array:
    """The error of each value in units in the last place of the dtype; NaN where no rounding explains it."""
    digits, least, most = {
        "float16": (10, -14, 65504.0), "float32": (23, -126, 3.4028e38), "float64": (52, -1022, 1.79e308),
    }.get(np.dtype(dtype).name, (7, -126, 3.389e38))  # fmt: skip
    with np.errstate(all="ignore"):
        size = np.abs(true)
        unit = 2.0 ** (np.floor(np.log2(size)) - digits)
        fits = np.isfinite(values) & np.isfinite(true) & (size >= 2.0**least) & (size <= most)
        return np.where(fits, np.abs(values - true) / unit, np.nan)
