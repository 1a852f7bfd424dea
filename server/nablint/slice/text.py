"""Text that Python can read out of text that it cannot, and statements written back on their own lines."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nablint import syntax

_MAGIC = re.compile(r"^(\s*)(?:[%!?]|[\w, ]+=\s*[%!]|[\w.]+\?\??\s*$).*")
_CONTINUES = (")", "]", "}", "#", "else", "elif", "except", "finally")
_MOST_REPAIRS = 30


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement in the slice."""

    node: ast.stmt
    """As it runs, without what was cut out of it."""
    drops: tuple[tuple[ast.stmt, str], ...] = ()
    """The parts cut out of it, and what stands there instead."""


def parse(text: str) -> tuple[str, ast.Module]:
    """The text with its magics, and the statements that are not complete, made blank; and its tree.

    Raises `SyntaxError` or `ValueError` where that does not help.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return text, _parsed(text)
    except SyntaxError:
        text = "\n".join(_MAGIC.sub(r"\1pass", line) for line in text.split("\n"))
    for _ in range(_MOST_REPAIRS):
        try:
            return text, _parsed(text)
        except SyntaxError as error:
            text = _without_statement(text, error)
    return text, _parsed(text)


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return syntax.module(text)


def _without_statement(text: str, error: SyntaxError) -> str:
    """The text without the top-level statement that holds the error."""
    lines = text.split("\n")
    line = min((error.lineno or 1) - 1, len(lines) - 1)
    start = line
    while start > 0 and not _begins(lines[start]):
        start -= 1
    end = start + 1
    while end < len(lines) and (end <= line or not _begins(lines[end])):
        end += 1
    if not any(part.strip() for part in lines[start:end]):
        raise error
    return "\n".join([*lines[:start], *[""] * (end - start), *lines[end:]])


def _begins(line: str) -> bool:
    return bool(line.strip()) and not line[0].isspace() and not line.startswith(_CONTINUES)


def written(text: str, kept: Iterable[Kept]) -> list[str]:
    """The lines of the file, blank but for the statements kept."""
    source = [line.encode() for line in text.split("\n")]
    lines = [b""] * len(source)
    for one in kept:
        start, end = span(one.node)
        part = _between(source, start, end)
        for dropped, word in sorted(one.drops, key=lambda drop: span(drop[0]), reverse=True):
            _replace(part, start, span(dropped), word)
        for index, line in enumerate(part):
            # Two statements may share a line.
            lines[start[0] + index] += (b"; " if lines[start[0] + index].strip() else b"") + line
    return [line.decode() for line in lines]


def span(node: ast.stmt) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where a statement starts, its decorators included, and ends: lines from 0, columns in UTF-8 bytes."""
    start = node.lineno - 1, node.col_offset
    for decorator in getattr(node, "decorator_list", ()):
        start = min(start, (decorator.lineno - 1, node.col_offset))
    return start, ((node.end_lineno or node.lineno) - 1, node.end_col_offset or 0)


def _between(lines: Sequence[bytes], start: tuple[int, int], end: tuple[int, int]) -> list[bytes]:
    part = list(lines[start[0] : end[0] + 1])
    part[-1] = part[-1][: end[1]]
    part[0] = part[0][start[1] :]
    return part


def _replace(
    part: list[bytes], origin: tuple[int, int], place: tuple[tuple[int, int], tuple[int, int]], word: str
) -> None:
    """Puts a word in the place, on its first line; the other lines of it stay, blank."""
    (first, left), (last, right) = ((line - origin[0], column - (origin[1] if line == origin[0] else 0))
                                    for line, column in place)  # fmt: skip
    rest = part[last][right:]
    part[first : last + 1] = [part[first][:left] + word.encode() + rest, *[b""] * (last - first)]
