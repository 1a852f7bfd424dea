"""Inputs of one activation that a test must try, and whether its gradient is meant to be its slope."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nablint.analyse import Analysed, Analysis
from nablint.evaluate import evaluate
from nablint.facts import Facts
from nablint.finding import Finding
from nablint.interpret import is_pointwise

Hazard = tuple[str, str, object]
"""A rule, a dtype, and a number or a row of numbers."""

_POINTS = np.linspace(-5.9, 6.1, 97)
_STEP = 1e-6
_SHARE = 0.05


def known_hazards(analysis: Analysis, found: Analysed, limit: float) -> tuple[Hazard, ...]:
    """The inputs at which the function breaks as it is now, in eager mode and within the range."""
    inside = [finding for finding in analysis.findings if found.span.covers(finding.span)]
    return tuple(dict.fromkeys(hazard for finding in inside for hazard in _of(finding, limit)))


def follows(analysis: Analysis, found: Analysed) -> bool:
    """Whether the gradient is the slope, or is found not to be; straight-through and surrogate gradients are chosen."""
    told = any(f.rule.startswith("custom-gradient") and found.span.covers(f.span) for f in analysis.findings)
    return told or not any(map(_differs, found.facts))


def _of(finding: Finding, limit: float) -> Iterator[Hazard]:
    witness = finding.witness
    if witness is None or witness.mode != "eager" or not witness.inputs:
        return
    first = next(iter(witness.inputs.values()))
    if not isinstance(first, int | float):
        yield finding.rule, witness.dtype, _row(first)
        return
    for dtype, x in {**finding.thresholds, witness.dtype: float(first)}.items():
        if abs(x) <= limit:
            yield finding.rule, dtype, float(x)


def _row(nested: object) -> object:
    """The first row of an input of any rank, as what can be a key."""
    values = np.asarray(nested, float)
    return tuple(values.reshape(-1, values.shape[-1])[0].tolist()) if values.ndim else float(values)


def _differs(known: Facts) -> bool:
    """Whether the slope that is written differs from that of the values, at more than single points."""
    fn = known.expanded
    slopes = [slope for slope in known.slopes if slope.function is not None]
    if not slopes or len(fn.params) != 1 or not is_pointwise(fn):
        return False
    own = evaluate(slopes[0].function, "float64", "eager", {slopes[0].wrt: _POINTS})  # type: ignore[arg-type]
    high, low = (evaluate(fn, "float64", "eager", {fn.params[0]: _POINTS + h})[fn.result] for h in (_STEP, -_STEP))
    given = own[slopes[0].function.result]  # type: ignore[union-attr]
    if given is None or high is None or low is None:
        return False
    with np.errstate(all="ignore"):
        true = (high - low) / (2 * _STEP)
    differ = np.isfinite(true) & ~np.isclose(given, true, 0.01, 0.001)
    return bool(np.mean(differ) > _SHARE)
