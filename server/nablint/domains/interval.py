"""The interval domain: which numbers a value may be, and whether it may be NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nablint.domains.dtype import Format

INF = math.inf


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from `lo` to `hi`, both included, and NaN if it says so."""

    lo: float
    hi: float
    nan: bool = False

    def __contains__(self, x: float) -> bool:
        return self.nan if math.isnan(x) else self.lo <= x <= self.hi

    def __str__(self) -> str:
        return f"[{self.lo:.4g}, {self.hi:.4g}]" + (" or NaN" if self.nan else "")

    @property
    def finite(self) -> bool:
        return not self.nan and math.isfinite(self.lo) and math.isfinite(self.hi)

    def hull(self, other: Interval) -> Interval:
        return Interval(min(self.lo, other.lo), max(self.hi, other.hi), self.nan or other.nan)

    def rounded(self, fmt: Format, ulps: int, slack: float = 0.0) -> Interval:
        """What a kernel may return in this format whose error is `ulps`, and `slack` units in the last place of 1."""
        lo, hi = (_outward(end, direction, fmt, ulps, slack) for end, direction in ((self.lo, -1), (self.hi, 1)))
        return Interval(lo, hi, self.nan)


TOP = Interval(-INF, INF, nan=True)
REALS = Interval(-INF, INF)
UNIT = Interval(0.0, 1.0)
POSITIVE = Interval(0.0, INF)

IntervalRule = Callable[..., Interval]
"""`rule(*intervals, **attrs)`: a range that holds the exact result; rounding is added by the interpreter."""


def anything(*_ranges: Interval, **_attrs: object) -> Interval:
    return TOP


def always(lo: float, hi: float, *, keeps_nan: bool = True) -> IntervalRule:
    """The rule of a function that stays between two numbers, and is NaN only where an operand is."""
    return lambda *ranges, **_attrs: Interval(lo, hi, keeps_nan and any(r.nan for r in ranges))


def passes(x: Interval, *_rest: Interval, **_attrs: object) -> Interval:
    """The rule of a function that moves its first operand's elements about."""
    return x


def hulls(*ranges: Interval, **_attrs: object) -> Interval:
    """The rule of a function that returns elements of any of its operands."""
    found = ranges[0]
    for other in ranges[1:]:
        found = found.hull(other)
    return found


def rising(f: Callable[[float], float], domain: Interval = REALS) -> IntervalRule:
    """The rule of a rising function on `domain`, NaN outside."""

    def rule(x: Interval, **_attrs: object) -> Interval:
        lo, hi = max(x.lo, domain.lo), min(x.hi, domain.hi)
        if lo > hi:
            return TOP
        return Interval(f(lo), f(hi), x.nan or x.lo < domain.lo or x.hi > domain.hi)

    return rule


def falling(f: Callable[[float], float], domain: Interval = REALS) -> IntervalRule:
    """The rule of a falling function on `domain`, NaN outside."""
    mirrored = rising(lambda x: -f(x), domain)

    def rule(x: Interval, **_attrs: object) -> Interval:
        y = mirrored(x)
        return TOP if y is TOP else Interval(-y.hi, -y.lo, y.nan)

    return rule


def even(f: Callable[[float], float], domain: Interval = POSITIVE) -> IntervalRule:
    """The rule of an even function that rises on positive numbers, NaN where |x| leaves `domain`."""
    outward = rising(f, domain)
    return lambda x, **_attrs: outward(magnitude(x))


def magnitude(x: Interval) -> Interval:
    lo = 0.0 if 0.0 in x else min(abs(x.lo), abs(x.hi))
    return Interval(lo, max(abs(x.lo), abs(x.hi)), x.nan)


def corners(f: Callable[[float, float], float]) -> IntervalRule:
    """The rule of a function of two numbers whose extremes lie at the corners of its box."""

    def rule(x: Interval, y: Interval, **_attrs: object) -> Interval:
        ends = [f(a, b) for a in (x.lo, x.hi) for b in (y.lo, y.hi)]
        if any(map(math.isnan, ends)):
            return TOP
        return Interval(min(ends), max(ends), x.nan or y.nan)

    return rule


def product(x: Interval, y: Interval, **_attrs: object) -> Interval:
    """The range of x * y; zero times infinity is NaN, and near it the product is any number up to infinity."""
    ends = [a * b for a in (x.lo, x.hi) for b in (y.lo, y.hi)]
    clean = [0.0 if math.isnan(end) else end for end in ends]
    infinite = math.isinf(x.lo) or math.isinf(x.hi), math.isinf(y.lo) or math.isinf(y.hi)
    undefined = (infinite[0] and 0.0 in y) or (infinite[1] and 0.0 in x)
    return Interval(min(clean), max(clean), x.nan or y.nan or undefined)


def quotient(x: Interval, y: Interval, **_attrs: object) -> Interval:
    """The range of x / y."""
    if 0.0 in y or (_infinite(x) and _infinite(y)):
        return TOP
    return corners(lambda a, b: a / b)(x, y)


def least(x: Interval, y: Interval, **_attrs: object) -> Interval:
    """The range of the lesser of two; under XLA a NaN of the second operand gives the first."""
    return Interval(min(x.lo, y.lo), x.hi if y.nan else min(x.hi, y.hi), x.nan or y.nan)


def greatest(x: Interval, y: Interval, **_attrs: object) -> Interval:
    """The range of the greater of two; under XLA a NaN of the second operand gives the first."""
    return Interval(x.lo if y.nan else max(x.lo, y.lo), max(x.hi, y.hi), x.nan or y.nan)


def total(x: Interval, *_rest: Interval, **_attrs: object) -> Interval:
    """The range of a sum of any number of elements."""
    lo = x.lo if x.lo >= 0 else -INF
    hi = x.hi if x.hi <= 0 else INF
    return Interval(lo, hi, x.nan or (x.lo < 0 < x.hi and not x.finite) or (x.lo == -INF and x.hi == INF))


def _infinite(x: Interval) -> bool:
    return math.isinf(x.lo) or math.isinf(x.hi)


def _outward(x: float, direction: int, fmt: Format, ulps: int, slack: float) -> float:
    if not math.isfinite(x):
        return x
    moved = x + direction * (ulps * fmt.ulp(x) + slack * fmt.epsilon) if ulps or slack else x
    if fmt.flushes and 0 < abs(moved) < fmt.tiny:
        # A subnormal becomes zero, and a smallest normal number may come of one.
        return 0.0 if direction * moved < 0 else math.copysign(fmt.tiny, moved)
    with np.errstate(all="ignore"):
        return float(fmt.round(np.asarray(moved)))
