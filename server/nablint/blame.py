"""Whom to blame: the first node whose operands are fine and whose result is not, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

import numpy as np

from nablint.domains.dtype import Array
from nablint.ir import Apply, Function

Values = Sequence["Array | None"]
"""Of every node, one row for each trial."""

SELECTS = frozenset({"where", "minimum", "maximum", "clip", "relu", "relu6", "min", "max", "multiply_no_nan"})
"""Ops that can leave out an operand that is not finite: a branch not taken, a bound."""
LOGS = frozenset({"log", "log1p", "log2", "log10", "xlogy", "xlog1py"})
POLES = frozenset({"atanh", "lgamma", "digamma"})
"""Ops that are infinite at the ends of their domain, not because they grow."""
SHAPE_ONLY = frozenset({"zeros_like", "ones_like", "full_like", "shape", "rank", "size"})
"""Ops whose result does not depend on the numbers in their operand."""
DIVISIONS = frozenset({"div", "reciprocal", "rsqrt", "floordiv", "floormod", "truncatediv", "truncatemod", "mod"})


class Cause(Enum):
    """Why a node is to blame, in the words of the rule that tells it."""

    OVERFLOW = "overflow"
    LOG = "log-of-zero"
    DIVISION = "division-by-zero"
    INVALID = "invalid-value"
    MASKED = "masked-nan-gradient"
    SLOPE = "infinite-gradient"


Blame = tuple[int, str, Cause, "int | None"]
"""Of a `Break`: all but its regions."""


def blame(whole: Function, fn: Function, values: Values, trial: int) -> Blame | None:
    """The first node whose operands are fine and whose result is not, followed back from the result or the slope.

    `values` are those of every node of `whole`, the slope of `fn`, which begins with the nodes of `fn`.
    """
    in_value = _bad(values[fn.result], trial)
    root = fn.result if in_value else whole.result
    if not _bad(values[root], trial):
        return None
    node = _source(whole, values, trial, root)
    apply = whole.nodes[node]
    if not isinstance(apply, Apply):
        return None
    forward = node < len(fn.nodes)
    mine = node if forward else _maker(whole, fn, node)
    made_by = fn.nodes[mine]
    op = made_by.op if isinstance(made_by, Apply) else apply.op
    masked = None if in_value else _mask(fn, values, trial, mine)
    cause = Cause.MASKED if masked is not None else _cause(apply, values, trial, node) if forward else Cause.SLOPE
    return whole.origin(node), op, cause, masked


def _cause(node: Apply, values: Values, trial: int, index: int) -> Cause:
    """Why a node of the function itself has a result that is not finite, though its operands are."""
    if node.op in LOGS:
        return Cause.LOG
    if node.op in DIVISIONS and _has(values[node.args[-1]], trial, lambda x: x == 0):
        return Cause.DIVISION
    if node.op == "pow" and _has(values[node.args[0]], trial, lambda x: x == 0):
        return Cause.DIVISION
    undefined = node.op in POLES or _has(values[index], trial, np.isnan)
    return Cause.INVALID if undefined else Cause.OVERFLOW


def _has(value: Array | None, trial: int, test: Callable[[Array], Array]) -> bool:
    return value is not None and bool(np.any(test(_of(value, trial))))


def _of(value: Array, trial: int) -> Array:
    """One trial's part of a node's value; what is the same for all of them has no axis for them, or one of length 1."""
    return np.asarray(value[min(trial, len(value) - 1)]) if value.ndim else value


def _bad(value: Array | None, trial: int) -> bool:
    if value is None or value.dtype.kind not in "fc":
        return False
    return not np.isfinite(_of(value, trial)).all()


def _source(whole: Function, values: Values, trial: int, node: int) -> int:
    while isinstance(apply := whole.nodes[node], Apply):
        bad = [arg for arg in _taken(apply, values, trial) if _bad(values[arg], trial)]
        if not bad:
            break
        node = bad[0]
    return node


def _taken(node: Apply, values: Values, trial: int) -> tuple[int, ...]:
    """The operands that a `where` chose from; all of any other op."""
    if node.op != "where":
        return node.args
    condition, yes, no = node.args
    chosen = values[condition]
    if chosen is None:
        return node.args
    here = _of(chosen, trial)
    return (yes,) if here.all() else (no,) if not here.any() else (yes, no)


def _maker(whole: Function, fn: Function, node: int) -> int:
    """The node of the expanded function whose vjp made a node of the slope."""
    origin = whole.origin(node)
    candidates = [i for i in range(len(fn.nodes)) if fn.origin(i) == origin]
    return candidates[-1] if candidates else fn.result


def _mask(fn: Function, values: Values, trial: int, mine: int) -> int | None:
    """The select between the node to blame and the result that hides it from the value."""
    below = {mine}
    failing = _bad(values[mine], trial)
    for index in range(mine + 1, len(fn.nodes)):
        apply = fn.nodes[index]
        if not isinstance(apply, Apply) or apply.op in SHAPE_ONLY or not below.intersection(apply.args):
            continue
        hidden = [arg for arg in apply.args if arg in below and (_bad(values[arg], trial) or not failing)]
        taken = _taken(apply, values, trial)
        dropped = apply.op in SELECTS and failing and not _bad(values[index], trial)
        if hidden and (dropped or (apply.op == "where" and not set(hidden) & set(taken))):
            return fn.origin(index)
        below.add(index)
    return None
