"""How points become tensors: elements that stand alone fill one tensor, coupled ones get a row or a batch each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .evaluate import Evaluate, Forward, Result
from .subject import Subject
from .sweep import INF, MINUS_INF, NAN, grid, kinds, scales

Array = Any

ROWS = ("all equal", "all negative", "one large", "one very negative", "a tie", "spread")
_BATCH = 4
_MOST_NUMBERS = 1 << 16


def patterns(width: int) -> Array:
    """The rows of those names, for a row of that many elements."""
    equal, one, half = np.ones(width), np.eye(1, width)[0], width // 4
    tie = np.concatenate([[1.0] * max(1, half), [0.0] * (width - max(1, half) - half), [-1.0] * half])[:width]
    spread = np.linspace(-1, 1, width + 1)
    return np.array([equal, -equal, one, -one, tie, np.delete(spread, (width + 1) // 2)])


class Layout(NamedTuple):
    """Where the points go, and how many a call takes; every call has the same shape, so that one trace serves all."""

    coupling: str
    """`row`, `batch` or empty."""
    slots: int
    names: tuple[str, ...]
    """What each line of points is called; a line is one row pattern, or one true label of a loss."""
    pack: Callable[[Array, Array], tuple[Array, Array]]
    """Lines and points, as many as there are slots, to input and labels."""


class Outcomes(NamedTuple):
    """At each point the value and the slope, or for coupled elements one that stands for all of them."""

    value: Array
    slope: Any
    results: list[Result]


def layout(subject: Subject, coupling: str) -> Layout:
    width, labels = subject.width, np.array(subject.labels)
    every = patterns(width)
    names = tuple(f"y_true = {label:g}" for label in labels) if subject.role == "loss" else ("",)

    def elements(lines: Array, points: Array) -> tuple[Array, Array]:
        return points.reshape(-1, width), labels[lines].astype(points.dtype).reshape(-1, width)

    def rows(lines: Array, points: Array) -> tuple[Array, Array]:
        x = (points.astype(np.float64)[:, None] * every[lines]).astype(points.dtype)
        return x, np.zeros_like(x)

    def batch(lines: Array, points: Array) -> tuple[Array, Array]:
        if subject.role == "loss":
            return np.full((_BATCH, 1), points[0]), np.full((_BATCH, 1), labels[lines[0]], points.dtype)
        row = rows(lines, points)[0][0]
        x = np.stack([np.roll(row, turn) for turn in range(_BATCH)])
        return x, np.zeros_like(x)

    if not coupling:
        return Layout("", width * -(-1024 // width), names, elements)
    if coupling == "row":
        return Layout("row", max(1, min(256, _MOST_NUMBERS // width)), ROWS, rows)
    return Layout("batch", 1, names if subject.role == "loss" else ROWS, batch)


def points_of(plan: Layout, subject: Subject, dtype: Any) -> tuple[Array, Array]:
    """Lines and points to sweep, sorted on each line."""
    if not plan.coupling:
        steps = [grid(dtype, subject.low, subject.high)] * len(plan.names)
    elif subject.role == "loss":
        steps = [grid(dtype, subject.low, subject.high)[::16]] * len(plan.names)
    else:
        every = scales(dtype, subject.high, dense=plan.coupling == "row")
        # Zero times a pattern is the same row for each of them.
        steps = [every[bool(line) :] for line in range(len(plan.names))]
    lines = np.repeat(np.arange(len(steps)), [len(step) for step in steps])
    return lines, np.concatenate(steps)


def observe(evaluate: Evaluate, plan: Layout, lines: Array, points: Array) -> Outcomes:
    """Runs all points, in as many calls as their layout needs."""
    count = -len(points) % plan.slots
    lines, padded = np.pad(lines, (0, count)), np.concatenate([points, np.repeat(points[-1:], count)])
    results = []
    for start in range(0, len(padded), plan.slots):
        part = slice(start, start + plan.slots)
        results.append(evaluate(*plan.pack(lines[part], padded[part])))
    value = np.concatenate([_reduced(result.value, plan) for result in results])[: len(points)]
    if any(result.gradient is None for result in results):
        return Outcomes(value, None, results)
    slope = np.concatenate([_reduced(result.gradient, plan) for result in results])[: len(points)]
    return Outcomes(value, slope, results)


def _reduced(result: Array, plan: Layout) -> Array:
    """One number a slot: for coupled elements the worst that is not finite, else the largest by magnitude."""
    if not plan.coupling:
        return result.ravel()
    flat = result.reshape(plan.slots, -1)
    found = kinds(flat)
    largest = np.take_along_axis(flat, np.argmax(np.abs(flat), axis=1)[:, None], axis=1)[:, 0]
    for kind, number in ((MINUS_INF, -np.inf), (INF, np.inf), (NAN, np.nan)):
        largest = np.where((found == kind).any(axis=1), number, largest)
    return largest


def coupling_of(forward: Forward, subject: Subject, dtype: Any) -> str:
    """Which elements of the input a single one influences beyond its own output."""
    x = (np.linspace(-1.5, 2.5, _BATCH * subject.width) if subject.low < 0 else np.linspace(0.1, 0.9, _BATCH)).astype(
        dtype
    )
    x, labels = x.reshape(_BATCH, subject.width), np.ones((_BATCH, subject.width), dtype)
    before = forward(x, labels)
    if not np.array_equal(before, forward(x, labels), equal_nan=True):
        return ""  # A random function; its elements are taken for independent.
    if before.size != x.size:
        return "row" if subject.role != "loss" and before.shape[:1] == (_BATCH,) else "batch"
    widest = ""
    for other in (x[0, 0] * 2 + 3, -x[0, 0] / 2) if subject.low < 0 else (0.5,):
        moved = x.copy()
        moved[0, 0] = other
        after = forward(moved, labels).reshape(_BATCH, -1)
        base = before.reshape(_BATCH, -1)
        changed = ~((after == base) | (np.isnan(after) & np.isnan(base)))
        if changed[1:].any():
            return "batch"
        if changed[0, 1:].any():
            widest = "row"
    return widest
