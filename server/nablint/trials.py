"""The inputs that a function is tried on: families of inputs, each along one number `t`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nablint.domains.dtype import FORMATS, Array, Format
from nablint.interpret import is_pointwise
from nablint.ir import Apply, Const, Function, Param

REACH = 1000.0
"""Thresholds are looked for up to here, also where the input range ends earlier."""

ROW_POINTS = 128
"""About so many values of `t` for each family of rows, which cost more than numbers."""


@dataclass(frozen=True, slots=True)
class Family:
    """Inputs along one number `t`: each parameter is `slope * t + offset`, element by element."""

    slopes: tuple[Array, ...]
    offsets: tuple[Array, ...]
    shape: tuple[int, ...]
    """Of the tensors that the function sees; () where it works element by element."""
    unit: bool = False
    """Whether `t` runs from 0 to 1 only, since a probability moves."""

    def inputs(self, t: Array) -> tuple[Array, ...]:
        """For each parameter, one tensor a trial: an array of shape (trials, *shape)."""
        t = t.reshape(t.shape + (1,) * len(self.shape))
        return tuple(np.asarray(a * t + b) for a, b in zip(self.slopes, self.offsets, strict=True))


PROBABILITIES = frozenset({"probs", "prob", "p", "probabilities"})
LABELS = frozenset({"y_true", "labels", "label", "targets", "target", "mask"})
PREDICTIONS = frozenset({"y_pred", "pred", "predictions", "prediction", "output", "outputs"})
"""Probabilities, logits or plain numbers: the code tells (see `_is_probability`)."""


def families(fn: Function) -> tuple[Family, ...]:
    """The families for one function: numbers if it is pointwise, rows if its elements depend on one another."""
    named = {i: node.name for i in fn.params if isinstance(node := fn.nodes[i], Param)}
    unit = [
        name in PROBABILITIES | LABELS or (name in PREDICTIONS and _is_probability(fn, i)) for i, name in named.items()
    ]
    labels = [name in LABELS for name in named.values()]
    return tuple(_numbers(unit) if is_pointwise(fn) else _rows(unit, labels))


def _is_probability(fn: Function, param: int) -> bool:
    """Whether the code takes the logarithm of this parameter, or its complement, as one does of probabilities."""
    same = {param}
    for index, node in enumerate(fn.nodes):
        if isinstance(node, Apply) and same.intersection(node.args):
            if node.op in ("log", "xlogy", "log2", "log10") or (node.op == "sub" and node.args[1] in same):
                return node.op != "sub" or isinstance(fn.nodes[node.args[0]], Const)
            if node.op in _KEEPS or (node.op == "div" and node.args[0] in same):
                same.add(index)
    return False


_KEEPS = frozenset({"clip", "maximum", "minimum", "cast", "cast_like", "identity", "convert_to_tensor", "add"})
"""Ops after which a probability is still one, about."""


def sweep(fn: Function, fmt: Format) -> Array:
    """Values of `t`, rising: dense round zero and round every constant of the function, log-spaced outwards."""
    values = (node.value for node in fn.nodes if isinstance(node, Const))
    constants = {float(value) for value in values if isinstance(value, int | float) and abs(value) <= REACH}
    return _sweep(tuple(sorted(constants)), fmt.name, is_pointwise(fn))


@lru_cache(maxsize=512)
def _sweep(constants: Sequence[float], dtype: str, pointwise: bool) -> Array:
    points = _everywhere(dtype, pointwise)
    if constants:
        near = np.multiply.outer([c for c in constants if c], _near(dtype)).ravel()
        points = np.union1d(points, FORMATS[dtype].round(near))
        points = points[np.abs(points) <= REACH]
    points.setflags(write=False)
    return points


@lru_cache(maxsize=8)
def _near(dtype: str) -> Array:
    """Factors that lead from a constant to its neighbourhood, and to that of its opposite."""
    epsilon = FORMATS[dtype].epsilon
    around = 1 + np.array([-1e-2, -epsilon, 0.0, epsilon, 1e-2])
    return np.concatenate([around, -around])


@lru_cache(maxsize=8)
def _everywhere(dtype: str, pointwise: bool) -> Array:
    """The values of `t` that every function is tried at."""
    fmt = FORMATS[dtype]
    magnitudes = np.concatenate(
        [
            [0.0, fmt.tiny, fmt.epsilon],
            np.logspace(-30, -3, 14),
            np.logspace(-3, np.log10(REACH), 91),
            np.arange(0.5, 12, 0.5),
            np.arange(12, 101, 2.0),
            [REACH],
        ]
    )
    points = np.unique(fmt.round(np.concatenate([magnitudes, -magnitudes])))
    if not pointwise:
        points = np.union1d(points[:: len(points) // ROW_POINTS + 1], [-1.0, 0.0, 1.0])
    return np.asarray(points[np.abs(points) <= REACH])


@lru_cache(maxsize=8)
def unit_sweep(dtype: str) -> Array:
    """Values from 0 to 1, dense at both ends."""
    small = 2.0 ** -np.arange(1.0, 25.0)
    points = np.unique(FORMATS[dtype].round(np.concatenate([[0.0, 1.0], small, 1 - small, np.linspace(0, 1, 21)])))
    points.setflags(write=False)
    return np.asarray(points)


def _numbers(unit: Sequence[bool]) -> list[Family]:
    """Each parameter in turn runs, the others rest at a few values that their role allows."""
    found = []
    for moving in range(len(unit)):
        for rest in _RESTS if len(unit) > 1 else (1.0,):
            offsets = [np.asarray(min(max(rest, 0.0), 1.0) if bounded else rest) for bounded in unit]
            slopes = [np.asarray(0.0) for _ in unit]
            slopes[moving], offsets[moving] = np.asarray(1.0), np.asarray(0.0)
            found.append(Family(tuple(slopes), tuple(offsets), (), unit[moving]))
    return found


_RESTS = (1.0, 0.0, -2.0)


_UNITS = tuple(
    (np.array(unit), np.zeros((2, 3)))
    for unit in (
        ((1.0, 0.0, 0.0), (0.0, 1.0, 0.5)),
        ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
        ((1.0, 1.0, 1.0), (0.5, -1.0, 0.25)),
        ((1.0, 0.5, 0.25), (0.5, 0.25, 1.0)),
        ((1.0, -1.0, 0.5), (-0.5, 1.0, 1.0)),
        ((0.0, 0.0, 1.0), (0.0, 0.0, 0.0)),
    )
)
"""Batches of two rows: one large gap, ties, one constant row, all of one sign, mixed signs, a zero row."""


def _rows(unit: Sequence[bool], labels: Sequence[bool]) -> list[Family]:
    found = []
    for moving, bounded in enumerate(unit):
        for slope, offset in _CERTAINTIES if bounded else _UNITS:
            slopes = [np.zeros(slope.shape) for _ in unit]
            offsets = [_LABEL_ROWS if label else _REST_ROWS for label in labels]
            slopes[moving], offsets[moving] = slope, offset
            found.append(Family(tuple(slopes), tuple(offsets), slope.shape, bounded))
    return found


_REST_ROWS = np.array([[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]])
_LABEL_ROWS = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
_EVEN_ROWS = np.full((2, 3), 1 / 3)
_CERTAINTIES = tuple((np.array(sure) - _EVEN_ROWS, _EVEN_ROWS) for sure in (_LABEL_ROWS, _LABEL_ROWS[:, ::-1]))
"""Probabilities, from even ones to certainty: rows that sum to 1, as a softmax gives them."""
