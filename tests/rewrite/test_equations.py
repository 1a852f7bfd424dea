"""Every safe equation holds on the real numbers, at extreme and at random points, to hundreds of digits."""

from __future__ import annotations

import ast
import inspect
import random
from collections.abc import Callable, Mapping

import mpmath
import pytest

from nablint.finding import Safety
from nablint.rewrite import FALLBACKS, Rewrite
from nablint.rewrite.identities import IDENTITIES
from nablint.rewrite.pattern import BINARY, COMPARISONS, parsed

Row = list[mpmath.mpf]
DIGITS = 400


def _each(function: Callable[..., object]) -> Callable[..., Row]:
    return lambda *rows, **_: [function(*parts) for parts in zip(*rows, strict=True)]


def _sum(row: Row, **_: object) -> Row:
    return [mpmath.fsum(row)] * len(row)


def _softmax(row: Row, **_: object) -> Row:
    return [mpmath.exp(x) / mpmath.fsum(map(mpmath.exp, row)) for x in row]


def _sigmoid(x: mpmath.mpf) -> mpmath.mpf:
    return 1 / (1 + mpmath.exp(-x))


_PLAIN = ["sin", "cos", "tan", "asin", "atan", "sinh", "cosh", "tanh", "asinh", "atanh", "log1p"]

MEANINGS: Mapping[str, Callable[..., Row]] = {
    "add": _each(lambda x, y: x + y),
    "sub": _each(lambda x, y: x - y),
    "mul": _each(lambda x, y: x * y),
    "div": _each(lambda x, y: x / y),
    "pow": _each(lambda x, y: x**y),
    "neg": _each(lambda x: -x),
    "greater": _each(lambda x, y: x > y),
    "greater_equal": _each(lambda x, y: x >= y),
    "equal": _each(lambda x, y: x == y),
    "where": _each(lambda c, x, y: x if c else y),
    "minimum": _each(min),
    "maximum": _each(max),
    "clip": _each(lambda x, lo, hi: max(lo, min(x, hi))),
    "abs": _each(abs),
    "exp": _each(mpmath.exp),
    "expm1": _each(mpmath.expm1),
    "log": _each(mpmath.log),
    "sqrt": _each(mpmath.sqrt),
    **{name: _each(getattr(mpmath, name)) for name in _PLAIN},
    "sign": _each(mpmath.sign),
    "divide_no_nan": _each(lambda x, y: x * 0 if y == 0 else x / y),
    "sigmoid": _each(_sigmoid),
    "silu": _each(lambda x: x * _sigmoid(x)),
    "softplus": _each(lambda x: mpmath.log(1 + mpmath.exp(x))),
    "log_sigmoid": _each(lambda x: mpmath.log(_sigmoid(x))),
    "xlogy": _each(lambda x, y: x * mpmath.log(y)),
    "sum": _sum,
    "logsumexp": lambda row, **_: [mpmath.log(mpmath.fsum(map(mpmath.exp, row)))] * len(row),
    "softmax": _softmax,
    "log_softmax": lambda row, **_: [mpmath.log(p) for p in _softmax(row)],
}


def evaluated(node: ast.expr, letters: Mapping[str, Row]) -> Row:
    match node:
        case ast.Constant(value=int() | float() as number):
            return [mpmath.mpf(number)] * 3
        case ast.Name(id=name):
            return letters[name]
        case ast.UnaryOp(operand=operand):
            return MEANINGS["neg"](evaluated(operand, letters))
        case ast.BinOp(left=left, op=op, right=right):
            return MEANINGS[BINARY[type(op)]](evaluated(left, letters), evaluated(right, letters))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return MEANINGS[COMPARISONS[type(op)]](evaluated(left, letters), evaluated(right, letters))
        case ast.Call(func=ast.Name(id=name), args=args):
            return MEANINGS[name](*(evaluated(arg, letters) for arg in args))
    raise AssertionError(ast.unparse(node))


def trials() -> list[dict[str, Row]]:
    """Letters for one evaluation each: rows of three, from tiny to huge, of either sign, and zero."""
    chance = random.Random(2)
    sizes = ["0", "1e-30", "1e-7", "0.5", "1", "9.7", "88.8", "300"]
    rows = [[s * mpmath.mpf(size) for s in signs] for size in sizes for signs in ((1, -1, 0.5), (-1, -1, 0.25))]
    rows += [[mpmath.mpf(chance.uniform(-20, 20)) for _ in range(3)] for _ in range(12)]
    positive = [mpmath.mpf(chance.uniform(0.1, 3)) for _ in rows]
    return [
        {
            **dict.fromkeys("xyz", row),
            "u": row[::-1],
            "v": [x + 1 for x in row],
            **{name: [positive[(i + shift) % len(rows)]] * 3 for shift, name in enumerate("abk")},
            "c": [x > 0.1 for x in row],
        }
        for i, row in enumerate(rows)
    ]


def fits(rewrite: Rewrite, letters: Mapping[str, Row]) -> bool:
    """Whether the numbers are such as the equation is about."""
    wanted = inspect.signature(rewrite.given).parameters if rewrite.given else ()
    return not rewrite.given or rewrite.given(*(letters[name][0] for name in wanted))


@pytest.mark.parametrize(
    "rewrite", [r for r in (*IDENTITIES, *FALLBACKS) if r.safety is Safety.SAFE], ids=lambda r: r.match
)
def test_both_sides_are_equal(rewrite: Rewrite) -> None:
    compared = 0
    with mpmath.workdps(DIGITS):
        for letters in trials():
            shapes = (lambda a: a, lambda a: a / 4, lambda a: -1 - a)
            tries = ({**letters, "a": [*map(shape, letters["a"])]} for shape in shapes)
            letters = next((found for found in tries if fits(rewrite, found)), None)
            if letters is None:
                continue
            try:
                old, new = (evaluated(parsed(side), letters) for side in (rewrite.match, rewrite.to))
            except (ValueError, ZeroDivisionError):
                continue  # The left side is not defined there: a logarithm of zero, a division by it.
            for a, b in zip(old, new, strict=True):
                if isinstance(a, mpmath.mpc) or not mpmath.isfinite(a):
                    continue
                assert abs(a - b) <= mpmath.mpf("1e-100") * (1 + abs(a)), letters
                compared += 1
    assert compared >= 16
