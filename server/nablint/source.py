"""Source text and places in it: lines and columns count from 0, columns in code points."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

Position = tuple[int, int]

# Only these end a line, in Python and in the language server protocol; `str.splitlines` knows many more.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$")
_MORE_ENDS = "\v\f\x1c\x1d\x1e"
"""What else ends a line for `str.splitlines` among the ASCII characters; it is several times faster."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range on one or more lines, from `start` up to `end`."""

    start: Position
    end: Position

    def __contains__(self, position: Position) -> bool:
        return self.start <= position <= self.end

    def covers(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    def down(self, lines: int) -> Span:
        """The same range, `lines` further down."""
        return Span((self.start[0] + lines, self.start[1]), (self.end[0] + lines, self.end[1]))


NOWHERE = Span((0, 0), (0, 0))
ELSEWHERE = Span((0, 0), (0, 0))
"""In another file: no place of this one, as NOWHERE, and yet not the same object."""


@dataclass(frozen=True)
class Source:
    """One text to analyse: a Python file, a buffer, or the joined code cells of a notebook."""

    path: str
    text: str

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines with their ends."""
        text = self.text
        if text.isascii() and not any(end in text for end in _MORE_ENDS):
            return tuple(text.splitlines(keepends=True))
        return tuple(_LINE.findall(text))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(accumulate(map(len, self.lines), initial=0))

    def slice(self, span: Span) -> str:
        return self.text[self.offset(span.start) : self.offset(span.end)]

    def line(self, number: int) -> str:
        """The text of a line without its end; empty beyond the last."""
        return self.lines[number].rstrip("\r\n") if number < len(self.lines) else ""

    def offset(self, position: Position) -> int:
        line, column = position
        if line >= len(self.lines):
            return len(self.text)
        return min(self._starts[line] + column, self._starts[line + 1])

    def position(self, offset: int) -> Position:
        line = min(bisect_right(self._starts, offset) - 1, max(len(self.lines) - 1, 0))
        return line, offset - self._starts[line]
