"""Text → top-level statements, each with its LibCST tree; what is not Python is a value, never an exception."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from nablint.parse.imports import STAR
from nablint.parse.outline import Definition
from nablint.parse.segment import Problem, Segment, is_python
from nablint.parse.split import split
from nablint.source import Source, Span

__all__ = ["STAR", "Definition", "Modules", "Parsed", "Placed", "Problem", "Segment", "parse"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement and the line of the source on which it begins."""

    segment: Segment
    line: int

    @property
    def problem(self) -> Problem | None:
        """Why it is not analysed, with an absolute span, if it is not Python (yet)."""
        segment = self.segment
        if (segment.parsed or not segment.sound) and isinstance(tree := segment.tree, Problem):
            return Problem(tree.message, tree.span.down(self.line))
        return None


class Modules(Protocol):
    """Finds the modules beside a file."""

    state: int

    def find(self, near: str, dotted: str) -> tuple[Parsed, tuple[str, ...]] | None:
        """The module that a dotted name begins with, as a file at `near` imports it, and the rest of the name."""

    def registers(self, near: str, dotted: Iterable[str]) -> frozenset[str]:
        """The names that Keras learns from the files beside `near`, and beside the modules of dotted names."""


@dataclass(frozen=True, eq=False)
class Parsed:
    """One source as its top-level statements, in order. A statement's tree is made when it is first asked for."""

    source: Source
    placed: tuple[Placed, ...]

    refused: Problem | None = None
    """Why the whole source is not analysed, if it is not."""
    siblings: Modules | None = None
    """What finds the modules that it imports from its own folder and package."""
    stamp: int = 0
    """The state that those were in."""

    def problems(self, suspects: Iterable[Placed]) -> Iterator[Problem]:
        """Why these statements of it are not analysed, or all of it."""
        if self.refused is not None:
            yield self.refused
        if suspects is self.placed and is_python(self.source.text):
            # Read in one piece: what LibCST alone does not take is left.
            suspects = [placed for placed in self.placed if placed.segment.parsed]
        yield from (problem for placed in suspects if (problem := placed.problem))

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

    def hand_on(self, after: Parsed, pairs: Iterable[tuple[Placed, Placed]]) -> None:
        """Takes the names over for a source in which these statements changed into these, which bind the same."""
        known = dict(self.definitions)
        for old, new in pairs:
            for name in new.segment.binds:
                known[name] = tuple(new if p.line == old.line else p for p in known[name])
        vars(after).update(imports=self.imports, definitions=known)


def parse(source: Source, previous: Parsed | None = None) -> Parsed:
    """The source's statements; those that `previous` has with the same text are taken over, wherever they moved."""
    if not _may_concern(source.text):
        return Parsed(source, ())
    far = len(source.text) > _LINE
    long = next((i for i, line in enumerate(source.lines) if len(line) > _LINE), None) if far else None
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
    same = _alike(old, new)
    ending = _alike(old[: same - 1 if same else None : -1], new[: same - 1 if same else None : -1])
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
            rest = later[following[placed.line] :]
            yield from (Placed(p.segment, p.line + moved) for p in rest) if moved else rest
            return
        yield placed


def _alike(a: Sequence[str], b: Sequence[str]) -> int:
    """How many of their first lines are the same. Slices are compared, which Python does without a step for each."""
    low, high = 0, min(len(a), len(b)) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if a[low:middle] == b[low:middle] else (low, middle)
    return low


def _may_concern(text: str) -> bool:
    """Whether the text names TensorFlow or Keras anywhere."""
    return "tensorflow" in text or "keras" in text


_LINE = 500_000
