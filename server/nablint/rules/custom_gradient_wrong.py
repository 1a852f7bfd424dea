"""A custom gradient that is not the slope of its function.

What it finds: `@tf.custom_gradient` on a smooth function whose inner function gives something else than the function's
slope at most inputs. Both are computed, with an incoming gradient of 1, and compared. And one whose gradient has
another dtype than its input, or is one number.

Why it hurts: training follows a slope that is not there, and nothing says so. The usual causes are a forgotten term or
factor, a sign, and a name that was given a new value before the gradient uses it. A gradient of another shape or dtype
raises, or is broadcast, as soon as it meets the rest of the model.

When it breaks: at the input that the finding names, in every dtype: the comparison is made in float64, so that no
rounding counts.

Fix: the slope, derived from the function, where it is short (changes the gradient). Without the decorator TensorFlow
finds it itself.

Gradients that differ on purpose are left alone: surrogates of steps and kinks, reversed, scaled and clipped gradients
of the identity, gradients of zero, those that pass the incoming gradient on as it is, and
those that differ at the extremes only.

See also: custom-gradient-ignores-upstream, custom-gradient-count, overflow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nablint.domains.dtype import FLOATS, Array
from nablint.evaluate import evaluate
from nablint.finding import Finding, Fixes, Severity
from nablint.gradient import gradient
from nablint.interpret import is_pointwise
from nablint.ir import Apply, Const, Function, Param, Unknown, reachable
from nablint.ops import OPS
from nablint.ops.op import Smoothness
from nablint.rewrite import right_gradient
from nablint.rule import Case, Example, Rule, number

POINTS = np.concatenate([[1.0, -1.0, 0.5, 2.0], np.linspace(-3.0, 3.0, 60)])
TOLERANCE = 0.01
"""Relative to the slope, or to 1 if that is more: a hand-made approximation is nearer."""
SHARE = 0.7
"""The share of inputs at which it must differ: one that is clipped differs at fewer."""


def check(case: Case) -> Iterator[Finding]:
    yield from _unlike(case)
    fn = case.facts.expanded
    if fn.upstream is None or not case.facts.complete or not is_pointwise(fn) or not _is_smooth(fn):
        return
    plain = replace(fn, upstream=None, cotangents=())
    for slope in case.facts.slopes:
        true = gradient(plain, slope.wrt) if slope.function else None
        seen = _difference(fn, slope.function, true, slope.wrt) if slope.function and true else None
        position = fn.params.index(slope.wrt)
        result = case.function.cotangents[position] if position < len(case.function.cotangents) else None
        if seen and result is not None and isinstance(node := fn.nodes[slope.wrt], Param):
            x, own, right = map(number, seen)
            words = (
                f"This is not the slope of {fn.name}: at {node.name} = {x} it gives {own}, and the slope is {right}."
            )
            fixes = Fixes(right_gradient, case, position)
            yield Finding(RULE.name, case.function.nodes[result].span, words, Severity.WARNING, fn.name, fixes=fixes)


def _unlike(case: Case) -> Iterator[Finding]:
    """The gradients that have another dtype than their input, or are sums of what they should be."""
    fn, known = case.function, case.facts.dtypes["float32"]
    for param, result in zip(fn.params, fn.cotangents, strict=False):
        if result is None or not isinstance(node := fn.nodes[param], Param) or not case.facts.complete:
            continue
        if known[result].name in FLOATS and not known[result].weak and known[result].name != "float32":
            words = f"The gradient is {known[result].name} where {node.name} is float32: TensorFlow raises."
            yield Finding(RULE.name, fn.nodes[result].span, words, Severity.ERROR, fn.name)
        elif _is_summed(fn, result) and not any(_is_summed(fn, i) for i in (fn.result, *reachable(fn))):
            words = f"The gradient is one number, and {node.name} is a tensor: each element of it needs its own."
            yield Finding(RULE.name, fn.nodes[result].span, words, Severity.ERROR, fn.name)


def _is_summed(fn: Function, index: int) -> bool:
    """Whether a node makes one number of a tensor."""
    node = fn.nodes[index]
    return isinstance(node, Apply) and node.op in ("sum", "mean", "max", "min") and node.attr("axis") is None


def _is_smooth(fn: Function) -> bool:
    """Whether the function bends nowhere: what is made of kinks and steps has its gradient chosen."""
    for index in reachable(fn):
        node = fn.nodes[index]
        if isinstance(node, Unknown) or (isinstance(node, Const) and not isinstance(node.value, int | float)):
            return False
        if isinstance(node, Apply) and (OPS[node.op].smooth is not Smoothness.SMOOTH or OPS[node.op].vjp is None):
            return False
        if isinstance(node, Apply) and node.op == "stop_gradient":
            return False
    return True


def _difference(fn: Function, given: Function, true: Function, wrt: int) -> tuple[float, float, float] | None:
    """An input, the slope that is given there, and the true one, if they differ at most inputs."""
    rest = {p: np.full(len(POINTS), 0.7 + 0.3 * i) for i, p in enumerate(fn.params)}
    own, right = (_values(slope, {**rest, wrt: POINTS}) for slope in (given, true))
    if own is None or right is None or not own.any() or (own == 1).all():
        return None  # Nothing, or the incoming gradient as it is: meant so.
    known = np.isfinite(own) & np.isfinite(right)
    if not known.any() or np.ptp(right[known]) < TOLERANCE:
        return None  # Of a linear function any gradient may be meant: reversed, scaled, clipped.
    differ = known & (~np.isclose(own, right, TOLERANCE, TOLERANCE))
    if differ.sum() < SHARE * known.sum():
        return None
    first = int(np.flatnonzero(differ)[0])
    return float(POINTS[first]), float(own[first]), float(right[first])


def _values(fn: Function, inputs: dict[int, Array]) -> Array | None:
    found = evaluate(fn, "float64", "eager", inputs)[fn.result]
    return None if found is None else np.broadcast_to(found, POINTS.shape)


_MODULE = """import tensorflow as tf


@tf.custom_gradient
def swish(x):
    s = tf.sigmoid(x)

    def grad(dy):
        return {slope}

    return x * s, grad
"""

RULE = Rule(
    "custom-gradient-wrong",
    check,
    (
        Example(
            _MODULE.format(slope="dy * s * (1 - s)"),
            _MODULE.format(slope="dy * (x * s * (1 - s) + s)"),
        ),
    ),
    __doc__,
)
