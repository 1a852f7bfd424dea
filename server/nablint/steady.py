"""What of a file stays as it was when a key is pressed inside a statement: all but that statement, as a rule."""

from __future__ import annotations

from collections.abc import Iterable

from nablint.lower import hand_on, passed
from nablint.parse import Parsed, Placed
from nablint.surroundings import tells_the_same

Pair = tuple[Placed, Placed]
"""A statement before and after."""


def steady(before: Parsed, after: Parsed) -> tuple[Pair, ...] | None:
    """The statements that were edited, if each tells the rest of the file what it told, and nothing else moved.

    The rest of `after` may then be taken from `before`: names, imports and what concerns us are handed on here.
    """
    if len(before.placed) != len(after.placed) or before.refused or after.refused:
        return None
    pairs = tuple((a, b) for a, b in zip(before.placed, after.placed, strict=True) if not _is_same(a, b))
    if len(pairs) > _FEW or not all(_tells_the_same(before, a, b) for a, b in pairs):
        return None
    before.hand_on(after, pairs)
    hand_on(before, after, pairs)
    return pairs


_FEW = 4


def _is_same(a: Placed, b: Placed) -> bool:
    return a is b or (a.segment is b.segment and a.line == b.line)


def _tells_the_same(before: Parsed, a: Placed, b: Placed) -> bool:
    if a.line != b.line or a.segment.binds != b.segment.binds or a.segment.imports or b.segment.imports:
        return False
    swapped = a.segment.words ^ b.segment.words
    refers = not swapped.isdisjoint(before.definitions) or not swapped.isdisjoint(before.imports)
    old, new = a.segment.text, b.segment.text
    passes = passed(old) == passed(new) and swapped.isdisjoint(_LIBRARIES)
    return not refers and passes and tells_the_same(a.segment, b.segment)


_LIBRARIES = frozenset({"tensorflow", "keras"})


def users(parsed: Parsed, pairs: Iterable[Pair]) -> list[Placed]:
    """The statements that refer to an edited one, directly or not; those themselves are left out."""
    edited = {id(after) for _, after in pairs}
    names = {name for _, after in pairs for name in after.segment.binds}
    found: dict[int, Placed] = {}
    fresh = names
    while fresh:
        using = [p for p in parsed.placed if p.line not in found and not fresh.isdisjoint(p.segment.words)]
        found |= {p.line: p for p in using if id(p) not in edited}
        fresh = {name for p in using for name in p.segment.binds} - names
        names = names | fresh
    return list(found.values())
