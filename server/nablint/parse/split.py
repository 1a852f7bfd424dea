"""A small lexer that cuts a text into its top-level statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from nablint.source import Source

# A string that is never closed ends with its line: half-typed code then costs one statement, not the rest of the file.
_TOKEN = re.compile(
    r'''"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""|\'\'\'[^'\\]*(?:(?:\\.|'(?!\'\'))[^'\\]*)*\'\'\''''
    r"""|"[^"\\\r\n]*(?:\\(?:\r\n|.)[^"\\\r\n]*)*"?|'[^'\\\r\n]*(?:\\(?:\r\n|.)[^'\\\r\n]*)*'?"""
    r"|\#[^\r\n]*|\\(?:\r\n|\r|\n)|[(\[{]|[)\]}]|\r\n|\r|\n",
    re.DOTALL,
)
_CLAUSE = re.compile(r"(?:else|elif|except|finally)\b")
# Nobody writes these inside brackets at the left margin: the bracket was never closed.
_FRESH = re.compile(r"(?:def|class|async\s+def|import)\s+\w|from\s+[.\w]+\s+import\b|@\w")
_MAGIC = re.compile(r"[ \t]*(?:[%!?]|[\w.]+\?{1,2}[ \t]*$|\w+[ \t]*=[ \t]*[%!])")


def split(source: Source, first: int = 0) -> Iterator[tuple[int, str]]:
    """Each top-level statement: the line on which it begins, and its text, decorators and clauses included.

    With `first`, those from that line on, on which a statement must begin. The text is read as far as it is asked for.
    """
    lines = _without_magics(source, first)
    start: int | None = None
    for end in chain(_starts(lines, first), [len(lines)]):
        if start is not None:
            yield start, "".join(lines[start : _trimmed(lines, start, end)])
        start = end


def _trimmed(lines: list[str], start: int, end: int) -> int:
    """The end of a statement without the comments and empty lines at the margin that follow it."""
    while end > start + 1 and _is_idle(lines[end - 1]):
        end -= 1
    return end


def _starts(lines: list[str], first: int) -> Iterator[int]:
    decorated = False
    for number in _logical_lines(lines, first):
        line = lines[number].lstrip("\f")
        if not line or line[0] in " \t#\r\n" or _CLAUSE.match(line):
            continue
        if not decorated:
            yield number
        decorated = line[0] == "@"


def _is_idle(line: str) -> bool:
    return line[0] in "#\r\n\f" or not line.strip()


def _logical_lines(lines: list[str], first: int) -> Iterator[int]:
    """The numbers of the lines that do not continue an earlier one, from `first` on."""
    depth, number = 0, first
    if first < len(lines):
        yield first
    for match in _TOKEN.finditer("".join(lines[first:])):
        token = match[0]
        mark = token[0]
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth = max(depth - 1, 0)
        elif mark in "\r\n":
            number += 1
            if depth and number < len(lines) and _FRESH.match(lines[number]):
                depth = 0
            if not depth and number < len(lines):
                yield number
        elif mark in "\"'\\":
            number += _line_ends(token)


def _line_ends(token: str) -> int:
    found = token.count("\n")
    return found + token.count("\r") - token.count("\r\n") if "\r" in token else found


def _without_magics(source: Source, first: int) -> list[str]:
    """The lines, with IPython's magics, shell commands and questions made comments of the same length."""
    lines = list(source.lines)
    if lines and lines[0].startswith("\ufeff"):
        lines[0] = "\f" + lines[0][1:]
    if not any(mark in source.text for mark in "%!?"):
        return lines
    suspects = {i for i in range(first, len(lines)) if _MAGIC.match(lines[i].rstrip("\r\n"))}
    while suspects:
        # What a magic says may hold brackets and quotes: what follows is read only after it is gone.
        number = next((i for i in _logical_lines(lines, first) if i in suspects), len(lines))
        suspects = {i for i in suspects if i > number}
        if number < len(lines):
            continued = _continues(lines[number])
            lines[number] = _blanked(lines[number])
            number += 1
            while continued and number < len(lines):
                continued = _continues(lines[number])
                lines[number] = "#" + lines[number][1:] if lines[number].strip() else lines[number]
                number += 1
        first = number
    return lines


def _continues(line: str) -> bool:
    return line.rstrip("\r\n").endswith("\\")


def _blanked(line: str) -> str:
    """A comment; inside a block, where a statement must stand, a number and a comment."""
    body = line.lstrip(" \t")
    indent = line[: len(line) - len(body)]
    return indent + ("0#" + body[2:] if indent and body[1:2] not in "\r\n" else "#" + body[1:])
