"""The gradient is 0 at one input, though the slope is not.

What it finds: `sign(x) * log1p(abs(x))`, `relu(x) + log1p(exp(-abs(x)))`, `relu(x) - a * relu(-x)` and the like:
functions put together from two halves, each of which has the slope 0 where they meet, while on both sides of that input
the slope is well away from 0.

Why it hurts: the input where the halves meet is mostly 0, and zeros are common: a layer that starts with zero weights,
padding, what a relu gives. There nothing trains, and no error says so.

When it breaks: at the one input that the finding names, in every dtype; never beside it.

Fix: one function for both halves (`softplus`), or a `where` of halves that are each kept in their domain:
`where(x >= 0, log1p(maximum(x, 0)), -log1p(maximum(-x, 0)))`. It is offered where one of them is known.

A warning where the slope is the same on both sides, else information. It waits until nothing else fails.

See also: zero-gradient, no-gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nablint.evaluate import evaluate
from nablint.finding import Finding, Fixes, Severity, Witness
from nablint.interpret import is_pointwise
from nablint.ir import Apply, Const, Function, Param
from nablint.ops import OPS
from nablint.ops.op import Smoothness
from nablint.rewrite import answers
from nablint.rule import Case, Example, Rule, is_trained, number

NEAR = 1e-5
"""How far to both sides the slope is looked at."""
PLAIN = 0.02
"""Less than this is no slope to speak of."""


def check(case: Case) -> Iterator[Finding]:
    known, fn = case.facts, case.facts.expanded
    if not is_trained(fn) or known.breaks or fn.upstream is not None or not _bends(fn):
        return
    for slope in known.slopes:
        if slope.function is None or slope.zero or not (seen := _lost(fn, slope.function, slope.wrt)):
            continue
        x, value, left, right = seen
        param, node = fn.nodes[slope.wrt], case.function.nodes[case.function.result]
        name = param.name if isinstance(param, Param) else "x"
        smooth = abs(left - right) <= 0.05 * max(abs(left), abs(right))
        beside = f"{right:.3g}" if smooth else f"{left:.3g} before it and {right:.3g} behind it"
        words = f"At {name} = {number(x)} the gradient is 0, though the slope is {beside}: there nothing trains."
        yield Finding(
            RULE.name,
            node.span,
            words,
            Severity.WARNING if smooth else Severity.INFORMATION,
            fn.name,
            Witness({**_rest(fn), name: x}, "float32", "eager", value, 0.0),
            fixes=Fixes(answers, case, case.function.result),
        )


def _bends(fn: Function) -> bool:
    """Whether it is made of halves: it works element by element, and some op has a kink or a jump."""
    smooth = (OPS[node.op].smooth is Smoothness.SMOOTH for node in fn.nodes if isinstance(node, Apply))
    return not all(smooth) and is_pointwise(fn)


def _lost(fn: Function, slope: Function, wrt: int) -> tuple[float, float, float, float] | None:
    """Where the slope is 0 and should not be, the value there, and the slope on both sides."""
    places = {0.0, *(float(n.value) for n in fn.nodes if isinstance(n, Const) and isinstance(n.value, int | float))}
    at = np.array(sorted(x for x in places if abs(x) <= 100))
    step = NEAR * np.maximum(np.abs(at), 1)
    points = np.concatenate([at, at - step, at + step])
    values = evaluate(slope, "float64", "eager", {p: points if p == wrt else np.ones(len(points)) for p in fn.params})
    y, dy = values[fn.result], values[slope.result]
    if y is None or dy is None or y.shape != points.shape or dy.shape != points.shape:
        return None
    (y0, y1, y2), (here, left, right) = np.split(y, 3), np.split(dy, 3)
    with np.errstate(all="ignore"):
        steady = np.abs(y2 - y1) <= 3 * step * np.maximum(np.abs(left), np.abs(right))
        lost = (here == 0) & (left * right > 0) & (np.minimum(np.abs(left), np.abs(right)) > PLAIN) & steady
    first = int(np.argmax(lost))
    return (float(at[first]), float(y0[first]), float(left[first]), float(right[first])) if lost.any() else None


def _rest(fn: Function) -> dict[str, object]:
    return {node.name: 1.0 for p in fn.params if isinstance(node := fn.nodes[p], Param)}


RULE = Rule(
    "lost-gradient",
    check,
    examples=(
        Example(
            "return tf.sign(x) * tf.math.log1p(tf.abs(x))",
            "return tf.where(x >= 0, tf.math.log1p(tf.maximum(x, 0)), -tf.math.log1p(tf.maximum(-x, 0)))",
            fixed=False,
        ),
        Example("return tf.nn.relu(x) + tf.math.log1p(tf.exp(-tf.abs(x)))", "return tf.math.softplus(x)", fixed=False),
    ),
    docs=__doc__,
)
