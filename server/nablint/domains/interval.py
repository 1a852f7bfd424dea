"""The interval domain: which numbers a value may be, and whether it may be NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

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

    def rounded(self, fmt: Format, ulps: int) -> Interval:
        """What a kernel with an error of `ulps` may return in this format; overflow is infinite."""
        lo, hi = _outward(self.lo, -1, fmt, ulps), _outward(self.hi, 1, fmt, ulps)
        return Interval(lo, hi, self.nan)


TOP = Interval(-INF, INF, nan=True)
REALS = Interval(-INF, INF)
UNIT = Interval(0.0, 1.0)
POSITIVE = Interval(0.0, INF)

IntervalRule = Callable[..., Interval]
"""`rule(*intervals, **attrs)`: a range that holds the exact result; rounding is added by the interpreter."""


def anything(*_ranges: Interval, **_attrs: object) -> Interval:
    return TOP


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


def corners(f: Callable[[float, float], float]) -> IntervalRule:
    """The rule of a function of two numbers whose extremes lie at the corners of its box."""

    def rule(x: Interval, y: Interval, **_attrs: object) -> Interval:
        ends = [f(a, b) for a in (x.lo, x.hi) for b in (y.lo, y.hi)]
        if any(map(math.isnan, ends)):
            return TOP
        return Interval(min(ends), max(ends), x.nan or y.nan)

    return rule


def _outward(x: float, direction: int, fmt: Format, ulps: int) -> float:
    if not math.isfinite(x):
        return x
    moved = x + direction * ulps * fmt.ulp(x) if ulps else x
    return math.copysign(INF, moved) if abs(moved) > fmt.max else moved
