"""One top-level statement: its text, and all that can be told from it alone."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from symtable import symtable

import libcst as cst

from nablint import syntax
from nablint.parse.imports import imports
from nablint.parse.nesting import nests_too_deeply
from nablint.parse.outline import Definition, outline
from nablint.parse.places import places
from nablint.source import NOWHERE, Source, Span

_WORD = re.compile(r"[^\W\d]\w*")
_DEFINES = re.compile(r"^\f?(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_ASSIGNS = re.compile(r"^\f?((?:\w+[ \t]*(?:,[ \t]*|=(?!=)[ \t]*|(?=:[^=\r\n]*=)))+)", re.MULTILINE)
_BLOCK = re.compile(r"\f?(?:if|try|with|for|while|async|match)\b")
_BOUND_IN_BLOCK = re.compile(r"^[ \t]+(?:(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|(\w+)[ \t]*=(?!=))", re.MULTILINE)
_IMPORTS = re.compile(r"\f?(?:from|import)\b")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a statement is not analysed, in one sentence, and where."""

    message: str
    span: Span


@dataclass(frozen=True)
class Segment:
    """One top-level statement. Spans count lines from its first one."""

    text: str

    @cached_property
    def tree(self) -> cst.Module | Problem:
        if self._deep:
            return Problem("This statement nests too deeply to be analysed.", self._whole)
        try:
            return cst.parse_module(self.text)
        except cst.ParserSyntaxError as error:
            return self._problem(error)
        except (cst.CSTValidationError, RecursionError, ValueError):
            return Problem("This statement cannot be read as Python.", self._whole)

    @cached_property
    def _deep(self) -> bool:
        return nests_too_deeply(self.text)

    @cached_property
    def sound(self) -> bool:
        """Whether Python's own parser, which is far quicker than ours, takes the statement."""
        if self._deep:
            return False
        return is_python(self.text)

    @property
    def parsed(self) -> bool:
        """Whether the tree was made already."""
        return "tree" in self.__dict__

    @property
    def body(self) -> tuple[cst.BaseStatement, ...]:
        """The statement's tree, or nothing if it is not Python."""
        tree = self.tree
        return () if isinstance(tree, Problem) else tuple(_statements(tree))

    @cached_property
    def _source(self) -> Source:
        return Source("", self.text)

    @property
    def _whole(self) -> Span:
        return Span((0, 0), self._source.position(len(self.text.rstrip())))

    def _problem(self, error: cst.ParserSyntaxError) -> Problem:
        words = "This statement is not valid Python, and nablint skips it"
        line, column = error.raw_line - 1, error.raw_column - 1
        if own := self._refusal:
            words = f"{words}: {own.msg}"
            line, column = (own.lineno or 1) - 1, (own.offset or 1) - 1
        # What is missing at a line's end is shown under its last character, what is missing at all on the last line.
        line = min(max(line, 0), max(len(self._source.lines) - 1, 0))
        column = min(max(column, 0), max(len(self._source.line(line)) - 1, 0))
        return Problem(f"{words}.", Span((line, column), (line, column + 1)))

    @property
    def _refusal(self) -> SyntaxError | None:
        """What Python's own parser says, which knows better than ours why."""
        try:
            self._parse()
        except SyntaxError as error:
            return error
        except (ValueError, RecursionError, MemoryError):
            return None
        return None

    def _parse(self) -> None:
        syntax.module(self.text)

    @cached_property
    def _places(self) -> Mapping[cst.CSTNode, Span]:
        tree = self.tree
        return {} if isinstance(tree, Problem) else places(tree)

    def span(self, node: cst.CSTNode, *, parentheses: bool = False) -> Span:
        """Where a node of the tree stands; with `parentheses`, those around it included."""
        found = self._places.get(node, NOWHERE)
        if parentheses and isinstance(node, cst.BaseExpression) and node.lpar:
            start = self._source.offset(found.start) - _width(node.lpar)
            end = self._source.offset(found.end) + _width(node.rpar)
            return Span(self._source.position(start), self._source.position(end))
        return found

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the text, those in strings and comments included."""
        return frozenset(_WORD.findall(self.text))

    @cached_property
    def outline(self) -> tuple[Definition, ...]:
        """The definitions in it, told from the text."""
        return outline(self.text)

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """What it binds at module level by importing."""
        if _IMPORTS.match(self.text) or (_BLOCK.match(self.text) and "import" in self.words):
            return dict(imports(self.text))
        return {}

    @cached_property
    def binds(self) -> tuple[str, ...]:
        """The names that it binds at module level otherwise."""
        if _BLOCK.match(self.text) and not _DEFINES.match(self.text):
            return tuple(a or b for a, b in _BOUND_IN_BLOCK.findall(self.text))
        if found := _DEFINES.search(self.text):
            return (found[1],)
        assigned = _ASSIGNS.match(self.text)
        return tuple(_WORD.findall(assigned[1])) if assigned else ()


def is_python(text: str) -> bool:
    """Whether Python's own parser takes the text, and finds nothing wrong with its scopes: no tree is made of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            symtable(text, "", "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


_EMPTY = cst.Module(())


def _width(brackets: Sequence[cst.CSTNode]) -> int:
    return sum(len(_EMPTY.code_for_node(bracket)) for bracket in brackets)


def _statements(tree: cst.Module) -> tuple[cst.BaseStatement, ...]:
    return tuple(s for s in tree.body if isinstance(s, cst.BaseStatement))
