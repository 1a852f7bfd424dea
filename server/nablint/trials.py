"""The inputs that a function is tried on: families of inputs, each along one number `t`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nablint.domains.dtype import FORMATS, Array, Format
from nablint.interpret import is_pointwise
from nablint.ir import Const, Function, Param

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

    def inputs(self, t: Array) -> tuple[Array, ...]:
        """For each parameter, one tensor a trial: an array of shape (trials, *shape)."""
        t = t.reshape(t.shape + (1,) * len(self.shape))
        return tuple(np.asarray(a * t + b) for a, b in zip(self.slopes, self.offsets, strict=True))


PROBABILITIES = frozenset({"probs", "prob", "p", "probabilities"})
LABELS = frozenset({"y_true", "labels", "label", "targets", "target", "mask"})
ROLES = PROBABILITIES | LABELS | {"y_pred"}


def families(fn: Function) -> tuple[Family, ...]:
    """The families for one function: numbers if it is pointwise, rows if its elements depend on one another."""
    names = [node.name for i in fn.params if isinstance(node := fn.nodes[i], Param)]
    if not is_pointwise(fn):
        return tuple(_rows(names))
    return tuple(_numbers(names))


def sweep(fn: Function, fmt: Format) -> Array:
    """Values of `t`, rising: dense round zero and round every constant of the function, log-spaced outwards."""
    values = (node.value for node in fn.nodes if isinstance(node, Const))
    constants = {float(value) for value in values if isinstance(value, int | float) and abs(value) <= REACH}
    return _sweep(tuple(sorted(constants)), fmt.name, is_pointwise(fn))


@lru_cache(maxsize=512)
def _sweep(constants: Sequence[float], dtype: str, pointwise: bool) -> Array:
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
    near = [
        s * abs(c) * (1 + d)
        for c in constants
        if c
        for s in (-1, 1)
        for d in (-1e-2, -fmt.epsilon, 0, fmt.epsilon, 1e-2)
    ]
    points = np.unique(fmt.round(np.concatenate([magnitudes, -magnitudes, np.asarray(near, float)])))
    points = points[(np.abs(points) <= REACH) & np.isfinite(points)]
    points = points if pointwise else points[:: len(points) // ROW_POINTS + 1]
    points.setflags(write=False)
    return np.asarray(points)


def _numbers(names: Sequence[str]) -> list[Family]:
    """Each parameter in turn runs, the others rest at a few values that their role allows."""
    found = []
    for moving in range(len(names)):
        for rest in _RESTS if len(names) > 1 else (1.0,):
            offsets = [np.asarray(_allowed(name, rest)) for name in names]
            slopes = [np.asarray(0.0) for _ in names]
            slopes[moving], offsets[moving] = np.asarray(1.0), np.asarray(0.0)
            found.append(Family(tuple(slopes), tuple(offsets), ()))
    return found


_RESTS = (1.0, 0.0, -2.0)


def _allowed(name: str, value: float) -> float:
    return min(max(value, 0.0), 1.0) if name in ROLES else value


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


def _rows(names: Sequence[str]) -> list[Family]:
    found = []
    for moving, name in enumerate(names):
        for slope, offset in _CERTAINTIES if name in ROLES else _UNITS:
            slopes = [np.zeros(slope.shape) for _ in names]
            offsets = [_REST_ROWS if other not in LABELS else _LABEL_ROWS for other in names]
            slopes[moving], offsets[moving] = slope, offset
            found.append(Family(tuple(slopes), tuple(offsets), slope.shape))
    return found


_REST_ROWS = np.array([[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]])
_LABEL_ROWS = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
_EVEN_ROWS = np.full((2, 3), 1 / 3)
_CERTAINTIES = tuple((np.array(sure) - _EVEN_ROWS, _EVEN_ROWS) for sure in (_LABEL_ROWS, _LABEL_ROWS[:, ::-1]))
"""Probabilities, from even ones to certainty: rows that sum to 1, as a softmax gives them."""
