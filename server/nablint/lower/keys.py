"""What the functions of a statement depend on: while that stays the same, they need not be looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nablint.lower.relevance import relevant
from nablint.lower.roles import passed_in
from nablint.lower.walk import LIBRARIES
from nablint.parse import STAR, Parsed, Placed


@dataclass(frozen=True, slots=True)
class Key:
    """All that the functions of one statement are made from: equal keys, equal functions."""

    text: str
    imports: tuple[tuple[str, str], ...]
    needs: tuple[tuple[str, int], ...]
    """The statements that it refers to, directly or not: text, and how many lines below."""
    passed: tuple[str, ...]
    """Which of its names the source passes as activations or losses."""
    stamp: int = 0
    """The state of the modules beside the file, if it may use them."""


def key(parsed: Parsed, placed: Placed) -> Key | None:
    """What the functions of a statement depend on, or None if it has none that concern us."""
    if placed not in relevant(parsed):
        return None
    names, needs = _reached(parsed, placed)
    imports = tuple(sorted((n, d) for n, d in parsed.imports.items() if n in names or n.startswith(STAR)))
    activations, losses = passed_in(parsed)
    own = tuple(sorted(placed.segment.words & (activations | losses)))
    local = any(dotted.partition(".")[0] not in LIBRARIES for _, dotted in imports)
    return Key(placed.segment.text, imports, needs, own, parsed.stamp if local else 0)


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


Keys = Mapping[tuple[int, int], "Key | None"]
"""Of every statement of a source, by the `id` of its segment and its line."""


def keys(parsed: Parsed, before: Parsed | None, known: Keys) -> Keys:
    """The keys of a source's statements; `known` are those of an earlier state of it."""
    tainted = _tainted(before, parsed) if before else None
    found: dict[tuple[int, int], Key | None] = {}
    for placed in parsed.placed:
        at = (id(placed.segment), placed.line)
        is_known = tainted is not None and at in known and tainted.isdisjoint(placed.segment.words)
        found[at] = known[at] if is_known else key(parsed, placed)
    return found


def _tainted(before: Parsed, after: Parsed) -> frozenset[str] | None:
    """The names that may mean something else than before, or None if every statement may.

    A statement that uses none of them, and stands where it stood, depends on what it depended on.
    """
    if before.stamp != after.stamp or before.imports != after.imports or passed_in(before) != passed_in(after):
        return None
    old = {(id(p.segment), p.line): p for p in before.placed}
    new = {(id(p.segment), p.line): p for p in after.placed}
    changed = [old[at] for at in old.keys() - new.keys()] + [new[at] for at in new.keys() - old.keys()]
    names = {name for placed in changed for name in placed.segment.binds}
    rest = after.placed if names else ()
    while True:
        users = [p for p in rest if not names.isdisjoint(p.segment.words)]
        fresh = {name for p in users for name in p.segment.binds} - names
        if not fresh:
            return frozenset(names)
        names |= fresh
