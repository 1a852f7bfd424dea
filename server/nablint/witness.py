"""The input that breaks a function: sweep, blame, bisection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nablint.blame import Blame, Cause, blame
from nablint.domains.dtype import Array, Format, from_ordinals, ordinals
from nablint.evaluate import Plan, plan, run, same_under_xla
from nablint.gradient import gradient
from nablint.interpret import is_pointwise
from nablint.ir import Function, Param, reachable
from nablint.trials import ROLES, Family, families, sweep


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
class Setup:
    """What is tried: a function and its slope along some families, in one dtype and mode."""

    whole: Function
    """The slope, whose first nodes are the function's; or the function itself, if only values are tried."""
    fn: Function
    cases: tuple[Family, ...]
    mode: str
    plan: Plan
    """How to evaluate `whole`."""

    @property
    def fmt(self) -> Format:
        return self.plan.format


@dataclass(frozen=True, slots=True)
class Trial:
    """What came out, one row for each input tried."""

    t: Array
    family: Array
    """The family's number of each trial."""
    values: tuple[Array | None, ...]
    """Of every node of the slope function, which begins with the function's own nodes."""


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
    tried = _tried(eager)
    yield eager, tried
    if not same_under_xla(whole, eager.plan, tried.trial.values):
        xla = replace(eager, mode="xla", plan=plan(whole, dtype, "xla", wanted))
        compiled = _tried(xla)
        if not np.array_equal(tried.codes, compiled.codes):
            yield xla, compiled


STEP = 1024
"""How many floats each step of a bisection tries."""


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


def _run(setup: Setup, which: Array, t: Array) -> Trial:
    """Evaluate trial by trial: `which` names the family of each `t`."""
    if len(setup.cases) == 1:
        columns = setup.cases[0].inputs(t)
    else:
        columns = tuple(np.empty((len(t), *setup.cases[0].shape)) for _ in setup.fn.params)
        for number, family in enumerate(setup.cases):
            rows = which == number
            for column, tensor in zip(columns, family.inputs(t[rows]), strict=True):
                column[rows] = tensor
    return Trial(t, which, run(setup.plan, dict(zip(setup.fn.params, columns, strict=True))))


@dataclass(frozen=True, slots=True)
class Tried:
    """How the sweep went."""

    points: Array
    """The values of `t`, the same for each family."""
    trial: Trial
    codes: Array
    """How each trial failed, one row a family (see `_codes`)."""


def _tried(setup: Setup) -> Tried:
    points = _within(sweep(setup.fn, setup.fmt), setup.fn, setup.cases)
    which = np.repeat(np.arange(len(setup.cases)), len(points))
    trial = _run(setup, which, np.tile(points, len(setup.cases)))
    return Tried(points, trial, _codes(trial, setup).reshape(len(setup.cases), len(points)))


def _regions(setup: Setup, tried: Tried) -> Iterator[tuple[Blame, Region]]:
    """Each failing stretch of the sweep, its ends bisected, with the node to blame at its threshold."""
    runs = list(_runs(tried.codes))
    if not runs:
        return
    edges = _bisected(setup, tried.points, runs)
    at = _run(setup, np.array([r[0] for r in runs]), np.array([_near(*e) for e in edges]))
    for index, ((family, _, _, _), (low, high)) in enumerate(zip(runs, edges, strict=True)):
        culprit = None if _is_sliver(low, high) else blame(setup.whole, setup.fn, at.values, index)
        if culprit is not None:
            yield culprit, _region(setup, setup.cases[family], at, index, low, high)


def _is_sliver(low: float, high: float) -> bool:
    """Whether the stretch is a hair's breadth beside zero, which no input hits by design: 1/x of a subnormal x."""
    return (low > 0 or high < 0) and max(abs(low), abs(high)) < 1e-3


def _within(points: Array, fn: Function, cases: Sequence[Family]) -> Array:
    """The sweep, cut to what the role of the only moving parameter allows."""
    moving = [
        node.name
        for i, p in enumerate(fn.params)
        if isinstance(node := fn.nodes[p], Param) and np.any(cases[0].slopes[i])
    ]
    if any(name in ROLES for name in moving):
        return points[(points >= 0) & (points <= 1)]
    return points


def _codes(trial: Trial, setup: Setup) -> Array:
    """How each trial fails, as a number for the kind of value and slope; 0 for not at all, or not known."""
    y = trial.values[setup.fn.result]
    dy = trial.values[setup.whole.result] if setup.whole is not setup.fn else None
    if y is None or (np.isfinite(y).all() and (dy is None or np.isfinite(dy).all())):
        return np.zeros(len(trial.t), int)
    code = 4 * _kind(_worst(y, trial))
    return code if dy is None else np.where(code > 0, code, _kind(_worst(dy, trial)))


def _worst(y: Array, trial: Trial) -> Array:
    """Of each trial, the worst element: NaN before infinities before finite numbers."""
    if y.shape == trial.t.shape and y.dtype.kind == "f":
        return y
    y = np.broadcast_to(y, (len(trial.t), *y.shape[1:])) if y.ndim else np.broadcast_to(y, trial.t.shape)
    if y.dtype.kind not in "fc":
        return np.zeros(len(trial.t))
    flat = y.reshape(len(trial.t), -1)
    worst = np.max(np.where(np.isnan(flat), 0, np.abs(flat)), axis=1)
    signed = np.where(np.any(flat == worst[:, None], axis=1), worst, -worst)
    return np.where(np.isnan(flat).any(axis=1), np.nan, signed)


def _kind(y: Array) -> Array:
    return np.where(np.isnan(y), 3, np.where(np.isposinf(y), 1, np.where(np.isneginf(y), 2, 0)))


def _runs(codes: Array) -> Iterator[tuple[int, int, int, int]]:
    """Stretches of one failing code: (family, first, last, code). Value failures of one stretch stay together."""
    for family, row in enumerate(codes):
        starts = np.flatnonzero(np.diff(row, prepend=0) != 0)
        ends = np.append(starts, len(row))[1:] - 1
        for first, last in zip(starts, ends, strict=True):
            if row[first]:
                yield family, int(first), int(last), int(row[first])


def _near(low: float, high: float) -> float:
    """The number of least magnitude between the two."""
    return 0.0 if low <= 0 <= high else low if low > 0 else high


def _bisected(setup: Setup, points: Array, runs: Sequence[tuple[int, int, int, int]]) -> list[tuple[float, float]]:
    """The first and last failing float of each run, all edges searched at once, many floats a step."""
    order = ordinals(points, setup.fmt)
    last = len(points) - 1
    edges = [(family, order[max(a - 1, 0)], order[a], code) for family, a, _, code in runs]
    edges += [(family, order[min(b + 1, last)], order[b], code) for family, _, b, code in runs]
    family, good, bad, code = (np.array(column) for column in zip(*edges, strict=True))
    close = 1 << 20 if setup.fmt.name == "float64" else 1  # Ten digits are enough where no witness is shown.
    while (wide := np.flatnonzero(np.abs(bad - good) > close)).size:
        good[wide], bad[wide] = _narrowed(setup, family[wide], good[wide], bad[wide], code[wide])
    ends = from_ordinals(bad, setup.fmt)
    return [(float(ends[i]), float(ends[i + len(runs)])) for i in range(len(runs))]


def _narrowed(setup: Setup, family: Array, good: Array, bad: Array, code: Array) -> tuple[Array, Array]:
    """The last good and the first bad of many floats between each pair, as ordinals."""
    width = STEP if not setup.cases[0].shape else STEP // 8
    grid = good[:, None] + ((bad - good)[:, None] * (np.arange(width + 1) / width)).astype(np.int64)
    t = from_ordinals(grid[:, 1:].ravel(), setup.fmt)
    found = _codes(_run(setup, np.repeat(family, width), t), setup)
    failing = found.reshape(len(good), width) == code[:, None]
    first = np.where(failing.any(axis=1), failing.argmax(axis=1), width - 1)
    rows = np.arange(len(good))
    return grid[rows, first], grid[rows, first + 1]


def _region(setup: Setup, family: Family, at: Trial, index: int, low: float, high: float) -> Region:
    whole, fn = setup.whole, setup.fn
    t = at.t[index : index + 1]
    inputs = {
        node.name: _plain(tensor[0])
        for param, tensor in zip(fn.params, family.inputs(t), strict=True)
        if isinstance(node := fn.nodes[param], Param)
    }
    y, dy = at.values[fn.result], at.values[whole.result]
    value = 0.0 if y is None else float(_worst(y, at)[index])
    slope = None if whole is fn or dy is None else float(_worst(dy, at)[index])
    return Region(setup.fmt.name, setup.mode, low, high, float(t[0]), inputs, value, slope)


def _plain(tensor: Array) -> object:
    return tensor.tolist()
