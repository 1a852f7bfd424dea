"""How far a function is proved finite: the largest R for which intervals hold value and slope for |x| ≤ R."""

from __future__ import annotations

import math

from nablint.domains.interval import Interval
from nablint.facts import Facts
from nablint.interpret import intervals
from nablint.ir import Function

STEPS = 12
SMALLEST = 2.0**-14


def reach(known: Facts, dtype: str, limit: float) -> tuple[float, float]:
    """R for the value and for the slope, up to `limit`; 0 where nothing is proved."""
    if not known.complete:
        return 0.0, 0.0
    thresholds = [abs(r.threshold) for b in known.breaks for r in b.regions if r.dtype == dtype and r.threshold]
    guess = min(thresholds, default=limit) * 0.999
    value = _largest([(known.expanded, known.expanded.result)], dtype, guess, limit)
    slopes = [(slope.function, slope.function.result) for slope in known.slopes if slope.function]
    return value, min(value, _largest(slopes, dtype, guess, limit)) if slopes else 0.0


def _largest(results: list[tuple[Function, int]], dtype: str, guess: float, limit: float) -> float:
    def holds(radius: float) -> bool:
        return all(_finite(fn, result, dtype, radius) for fn, result in results)

    if holds(limit):
        return limit
    low, high = (guess, limit) if holds(guess) else (SMALLEST, min(guess, limit))
    if not holds(low):
        return 0.0
    for _ in range(STEPS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _finite(fn: Function, result: int, dtype: str, radius: float) -> bool:
    inputs = dict.fromkeys(fn.params, Interval(-radius, radius))
    return intervals(fn, dtype, inputs)[result].finite
