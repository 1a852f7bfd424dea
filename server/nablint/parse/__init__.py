"""Text → top-level statements, each with its LibCST tree; what is not Python is a value, never an exception."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from nablint.parse.imports import STAR
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
        for placed in self.placed:
            if (placed.segment.parsed or not placed.segment.sound) and isinstance(tree := placed.segment.tree, Problem):
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
    return Parsed(source, tuple(_placed(source, previous) if previous and previous.placed else _fresh(source, 0, {})))


def _fresh(source: Source, first: int, known: Mapping[str, Segment]) -> Iterator[Placed]:
    for line, text in split(source, first):
        yield Placed(known.get(text) or Segment(text), line)


def _placed(source: Source, previous: Parsed) -> Iterator[Placed]:
    """The statements, read anew only from before the first line that differs to where the old ones begin again."""
    old, new = previous.source.lines, source.lines
    same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    tail = min(len(old), len(new)) - same
    ending = next((i for i in range(tail) if old[-1 - i] != new[-1 - i]), tail)
    moved = len(new) - len(old)
    changed = (*old[same : len(old) - ending], *new[same : len(new) - ending])
    # A string of several lines that is opened or closed may change any statement.
    whole = any('"""' in line or "'''" in line for line in changed)
    # The statement before the change is read again too: the change may continue it.
    kept = 0 if whole else max(bisect_right(previous.placed, same, key=lambda placed: placed.line) - 2, 0)
    yield from previous.placed[:kept]
    later = previous.placed[kept:]
    known = {placed.segment.text: placed.segment for placed in later}
    following = {p.line + moved: i for i, p in enumerate(later) if not whole and p.line + moved >= len(new) - ending}
    for placed in _fresh(source, later[0].line if kept else 0, known):
        if placed.line in following:
            yield from (Placed(p.segment, p.line + moved) for p in later[following[placed.line] :])
            return
        yield placed


def _may_concern(text: str) -> bool:
    """Whether the text names TensorFlow or Keras anywhere."""
    return "tensorflow" in text or "keras" in text


_LINE = 500_000
