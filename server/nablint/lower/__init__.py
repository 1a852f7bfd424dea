"""The user's functions as IR: one `Function` for each path through each def, lambda, method and partial.

What is not understood is `Unknown`; nothing here raises on account of the user's code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nablint.ir import Apply, Const, Function, Node, Param, Unknown
from nablint.lower import builtin, comparisons, expressions, layers, library, loops, statements, subscripts
from nablint.lower.emit import emitted
from nablint.lower.keys import Key, Keys, key, keys
from nablint.lower.promising import promising, take_over
from nablint.lower.relevance import hand_on as hand_on_relevance
from nablint.lower.relevance import relevant
from nablint.lower.roles import passed
from nablint.parse import Parsed, Placed
from nablint.source import NOWHERE, Span

__all__ = ["Key", "Keys", "down", "functions", "hand_on", "key", "keys", "lower", "passed", "trained"]

_REGISTERED = (builtin, comparisons, expressions, layers, library, loops, statements, subscripts)
"""Imported for what they register."""


_SHORT = 1000


def lower(parsed: Parsed, placed: Placed) -> tuple[Function, ...]:
    """The functions of one top-level statement; their spans count lines from its first one."""
    if placed not in relevant(parsed):
        return ()
    try:
        return tuple(emitted(parsed, placed))
    except RecursionError:
        return ()


def trained(parsed: Parsed, placed: Placed, *, had_some: bool = False) -> tuple[Function, ...]:
    """Of the functions of one top-level statement, those that rules of values speak of: a statement that has none
    is not even parsed. A short one that had some before a key was pressed is not looked over first."""
    if placed not in relevant(parsed):
        return ()
    lines = None if had_some and len(placed.segment.text) < _SHORT else promising(parsed, placed)
    if lines is not None and not lines:
        return ()
    try:
        return tuple(fn for fn in emitted(parsed, placed, lines) if fn.roles or fn.upstream is not None)
    except RecursionError:
        return ()


def hand_on(before: Parsed, after: Parsed, pairs: Sequence[tuple[Placed, Placed]]) -> None:
    """Takes over what is known of a source, for one in which these statements changed into these, and each still
    refers to what it referred to."""
    hand_on_relevance(before, after, pairs)
    take_over(before, after, pairs)


def functions(parsed: Parsed) -> Iterator[Function]:
    """The functions of a whole source, in order, with absolute spans."""
    for placed in parsed.placed:
        for fn in lower(parsed, placed):
            yield down(fn, placed.line)


def down(fn: Function, lines: int) -> Function:
    """The same function, written `lines` further down."""
    if not lines:
        return fn
    return replace(
        fn,
        nodes=tuple(_down(node, lines) for node in fn.nodes),
        span=_moved(fn.span, lines),
        name_span=_moved(fn.name_span, lines),
        gradient_span=_moved(fn.gradient_span, lines),
    )


def _down(node: Node, lines: int) -> Node:
    if isinstance(node, Apply):
        uses = tuple(_moved(use, lines) for use in node.uses)
        return replace(node, span=_moved(node.span, lines), uses=uses, inlined=_moved(node.inlined, lines))
    if isinstance(node, Param | Const | Unknown):
        return replace(node, span=_moved(node.span, lines))
    return node


def _moved(span: Span, lines: int) -> Span:
    return span if span is NOWHERE or span == NOWHERE else span.down(lines)
