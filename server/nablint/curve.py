"""A function and its slope as points: what a hover draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nablint.domains.dtype import Array
from nablint.evaluate import plan, run
from nablint.facts import Facts
from nablint.interpret import is_pointwise
from nablint.ir import Param, reachable
from nablint.trials import Family, families

POINTS = 121
SHOWN = 8.0
"""A function that nothing breaks is drawn for |x| up to this."""
MARGIN = 1.6
"""One that breaks is drawn this much further than where it begins to."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One path of an elementwise function along its first parameter, in one dtype, eager."""

    param: str
    rest: str
    """Where the other parameters rest, in words; empty if there is none."""
    dtype: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    dy: tuple[float, ...]
    """The slope; empty where TensorFlow gives none."""


def curves(known: Facts, dtypes: Iterable[str], limit: float) -> tuple[Curve, ...]:
    """The function in each dtype, over the same inputs; none if it is not understood or works on rows."""
    if not (known.complete and known.slopes and is_pointwise(known.expanded)):
        return ()
    slope = known.slopes[0]
    position = known.expanded.params.index(slope.wrt)
    family = next(f for f in families(known.expanded) if f.slopes[position])
    x = np.linspace(0, 1, POINTS) if family.unit else np.linspace(-1, 1, POINTS) * _width(known, limit)
    return tuple(curve for dtype in dtypes if (curve := _curve(known, dtype, family, x)) is not None)


def _curve(known: Facts, dtype: str, family: Family, x: Array) -> Curve | None:
    fn, slope = known.expanded, known.slopes[0]
    whole = slope.function or fn
    prepared = plan(whole, dtype, "eager", reachable(whole) | reachable(fn))
    values = run(prepared, dict(zip(fn.params, family.inputs(x), strict=True)))
    y, dy = values[fn.result], values[whole.result] if slope.function else None
    if y is None:
        return None
    names = {i: node.name for i in fn.params if isinstance(node := fn.nodes[i], Param)}
    others = zip(names.values(), family.slopes, family.offsets, strict=True)
    rest = ", ".join(f"{name} = {float(at):g}" for name, moves, at in others if not moves)
    return Curve(
        names[slope.wrt], rest, dtype, tuple(map(float, x)), _numbers(y, x), () if dy is None else _numbers(dy, x)
    )


def _numbers(values: Array, x: Array) -> tuple[float, ...]:
    return tuple(map(float, np.broadcast_to(values, x.shape)))


def _width(known: Facts, limit: float) -> float:
    """A round number beyond the inputs that break it in float32, if they are within the limit."""
    regions = [r for item in known.breaks for r in item.regions if r.dtype == "float32" and r.mode == "eager"]
    nearest = min((abs(r.threshold) for r in regions), default=0.0)
    wanted = max(SHOWN, MARGIN * nearest) if nearest <= limit else SHOWN
    return min(_round(wanted), limit)


def _round(number: float) -> float:
    """The least of 1, 2, 4, 5, 8 times a power of ten that is no less."""
    power = 10.0 ** np.floor(np.log10(number))
    return float(next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= number))


def failing(curve: Curve) -> tuple[tuple[str, float, float], ...]:
    """The stretches that fail, lowest first: (`value` or `slope`, from, to)."""
    kinds = ["value" if not np.isfinite(y) else "slope" if not np.isfinite(dy) else "" for y, dy in _pairs(curve)]
    found: list[tuple[str, float, float]] = []
    for kind, x in zip(kinds, curve.x, strict=True):
        if found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1], x)
        else:
            found.append((kind, x, x))
    return tuple(stretch for stretch in found if stretch[0])


def _pairs(curve: Curve) -> Iterable[tuple[float, float]]:
    return zip(curve.y, curve.dy or (0.0,) * len(curve.y), strict=True)
