"""Fixes for functions without a slope: the straight-through estimator, and soft surrogates."""

from __future__ import annotations

from collections.abc import Iterator

from nablint.finding import Fix, Safety
from nablint.ir import Apply, Const, Function
from nablint.rewrite.layout import layout
from nablint.rewrite.place import replacement, sees
from nablint.rewrite.search import Code, spoken
from nablint.rewrite.spell import ATOM, NoTextError, Piece, Speller, binary, piece
from nablint.rewrite.term import is_truth_op
from nablint.source import NOWHERE

_NEAR_IDENTITY = frozenset({"round", "round_to", "floor", "ceil", "trunc"})
"""Steps that stay near their operand."""


def estimators(code: Code, node: int) -> tuple[Fix, ...]:
    """Fixes that give a slope to a node that has none."""
    fn = code.function
    page = layout(code.source.text)
    root = _number(fn, node)
    apply = fn.nodes[root]
    if page is None or not isinstance(apply, Apply) or apply.inlined is not NOWHERE:
        return ()
    operand = _operand(code, apply)
    if operand is None:
        return ()
    speller = Speller(spoken(code, root))
    try:
        own = _typed(code, speller, apply, operand)
    except NoTextError:
        return ()
    fixes = []
    for title, new, safety in _ways(speller, fn, apply, own, operand):
        fixes.append(Fix(title, (replacement(page, apply.span, new),), safety, tuple(dict.fromkeys(new.needs))))
    return tuple(fixes)


def _ways(
    speller: Speller, fn: Function, apply: Apply, own: Piece, operand: Piece
) -> Iterator[tuple[str, Piece, Safety]]:
    try:
        stopped = speller.call("stop_gradient", [binary("sub", own, operand)])
        title = "Use the straight-through estimator: the same values, the slope of the identity"
        yield title, binary("add", operand, stopped), Safety.CHANGES_GRADIENT
    except NoTextError:
        pass  # The dialect has no stop_gradient.
    surrogate = _surrogate(fn, apply)
    if surrogate:
        new = speller.call(surrogate, [operand])
        yield f"Use a soft surrogate: {new.text}", new, Safety.CHANGES_VALUES


def _typed(code: Code, speller: Speller, apply: Apply, operand: Piece) -> Piece:
    """The step in the dtype of its operand: a step made of numbers or of a condition has one of its own."""
    own = piece(code.source.slice(apply.span))
    numbers = all(isinstance(code.function.nodes[arg], Const) for arg in apply.args[1:])
    if apply.op not in ("cast", "where") or not numbers:
        return own
    values = [n.value for arg in apply.args[1:] if isinstance(n := code.function.nodes[arg], Const)]
    condition = apply.uses[0] if apply.uses and apply.span.covers(apply.uses[0]) else None
    if condition and (apply.op == "cast" or values == [1, 0]):
        own = piece(code.source.slice(condition))
    return speller.call("cast", [own, Piece(f"{operand.within(ATOM)}.dtype")])


def _surrogate(fn: Function, apply: Apply) -> str:
    """The smooth function that a step is the limit of, if it steps at 0 between 0 or -1 and 1."""
    if apply.op == "sign":
        return "tanh"
    if apply.op in ("cast", "cast_like"):
        return "sigmoid" if _steps_up(fn, apply.args[0]) is not None else ""
    if apply.op == "where":
        values = [node.value for arg in apply.args[1:] if isinstance(node := fn.nodes[arg], Const)]
        up = _steps_up(fn, apply.args[0])
        ends = {True: (1, 0), False: (0, 1)}
        if up is not None and tuple(values) == ends[up]:
            return "sigmoid"
    return ""


def _steps_up(fn: Function, condition: int) -> bool | None:
    """Whether a condition holds above 0; None if it is not about the sign."""
    node = fn.nodes[condition]
    if not isinstance(node, Apply) or node.op not in ("greater", "greater_equal", "less", "less_equal"):
        return None
    sides = [isinstance(n := fn.nodes[arg], Const) and n.value == 0 for arg in node.args]
    if sides == [False, True]:
        return node.op.startswith("greater")
    return node.op.startswith("less") if sides == [True, False] else None


def _number(fn: Function, node: int) -> int:
    """The node itself, or what makes a number of it if it is a condition."""
    for index in range(node + 1, len(fn.nodes)):
        apply = fn.nodes[node]
        if not isinstance(apply, Apply) or not is_truth_op(apply.op):
            break
        later = fn.nodes[index]
        if isinstance(later, Apply) and node in later.args:
            node = index
    return node


def _operand(code: Code, apply: Apply) -> Piece | None:
    """What the step is a step of: its operand if it stays near that, else the function's one input."""
    fn = code.function
    page = layout(code.source.text)
    if page is None:
        return None
    if apply.op in _NEAR_IDENTITY and apply.uses and apply.span.covers(apply.uses[0]):
        return piece(code.source.slice(apply.uses[0]))
    name = sees(page, fn, apply.span.start)
    return Piece(name) if name and len(fn.params) == 1 else None
