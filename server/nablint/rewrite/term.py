"""Expressions in a normal form: equal terms are equal on the real numbers, however they were written.

Sums and products are flat, with numbers folded and in a fixed order; `x - y`, `-x`, `x / y`, `x**2`, `sqrt(x)`,
`log1p(x)`, `relu(x)` and their like are not terms of their own but the sums, products, powers and calls they equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nablint.ops import OPS
from nablint.ops.op import REQUIRED, signature


@dataclass(frozen=True, slots=True)
class Num:
    """A number written as one."""

    value: float


@dataclass(frozen=True, slots=True)
class Sym:
    """A number that has a name in the user's code: its value here is one of many."""

    text: str
    value: float


@dataclass(frozen=True, slots=True)
class Leaf:
    """A node that is looked at no further: a parameter, code that is not understood."""

    node: int


@dataclass(frozen=True, slots=True)
class Var:
    """In a pattern: anything; with a name in `CONSTANTS`, any number; in `CONDITIONS`, any truth value."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """An op that is no arithmetic."""

    op: str
    args: tuple[Term, ...]
    attrs: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """`const` and each term times its coefficient. A `const` that is not 0 is 1: the rest is a factor outside."""

    const: float
    terms: tuple[tuple[Term, float], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """`coef` times each factor to its power."""

    coef: float
    factors: tuple[tuple[Term, float], ...]


Term = Num | Sym | Leaf | Var | Call | Sum | Product

CONSTANTS = frozenset("abk")
CONDITIONS = frozenset("c")
COMMUTATIVE = frozenset({"maximum", "minimum", "equal", "not_equal", "logical_and", "logical_or"})
ZERO, ONE = Num(0.0), Num(1.0)


def _tidy(value: float) -> float:
    """Twelve digits: what is left of a number after it was multiplied and divided by others."""
    return float(f"{value:.12g}") if math.isfinite(value) else value


@lru_cache(maxsize=8192)
def order(term: Term) -> tuple[int, str]:
    """The key by which terms and factors are sorted: simple before composed."""
    rank = (Num, Sym, Leaf, Var, Product, Call, Sum).index(type(term))
    return rank, repr(term)


def scale(term: Term) -> tuple[float, Term]:
    """The number in front of a term, and the rest."""
    match term:
        case Num(value):
            return value, ONE
        case Product(coef, factors) if coef != 1:
            return coef, _factored(1.0, factors)
    return 1.0, term


def factors_of(term: Term) -> tuple[float, tuple[tuple[Term, float], ...]]:
    """The term as a product, whatever it is."""
    match term:
        case Num(value):
            return value, ()
        case Product(coef, factors):
            return coef, factors
    return 1.0, ((term, 1.0),)


def summands_of(term: Term) -> tuple[float, tuple[tuple[Term, float], ...]]:
    """The term as a sum, whatever it is."""
    coef, rest = scale(term)
    match rest:
        case Sum(const, terms):
            return _tidy(coef * const), tuple((t, _tidy(coef * k)) for t, k in terms)
        case Num(value):
            return coef * value, ()
    return 0.0, ((rest, coef),)


def add(*items: tuple[Term, float], const: float = 0.0) -> Term:
    """The sum of terms times their coefficients."""
    found: dict[Term, float] = {}
    for item, times in items:
        own, terms = summands_of(item)
        const += times * own
        for term, coef in terms:
            found[term] = found.get(term, 0.0) + times * coef
    terms = tuple((t, _tidy(k)) for t, k in sorted(found.items(), key=lambda e: order(e[0])) if _tidy(k))
    const = _tidy(const)
    if not terms:
        return Num(const)
    if len(terms) == 1:
        term, coef = terms[0]
        if const == 0:
            return mul((term, 1.0), coef=coef)
        if _is_mask(term):
            condition, yes, no = term.args  # type: ignore[union-attr]
            return where(condition, add((yes, coef), const=const), add((no, coef), const=const))
    content = const or (abs(terms[0][1]) if len({abs(k) for _, k in terms}) == 1 else 1.0)
    total = Sum(1.0 if const else 0.0, tuple((t, _tidy(k / content)) for t, k in terms))
    return total if content == 1 else Product(content, ((total, 1.0),))


def mul(*items: tuple[Term, float], coef: float = 1.0) -> Term:
    """The product of factors to their powers."""
    found: dict[Term, float] = {}
    for base, power in _flat(items):
        if isinstance(base, Num):
            coef *= _power(base.value, power)
        else:
            found[base] = found.get(base, 0.0) + power
    factors = tuple(sorted(((b, p) for b, p in found.items() if p), key=lambda e: (order(e[0]), e[1])))
    return _factored(_tidy(coef), factors)


def _factored(coef: float, factors: tuple[tuple[Term, float], ...]) -> Term:
    if coef == 0 or not factors:
        return Num(coef)
    if coef == 1 and len(factors) == 1 and factors[0][1] == 1:
        return factors[0][0]
    return Product(coef, factors)


def _flat(items: Iterable[tuple[Term, float]]) -> Iterable[tuple[Term, float]]:
    for base, power in items:
        match base:
            case Call("exp", (inner,)) if power != 1:
                yield exp(mul((inner, 1.0), coef=power)), 1.0
            case Product(coef, factors) if power == int(power):
                yield Num(coef), power
                yield from _flat((b, p * power) for b, p in factors)
            case Product(coef, factors) if coef > 0 and coef != 1:
                yield Num(coef), power
                yield _factored(1.0, factors), power
            case _:
                yield base, power


def _power(base: float, power: float) -> float:
    try:
        found = base**power
    except (ArithmeticError, ValueError):
        return math.nan
    return found if isinstance(found, int | float) else math.nan


def combined(new: Term, times: Term, rest: Term) -> Term:
    """`times * new + rest`."""
    return add((mul((new, 1), (times, 1)), 1), (rest, 1))


def subterms(term: Term) -> Iterator[Term]:
    """The term and all that it is made of."""
    yield term
    match term:
        case Call(args=args):
            parts = args
        case Sum(_, items) | Product(_, items):
            parts = tuple(part for part, _ in items)
        case _:
            parts = ()
    for part in parts:
        yield from subterms(part)


def exp(x: Term) -> Term:
    return ONE if x == ZERO else Call("exp", (x,))


def neg(x: Term) -> Term:
    return mul((x, 1.0), coef=-1.0)


def where(condition: Term, yes: Term, no: Term) -> Term:
    """A select whose condition is `>` or `>=` if it is an ordering, with a number to the right."""
    match condition:
        case Call("logical_not", (inner,)):
            return where(inner, no, yes)
        case Call("less" | "less_equal" as op, args):
            return where(Call("greater_equal" if op == "less" else "greater", args), no, yes)
        case Call("not_equal", args):
            return where(Call("equal", args), no, yes)
    return Call("where", (condition, yes, no))


def compare(op: str) -> Callable[[Term, Term], Term]:
    """An ordering with a number, if there is one, to the right."""
    mirrored = {"less": "greater", "less_equal": "greater_equal", "greater": "less", "greater_equal": "less_equal"}

    def ordered(x: Term, y: Term) -> Term:
        if isinstance(x, Num | Sym) or (not isinstance(y, Num | Sym) and order(x) > order(y)):
            return Call(mirrored[op], (y, x))
        return Call(op, (x, y))

    return ordered


def power(base: Term, exponent: Term) -> Term:
    """A power, of `e` as `exp`."""
    if isinstance(base, Num | Sym) and abs(base.value - math.e) < 1e-6:
        return exp(exponent)
    return mul((base, exponent.value)) if isinstance(exponent, Num) else Call("pow", (base, exponent))


def _cast(x: Term, dtype: object = None) -> Term:
    """Truth as a number is a select; other casts are what they cast, but for integers."""
    if isinstance(dtype, str) and dtype.startswith(("int", "uint", "bool")):
        return Call("cast", (x,), (("dtype", dtype),))
    return where(x, ONE, ZERO) if is_truth(x) else x


_TRUTHS = frozenset(
    {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "logical_and", "logical_or"}
    | {"logical_not", "logical_xor", "is_nan", "is_inf", "is_finite"}
)


def is_truth_op(op: str) -> bool:
    """Whether the op gives conditions."""
    return op in _TRUTHS


def is_truth(term: Term) -> bool:
    """Whether the term is a condition."""
    match term:
        case Call(op):
            return op in _TRUTHS
        case Var(name):
            return name in CONDITIONS
    return False


def _is_mask(term: Term) -> bool:
    match term:
        case Call("where", (_, Num(), Num())):
            return True
    return False


def _clip(x: Term, lo: Term, hi: Term) -> Term:
    return call("maximum", (call("minimum", (x, hi)), lo))


_ARITHMETIC: Mapping[str, Callable[..., Term]] = {
    "add": lambda x, y: add((x, 1), (y, 1)),
    "sub": lambda x, y: add((x, 1), (y, -1)),
    "add_n": lambda *xs: add(*((x, 1) for x in xs)),
    "neg": neg,
    "positive": lambda x: x,
    "mul": lambda x, y: mul((x, 1), (y, 1)),
    "div": lambda x, y: mul((x, 1), (y, -1)),
    "reciprocal": lambda x: mul((x, -1)),
    "square": lambda x: mul((x, 2)),
    "sqrt": lambda x: mul((x, 0.5)),
    "rsqrt": lambda x: mul((x, -0.5)),
    "pow": power,
    "exp": exp,
    "expm1": lambda x: add((exp(x), 1), const=-1),
    "log1p": lambda x: call("log", (add((x, 1), const=1),)),
    "relu": lambda x: call("maximum", (x, ZERO)),
    "k_sqrt": lambda x: mul((call("maximum", (x, ZERO)), 0.5)),
    "ops_norm": lambda x, **attrs: _norm(x, attrs["ord"], attrs["axis"], attrs["keepdims"]),
    "euclidean_norm": lambda x, axis, keepdims: _norm(x, None, axis, keepdims),
    "keras_relu": lambda x, alpha, max_value, threshold: _plain_relu("keras_relu", x, alpha, max_value, threshold),
    "backend_relu": lambda x, alpha, max_value, threshold: _plain_relu("backend_relu", x, alpha, max_value, threshold),
    "clip": _clip,
    "where": where,
    "cast": _cast,
    "cast_like": lambda x, _like: _cast(x),
    "identity": lambda x: x,
    "convert_to_tensor": lambda x, dtype=None: _cast(x, dtype),
    "constant": lambda x, dtype=None: _cast(x, dtype),
    "epsilon": lambda: Sym("epsilon", 1e-7),
    **{op: compare(op) for op in ("greater", "greater_equal", "less", "less_equal")},
}


def _norm(x: Term, order: object, axis: object, keepdims: object) -> Term:
    """Every spelling of the root of the sum of squares."""
    attrs = (("axis", axis), ("keepdims", keepdims), ("ord", "euclidean" if order in (None, 2) else order))
    return Call("norm", (x,), attrs)


def is_nonnegative(term: Term) -> bool:
    """Whether the term cannot be below zero, as far as its form tells."""
    match term:
        case Num(value):
            return value >= 0
        case Call("abs" | "exp" | "norm" | "sigmoid" | "softmax" | "softplus" | "cosh" | "variance" | "std"):
            return True
        case Call("maximum", args):
            return any(map(is_nonnegative, args))
        case Call("sum" | "mean" | "minimum", args):
            return all(map(is_nonnegative, args))
        case Product(coef, factors):
            return coef >= 0 and all(p % 2 == 0 or p % 1 != 0 or is_nonnegative(b) for b, p in factors)
        case Sum(const, terms):
            return const >= 0 and all(k >= 0 and is_nonnegative(t) for t, k in terms)
    return False


def _plain_relu(op: str, x: Term, alpha: object, max_value: object, threshold: object) -> Term:
    if alpha == 0 and max_value is None and threshold == 0:
        return call("maximum", (x, ZERO))
    return Call(op, (x,), (("alpha", alpha), ("max_value", max_value), ("threshold", threshold)))


def call(op: str, args: Sequence[Term], attrs: Mapping[str, Any] = {}) -> Term:
    """The term of an op on terms; attributes that are not given have the op's defaults."""
    if op in _ARITHMETIC:
        given = {**_defaults(op), **attrs}
        return _ARITHMETIC[op](*args, **given)
    if op in COMMUTATIVE:
        args = sorted(args, key=order)
    if op == "maximum" and args[0] == ZERO and is_nonnegative(args[1]):
        return args[1]
    return Call(op, tuple(args), tuple(sorted({**_defaults(op), **attrs}.items())))


@lru_cache(maxsize=512)
def _defaults(op: str) -> Mapping[str, Any]:
    row = OPS.get(op)
    if row is None:
        return {}
    return {name: value for name, _, value in signature(row, "") if name not in row.operands and value is not REQUIRED}
