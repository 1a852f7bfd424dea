"""A small lexer that cuts a text into its top-level statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def split(source: Source) -> Iterator[tuple[int, str]]:
    """Each top-level statement: the line on which it begins, and its text, decorators and clauses included."""
    lines = _without_magics(source)
    starts = list(_starts(lines))
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=False):
        while end > start + 1 and _is_idle(lines[end - 1]):
            end -= 1
        yield start, "".join(lines[start:end])


def _starts(lines: list[str]) -> Iterator[int]:
    decorated = False
    for number in _logical_lines(lines):
        line = lines[number].lstrip("\f")
        if not line or line[0] in " \t#\r\n" or _CLAUSE.match(line):
            continue
        if not decorated:
            yield number
        decorated = line[0] == "@"


def _is_idle(line: str) -> bool:
    return line[0] in "#\r\n\f" or not line.strip()


def _logical_lines(lines: list[str]) -> Iterator[int]:
    """The numbers of the lines that do not continue an earlier one."""
    depth, number = 0, 0
    if lines:
        yield 0
    for match in _TOKEN.finditer("".join(lines)):
        token = match[0]
        first = token[0]
        if first in "([{":
            depth += 1
        elif first in ")]}":
            depth = max(depth - 1, 0)
        elif first in "\r\n":
            number += 1
            if depth and number < len(lines) and _FRESH.match(lines[number]):
                depth = 0
            if not depth and number < len(lines):
                yield number
        elif first in "\"'\\":
            number += _line_ends(token)


def _line_ends(token: str) -> int:
    found = token.count("\n")
    return found + token.count("\r") - token.count("\r\n") if "\r" in token else found


def _without_magics(source: Source) -> list[str]:
    """The lines, with IPython's magics, shell commands and questions made comments of the same length."""
    lines = list(source.lines)
    if lines and lines[0].startswith("\ufeff"):
        lines[0] = "\f" + lines[0][1:]
    if not any(mark in source.text for mark in "%!?"):
        return lines
    suspects = {number for number, line in enumerate(lines) if _MAGIC.match(line.rstrip("\r\n"))}
    if suspects:
        for number in suspects.intersection(_logical_lines(lines)):
            lines[number] = _blanked(lines[number])
    return lines


def _blanked(line: str) -> str:
    """A comment; inside a block, where a statement must stand, a number and a comment."""
    body = line.lstrip(" \t")
    indent = line[: len(line) - len(body)]
    return indent + ("0#" + body[2:] if indent and body[1:2] not in "\r\n" else "#" + body[1:])
