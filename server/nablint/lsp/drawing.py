"""Curves as a small picture, for clients that show pictures, and as two lines of text for all others."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from nablint.curve import Curve, failing

COLOURS = {
    "axis": "#808080",
    "value": "#3d85c6",
    "slope": "#b07d12",
    "fails": "#d9534f",
    "proved": "#3a9a4a",
}
"""Each has a contrast of at least 3 : 1 with white and with the darkest grey of the usual themes, so that one picture
fits both: a picture is not told the editor's colours."""

FAILS = {"value": COLOURS["fails"], "slope": COLOURS["slope"]}
SHORT = {"float16": "f16", "bfloat16": "bf16", "float32": "f32", "float64": "f64"}

LEFT, RIGHT, TOP, BOTTOM = 44.0, 352.0, 8.0, 124.0
STRIP = 13.0
MARKS = "▁▂▃▄▅▆▇█"
COLUMNS = 41


@dataclass(frozen=True, slots=True)
class Frame:
    """What part of the plane is shown."""

    left: float
    right: float
    low: float
    high: float

    def across(self, x: float) -> float:
        return LEFT + (x - self.left) / (self.right - self.left) * (RIGHT - LEFT)

    def up(self, y: float) -> float:
        """A height far outside is drawn one picture away, where nobody sees it."""
        share = (y - self.low) / (self.high - self.low)
        return BOTTOM - min(max(share, -1.0), 2.0) * (BOTTOM - TOP)


def picture(curves: Sequence[Curve], proved: Mapping[str, float]) -> str:
    """The first curve with its slope and where it fails, and below it a strip for each dtype; an SVG document."""
    first, frame = curves[0], framed(curves[0])
    height = BOTTOM + 20 + STRIP * len(curves) + 4
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="360" height="{height:g}" viewBox="0 0 360 {height:g}" '
        'font-family="sans-serif" font-size="10">',
        f'<clipPath id="plot"><rect x="{LEFT:g}" y="{TOP - 1:g}" width="{RIGHT - LEFT:g}" '
        f'height="{BOTTOM - TOP + 2:g}"/></clipPath>',
        *_bands(first, frame),
        *_axes(first, frame),
        *_lines(first, frame),
        *(part for row, curve in enumerate(curves) for part in _strip(curve, frame, row, proved.get(curve.dtype, 0.0))),
        "</svg>",
    ]
    return "".join(parts)


def data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def described(curve: Curve) -> str:
    """What the picture shows, in words."""
    rest = f", {curve.rest}" if curve.rest else ""
    slope = " and f′" if curve.dy else ""
    return f"f{slope} of {curve.param} from {curve.x[0]:g} to {curve.x[-1]:g} in {curve.dtype}{rest}"


def sparklines(curve: Curve) -> Iterator[str]:
    """Value and slope in a line of text each, `✗` where they fail."""
    frame = framed(curve)
    for name, heights in (("f ", curve.y), ("f′", curve.dy)):
        if heights:
            picked = [heights[round(i * (len(heights) - 1) / (COLUMNS - 1))] for i in range(COLUMNS)]
            yield f"{name} {''.join(_mark(height, frame) for height in picked)}"


def _mark(height: float, frame: Frame) -> str:
    if not math.isfinite(height):
        return "✗"
    share = (min(max(height, frame.low), frame.high) - frame.low) / (frame.high - frame.low)
    return MARKS[round(share * (len(MARKS) - 1))]


def framed(curve: Curve) -> Frame:
    """All that is finite, but for what shoots up at the ends."""
    finite = [height for height in (*curve.y, *curve.dy) if math.isfinite(height)] or [0.0]
    sizes = sorted(map(abs, finite))
    usual = sizes[int(USUAL * (len(sizes) - 1))]
    most = sizes[-1] if sizes[-1] <= SHOOTS * usual else SHOOTS / 2 * usual
    low, high = max(min(finite), -most), min(max(finite), most)
    low, high = (low, high) if high > low else (low - 1.0, high + 1.0)
    return Frame(curve.x[0], curve.x[-1], low, high)


USUAL, SHOOTS = 0.9, 3.0
"""A height shoots up if it is this many times as large as this share of all are at most."""


def _bands(curve: Curve, frame: Frame) -> Iterator[str]:
    for kind, low, high in failing(curve):
        yield _rectangle(frame, low, high, TOP, BOTTOM - TOP, FAILS[kind], 0.28)


def _axes(curve: Curve, frame: Frame) -> Iterator[str]:
    colour, bottom = COLOURS["axis"], BOTTOM + 12
    for at in (frame.high, frame.low):
        yield _text(LEFT - 4, frame.up(at) + 3, _short(at), colour, "end")
    zero = min(max(0.0, frame.low), frame.high)
    yield f'<path d="M{LEFT:g} {frame.up(zero):.1f}H{RIGHT:g}" stroke="{colour}" stroke-width="0.6"/>'
    if frame.left < 0 < frame.right:
        yield f'<path d="M{frame.across(0):.1f} {TOP:g}V{BOTTOM:g}" stroke="{colour}" stroke-width="0.6"/>'
    for x, anchor in ((frame.left, "start"), (frame.right, "end")):
        yield _text(frame.across(x), bottom, f"{curve.param} = {x:g}", colour, anchor)
    yield _text((LEFT + RIGHT) / 2 - 4, bottom, "f", COLOURS["value"], "end")
    if curve.dy:
        yield _text((LEFT + RIGHT) / 2 + 4, bottom, "f′", COLOURS["slope"], "start")


def _short(number: float) -> str:
    return f"{number:.2g}".replace("e+", "e")


def _lines(curve: Curve, frame: Frame) -> Iterator[str]:
    for heights, colour, dashes in ((curve.dy, "slope", ' stroke-dasharray="4 3"'), (curve.y, "value", "")):
        if path := _path(curve, frame, heights):
            stroke = f'stroke="{COLOURS[colour]}" stroke-width="1.8"{dashes}'
            yield f'<path d="{path}" fill="none" clip-path="url(#plot)" {stroke}/>'


def _path(curve: Curve, frame: Frame, heights: Sequence[float]) -> str:
    """A pen that is lifted where there is no number."""
    parts: list[str] = []
    down = False
    for x, height in zip(curve.x, heights, strict=False):
        if math.isfinite(height):
            parts.append(f"{'L' if down else 'M'}{frame.across(x):.1f} {frame.up(height):.1f}")
        down = math.isfinite(height)
    return "".join(parts)


def _strip(curve: Curve, frame: Frame, row: int, proved: float) -> Iterator[str]:
    """One dtype: a line, green where all is proved, red where the value fails, yellow where only the slope does."""
    top = BOTTOM + 20 + row * STRIP
    yield _text(LEFT - 4, top + 8, SHORT[curve.dtype], COLOURS["axis"], "end")
    yield _rectangle(frame, frame.left, frame.right, top + 3, 3, COLOURS["axis"], 0.5)
    if proved:
        yield _rectangle(frame, max(-proved, frame.left), min(proved, frame.right), top + 3, 3, COLOURS["proved"])
    for kind, low, high in failing(curve):
        yield _rectangle(frame, low, high, top, 9, FAILS[kind])


def _rectangle(
    frame: Frame, low: float, high: float, top: float, height: float, colour: str, opacity: float = 1.0
) -> str:
    """A stretch of inputs; one input alone is two points wide."""
    left, width = frame.across(low), frame.across(high) - frame.across(low)
    left, width = (left, width) if width >= 2 else (min(max(left - 1, LEFT), RIGHT - 2), 2.0)
    shade = "" if opacity == 1 else f' opacity="{opacity:g}"'
    return f'<rect x="{left:.1f}" y="{top:g}" width="{width:.1f}" height="{height:g}" fill="{colour}"{shade}/>'


def _text(x: float, y: float, text: str, colour: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'
