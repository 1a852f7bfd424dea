"""The input that breaks a function: sweep, blame, bisection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nablint.blame import Blame, Cause, blame
from nablint.domains.dtype import Array
from nablint.evaluate import plan, same_under_xla
from nablint.gradient import gradient
from nablint.interpret import is_pointwise
from nablint.ir import Function, Param, reachable
from nablint.search import Run, Setup, Stretch, Trial, Tried, alone, bisected, runs_of, swept, worst
from nablint.trials import Family, families


@dataclass(frozen=True, slots=True)
class Region:
    """Inputs of one family, from `low` to `high`, where one dtype in one mode fails in one way."""

    dtype: str
    mode: str
    low: float
    high: float
    threshold: float
    """The one of least magnitude."""
    inputs: Mapping[str, object]
    """At the threshold, by parameter name."""
    moving: str
    """The parameter that runs through the region; the others rest."""
    row: int
    """Of the rows of an input, the one that fails."""
    value: float
    """At the threshold: the worst element."""
    gradient: float | None


@dataclass(frozen=True, slots=True)
class Break:
    """One node that is to blame, and everywhere it fails."""

    node: int
    """In the function as it was lowered."""
    op: str
    """The op at that node, or the one inside its composition that fails."""
    cause: Cause
    masked_by: int | None
    """The node that leaves the failing value out, so that only the slope shows it."""
    regions: tuple[Region, ...]
    """Where it fails for this cause."""
    others: tuple[Region, ...] = ()
    """Where it fails for lesser causes: log(x) of a tiny x is finite, yet its slope may overflow."""

    def first(self, dtype: str, mode: str = "eager") -> Region | None:
        """The region of least magnitude in that dtype and mode."""
        found = [r for r in self.regions + self.others if r.dtype == dtype and r.mode == mode]
        return min(found, key=lambda r: abs(r.threshold), default=None)


@dataclass(frozen=True, slots=True)
class Slope:
    """What is known of the gradient with respect to one parameter."""

    wrt: int
    function: Function | None
    """None where TensorFlow gives None."""
    zero: bool
    """Whether it is zero at every input tried, and defined."""


@dataclass(frozen=True, slots=True)
class Study:
    """All that trying a function tells, with respect to one parameter."""

    slope: Slope
    breaks: tuple[Break, ...]


NARROW = ("float16", "float32", "bfloat16")
"""What is tried at every keystroke: what holds in float32 holds in float64, whose range and precision are greater.
bfloat16 is tried where the others find nothing."""


def study(fn: Function, wrt: int, limit: float, floats: Sequence[str] = NARROW) -> Study:
    """The gradient of an expanded function, and everything that fails for finite inputs up to `limit`.

    Regions that begin beyond the limit are left out unless the same node fails within it in another dtype.
    """
    slopes = gradient(fn, wrt, ramp=not is_pointwise(fn))
    cases = _families(fn, wrt)
    found: dict[Blame, list[Region]] = {}
    zero = False
    for dtype in floats:
        if dtype == "bfloat16" and found:
            break
        for setup, tried in _ways(slopes or fn, fn, cases, dtype):
            zero = zero or (dtype == "float32" and slopes is not None and _is_zero(tried.trial, setup))
            for culprit, region in _regions(setup, tried):
                found.setdefault(culprit, []).append(region)
    kept = [Break(*culprit, tuple(regions)) for culprit, regions in found.items()]
    within = tuple(b for b in kept if any(abs(r.threshold) <= limit for r in b.regions))
    return Study(Slope(wrt, slopes, zero), within)


def _ways(whole: Function, fn: Function, cases: tuple[Family, ...], dtype: str) -> Iterator[tuple[Setup, Tried]]:
    """The sweep in eager mode, and under XLA too where that shows something else."""
    wanted = reachable(whole) | reachable(fn)
    eager = Setup(whole, fn, cases, "eager", plan(whole, dtype, "eager", wanted))
    tried = swept(eager)
    yield eager, tried
    if not same_under_xla(whole, eager.plan, tried.trial.values):
        xla = replace(eager, mode="xla", plan=plan(whole, dtype, "xla", wanted))
        compiled = swept(xla)
        if not np.array_equal(tried.codes, compiled.codes):
            yield xla, compiled


def _families(fn: Function, wrt: int) -> tuple[Family, ...]:
    """Those in which the parameter moves."""
    position = fn.params.index(wrt)
    return tuple(f for f in families(fn) if np.any(f.slopes[position]))


def _is_zero(trial: Trial, setup: Setup) -> bool:
    """Whether the slope is 0 wherever it is finite, and finite somewhere."""
    dy, y = trial.values[setup.whole.result], trial.values[setup.fn.result]
    if dy is None or y is None:
        return False
    finite = np.isfinite(dy)
    return bool(finite.any() and not dy[finite].any())


def _regions(setup: Setup, tried: Tried) -> Iterator[tuple[Blame, Region]]:
    """Each failing stretch of the sweep, its ends bisected, with the node to blame at its threshold."""
    runs = list(runs_of(tried.codes))
    if setup.cases[0].shape:
        runs = _nearest(setup, tried, runs)
    if not runs:
        return
    for (family, _, _, _), found in zip(runs, bisected(setup, tried, runs), strict=True):
        culprit = None
        if not _is_sliver(found.low, found.high):
            culprit = blame(setup.whole, setup.fn, found.trial.values, found.index)
        if culprit is not None:
            yield culprit, _region(setup, setup.cases[family], found)


def _nearest(setup: Setup, tried: Tried, runs: Sequence[Run]) -> list[Run]:
    """Of runs for which one node is to blame, the one nearest to zero: a row is shown, not a range."""
    best: dict[Blame | None, tuple[float, Run]] = {}
    for stretch in runs:
        family, first, last, _ = stretch
        least = min(range(first, last + 1), key=lambda i: abs(tried.points[i]))
        culprit = blame(setup.whole, setup.fn, tried.trial.values, family * len(tried.points) + least)
        distance = abs(float(tried.points[least]))
        if culprit not in best or distance < best[culprit][0]:
            best[culprit] = distance, stretch
    return [stretch for _, stretch in best.values()]


def _is_sliver(low: float, high: float) -> bool:
    """Whether the stretch is a hair's breadth beside zero, which no input hits by design: 1/x of a subnormal x."""
    return (low > 0 or high < 0) and max(abs(low), abs(high)) < 1e-3


def _region(setup: Setup, family: Family, found: Stretch) -> Region:
    whole, fn, at = setup.whole, setup.fn, alone(found.trial, found.index)
    t = at.t
    names = [node.name for param in fn.params if isinstance(node := fn.nodes[param], Param)]
    inputs = {name: tensor[0].tolist() for name, tensor in zip(names, family.inputs(t), strict=True)}
    moving = next(name for name, slope in zip(names, family.slopes, strict=True) if np.any(slope))
    y, dy = at.values[fn.result], at.values[whole.result]
    value = 0.0 if y is None else float(worst(y, at)[0])
    gradient = None if whole is fn or dy is None else float(worst(dy, at)[0])
    bad = y if dy is None or gradient is None or np.isfinite(gradient) else dy
    return Region(
        setup.fmt.name, setup.mode, found.low, found.high, float(t[0]), inputs, moving, _row(bad), value, gradient
    )


def _row(values: Array | None) -> int:
    """The first row of a trial's result that is not finite."""
    if values is None or values.ndim < 2:
        return 0
    return int(np.argmin(np.isfinite(values[0]).reshape(values.shape[1], -1).all(axis=1)))
