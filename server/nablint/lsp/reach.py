"""How far a function is proved finite: a large R for which intervals hold value and slope for |x| ≤ R."""

from __future__ import annotations

from nablint.domains.interval import Interval
from nablint.facts import Facts
from nablint.interpret import intervals

SHARES = (0.999, 0.95, 0.75, 0.5, 0.1, 1e-2)
"""Of what can be hoped for, tried in turn: a walk of intervals costs as much as a hundred evaluations."""

Reach = tuple[float, float]
"""R for the value and for the slope; 0 where nothing is proved."""


def reach(known: Facts, dtype: str, limit: float) -> Reach:
    """The R of one path, up to `limit`."""
    if not known.complete:
        return 0.0, 0.0
    fails = [abs(r.threshold) for b in known.breaks for r in b.regions + b.others if r.dtype == dtype]
    best = min(fails, default=limit)
    value = 0.0
    for share in (SHARES if fails else (1.0, *SHARES)) if best else ():
        finite = _finite(known, dtype, share * best)
        value = value or share * best * finite[0]
        if finite[1]:
            return value, share * best
    return value, 0.0


def _finite(known: Facts, dtype: str, radius: float) -> tuple[bool, bool]:
    """Whether value and slopes are finite; a slope's first nodes are the function's own, so one walk tells both."""
    inputs = dict.fromkeys(known.expanded.params, Interval(-radius, radius))
    slopes = [slope.function for slope in known.slopes if slope.function]
    walks = [(fn, intervals(fn, dtype, inputs)) for fn in slopes or [known.expanded]]
    value = walks[0][1][known.expanded.result].finite
    return value, value and bool(slopes) and all(found[fn.result].finite for fn, found in walks)
