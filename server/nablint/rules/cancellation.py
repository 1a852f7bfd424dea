"""A difference of nearly equal numbers loses its digits.

What it finds: `exp(u) - 1`, `1 - exp(u)`, `log(1 + u)` and `1 - cos(u)`, where `u` comes near 0 and the result of the
function is then off by more than one per cent.

Why it hurts: float32 has seven digits. Of `exp(1e-6)`, six of them are spent on the 1 before the point; after
`exp(x) - 1` one is left, and float16 has none. Values and gradients of small inputs are noise, or 0.

Fix: `expm1(u)`, `log1p(u)` and `2 * sin(u / 2) ** 2` compute the same without the 1. They are exact.

It is information, since training may not notice, and waits until nothing else fails in the function.

See also: overflow, log-of-zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nablint.domains.dtype import FLOATS, FORMATS, Array
from nablint.evaluate import evaluate
from nablint.facts import Facts
from nablint.finding import Finding, Fixes, Later, Severity, Witness
from nablint.interpret import is_pointwise
from nablint.ir import Apply, Const, Function, Param, reachable
from nablint.rewrite import digits
from nablint.rule import Case, Example, Rule, applies, is_trained, number
from nablint.witness import Slope

LOSS = 0.01
"""Relative: two digits are left."""
POINTS = np.concatenate([-np.logspace(2, -8, 121), np.logspace(-8, 2, 121)])
TINY = 1e-30
"""Less than this is 0 to most uses."""


@dataclass(frozen=True, slots=True)
class Loss:
    """How much of the result a dtype loses."""

    begins: float
    """The input at which two digits are left."""
    worst: float
    """That at which least is left of the result."""
    value: float
    true: float


def check(case: Case) -> Iterator[Finding]:
    known, fn = case.facts, case.function
    if not is_trained(fn) or known.breaks or not known.complete or fn.upstream is not None:
        return
    for index, node in applies(fn):
        better = _better(fn, node)
        if not better or index not in known.dependent or index not in reachable(fn):
            continue
        for slope in known.slopes:
            seen = _lost(known, index, slope.wrt, "float32")
            if seen is not None and abs(seen.begins) <= case.settings.reach("float32"):
                yield _finding(case, index, slope, seen, better)
                break


def _finding(case: Case, index: int, slope: Slope, seen: Loss, better: str) -> Finding:
    known, fn = case.facts, case.function
    names = {p: n.name for p in known.expanded.params if isinstance(n := known.expanded.nodes[p], Param)}
    name = names[slope.wrt]
    words = (
        f"Digits cancel: at {name} = {number(seen.begins)} one per cent of the result is lost in float32, and at "
        f"{name} = {number(seen.worst)} it is {number(seen.value)} where {number(seen.true)} is true. "
        f"{better} keeps them."
    )
    inputs = {other: seen.worst if p == slope.wrt else 1.0 for p, other in names.items()}
    witness = Witness(inputs, "float32", "eager", seen.value, _slope(slope, known, seen.worst))
    at = fn.nodes[index].span
    thresholds = Later(_thresholds, known, index, slope.wrt)
    fixes = Fixes(digits, case, index)
    return Finding(RULE.name, at, words, Severity.INFORMATION, fn.name, witness, thresholds, fixes=fixes)


def _slope(slope: Slope, known: Facts, x: float) -> float | None:
    if slope.function is None:
        return None
    given = {p: np.array([x if p == slope.wrt else 1.0]) for p in known.expanded.params}
    found = evaluate(slope.function, "float32", "eager", given)[slope.function.result]
    return None if found is None else float(np.ravel(found)[0])


def _thresholds(known: Facts, index: int, wrt: int) -> dict[str, float]:
    """By dtype, the input at which two digits are left; float64 has nothing better to be compared with."""
    losses = {dtype: _lost(known, index, wrt, dtype) for dtype in FLOATS if dtype != "float64"}
    return {dtype: loss.begins for dtype, loss in losses.items() if loss is not None}


def _better(fn: Function, node: Apply) -> str:
    """What computes the same without the loss."""
    operands = [fn.nodes[arg] for arg in node.args]
    ops = [each.op if isinstance(each, Apply) else "" for each in operands]
    one = [isinstance(each, Const) and each.value == 1 for each in operands]
    if node.op == "sub" and any(one):
        return {"exp": "expm1", "cos": "2 * sin(u / 2) ** 2" if one[0] else ""}.get(ops[one.index(False)], "")
    if node.op == "log" and ops == ["add"]:
        inner = operands[0]
        assert isinstance(inner, Apply)
        return "log1p" if any(isinstance(n := fn.nodes[a], Const) and n.value == 1 for a in inner.args) else ""
    return ""


def _lost(known: Facts, index: int, wrt: int, dtype: str) -> Loss | None:
    """What is lost of the result where the node itself is off."""
    fn, fmt = known.expanded, FORMATS[dtype]
    if not is_pointwise(fn):
        return None
    mine = max((i for i in range(len(fn.nodes)) if fn.origin(i) == index), default=fn.result)
    points = np.asarray(fmt.round(POINTS), np.float64)
    inputs = {p: points if p == wrt else np.ones(len(points)) for p in fn.params}
    rough, fine = (evaluate(fn, each, "eager", inputs) for each in (dtype, "float64"))
    value, true, node, truth = (a[i] for i in (fn.result, mine) for a in (rough, fine))
    if value is None or true is None or node is None or truth is None or value.shape != points.shape:
        return None
    off = (_error(value, true) > LOSS) & (_error(node, truth) > LOSS)
    if not off.any():
        return None
    size = np.abs(points)
    is_near_zero = np.min(size[off]) < 1e-3
    begins = points[off][np.argmax(size[off]) if is_near_zero else np.argmin(size[off])]
    worst = int(np.flatnonzero(off)[np.lexsort((-size[off], -_error(value, true)[off]))[0]])
    return Loss(float(begins), float(points[worst]), float(value[worst]), float(true[worst]))


def _error(value: Array, true: Array) -> Array:
    """Relative, and 0 where there is nothing to lose."""
    with np.errstate(all="ignore"):
        return np.asarray(np.abs(value - true) / np.maximum(np.abs(true), TINY))


RULE = Rule(
    "cancellation",
    check,
    examples=(
        Example("return tf.exp(-tf.abs(x)) - 1", "return tf.math.expm1(-tf.abs(x))"),
        Example("return tf.math.log(1 + tf.abs(x))", "return tf.math.log1p(tf.abs(x))"),
    ),
    docs=__doc__,
)
