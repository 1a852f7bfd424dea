"""Text → top-level statements, each with its LibCST tree; what is not Python is a value, never an exception."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from nablint.parse.imports import STAR
from nablint.parse.nesting import nests_too_deeply
from nablint.parse.segment import Problem, Segment
from nablint.parse.split import split
from nablint.source import Source, Span

__all__ = ["STAR", "Parsed", "Placed", "Problem", "Segment", "parse"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement and the line of the source on which it begins."""

    segment: Segment
    line: int


@dataclass(frozen=True, eq=False)
class Parsed:
    """One source as its top-level statements, in order. A statement's tree is made when it is first asked for."""

    source: Source
    placed: tuple[Placed, ...]

    refused: Problem | None = None
    """Why the whole source is not analysed, if it is not."""

    @property
    def problems(self) -> Iterator[Problem]:
        """Statements that are not Python (yet), with absolute spans."""
        if self.refused is not None:
            yield self.refused
        for placed in _suspects(self.placed):
            if isinstance(tree := placed.segment.tree, Problem):
                yield Problem(tree.message, tree.span.down(placed.line))

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """The full dotted name behind each name that the module imports; later imports win.

        `STAR` + a module's name stands for each `from … import *`, with that module as its value.
        """
        found: dict[str, str] = {}
        for placed in self.placed:
            found |= placed.segment.imports
        return found

    @cached_property
    def definitions(self) -> Mapping[str, tuple[Placed, ...]]:
        """The statements that bind each module-level name, imports left out, in order."""
        found: dict[str, list[Placed]] = {}
        for placed in self.placed:
            for name in placed.segment.binds:
                found.setdefault(name, []).append(placed)
        return {name: tuple(several) for name, several in found.items()}


def parse(source: Source, previous: Parsed | None = None) -> Parsed:
    """The source's statements; those that `previous` has with the same text are taken over, wherever they moved."""
    if not _may_concern(source.text):
        return Parsed(source, ())
    long = next((i for i, line in enumerate(source.lines) if len(line) > _LINE), None)
    if long is not None:
        words = f"Line {long + 1} has more than {_LINE:,} characters; nablint does not analyse this file."
        return Parsed(source, (), Problem(words, Span((long, 0), (long, 1))))
    known = {placed.segment.text: placed.segment for placed in previous.placed} if previous else {}
    return Parsed(source, tuple(Placed(known.get(text) or Segment(text), line) for line, text in split(source)))


def _may_concern(text: str) -> bool:
    """Whether the text names TensorFlow or Keras anywhere."""
    return "tensorflow" in text or "keras" in text


_LINE = 500_000


def _suspects(placed: Sequence[Placed]) -> Sequence[Placed]:
    """The statements that may not be Python: Python's own parser is far quicker than ours, but less careful."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        deep = any(nests_too_deeply(p.segment.text) for p in placed)
        if not deep and _is_python("".join(p.segment.text + "\n" for p in placed)):
            return [p for p in placed if p.segment.parsed]
        return [
            p for p in placed if p.segment.parsed or nests_too_deeply(p.segment.text) or not _is_python(p.segment.text)
        ]


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
