"""The terms of a function's nodes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nablint.ir import Apply, Const, Function
from nablint.ops import OPS
from nablint.rewrite.layout import expression
from nablint.rewrite.pattern import Env, Rewrite, build, needed, ops, parsed, part, whole
from nablint.rewrite.term import ONE, ZERO, Call, Leaf, Num, Sym, Term, call, combined
from nablint.source import NOWHERE, Source, Span

_NUMBERS = frozenset({"float", "int", "abs", "min", "max", "round", "pow"})


@dataclass(frozen=True, slots=True)
class Terms:
    """Of every node, in order."""

    raw: tuple[Term, ...]
    """As it is written."""
    known: tuple[Term, ...]
    """With what is a library function written by hand taken for that function."""


def terms(fn: Function, source: Source, imports: Mapping[str, str], forms: Sequence[Rewrite]) -> Terms:
    """The terms of all nodes; `forms` are the rewrites that recognise a library function."""
    raw: list[Term] = []
    known: list[Term] = []
    written = _constants(fn, source)
    for index, node in enumerate(fn.nodes):
        if isinstance(node, Const):
            term = _constant(index, node, written.get(index, ""), imports)
            raw.append(term)
            known.append(term)
        elif isinstance(node, Apply):
            raw.append(term_of(index, node, [raw[arg] for arg in node.args]))
            known.append(recognised(term_of(index, node, [known[arg] for arg in node.args]), forms))
        else:
            raw.append(Leaf(index))
            known.append(Leaf(index))
    return Terms(tuple(raw), tuple(known))


def term_of(index: int, node: Apply, args: Sequence[Term]) -> Term:
    """The node's term from its operands' terms."""
    row = OPS[node.op]
    if row.operands and not row.variadic and len(row.operands) != len(args):
        return Leaf(index)
    try:
        return call(node.op, args, dict(node.attrs))
    except (TypeError, ArithmeticError):
        return Leaf(index)  # Attributes that only other versions of the op have, or a number divided by zero.


def recognised(term: Term, forms: Sequence[Rewrite]) -> Term:
    """The term with its outermost operation taken for the library function that it equals."""
    while not isinstance(term, Leaf | Num | Sym) and (not isinstance(term, Call) or term.op in _WORTH):
        after = applied(term, forms)
        if after is None:
            break
        term = after.term
    return term


_WORTH = frozenset({"log", "where"})
"""Ops that a form may begin with."""


@dataclass(frozen=True, slots=True)
class Step:
    """An equation that fits a term, which is `times` its left side plus `rest`."""

    rewrite: Rewrite
    env: Env
    times: Term
    rest: Term
    term: Term
    """What it makes of the term."""


def applied(term: Term, rewrites: Sequence[Rewrite]) -> Step | None:
    """The first equation that fits the whole term, else the first that fits a part of it."""
    return next(steps(term, rewrites), None)


def steps(term: Term, rewrites: Sequence[Rewrite]) -> Iterator[Step]:
    """Every equation that fits, those that fit the whole term first."""
    had = ops(term)
    rewrites = [rewrite for rewrite in rewrites if needed(rewrite.match) <= had]
    for rewrite in rewrites:
        env = whole(rewrite, term)
        if env is not None and (new := build(parsed(rewrite.to), env)) != term:
            yield Step(rewrite, env, ONE, ZERO, new)
    for rewrite in rewrites:
        way = part(rewrite, term)
        if way is not None:
            yield Step(rewrite, *way, combined(build(parsed(rewrite.to), way[0]), *way[1:]))


def _constants(fn: Function, source: Source) -> Mapping[int, str]:
    """How each number that the user wrote was written."""
    found: dict[int, Span] = {}
    for node in fn.nodes:
        if isinstance(node, Apply) and node.inlined is NOWHERE:
            for arg, use in zip(node.args, node.uses, strict=False):
                if use is not NOWHERE and isinstance(fn.nodes[arg], Const):
                    found.setdefault(arg, use)
    return {index: source.slice(span) for index, span in found.items()}


def _constant(index: int, node: Const, text: str, imports: Mapping[str, str]) -> Term:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        return Leaf(index)
    return Sym(text, float(node.value)) if _is_named(text, imports) else Num(float(node.value))


def _is_named(text: str, imports: Mapping[str, str]) -> bool:
    """Whether a number's text uses a name of the user's own: then another value may stand there another time."""
    tree = expression(text) if text else None
    if tree is None:
        return False
    return any(isinstance(n, ast.Name) and n.id not in imports and n.id not in _NUMBERS for n in ast.walk(tree))
