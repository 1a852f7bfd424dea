"""Patterns: equations in the language of ops, matched modulo all that the normal form of terms ignores.

Letters stand for what they match: `x`, `y`, `z` for values that depend on the input, `u`, `v` for any value,
`a`, `b`, `k` for numbers, `c` for a condition. A longer name after `=` stands for the value of an attribute.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nablint.finding import Safety
from nablint.rewrite.term import (
    COMMUTATIVE,
    CONDITIONS,
    CONSTANTS,
    ONE,
    ZERO,
    Call,
    Num,
    Product,
    Sum,
    Sym,
    Term,
    Var,
    add,
    call,
    factors_of,
    is_truth,
    mul,
    neg,
    subterms,
    summands_of,
)

Env = Mapping[str, Any]
"""What each letter of a pattern stands for: a term, or an attribute's plain value."""

MOVING = frozenset("xyz")

Factors = tuple[tuple[Term, float], ...]

BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
COMPARISONS = {ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Eq: "equal",
               ast.NotEq: "not_equal"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rewrite:
    """`match` equals `to`: both are expressions of ops, with letters for what differs from place to place."""

    match: str
    to: str
    safety: Safety = Safety.SAFE
    given: Callable[..., bool] | None = field(default=None, compare=False)
    """What must hold of the numbers, by the letters that are its parameters."""
    when: Callable[[Term], bool] | None = field(default=None, compare=False)
    """What must hold of the term that `x` stands for."""
    title: str = ""
    """What to say instead of `Use <new code>`."""


@lru_cache(maxsize=1024)
def parsed(text: str) -> ast.expr:
    """One side of a rewrite as Python's syntax tree."""
    return ast.parse(text, mode="eval").body


@lru_cache(maxsize=1024)
def pattern(text: str) -> Term:
    """One side of a rewrite as a term."""
    return build(parsed(text), {})


def build(node: ast.expr, env: Env) -> Term:
    """The term of an expression of ops, its letters replaced where `env` has them."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return Num(float(value))
        case ast.Name(id=name):
            return env.get(name, Var(name))  # type: ignore[no-any-return]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return neg(build(operand, env))
        case ast.BinOp(left=left, op=op, right=right):
            return call(BINARY[type(op)], (build(left, env), build(right, env)))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return call(COMPARISONS[type(op)], (build(left, env), build(right, env)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            attrs = {k.arg: attribute(k.value, env) for k in keywords if k.arg}
            return call(name, tuple(build(arg, env) for arg in args), attrs)
    raise ValueError(f"no pattern: {ast.unparse(node)}")


def attribute(node: ast.expr, env: Env) -> Any:
    """The value of an attribute: a constant, or what a name stands for."""
    return env.get(node.id, Var(node.id)) if isinstance(node, ast.Name) else ast.literal_eval(node)


def value_of(term: Any) -> float | None:
    """The number that a constant term is."""
    match term:
        case Num(value) | Sym(_, value):
            return value
        case Product(coef, factors):
            for base, power in factors:
                factor = value_of(base)
                if factor is None or (factor == 0 and power < 0):
                    return None
                coef *= factor**power
            return coef
    return None


def ops(term: Term) -> frozenset[str]:
    """The ops that a term is made of."""
    return frozenset(part.op for part in subterms(term) if isinstance(part, Call))


@lru_cache(maxsize=1024)
def needed(text: str) -> frozenset[str]:
    """The ops without which a term does not match; a power may be a factor's."""
    return ops(pattern(text)) - {"pow"}


def whole(rewrite: Rewrite, subject: Term) -> Env | None:
    """The letters with which the pattern equals the subject, the simplest if there are several."""
    fitting = (env for env in matches(pattern(rewrite.match), subject, {}) if _holds(rewrite, env))
    return min(fitting, key=size, default=None)


def part(rewrite: Rewrite, subject: Term) -> tuple[Env, Term, Term] | None:
    """The letters, and `times` and `rest` such that the subject is `times * pattern + rest`."""
    p = pattern(rewrite.match)
    if not isinstance(subject, Product | Sum):
        return None
    products = ((env, times, ZERO) for env, times in _product(p, subject, {}) if times != ONE)
    sums = ((env, Num(ratio), rest) for env, ratio, rest in _part_of_sum(p, subject) if rest != ZERO)
    fitting = (way for way in itertools.chain(products, sums) if _holds(rewrite, way[0]))
    return min(fitting, key=lambda way: size(way[0]), default=None)


def size(env: Env) -> int:
    """How much there is to write for the letters."""
    return sum(_weight(term) for term in env.values() if isinstance(term, Term))


def _weight(term: Term) -> int:
    signs = sum(isinstance(part, Product) and part.coef < 0 for part in subterms(term))
    return signs + sum(1 for _ in subterms(term))


def _holds(rewrite: Rewrite, env: Env) -> bool:
    if rewrite.when is not None and not rewrite.when(env["x"]):
        return False
    if rewrite.given is None:
        return True
    names = rewrite.given.__code__.co_varnames[: rewrite.given.__code__.co_argcount]
    values = [value_of(env[name]) for name in names]
    return None not in values and rewrite.given(*values)


def matches(p: Term, s: Term, env: Env) -> Iterator[Env]:
    """Every way to read the letters of `p` so that it equals `s`."""
    match p, s:
        case Var(name), _:
            yield from _bound(name, s, env)
        case Num(a), Num(b):
            if abs(a - b) <= 1e-9 * max(abs(a), abs(b)):
                yield env
        case Call(op, args, attrs), Call(other, given, had) if op == other and len(args) == len(given):
            if (inner := _attributes(attrs, had, env)) is not None:
                orders = itertools.permutations(given) if op in COMMUTATIVE else (given,)
                for ordered in orders:
                    yield from _all(args, ordered, inner)
        case Call("pow", (base, Var(name))), Product(1.0, ((other, degree),)):
            for inner in matches(base, other, env):
                yield from _bound(name, Num(degree), inner)
        case Product(), _:
            yield from (inner for inner, rest in _product(p, s, env) if rest == ONE)
        case Sum(0.0, items), _ if summands_of(s)[0] and (letter := _number_in(items)):
            rest = add(*(item for item in items if item[0] != letter))
            const, others = summands_of(s)
            for inner in matches(rest, add(*others), env):
                yield from _bound(letter.name, Num(const), inner)
        case Sum(const, _), Sum(other_const, _) if const == other_const:
            yield from (inner for inner, rest in _sum(p, s, 1.0, env) if rest == ZERO)


def _number_in(terms: Factors) -> Var | None:
    """The letter that stands for the number in a sum."""
    found = (t for t, k in terms if k == 1 and isinstance(t, Var) and t.name in CONSTANTS)
    return next(found, None)


def _all(patterns: tuple[Term, ...], subjects: tuple[Term, ...], env: Env) -> Iterator[Env]:
    if not patterns:
        yield env
        return
    for inner in matches(patterns[0], subjects[0], env):
        yield from _all(patterns[1:], subjects[1:], inner)


def _bound(name: str, s: Term, env: Env) -> Iterator[Env]:
    if name in env:
        if env[name] == s:
            yield env
    elif _may_be(name, s):
        yield {**env, name: s}


def _may_be(name: str, s: Term) -> bool:
    constant = value_of(s) is not None
    if name in CONSTANTS or name in MOVING:
        return constant is (name in CONSTANTS) and not is_truth(s)
    return is_truth(s) is (name in CONDITIONS)


def _attributes(wanted: tuple[tuple[str, Any], ...], given: tuple[tuple[str, Any], ...], env: Env) -> Env | None:
    had, found = dict(given), dict(env)
    for name, value in wanted:
        if name not in had:
            return None
        expected = found.setdefault(value.name, had[name]) if isinstance(value, Var) else value
        if had[name] != expected:
            return None
    return found


def _product(p: Term, s: Term, env: Env) -> Iterator[tuple[Env, Term]]:
    """Matches of all factors of `p`, and the factors of `s` that are left over."""
    coef, factors = factors_of(p)
    times, given = factors_of(s)
    solid = [f for f in factors if not isinstance(f[0], Var)]
    letters = [f for f in factors if isinstance(f[0], Var)]
    letters.sort(key=lambda f: (isinstance(f[0], Var) and f[0].name not in CONSTANTS, f[1] == 1))
    for inner, rest in _chosen(solid, given, env):
        yield from _letters(letters, times / coef, rest, inner)


def _chosen(wanted: Sequence[tuple[Term, float]], given: Factors, env: Env) -> Iterator[tuple[Env, Factors]]:
    """Each assignment of factors to those wanted, of the same power."""
    if not wanted:
        yield env, given
        return
    (base, power), *others = wanted
    for i, (term, degree) in enumerate(given):
        for inner in _raised(base, power, term, degree, env):
            yield from _chosen(others, given[:i] + given[i + 1 :], inner)


def _raised(base: Term, power: float, term: Term, degree: float, env: Env) -> Iterator[Env]:
    """Matches of one factor; a `pow` with a letter for its exponent is any power."""
    match base:
        case Call("pow", (inner, Var(name))) if power == 1 and not (isinstance(term, Call) and term.op == "pow"):
            for found in matches(inner, term, dict(env)):
                yield from _bound(name, Num(degree), found)
        case _ if degree == power:
            yield from matches(base, term, dict(env))


def _letters(
    letters: Sequence[tuple[Term, float]], ratio: float, rest: Factors, env: Env
) -> Iterator[tuple[Env, Term]]:
    """The factors that are left, given to the letters: numbers to one that stands for them, all else to the last."""
    if not letters:
        yield env, mul(*rest, coef=ratio)
        return
    (letter, power), *others = letters
    assert isinstance(letter, Var)
    if letter.name in env:
        times, left = factors_of(mul(*rest, (env[letter.name], -power), coef=ratio))
        if times in (1, -1, ratio) and (_divides(env[letter.name], power, rest) or _is_number(env[letter.name])):
            yield from _letters(others, times, left, env)
        return
    if letter.name in CONSTANTS:
        named = tuple(f for f in rest if isinstance(f[0], Sym))
        taken = mul((mul(*named, coef=ratio), 1 / power))
        yield from _letters(others, 1.0, tuple(f for f in rest if f not in named), {**env, letter.name: taken})
        return
    if power == 1 and not others:
        whole = mul(*rest, coef=ratio)
        for inner in _bound(letter.name, whole, env):
            yield inner, ONE
        return
    for i, (term, degree) in enumerate(rest):
        if degree == power:
            for inner in _bound(letter.name, term, env):
                yield from _letters(others, ratio, rest[:i] + rest[i + 1 :], inner)


def _is_number(term: Term) -> bool:
    return value_of(term) is not None


def _divides(term: Term, power: float, rest: Factors) -> bool:
    _, own = factors_of(term)
    had = dict(rest)
    return all((p * power > 0) is (had.get(b, 0.0) > 0) and abs(had.get(b, 0.0)) >= abs(p * power) for b, p in own)


def _sum(p: Term, s: Term, times: float, env: Env) -> Iterator[tuple[Env, Term]]:
    """Matches of all summands of `p` times a number, and the summands of `s` that are left over."""
    _, wanted = summands_of(p)
    const, given = summands_of(s)
    solid = [(t, k * times) for t, k in wanted if not isinstance(t, Var)]
    letters = [(t, k * times) for t, k in wanted if isinstance(t, Var)]
    own = summands_of(p)[0] * times
    for inner, rest in _chosen_summands(solid, given, env):
        yield from _summand_letters(letters, rest, const - own, inner)


def _chosen_summands(wanted: Sequence[tuple[Term, float]], given: Factors, env: Env) -> Iterator[tuple[Env, Factors]]:
    if not wanted:
        yield env, given
        return
    (term, coef), *others = wanted
    whole = mul((term, 1), coef=coef)
    for i, (other, times) in enumerate(given):
        for inner in matches(whole, mul((other, 1), coef=times), dict(env)):
            yield from _chosen_summands(others, given[:i] + given[i + 1 :], inner)


def _summand_letters(
    letters: Sequence[tuple[Term, float]], rest: Factors, const: float, env: Env
) -> Iterator[tuple[Env, Term]]:
    if not letters:
        yield env, add(*rest, const=const)
        return
    (letter, coef), *others = letters
    assert isinstance(letter, Var)
    if letter.name in env:
        left = add(*rest, (env[letter.name], -coef), const=const)
        if len(summands_of(left)[1]) < len(rest) or _is_number(env[letter.name]):
            yield from _summand_letters(others, summands_of(left)[1], summands_of(left)[0], env)
        return
    if not others and letter.name not in CONSTANTS:
        whole = mul((add(*rest, const=const), 1), coef=1 / coef)
        for inner in _bound(letter.name, whole, env):
            yield inner, ZERO
        return
    for i, (term, times) in enumerate(rest):
        for inner in _bound(letter.name, mul((term, 1), coef=times / coef), env):
            yield from _summand_letters(others, rest[:i] + rest[i + 1 :], const, inner)


def _part_of_sum(p: Term, s: Term) -> Iterator[tuple[Env, float, Term]]:
    """Matches of `p`, times a number, among the summands of `s`; the number, and what is left over."""
    own, wanted = summands_of(p)
    const, given = summands_of(s)
    if len(wanted) + bool(own) < 2 or len(given) < 1:
        return
    ratios = {times / coef for _, times in given for _, coef in wanted} | ({const / own} if own else set())
    for times in sorted(ratios - {0.0}, key=lambda r: (r != 1, abs(r - 1))):
        for env, rest in _sum(p, s, times, {}):
            if not own or summands_of(rest)[0] == 0:
                yield env, times, rest
                return
