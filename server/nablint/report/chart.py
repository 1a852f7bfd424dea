"""A curve in a few lines of characters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from nablint.probe.protocol import Number, Region

WIDTH, HEIGHT = 61, 9
VALUE, SLOPE, BOTH, BROKEN = "●", "·", "◆", "░"
REACHES = (8.0, 16.0, 32.0, 64.0, 128.0)

Points = list[tuple[float, float]]


def chart(x: Sequence[Number], y: Sequence[Number], dy: Sequence[Number], broken: Sequence[Region]) -> Iterator[str]:
    """Value and slope, with the inputs shaded where either breaks; nothing if there is no finite point."""
    reach = _reach(broken)
    value, slope = _finite(x, y, reach), _finite(x, dy, reach)
    heights = [height for _, height in value + slope]
    if not value or not heights:
        return
    low, high = min(heights), max(heights)
    high += (high == low) * 1.0
    shaded = {column for column in range(WIDTH) if _is_inside(_input(column, reach), broken, reach / WIDTH)}
    cells = _drawn(slope, reach, low, high, {}, SLOPE)
    cells = _drawn(value, reach, low, high, cells, VALUE)
    for row in range(HEIGHT):
        label = {0: f"{high:.3g}", HEIGHT - 1: f"{low:.3g}"}.get(row, "")
        line = "".join(cells.get((row, column), BROKEN if column in shaded else " ") for column in range(WIDTH))
        yield f"{label:>9} ┤{line}".rstrip()
    yield f"{'':>9} └{'─' * WIDTH}"
    yield f"{'':>10} {-reach:<{WIDTH // 2}g}0{reach:>{WIDTH // 2}g}"
    shade = f"   {BROKEN} not finite" if shaded else ""
    yield f"{'':>10} {VALUE} value   {SLOPE} gradient   {BOTH} both{shade}"


def _reach(broken: Sequence[Region]) -> float:
    """As little as shows where it begins to break; the least where nothing does."""
    nearest = min((_distance(region) for region in broken), default=0.0)
    return next((reach for reach in REACHES if nearest <= 0.9 * reach), REACHES[0])


def _distance(region: Region) -> float:
    low, high = float(region.low), float(region.high)
    return 0.0 if low <= 0 <= high else min(abs(low), abs(high))


def _input(column: int, reach: float) -> float:
    return column / (WIDTH - 1) * 2 * reach - reach


def _is_inside(at: float, broken: Sequence[Region], half: float) -> bool:
    """Whether a column, half to each side of its input, meets such a region."""
    return any(float(region.low) <= at + half and at - half <= float(region.high) for region in broken)


def _finite(x: Sequence[Number], y: Sequence[Number], reach: float) -> Points:
    """The finite points in reach, and those on the line to the next one where that is less than four columns away."""
    points = [(float(at), float(height)) for at, height in zip(x, y, strict=False) if abs(float(at)) <= reach]
    found = [(at, height) for at, height in points if math.isfinite(height)]
    near = 4 * 2 * reach / (WIDTH - 1)
    for (left, low), (right, high) in pairwise(points):
        if math.isfinite(low + high) and right - left < near:
            found += [(left + part * (right - left), low + part * (high - low)) for part in (0.25, 0.5, 0.75)]
    return found


def _drawn(
    points: Iterable[tuple[float, float]],
    reach: float,
    low: float,
    high: float,
    cells: dict[tuple[int, int], str],
    mark: str,
) -> dict[tuple[int, int], str]:
    """The cells with this curve over them."""
    drawn = dict(cells)
    for at, height in points:
        column = round((at + reach) / (2 * reach) * (WIDTH - 1))
        row = round((high - height) / (high - low) * (HEIGHT - 1))
        drawn[row, column] = mark if cells.get((row, column), mark) == mark else BOTH
    return drawn
