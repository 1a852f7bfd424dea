"""TensorFlow gives no gradient at all: None, not zero.

What it finds: a function of one tensor all of whose paths from the input lead through a comparison, a cast to integers
or bool, `round`, `floor`, `argmax` or the condition of a `where`; and a custom gradient that returns None.

Why it hurts: layers before this activation do not train. `fit` only warns that gradients do not exist; if nothing else
is trainable it raises `No gradients provided for any variable`.

When it breaks: at every input, in every dtype.

Fix: a straight-through estimator (the same value; the gradient of the identity) or a soft surrogate. Both change the
gradient on purpose, and say so.

See also: zero-gradient, lost-gradient, integer-output.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.facts import is_constant
from nablint.finding import Finding, Fixes, Severity
from nablint.ir import Apply, Builder, Function, dependent
from nablint.ops import OPS
from nablint.ops.op import boolean
from nablint.rewrite import estimators
from nablint.rule import Case, Example, Rule, is_trained, param_names, told


def check(case: Case) -> Iterator[Finding]:
    known, fn = case.facts, case.function
    is_custom = fn.upstream is not None
    if not (is_trained(fn) or is_custom) or is_constant(case.facts) or not known.slopes:
        return
    if any(slope.function is not None for slope in known.slopes) or _is_mask(fn):
        return
    if is_custom:
        if fn.cotangents and all(cotangent is None for cotangent in fn.cotangents):
            words = "The custom gradient is None: nothing before this function trains, and Keras only warns."
            yield Finding(RULE.name, fn.gradient_span, words, Severity.WARNING, fn.name)
        return
    cut = cutting_node(known.expanded)
    if cut is not None and isinstance(node := fn.nodes[cut], Apply):
        name = param_names(fn)[0]
        message = (
            f"No gradient reaches {name}, since {told(node)} has none: nothing before this activation trains, "
            "and Keras only warns."
        )
        yield Finding(RULE.name, node.span, message, Severity.WARNING, fn.name, fixes=Fixes(estimators, case, cut))


def _is_mask(fn: Function) -> bool:
    """Whether a layer makes truth values, which are meant to be a mask."""
    last = fn.nodes[fn.result]
    return fn.roles == {"call"} and isinstance(last, Apply) and OPS[last.op].dtype is boolean


def cutting_node(fn: Function) -> int | None:
    """Of an expanded function, where the op nearest to the result stems from that lets no gradient through."""
    moving = dependent(fn)
    todo = [fn.result]
    while todo:
        index = todo.pop(0)
        node = fn.nodes[index]
        if not isinstance(node, Apply):
            continue
        flows = _flows(fn, index, node)
        onward = [arg for arg, flow in zip(node.args, flows, strict=True) if flow and arg in moving]
        if not onward:
            return fn.origin(index)
        todo += onward
    return None


def _flows(fn: Function, index: int, node: Apply) -> tuple[bool, ...]:
    if (vjp := OPS[node.op].vjp) is None:
        return tuple(False for _ in node.args)
    b = Builder(fn.nodes)
    return tuple(flow is not None for flow in vjp(b, b.const(1.0), index, *node.args, **dict(node.attrs)))


RULE = Rule(
    "no-gradient",
    check,
    examples=(
        Example("return tf.where(x < 0, 0.0, 1.0)", "return tf.sigmoid(x)"),
        Example("return tf.round(x)", "return x + tf.stop_gradient(tf.round(x) - x)"),
    ),
    docs=__doc__,
)
