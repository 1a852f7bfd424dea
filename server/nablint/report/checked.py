"""What every report reads: one file, what was found in it, and where that is in the user's own counting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nablint.finding import Finding, Safety
from nablint.notebook import Notebook
from nablint.source import Position, Source


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file, or a place in one, that could not be checked."""

    path: str
    message: str
    """One sentence that follows the path: `is not valid UTF-8.`"""
    position: Position | None = None
    ours: bool = False
    """Whether nablint itself is to blame, not the file."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One file and what was found in it."""

    source: Source
    """Its path is as the user is to read it."""
    findings: tuple[Finding, ...] = ()
    """In the order of the text; the fixes are those that are offered."""
    troubles: tuple[Trouble, ...] = ()
    notebook: Notebook | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A position in the user's counting: from 1, and by cell in a notebook."""

    cell: int | None
    line: int
    column: int


def place(notebook: Notebook | None, position: Position) -> Place:
    line, column = position
    if notebook is None or not notebook.cells:
        return Place(None, line + 1, column + 1)
    cell, within = notebook.place(line)
    return Place(cell.number, within + 1, column + 1)


def location(path: str, at: Place) -> str:
    """`models/act.py:12:24`, or `act.ipynb:cell 3:2:5`."""
    cell = f":cell {at.cell}" if at.cell is not None else ""
    return f"{path}{cell}:{at.line}:{at.column}"


def trouble_location(checked: Checked, trouble: Trouble) -> str:
    if trouble.position is None:
        return trouble.path
    return location(trouble.path, place(checked.notebook, trouble.position))


def unreadable(trouble: Trouble) -> Checked:
    """The result for a file of which nothing could be read."""
    return Checked(Source(trouble.path, ""), troubles=(trouble,))


def counted(number: int, thing: str) -> str:
    """`1 finding`, `2 findings`, `2 fixes`."""
    plural = "es" if thing.endswith("x") else "s"
    return f"{number:,} {thing}" + ("" if number == 1 else plural)


def fixable(findings: Iterable[Finding], *, safe: bool) -> int:
    """How many of the findings have a fix of that kind; a safe one counts as safe whatever stands beside it."""
    return sum(1 for f in findings if f.fixes and safe == any(fix.safety is Safety.SAFE for fix in f.fixes))
