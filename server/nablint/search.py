"""The search for failing inputs: a sweep along each family, and bisection between neighbouring floats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nablint.domains.dtype import Array, Format, from_ordinals, ordinals
from nablint.evaluate import Plan, run
from nablint.ir import Function
from nablint.trials import Family, sweep, unit_sweep


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


Run = tuple[int, int, int, int]
"""A stretch of one failing code: (family, first point, last point, code)."""

STEP = 4096
"""How many floats each step of a bisection tries at most."""


def tried_at(setup: Setup, which: Array, t: Array) -> Trial:
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


def alone(trial: Trial, index: int) -> Trial:
    """One of the trials; what is the same for all of them has no axis for them, or one of length 1."""
    here, count = slice(index, index + 1), len(trial.t)
    values = tuple(v[here] if v is not None and v.ndim and len(v) == count else v for v in trial.values)
    return Trial(trial.t[here], trial.family[here], values)


@dataclass(frozen=True, slots=True)
class Tried:
    """How the sweep went."""

    points: Array
    """The values of `t`, the same for each family."""
    trial: Trial
    codes: Array
    """How each trial failed, one row a family (see `_codes`)."""


def swept(setup: Setup) -> Tried:
    points = unit_sweep(setup.fmt.name) if setup.cases[0].unit else sweep(setup.fn, setup.fmt)
    which = np.repeat(np.arange(len(setup.cases)), len(points))
    trial = tried_at(setup, which, np.tile(points, len(setup.cases)))
    return Tried(points, trial, _codes(trial, setup).reshape(len(setup.cases), len(points)))


def _codes(trial: Trial, setup: Setup) -> Array:
    """How each trial fails, as a number for the kind of value and slope; 0 for not at all, or not known."""
    y = trial.values[setup.fn.result]
    dy = trial.values[setup.whole.result] if setup.whole is not setup.fn else None
    if y is None or (np.isfinite(y).all() and (dy is None or np.isfinite(dy).all())):
        return np.zeros(len(trial.t), int)
    code = 4 * _kind(worst(y, trial))
    return code if dy is None else np.where(code > 0, code, _kind(worst(dy, trial)))


def worst(y: Array, trial: Trial) -> Array:
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


def runs_of(codes: Array) -> Iterator[Run]:
    """Stretches of one failing code, family by family."""
    for family, row in enumerate(codes):
        starts = np.flatnonzero(np.diff(row, prepend=0) != 0)
        ends = np.append(starts, len(row))[1:] - 1
        for first, last in zip(starts, ends, strict=True):
            if row[first]:
                yield family, int(first), int(last), int(row[first])


def near(low: float, high: float) -> float:
    """The number of least magnitude between the two."""
    return 0.0 if low <= 0 <= high else low if low > 0 else high


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch whose ends are known to the neighbouring float."""

    low: float
    high: float
    trial: Trial
    index: int
    """The trial of it that is nearest to zero, and its place there."""


Seen = tuple[Trial, int]
"""What came out at one float: the trials that it was among, and its place there."""


def bisected(setup: Setup, tried: Tried, runs: Sequence[Run]) -> list[Stretch]:
    """The first and last failing float of each run, all edges searched at once, many floats a step."""
    points = tried.points
    order = ordinals(points, setup.fmt)
    last = len(points) - 1
    edges = [(family, order[max(a - 1, 0)], order[a], code, a) for family, a, _, code in runs]
    edges += [(family, order[min(b + 1, last)], order[b], code, b) for family, _, b, code in runs]
    family, good, bad, code, at = (np.array(column) for column in zip(*edges, strict=True))
    seen: list[Seen] = [(tried.trial, int(index)) for index in family * len(points) + at]
    close = 1 << 20 if setup.fmt.name == "float64" else 1  # Ten digits are enough where no witness is shown.
    while (wide := np.flatnonzero(np.abs(bad - good) > close)).size:
        good[wide], bad[wide], fresh = _narrowed(setup, family[wide], good[wide], bad[wide], code[wide])
        for edge, what in zip(wide, fresh, strict=True):
            seen[edge] = what
    ends = from_ordinals(bad, setup.fmt)
    return [_stretch(setup, run, ends[[i, i + len(runs)]], seen[i], seen[i + len(runs)]) for i, run in enumerate(runs)]


def _stretch(setup: Setup, run: Run, ends: Array, first: Seen, last: Seen) -> Stretch:
    low, high = (float(end) for end in ends)
    if near(low, high) == 0.0:  # One of the two zeros: always the positive one.
        return Stretch(low, high, tried_at(setup, np.array([run[0]]), np.zeros(1)), 0)
    return Stretch(low, high, *(first if low > 0 else last))


def _narrowed(setup: Setup, family: Array, good: Array, bad: Array, code: Array) -> tuple[Array, Array, Sequence[Seen]]:
    """The last good and the first bad of many floats between each pair, as ordinals, and what came out there."""
    width = _width(int(np.max(np.abs(bad - good))), STEP if not setup.cases[0].shape else STEP // 8)
    grid = good[:, None] + ((bad - good)[:, None] * (np.arange(width + 1) / width)).astype(np.int64)
    t = from_ordinals(grid[:, 1:].ravel(), setup.fmt)
    trial = tried_at(setup, np.repeat(family, width), t)
    failing = _codes(trial, setup).reshape(len(good), width) == code[:, None]
    first = np.where(failing.any(axis=1), failing.argmax(axis=1), width - 1)
    rows = np.arange(len(good))
    return grid[rows, first], grid[rows, first + 1], [(trial, int(index)) for index in rows * width + first]


def _width(gap: int, most: int) -> int:
    """Into how many parts a gap is cut in each step: as few steps as parts up to `most` allow, and equal ones."""
    steps = 1
    while most**steps < gap:
        steps += 1
    width = int(gap ** (1 / steps))
    return width if width**steps >= gap else width + 1
