"""Text → top-level statements, each with its LibCST tree; what is not Python is a value, never an exception."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from nablint.parse.imports import STAR
from nablint.parse.segment import Problem, Segment
from nablint.parse.split import split
from nablint.source import Source

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

    @property
    def problems(self) -> Iterator[Problem]:
        """Statements that are not Python (yet), with absolute spans. This parses the whole source."""
        for placed in self.placed:
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
        found: dict[str, tuple[Placed, ...]] = {}
        for placed in self.placed:
            for name in placed.segment.binds:
                found[name] = (*found.get(name, ()), placed)
        return found


def parse(source: Source, previous: Parsed | None = None) -> Parsed:
    """The source's statements; those that `previous` has with the same text are taken over, wherever they moved."""
    known = {placed.segment.text: placed.segment for placed in previous.placed} if previous else {}
    if not _may_concern(source.text):
        return Parsed(source, ())
    return Parsed(source, tuple(Placed(known.get(text) or Segment(text), line) for line, text in split(source)))


def _may_concern(text: str) -> bool:
    """Whether the text names TensorFlow or Keras anywhere."""
    return "tensorflow" in text or "keras" in text
