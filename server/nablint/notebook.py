"""Notebooks: the code cells joined into one text, and places in it told by cell."""

from __future__ import annotations

import ast
import json
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nablint.finding import Edit, apply_edits
from nablint.source import Source, Span

# Cell magics whose cell is Python all the same.
_PYTHON_MAGICS = frozenset({"time", "timeit", "capture", "prun", "python", "python3"})
_MAGIC = re.compile(r"(?P<indent>[ \t]*)(?P<target>[\w, \t]+=[ \t]*)?(?:[%!?]|[\w.]+\?)")


@dataclass(frozen=True, slots=True)
class Cell:
    """One code cell."""

    number: int
    """Its place among all cells of the notebook, counted from 1."""
    text: str
    """As the user wrote it."""
    line: int
    """The line of the joined text where it begins, counted from 0."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """The code cells of a notebook, line for line as in the joined text."""

    cells: tuple[Cell, ...]
    text: str
    """The joined text: magics are blanked, everything else stands as it is written."""

    def place(self, line: int) -> tuple[Cell, int]:
        """The cell that a line of the joined text belongs to, and the line there."""
        found = bisect_right([cell.line for cell in self.cells], line) - 1
        cell = self.cells[max(found, 0)]
        return cell, line - cell.line

    def edited(self, edits: Iterable[Edit]) -> Notebook:
        """The notebook after edits to its joined text."""
        by_cell: dict[int, list[Edit]] = {cell.number: [] for cell in self.cells}
        for edit in edits:
            cell, _ = self.place(edit.span.start[0])
            by_cell[cell.number].append(replace(edit, span=_within(edit.span, cell)))
        return join((c.number, apply_edits(Source("", c.text), by_cell[c.number]).text) for c in self.cells)


def join(cells: Iterable[tuple[int, str]]) -> Notebook:
    """The notebook of these code cells, each with its number."""
    found: list[Cell] = []
    parts: list[str] = []
    line = 0
    for number, text in cells:
        part = python_text(text) + ("" if text.endswith(("\n", "\r")) or not text else "\n")
        found.append(Cell(number, text, line))
        parts.append(part)
        line += len(Source("", part).lines)
    return Notebook(tuple(found), "".join(parts))


def read(text: str) -> Notebook:
    """The notebook in an .ipynb file; a ValueError with a sentence if it is none."""
    raw = _raw(text)
    if _language(raw) != "python":
        return join(())
    cells = ((number, cell) for number, cell in enumerate(raw["cells"], 1) if cell.get("cell_type") == "code")
    return join((number, _source(cell)) for number, cell in cells)


def write(text: str, notebook: Notebook) -> str:
    """The .ipynb file `text` with the cells of `notebook` in it; outputs and all else stay."""
    raw = _raw(text)
    for cell in notebook.cells:
        old = raw["cells"][cell.number - 1]
        if _source(old) != cell.text:
            old["source"] = list(Source("", cell.text).lines) if isinstance(old["source"], list) else cell.text
    indent = re.match(r"\{\r?\n([ \t]+)", text)
    ending = text[len(text.rstrip()) :]
    return json.dumps(raw, indent=indent[1] if indent else None, ensure_ascii=False) + ending


def python_text(cell: str) -> str:
    """The cell with magics, shell and help lines replaced so that Python can read it; as many lines as before."""
    if cell.lstrip().startswith("%%"):
        return _cell_magic(cell)
    if _parses(cell):
        return cell
    return "".join(_line_magic(line) for line in Source("", cell).lines)


def _cell_magic(cell: str) -> str:
    lines = Source("", cell).lines
    first = next(i for i, line in enumerate(lines) if line.strip())
    name = lines[first].strip().removeprefix("%%").split(maxsplit=1)
    if name and name[0] in _PYTHON_MAGICS:
        return "".join(lines[:first]) + _blank(lines[first]) + python_text("".join(lines[first + 1 :]))
    return "".join(map(_blank, lines))


def _line_magic(line: str) -> str:
    """The line, or a statement that does nothing in the place of a magic."""
    found = _MAGIC.match(line)
    if not found:
        return line
    statement = found["target"] + "None" if found["target"] else "pass"
    return found["indent"] + statement + line[len(line.rstrip("\r\n")) :]


def _blank(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _parses(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # An odd escape in the user's text is none of our business.
            compile(code, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _within(span: Span, cell: Cell) -> Span:
    last = len(Source("", cell.text).lines)
    down = span.down(-cell.line)
    return Span(down.start, min(down.end, (last, 0)))


def _raw(text: str) -> Any:
    """The file as JSON values, with what is relied on here looked at."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not a notebook: {error}") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("cells"), list):
        raise ValueError("is not a notebook of format 4")
    for number, cell in enumerate(raw["cells"], 1):
        source = cell.get("source", "") if isinstance(cell, dict) else None
        if not isinstance(source, str) and not (isinstance(source, list) and all(isinstance(s, str) for s in source)):
            raise ValueError(f"is not a notebook: cell {number} has no text")
    return raw


def _language(raw: Mapping[str, Any]) -> str:
    metadata = raw.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    return str(kernel.get("language", "python")) if isinstance(kernel, dict) else "python"


def _source(cell: Mapping[str, Any]) -> str:
    """The text of a cell, which is a text or a list of lines."""
    return "".join(cell.get("source", ""))
