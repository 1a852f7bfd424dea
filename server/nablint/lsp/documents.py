"""What the client has open: files, and notebooks whose code cells make one source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nablint.notebook import join
from nablint.source import Source


@dataclass(frozen=True, slots=True)
class Part:
    """One text that the client holds: a file, or a code cell."""

    uri: str
    version: int | None
    source: Source
    line: int = 0
    """Where it begins in the source of its document."""

    @property
    def height(self) -> int:
        """How many lines it fills in the source of its document."""
        return len(self.source.lines)


@dataclass(frozen=True, slots=True)
class Document:
    """A file or a notebook at one moment."""

    uri: str
    parts: tuple[Part, ...]
    source: Source
    """All parts, one below the other."""
    encoding: str = "utf-16"
    """In which the client counts characters."""

    @property
    def versions(self) -> tuple[tuple[str, int | None], ...]:
        return tuple((part.uri, part.version) for part in self.parts)

    @property
    def is_notebook(self) -> bool:
        return self.parts[0].uri != self.uri if self.parts else True

    def part(self, uri: str) -> Part | None:
        return next((part for part in self.parts if part.uri == uri), None)

    def part_at(self, line: int) -> Part:
        """The part that a line of the source belongs to; the last one for lines beyond."""
        return next((part for part in reversed(self.parts) if part.line <= line), self.parts[0])


def file(uri: str, version: int | None, source: Source, encoding: str) -> Document:
    return Document(uri, (Part(uri, version, source),), source, encoding)


def notebook(uri: str, path: str, cells: Sequence[tuple[str, int | None, str]], encoding: str) -> Document:
    """A document of code cells (URI, version, text), which see each other's names in order."""
    joined = join((number, text) for number, (_, _, text) in enumerate(cells))
    parts = tuple(
        Part(cell, version, Source(path, text), placed.line)
        for (cell, version, text), placed in zip(cells, joined.cells, strict=True)
    )
    return Document(uri, parts, Source(path, joined.text), encoding)
