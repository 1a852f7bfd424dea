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

import numpy as np

from nablint.domains.dtype import Array
from nablint.evaluate import evaluate
from nablint.facts import Facts
from nablint.finding import Finding, Fixes, Severity, Witness
from nablint.interpret import is_pointwise
from nablint.ir import Apply, Const, Function, Param, reachable
from nablint.rewrite import digits
from nablint.rule import Case, Example, Rule, applies, is_trained, number

LOSS = 0.01
"""Relative: two digits are left."""
POINTS = np.concatenate([-np.logspace(2, -6, 97), np.logspace(-6, 2, 97)])


def check(case: Case) -> Iterator[Finding]:
    known, fn = case.facts, case.function
    if not is_trained(fn) or known.breaks or not known.complete or fn.upstream is not None:
        return
    for index, node in applies(fn):
        better = _better(fn, node)
        if better and index in known.dependent and index in reachable(fn) and (seen := _worst(known, index)):
            name, x, own, true = seen
            words = (
                f"The digits cancel where the operand is small: at {name} = {number(x)} float32 gives {number(own)}, "
                f"and the true value is {number(true)}. {better} keeps them."
            )
            witness = Witness(_inputs(known.expanded, name, x), "float32", "eager", own, None)
            yield Finding(
                RULE.name, node.span, words, Severity.INFORMATION, fn.name, witness, fixes=Fixes(digits, case, index)
            )


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


def _worst(known: Facts, index: int) -> tuple[str, float, float, float] | None:
    """An input at which the result is off, and what it is and should be, if the node itself is off there."""
    fn = known.expanded
    if not is_pointwise(fn):
        return None
    mine = max((i for i in range(len(fn.nodes)) if fn.origin(i) == index), default=fn.result)
    for param in (slope.wrt for slope in known.slopes):
        points = np.asarray(POINTS, np.float32).astype(np.float64)
        inputs = {p: points if p == param else np.ones(len(points)) for p in fn.params}
        rough, fine = (evaluate(fn, dtype, "eager", inputs) for dtype in ("float32", "float64"))
        off = _off(rough[mine], fine[mine]) & _off(rough[fn.result], fine[fn.result])
        if off.any() and isinstance(node := fn.nodes[param], Param):
            at = int(np.flatnonzero(off)[np.argmax(np.abs(points[off]))])
            return node.name, float(points[at]), float(_at(rough[fn.result], at)), float(_at(fine[fn.result], at))
    return None


def _off(rough: Array | None, fine: Array | None) -> Array:
    if rough is None or fine is None or rough.shape != POINTS.shape or fine.shape != POINTS.shape:
        return np.zeros(POINTS.shape, bool)
    return np.asarray(np.abs(rough - fine) > LOSS * np.abs(fine) + TINY)


TINY = 1e-30
"""Less than this is 0 to most uses."""


def _at(values: Array | None, index: int) -> float:
    assert values is not None
    return float(values[index])


def _inputs(fn: Function, moving: str, x: float) -> dict[str, object]:
    names = [node.name for p in fn.params if isinstance(node := fn.nodes[p], Param)]
    return {name: x if name == moving else 1.0 for name in names}


RULE = Rule(
    "cancellation",
    check,
    examples=(
        Example("return tf.exp(-tf.abs(x)) - 1", "return tf.math.expm1(-tf.abs(x))"),
        Example("return tf.math.log(1 + tf.abs(x))", "return tf.math.log1p(tf.abs(x))"),
    ),
    docs=__doc__,
)
