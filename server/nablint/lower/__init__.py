"""The user's functions as IR: one `Function` for each path through each def, lambda, method and partial.

What is not understood is `Unknown`; nothing here raises on account of the user's code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nablint.ir import Apply, Const, Function, Node, Param, Unknown
from nablint.lower import builtin, comparisons, expressions, library, loops, statements, subscripts
from nablint.lower.emit import emitted
from nablint.lower.relevance import relevant
from nablint.lower.roles import passed_in
from nablint.parse import STAR, Parsed, Placed
from nablint.source import NOWHERE, Span

__all__ = ["Key", "down", "functions", "key", "lower"]

_REGISTERED = (builtin, comparisons, expressions, library, loops, statements, subscripts)
"""Imported for what they register."""


@dataclass(frozen=True, slots=True)
class Key:
    """All that the functions of one statement are made from: equal keys, equal functions."""

    text: str
    imports: tuple[tuple[str, str], ...]
    needs: tuple[tuple[str, int], ...]
    """The statements that it refers to, directly or not: text, and how many lines below."""
    passed: tuple[str, ...]
    """Which of its names the source passes as activations or losses."""


def key(parsed: Parsed, placed: Placed) -> Key | None:
    """What the functions of a statement depend on, or None if it has none that concern us."""
    if placed not in relevant(parsed):
        return None
    names, needs = _reached(parsed, placed)
    imports = tuple(sorted((n, d) for n, d in parsed.imports.items() if n in names or n.startswith(STAR)))
    activations, losses = passed_in(parsed)
    own = tuple(sorted(placed.segment.words & (activations | losses)))
    return Key(placed.segment.text, imports, needs, own)


def _reached(parsed: Parsed, placed: Placed) -> tuple[frozenset[str], tuple[tuple[str, int], ...]]:
    """The names that a statement uses, by way of others too, and those others."""
    names = set(placed.segment.words)
    seen: dict[int, Placed] = {placed.line: placed}
    todo = [placed]
    while todo:
        for name in todo.pop().segment.words & parsed.definitions.keys():
            for other in parsed.definitions[name]:
                if other.line not in seen:
                    seen[other.line] = other
                    names |= other.segment.words
                    todo.append(other)
    del seen[placed.line]
    return frozenset(names), tuple((other.segment.text, line - placed.line) for line, other in sorted(seen.items()))


def lower(parsed: Parsed, placed: Placed) -> tuple[Function, ...]:
    """The functions of one top-level statement; their spans count lines from its first one."""
    if placed not in relevant(parsed):
        return ()
    try:
        return tuple(emitted(parsed, placed))
    except RecursionError:
        return ()


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
