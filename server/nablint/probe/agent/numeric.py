"""A numerical derivative that knows how far to trust itself, and what it says of a gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = Any
Function = Callable[[Array], Array]
"""From inputs of shape (points, steps) to values of that shape."""

_STEPS = 2.0 ** -np.arange(4, 13)


class Slope(NamedTuple):
    """Derivatives by central differences, extrapolated to step 0."""

    value: Array
    error: Array
    """An estimate of the error; inf at kinks, jumps and steps, and where the function is not finite."""
    flat: Array
    """Where the function does not change at all around the point."""
    at: Array
    """The function at the points."""


def slope(function: Function, points: Array, epsilon: float, width: float = 1.0) -> Slope:
    """The derivative at each point from steps of about the width; `epsilon` is the relative rounding error."""
    steps = _STEPS * width * np.clip(np.abs(points), 1.0, 8.0)[:, None]
    right, left = points[:, None] + steps, points[:, None] - steps
    values = function(np.concatenate([points[:, None], right, left], axis=1))
    at, after, before = values[:, :1], values[:, 1 : 1 + len(_STEPS)], values[:, 1 + len(_STEPS) :]
    with np.errstate(all="ignore"):
        central = (after - before) / (right - left)
        bend = np.abs((after - at) / (right - points[:, None]) - (at - before) / (points[:, None] - left))
        noise = 4 * epsilon * np.maximum(np.abs(after), np.abs(before)) / steps
        value, error = _extrapolate(central, noise)
    # A straight-through estimator adds and subtracts the input, and leaves the rounding of that behind.
    still = 8 * epsilon * np.maximum(np.abs(at), np.abs(points)[:, None])
    with np.errstate(invalid="ignore"):
        flat = ((np.abs(after - at) <= still) & (np.abs(before - at) <= still)).all(axis=1)
    error = np.where(_smooth(bend, noise, central) & np.isfinite(at[:, 0]), error, np.inf)
    return Slope(value, error, flat, at[:, 0])


def _extrapolate(central: Array, noise: Array) -> tuple[Array, Array]:
    """The entry of Ridders' tableau whose neighbours agree best."""
    best, least = central[:, -1], np.full(len(central), np.inf)
    table = central
    for power in range(1, central.shape[1]):
        factor = 4.0**power
        finer = (factor * table[:, 1:] - table[:, :-1]) / (factor - 1)
        error = np.maximum(np.abs(finer - table[:, 1:]), np.abs(finer - table[:, :-1])) + noise[:, power:]
        error = np.where(np.isfinite(error), error, np.inf)
        index = np.argmin(error, axis=1)
        rows = np.arange(len(error))
        better = error[rows, index] < least
        best = np.where(better, finer[rows, index], best)
        least = np.where(better, error[rows, index], least)
        table = finer
    return best, least


def _smooth(bend: Array, noise: Array, central: Array) -> Array:
    """False at kinks, where left and right slopes stay apart, and at steps finer than the widest difference."""
    fine = np.abs(bend[:, 4:]) <= 0.7**4 * np.abs(bend[:, :-4]) + 4 * noise[:, 4:]
    stairs = (central == 0).any(axis=1) & (np.abs(central) > 4 * noise).any(axis=1)
    return fine.any(axis=1) & ~stairs


def disagreements(given: Array, found: Slope) -> Array:
    """Indices where the slope given is not the derivative, beyond every doubt that rounding leaves."""
    judged = np.isfinite(found.error) & np.isfinite(given) & np.isfinite(found.value)
    heights = found.at[found.flat & np.isfinite(found.at)]
    # Surrogate slopes of step functions differ on purpose: flat pieces at several heights are steps.
    if len(heights) and np.ptp(heights) > 1e-6:
        judged &= ~found.flat
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(given), np.abs(found.value))
        least = 1e-6 * min(1.0, float(np.max(size[judged], initial=0.0)))
        far = np.abs(given - found.value) > 10 * found.error + 1e-3 * size + least
    return np.flatnonzero(judged & far)


def stretch(points: Array, wrong: Array) -> bool:
    """True if three neighbouring points are wrong, so that it is no single point."""
    position = np.argsort(np.argsort(points, kind="stable"), kind="stable")[wrong]
    position.sort()
    return bool((position[2:] - position[:-2] == 2).any()) if len(position) > 2 else False
