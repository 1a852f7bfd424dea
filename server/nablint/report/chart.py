"""A curve in a few lines of characters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from nablint.probe.protocol import Number

WIDTH, HEIGHT = 61, 9
VALUE, SLOPE, BOTH = "●", "·", "◆"

Points = list[tuple[float, float]]


def chart(x: Sequence[Number], y: Sequence[Number], dy: Sequence[Number], reach: float = 8.0) -> Iterator[str]:
    """Value and slope over |x| ≤ reach, with the ends of both axes; nothing if there is no finite point."""
    value, slope = _finite(x, y, reach), _finite(x, dy, reach)
    heights = [height for _, height in value + slope]
    if not value or not heights:
        return
    low, high = min(heights), max(heights)
    high += (high == low) * 1.0
    cells = _drawn(slope, reach, low, high, {}, SLOPE)
    cells = _drawn(value, reach, low, high, cells, VALUE)
    for row in range(HEIGHT):
        label = {0: f"{high:.3g}", HEIGHT - 1: f"{low:.3g}"}.get(row, "")
        line = "".join(cells.get((row, column), " ") for column in range(WIDTH))
        yield f"{label:>9} ┤{line}".rstrip()
    yield f"{'':>9} └{'─' * WIDTH}"
    yield f"{'':>10} {-reach:<{WIDTH // 2}g}0{reach:>{WIDTH // 2}g}"
    yield f"{'':>10} {VALUE} value   {SLOPE} gradient   {BOTH} both"


def _finite(x: Sequence[Number], y: Sequence[Number], reach: float) -> Points:
    points = ((float(at), float(height)) for at, height in zip(x, y, strict=False))
    return [(at, height) for at, height in points if abs(at) <= reach and math.isfinite(height)]


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
