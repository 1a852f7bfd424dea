"""Products of vectors, matrices and tensors: what sums over axes that two operands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nablint.domains.dtype import Array
from nablint.ir import Builder
from nablint.ops.axes import one
from nablint.ops.op import Kind, Op, spell

LETTERS = "abcdefghijklmnopqrstuvwxy"
TRIALS = "z"
"""The letter of the axis of trials, which users' equations rarely hold."""

Equation = Callable[..., str]
"""From the ranks of the operands, without trials, and the attributes: an equation without trials."""


def _matmul(x: Array, y: Array, flip_x: bool = False, flip_y: bool = False) -> Array:
    if min(x.ndim, y.ndim) < 3:
        raise ValueError("a product of matrices needs matrices")
    left = np.swapaxes(x, -1, -2) if flip_x else x
    return np.asarray(np.matmul(left, np.swapaxes(y, -1, -2) if flip_y else y))


def _matmul_vjp(
    b: Builder, g: int, y: int, p: int, q: int, flip_x: bool = False, flip_y: bool = False
) -> tuple[int, int]:
    left = (
        b("matmul", q, g, flip_x=flip_y, flip_y=True) if flip_x else b("matmul", g, q, flip_x=False, flip_y=not flip_y)
    )
    right = (
        b("matmul", g, p, flip_x=True, flip_y=flip_x) if flip_y else b("matmul", p, g, flip_x=not flip_x, flip_y=False)
    )
    return left, right


def contracted(equation: str, *operands: Array) -> Array:
    """`numpy.einsum` for every trial."""
    terms, arrow, result = equation.replace(" ", "").partition("->")
    words = terms.split(",")
    if len(words) != len(operands) or TRIALS in equation:
        raise ValueError("an equation for other operands")
    if not arrow:
        letters = terms.replace(",", "").replace(".", "")
        result = "..." * ("..." in terms) + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    whole = ",".join(TRIALS + word for word in words)
    arrays = [x if x.ndim else x.reshape(1) for x in operands]
    return np.asarray(np.einsum(f"{whole}->{TRIALS}{result}", *arrays))


def _contract_back(
    g: Array, *operands: Array, of: str, how: tuple[tuple[str, Any], ...], to: int, equation: str = ""
) -> Array:
    """The cotangent of operand `to`: the product of `g` and the other operands, spread over what `to` summed alone."""
    words = dict(how)
    text = words.get("equation") or EQUATIONS[of](*(max(x.ndim - 1, 0) for x in operands), **words)
    terms, _, result = text.replace(" ", "").partition("->")
    own = terms.split(",")
    if any(own[to].count(letter) > 1 for letter in own[to].replace(".", "")):
        raise ValueError("a trace inside a product")
    rest = [(word, x) for i, (word, x) in enumerate(zip(own, operands, strict=True)) if i != to]
    arrays = [np.ones_like(operands[to]), g, *(x for _, x in rest)]
    return contracted(",".join([own[to], result, *(word for word, _ in rest)]) + "->" + own[to], *arrays)


def _back(name: str) -> Callable[..., tuple[int, ...]]:
    def vjp(b: Builder, g: int, y: int, *operands: int, **attrs: Any) -> tuple[int, ...]:
        how = tuple(sorted(attrs.items()))
        return tuple(b("contract_back", g, *operands, of=name, how=how, to=i) for i in range(len(operands)))

    return vjp


EQUATIONS: dict[str, Equation] = {}


def contraction(name: str, params: str, names: tuple[str, ...], equation: Equation, **row: Any) -> Op:
    """A row that sums over the axes that an equation repeats."""
    EQUATIONS[name] = equation

    def meaning(*operands: Array, **attrs: Any) -> Array:
        return contracted(equation(*(max(x.ndim - 1, 0) for x in operands), **attrs), *operands)

    return Op(name, params, names, meaning, _back(name), **{"kind": Kind.ROWWISE, "slack": 4, **row})


def _dot(p: int, q: int) -> str:
    """The last axis of one with the last but one of the other."""
    left, right = LETTERS[:p], LETTERS[p : p + q]
    if not p or not q:
        return f"{left},{right}->{left}{right}"
    at = max(q - 2, 0)
    right = right[:at] + left[-1] + right[at + 1 :]
    return f"{left},{right}->{left[:-1]}{right.replace(left[-1], '')}"


def _inner(p: int, q: int) -> str:
    left, right = LETTERS[:p], LETTERS[p : p + q]
    if not p or not q:
        return f"{left},{right}->{left}{right}"
    return f"{left},{right[:-1]}{left[-1]}->{left[:-1]}{right[:-1]}"


def _tensordot(p: int, q: int, axes: int | Sequence[Any] = 2) -> str:
    if isinstance(axes, int):
        first, second = list(range(p - axes, p)), list(range(axes))
    else:
        pair = [[a] if isinstance(a, int) else list(a) for a in axes]
        first, second = ([one(rank, a) - 1 for a in each] for rank, each in zip((p, q), pair, strict=True))
    left, right = list(LETTERS[:p]), list(LETTERS[p : p + q])
    for i, j in zip(first, second, strict=True):
        right[j] = left[i]
    kept = [c for i, c in enumerate(left) if i not in first] + [c for j, c in enumerate(right) if j not in second]
    return f"{''.join(left)},{''.join(right)}->{''.join(kept)}"


def _batch_dot(p: int, q: int, axes: int | Sequence[int] | None = None) -> str:
    if p < 3 and q < 3:
        raise ValueError("the result would have an axis more than its parts")
    pair = (p - 1, max(q - 2, 1)) if axes is None else (axes, axes) if isinstance(axes, int) else tuple(axes)
    first, second = (one(rank, axis) - 1 for rank, axis in zip((p, q), pair, strict=True))
    left, right = list(LETTERS[:p]), list(LETTERS[p : p + q])
    right[0], right[second] = left[0], left[first]
    kept = [c for i, c in enumerate(left) if i != first] + [c for j, c in enumerate(right) if j not in (0, second)]
    return f"{''.join(left)},{''.join(right)}->{''.join(kept)}"


def _matvec(p: int, q: int, flip_x: bool = False) -> str:
    return "...ji,...j->...i" if flip_x else "...ij,...j->...i"


def _flat_outer(b: Builder, x: int, y: int) -> int:
    column, row = (b("reshape", each, shape=shape) for each, shape in ((x, (-1, 1)), (y, (1, -1))))
    return b("mul", column, row)


def _flat_dot(b: Builder, x: int, y: int) -> int:
    return b("dot", b("flatten", x), b("flatten", y))


def _cross(x: Array, y: Array) -> Array:
    if x.shape[-1] != 3 or y.shape[-1] != 3:
        raise ValueError("vectors of three elements")
    (a, b, c), (d, e, f) = (np.moveaxis(each, -1, 0) for each in (x, y))
    return np.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=-1)


def _cross_vjp(b: Builder, g: int, y: int, p: int, q: int) -> tuple[int, int]:
    return b("cross", q, g), b("cross", g, p)


def _xw_plus_b(b: Builder, x: int, weights: int, biases: int) -> int:
    return b("add", b("matmul", x, weights), biases)


# fmt: off
ROWS = (
    Op("matmul", "x, y; flip_x=False, flip_y=False",
       (*spell("tf tf.linalg", "matmul(a:x, b:y, transpose_a:flip_x=False, transpose_b:flip_y=False)"), "@(x, y)",
        "ops.matmul(x1:x, x2:y)", "K.dot(x, y)", "np.matmul(x1:x, x2:y)"), _matmul, _matmul_vjp, kind=Kind.ROWWISE,
       slack=4, examples=({"flip_y": True}, {"flip_x": True})),
    Op("contract_back", "*operands; of, how, to", (), _contract_back, kind=Kind.ROWWISE,
       dtype=lambda promote, g, *_, **__: g),
    contraction("dot", "x, y", ("ops.dot(x1:x, x2:y)", "np.dot(a:x, b:y)"), _dot),
    contraction("inner", "x, y", ("ops.inner(x1:x, x2:y)", "np.inner(a:x, b:y)"), _inner, lacks=("graph", "xla"),
                note="Keras asks for the ranks as tensors, which XLA cannot do."),
    Op("vdot", "x, y", ("ops.vdot(x1:x, x2:y)", "np.vdot(a:x, b:y)"), body=_flat_dot, kind=Kind.ROWWISE, slack=4),
    Op("outer", "x, y", ("ops.outer(x1:x, x2:y)", "np.outer(a:x, b:y)"), body=_flat_outer, kind=Kind.ROWWISE),
    contraction("tensordot", "x, y; axes=2",
                (*spell("tf tf.linalg", "tensordot(a:x, b:y, axes)"), "ops.tensordot(x1:x, x2:y, axes=2)",
                 "np.tensordot(a:x, b:y, axes=2)"), _tensordot,
                examples=({"axes": 2}, {"axes": ((1,), (1,))}, {"axes": (0, 0)})),
    contraction("batch_dot", "x, y; axes=None", ("K.batch_dot",), _batch_dot),
    contraction("matvec", "x, y; flip_x=False",
                ("tf.linalg.matvec(a:x, b:y, transpose_a:flip_x=False)",), _matvec),
    Op("einsum", "*operands; equation", (*spell("tf tf.linalg", "einsum(equation, inputs:operands)"),
                                         *spell("ops np", "einsum(subscripts:equation, operands)")),
       lambda *operands, equation: contracted(equation, *operands), _back("einsum"), kind=Kind.ROWWISE, slack=4,
       examples=({"equation": "ab,cb->ac"}, {"equation": "ab,ab->b"}, {"equation": "...a,...a->..."})),
    Op("cross", "x, y", (*spell("tf.linalg tf", "cross(a:x, b:y)"), "ops.cross(x1:x, x2:y)"), _cross, _cross_vjp,
       kind=Kind.ROWWISE, slack=4),
    Op("xw_plus_b", "x, weights, biases", ("tf.nn.xw_plus_b",), body=_xw_plus_b, kind=Kind.ROWWISE, slack=4),
)
# fmt: on
