"""The points of a curve: the whole range of inputs, and more of them where something begins to fail."""

from __future__ import annotations

from typing import Any

import numpy as np

from .evaluate import Evaluate
from .layout import Layout, Outcomes, observe

Array = Any
_DIGITS = 7
_MOST_EDGES = 12
_NEAR = np.geomspace(1e-6, 0.3, 13)


def curve(
    evaluate: Evaluate, plan: Layout, lines: Array, points: Array, found: Outcomes, regions: list[dict[str, Any]]
) -> dict[str, list[float]]:
    """The fields `x`, `y` and `dy` of a `Run`."""
    one = lines == 0
    size = np.abs(points.astype(np.float64))
    # Closer to 0 than a pixel, all points would be drawn in one place.
    keep = np.flatnonzero(one & ((size >= 1 / 64) | (points == 0) & ~np.signbit(points.astype(np.float64))))
    x, y = points[keep].astype(np.float64), found.value[keep]
    dy = found.slope[keep] if found.slope is not None else None
    near = _near(regions, points[one])
    if len(near):
        more = observe(evaluate, plan, np.zeros(len(near), int), near)
        x, y = np.concatenate([x, near.astype(np.float64)]), np.concatenate([y, more.value])
        dy = np.concatenate([dy, more.slope]) if dy is not None and more.slope is not None else None
    _, order = np.unique(x, return_index=True)
    slopes = [] if dy is None else short(dy[order])
    return {"x": short(x[order]), "y": short(y[order]), "dy": slopes}


def _near(regions: list[dict[str, Any]], points: Array) -> Array:
    """Inputs on both sides of every edge of a region, closer and closer to it."""
    edges = np.unique([float(region[end]) for region in regions for end in ("low", "high")])[:_MOST_EDGES]
    low, high = float(points[0]), float(points[-1])
    steps = np.concatenate([-_NEAR[::-1], [0.0], _NEAR])
    near = (edges[:, None] + np.maximum(np.abs(edges), 1e-3)[:, None] * steps).ravel()
    return near[(near >= low) & (near <= high)].astype(points.dtype)


def short(numbers: Array) -> list[float]:
    """Numbers with as many digits as a drawing needs."""
    with np.errstate(all="ignore"):
        exponent = np.floor(np.log10(np.abs(numbers)))
        scale = 10.0 ** (_DIGITS - 1 - exponent)
        rounded = np.round(numbers * scale) / scale
    kept: list[float] = np.where(np.isfinite(rounded) & np.isfinite(scale), rounded, numbers).tolist()
    return kept
