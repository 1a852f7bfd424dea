"""The input that breaks a function: sweep, blame, bisection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from nablint.domains.dtype import FLOATS, FORMATS, Array, Format, from_ordinals, ordinals
from nablint.gradient import gradient
from nablint.interpret import evaluate, is_pointwise
from nablint.ir import Apply, Function, Param
from nablint.ops import OPS
from nablint.trials import ROLES, Family, families, sweep

SELECTS = frozenset({"where", "minimum", "maximum", "clip", "relu", "relu6", "min", "max", "multiply_no_nan"})
"""Ops that can leave out an operand that is not finite: a branch not taken, a bound."""
LOGS = frozenset({"log", "log1p", "log2", "log10", "xlogy", "xlog1py"})
DIVISIONS = frozenset({"div", "reciprocal", "rsqrt", "floordiv", "floormod", "truncatediv", "truncatemod", "mod"})


class Cause(Enum):
    """Why a node is to blame, in the words of the rule that tells it."""

    OVERFLOW = "overflow"
    LOG = "log-of-zero"
    DIVISION = "division-by-zero"
    INVALID = "invalid-value"
    MASKED = "masked-nan-gradient"
    SLOPE = "infinite-gradient"


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

    def first(self, dtype: str, mode: str = "eager") -> Region | None:
        """The region of least magnitude in that dtype and mode."""
        found = [r for r in self.regions if r.dtype == dtype and r.mode == mode]
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
class Trial:
    """One dtype in one mode: what came out along every family."""

    dtype: str
    mode: str
    t: Array
    family: Array
    """The family's number of each trial."""
    values: tuple[Array | None, ...]
    """Of every node of the slope function, which begins with the function's own nodes."""


def slope(fn: Function, wrt: int) -> Slope:
    """The gradient of an expanded function with respect to one parameter."""
    found = gradient(fn, wrt, ramp=not is_pointwise(fn))
    return Slope(wrt, found, found is not None and _is_zero(fn, found))


def breaks(fn: Function, wrt: int, slopes: Function | None, limit: float) -> tuple[Break, ...]:
    """Everything that fails for finite inputs up to `limit`, by the node to blame.

    `fn` is expanded, `slopes` its gradient (or None, then only values are tried). Regions that begin beyond the
    limit are left out unless the same node fails within it in another dtype.
    """
    whole = slopes or fn
    cases = _families(fn, wrt)
    found: dict[Blame, list[Region]] = {}
    for dtype in FLOATS:
        for mode in ("eager", "xla") if _differs(whole) else ("eager",):
            for blame, region in _regions(whole, fn, cases, dtype, mode):
                found.setdefault(blame, []).append(region)
    kept = [Break(*blame, tuple(regions)) for blame, regions in found.items()]
    return tuple(b for b in kept if any(abs(r.threshold) <= limit for r in b.regions))


Blame = tuple[int, str, Cause, "int | None"]
"""Of a `Break`: all but its regions."""


def _families(fn: Function, wrt: int) -> tuple[Family, ...]:
    """Those in which the parameter moves."""
    position = fn.params.index(wrt)
    return tuple(f for f in families(fn) if np.any(f.slopes[position]))


def _differs(fn: Function) -> bool:
    return any(isinstance(n, Apply) and OPS[n.op].xla is not None for n in fn.nodes)


def _is_zero(fn: Function, slopes: Function) -> bool:
    dtype = "float32"
    t = sweep(fn, FORMATS[dtype])
    for family in families(fn):
        values = evaluate(slopes, dtype, "eager", dict(zip(fn.params, family.inputs(t), strict=True)))
        dy, y = values[slopes.result], values[fn.result]
        if dy is None or y is None or not np.all(np.isfinite(dy) <= (dy == 0)) or not np.any(np.isfinite(dy)):
            return False
    return True


def _run(
    whole: Function, fn: Function, cases: Sequence[Family], which: Array, t: Array, dtype: str, mode: str
) -> Trial:
    """Evaluate trial by trial: `which` names the family of each `t`."""
    columns = [np.empty((len(t), *cases[0].shape)) for _ in fn.params]
    for number, family in enumerate(cases):
        rows = which == number
        for column, tensor in zip(columns, family.inputs(t[rows]), strict=True):
            column[rows] = tensor
    return Trial(dtype, mode, t, which, evaluate(whole, dtype, mode, dict(zip(fn.params, columns, strict=True))))


def _regions(
    whole: Function, fn: Function, cases: Sequence[Family], dtype: str, mode: str
) -> Iterator[tuple[Blame, Region]]:
    fmt = FORMATS[dtype]
    points = _within(sweep(fn, fmt), fn, cases)
    which = np.repeat(np.arange(len(cases)), len(points))
    trial = _run(whole, fn, cases, which, np.tile(points, len(cases)), dtype, mode)
    codes = _codes(trial, whole, fn)
    if codes is None or not codes.any():
        return
    runs = list(_runs(codes.reshape(len(cases), len(points))))
    edges = _bisected(whole, fn, cases, points, runs, fmt, mode)
    at = _run(whole, fn, cases, np.array([r[0] for r in runs]), np.array([_near(*e) for e in edges]), dtype, mode)
    for index, ((family, _, _, _), (low, high)) in enumerate(zip(runs, edges, strict=True)):
        blame = None if _is_sliver(low, high) else _blame(whole, fn, at.values, index)
        if blame is not None:
            yield blame, _region(whole, fn, cases[family], at, index, low, high)


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


def _codes(trial: Trial, whole: Function, fn: Function) -> Array | None:
    """How each trial fails: 0 not at all, else a number for the kind of value and slope."""
    y = trial.values[fn.result]
    if y is None:
        return None
    dy = trial.values[whole.result] if whole is not fn else None
    code = 4 * _kind(_worst(y, trial))
    return code if dy is None else np.where(code > 0, code, _kind(_worst(dy, trial)))


def _worst(y: Array, trial: Trial) -> Array:
    """Of each trial, the worst element: NaN before infinities before finite numbers."""
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
        ends = np.append(starts[1:], len(row)) - 1
        for first, last in zip(starts, ends, strict=True):
            if row[first]:
                yield family, int(first), int(last), int(row[first])


def _near(low: float, high: float) -> float:
    """The number of least magnitude between the two."""
    return 0.0 if low <= 0 <= high else low if low > 0 else high


def _bisected(
    whole: Function,
    fn: Function,
    cases: Sequence[Family],
    points: Array,
    runs: Sequence[tuple[int, int, int, int]],
    fmt: Format,
    mode: str,
) -> list[tuple[float, float]]:
    """The first and last failing float of each run, all edges searched at once, 64 floats a step."""
    order = ordinals(points, fmt)
    last = len(points) - 1
    edges = [(family, order[max(a - 1, 0)], order[a], code) for family, a, _, code in runs]
    edges += [(family, order[min(b + 1, last)], order[b], code) for family, _, b, code in runs]
    good, bad = np.array([e[1] for e in edges]), np.array([e[2] for e in edges])
    family, code = np.array([e[0] for e in edges]), np.array([e[3] for e in edges])
    steps = np.arange(1, 65)
    while np.any(np.abs(bad - good) > 1):
        grid = good[:, None] + ((bad - good)[:, None] * (steps / 64.0)).astype(np.int64)
        t = from_ordinals(grid.ravel(), fmt)
        trial = _run(whole, fn, cases, np.repeat(family, 64), t, fmt.name, mode)
        found = _codes(trial, whole, fn)
        assert found is not None
        failing = found.reshape(grid.shape) == code[:, None]
        first = np.where(failing.any(axis=1), failing.argmax(axis=1), 63)
        rows = np.arange(len(edges))
        bad = np.where(np.abs(bad - good) > 1, grid[rows, first], bad)
        good = np.where(first > 0, grid[rows, np.maximum(first - 1, 0)], good)
        good = np.where(np.abs(bad - good) < 1, bad, good)
    ends = from_ordinals(bad, fmt)
    return [(float(ends[i]), float(ends[i + len(runs)])) for i in range(len(runs))]


def _region(whole: Function, fn: Function, family: Family, at: Trial, index: int, low: float, high: float) -> Region:
    t = at.t[index : index + 1]
    inputs = {
        node.name: _plain(tensor[0])
        for param, tensor in zip(fn.params, family.inputs(t), strict=True)
        if isinstance(node := fn.nodes[param], Param)
    }
    y, dy = at.values[fn.result], at.values[whole.result]
    value = 0.0 if y is None else float(_worst(y, at)[index])
    slope = None if whole is fn or dy is None else float(_worst(dy, at)[index])
    return Region(at.dtype, at.mode, low, high, float(t[0]), inputs, value, slope)


def _plain(tensor: Array) -> object:
    return tensor.tolist()


def _blame(whole: Function, fn: Function, values: Sequence[Array | None], trial: int) -> Blame | None:
    """The first node whose operands are fine and whose result is not, followed back from the result or the slope."""
    in_value = _bad(values[fn.result], trial)
    root = fn.result if in_value else whole.result
    if not _bad(values[root], trial):
        return None
    node = _source(whole, values, trial, root)
    apply = whole.nodes[node]
    if not isinstance(apply, Apply):
        return None
    forward = node < len(fn.nodes)
    mine = node if forward else _maker(whole, fn, node)
    made_by = fn.nodes[mine]
    op = made_by.op if isinstance(made_by, Apply) else apply.op
    masked = None if in_value else _mask(fn, values, trial, mine, forward)
    cause = Cause.MASKED if masked is not None else _cause(apply, values, trial, node) if forward else Cause.SLOPE
    return whole.origin(node), op, cause, masked


def _cause(node: Apply, values: Sequence[Array | None], trial: int, index: int) -> Cause:
    """Why a node of the function itself has a result that is not finite, though its operands are."""
    if node.op in LOGS:
        return Cause.LOG
    if node.op in DIVISIONS and _has(values[node.args[-1]], trial, lambda x: x == 0):
        return Cause.DIVISION
    if node.op == "pow" and _has(values[node.args[0]], trial, lambda x: x == 0):
        return Cause.DIVISION
    return Cause.INVALID if _has(values[index], trial, np.isnan) else Cause.OVERFLOW


def _has(value: Array | None, trial: int, test: Callable[[Array], Array]) -> bool:
    return value is not None and bool(np.any(test(value[trial] if value.ndim else value)))


def _bad(value: Array | None, trial: int) -> bool:
    if value is None or value.dtype.kind not in "fc":
        return False
    return not np.isfinite(value[trial] if value.ndim else value).all()


def _source(whole: Function, values: Sequence[Array | None], trial: int, node: int) -> int:
    while isinstance(apply := whole.nodes[node], Apply):
        bad = [arg for arg in _taken(apply, values, trial) if _bad(values[arg], trial)]
        if not bad:
            break
        node = bad[0]
    return node


def _taken(node: Apply, values: Sequence[Array | None], trial: int) -> tuple[int, ...]:
    """The operands that a `where` chose from; all of any other op."""
    if node.op != "where":
        return node.args
    condition, yes, no = node.args
    chosen = values[condition]
    if chosen is None:
        return node.args
    here = chosen[trial] if chosen.ndim else chosen
    return (yes,) if here.all() else (no,) if not here.any() else (yes, no)


def _maker(whole: Function, fn: Function, node: int) -> int:
    """The node of the expanded function whose vjp made a node of the slope."""
    origin = whole.origin(node)
    candidates = [i for i in range(len(fn.nodes)) if fn.origin(i) == origin]
    return candidates[-1] if candidates else fn.result


def _mask(fn: Function, values: Sequence[Array | None], trial: int, mine: int, forward: bool) -> int | None:
    """The select between the node to blame and the result that hides it from the value."""
    below = {mine}
    for index in range(mine + 1, len(fn.nodes)):
        apply = fn.nodes[index]
        if not isinstance(apply, Apply) or not below.intersection(apply.args):
            continue
        hidden = [arg for arg in apply.args if arg in below and (_bad(values[arg], trial) or not forward)]
        taken = _taken(apply, values, trial)
        dropped = apply.op in SELECTS and forward and not _bad(values[index], trial)
        if hidden and (dropped or (apply.op == "where" and not set(hidden) & set(taken))):
            return fn.origin(index)
        below.add(index)
    return None
