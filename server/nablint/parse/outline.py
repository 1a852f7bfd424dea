"""The definitions in a text, found without a tree: where each stands, what surrounds it, and its words."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from nablint import syntax

_QUOTED = re.compile(
    r'''"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""|\'\'\'[^'\\]*(?:(?:\\.|'(?!\'\'))[^'\\]*)*\'\'\''''
    r"""|"[^"\\\r\n]*(?:\\(?:\r\n|.)[^"\\\r\n]*)*"?|'[^'\\\r\n]*(?:\\(?:\r\n|.)[^'\\\r\n]*)*'?|\#[^\r\n]*""",
    re.DOTALL,
)
_INK = re.compile(r"[^\r\n]")
_HEAD = re.compile(r"^([ \t\f]*)(?:async[ \t]+)?(def|class)[ \t]+(\w+)", re.MULTILINE)
_DECORATOR = re.compile(r"^[ \t\f]*@([^\r\n]*)", re.MULTILINE)
_LAMBDA = re.compile(r"\blambda\b")
_BRACKET = re.compile(r"[(\[{]|[)\]}]")
_STOP = re.compile(r"[(\[{]|[)\]},]")
_WORD = re.compile(r"[^\W\d]\w*")
_BINDS = re.compile(r"\bdef[ \t]+(\w+)|\bclass[ \t]+(\w+)|(\w+)[ \t]*[:=,]")
_LINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Definition:
    """A def, a class or a lambda, by its text."""

    kind: str
    name: str
    line: int
    """From 0, of the keyword."""
    outer: tuple[Definition, ...]
    """The definitions around it, outermost first."""
    written: str
    """What stands between the brackets behind its name, or between `lambda` and its colon, as it is written."""
    source: str
    """All of it."""
    code: str
    """The same, with spaces where strings and comments stand."""
    decorators: str
    before: str = ""
    """Of a lambda: the code in front of it, some lines at most."""

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(_WORD.findall(self.code))

    @cached_property
    def members(self) -> frozenset[str]:
        """The words that it may bind anywhere inside, a few more among them."""
        return frozenset(name for names in _BINDS.findall(self.code) for name in names)

    @cached_property
    def arguments(self) -> ast.arguments | None:
        """Its parameters, or None if Python cannot read them."""
        head = f"lambda {self.written}: 0" if self.kind == "lambda" else f"def f({self.written}\n): pass"
        try:
            node = syntax.module(head.strip()).body[0]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        lambda_ = node.value if isinstance(node, ast.Expr) else node
        return lambda_.args if isinstance(lambda_, ast.FunctionDef | ast.Lambda) else None

    @property
    def owner(self) -> Definition | None:
        """The class that it is a method of."""
        return self.outer[-1] if self.outer and self.outer[-1].kind == "class" and self.kind == "def" else None


def blanked(text: str) -> str:
    """The text with spaces where strings and comments stand, its lines as they are."""
    return _QUOTED.sub(lambda found: _INK.sub(" ", found[0]), text)


def outline(text: str) -> tuple[Definition, ...]:
    """The defs, classes and lambdas of a text, in order, lambdas last."""
    code = blanked(text)
    lines = [0, *(m.end() for m in _LINE.finditer(code))]
    defined = list(_defined(text, code, lines))
    around = [(d, start, end) for d, start, end in defined]
    return (*(d for d, _, _ in defined), *_lambdas(text, code, lines, around))


def _defined(text: str, code: str, lines: list[int]) -> Iterator[tuple[Definition, int, int]]:
    heads = list(_HEAD.finditer(code))
    decorated = [(m.start(), m[1]) for m in _DECORATOR.finditer(code)]
    open_: list[tuple[int, Definition]] = []
    before = 0
    for index, head in enumerate(heads):
        indent = len(head[1].expandtabs())
        open_ = [(depth, one) for depth, one in open_ if depth < indent]
        following = (h.start() for h in heads[index + 1 :] if len(h[1].expandtabs()) <= indent)
        end = next(following, len(code))
        decorators = " ".join(said for at, said in decorated if before <= at < head.start())
        one = Definition(
            head[2],
            head[3],
            bisect_right(lines, head.start(2)) - 1,
            tuple(outer for _, outer in open_),
            _bracketed(text, code, head.end()),
            text[head.start() : end],
            code[head.start() : end],
            decorators,
        )
        yield one, head.start(), end
        open_.append((indent, one))
        before = head.end()


def _bracketed(text: str, code: str, start: int) -> str:
    """What stands between the brackets that open next."""
    opened = code.find("(", start)
    if opened < 0 or code[start:opened].strip(" \t\f\\\r\n"):
        return ""
    depth = 0
    for mark in _BRACKET.finditer(code, opened):
        depth += 1 if mark[0] in "([{" else -1
        if depth == 0:
            return text[opened + 1 : mark.start()]
    return text[opened + 1 :]


def _lambdas(
    text: str, code: str, lines: list[int], defined: list[tuple[Definition, int, int]]
) -> Iterator[Definition]:
    for found in _LAMBDA.finditer(code):
        around = tuple(one for one, start, end in defined if start <= found.start() < end)
        colon = _colon(code, found.end())
        end = _end(code, colon)
        line = bisect_right(lines, found.start()) - 1
        yield Definition(
            "lambda",
            "<lambda>",
            line,
            around,
            text[found.end() : colon],
            text[found.start() : end],
            code[found.start() : end],
            "",
            code[max(found.start() - 200, 0) : found.start()],
        )


def _colon(code: str, start: int) -> int:
    depth = 0
    for at in range(start, len(code)):
        char = code[at]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == ":" and depth == 0:
            return at
    return len(code)


def _end(code: str, start: int) -> int:
    """Where the body of a lambda ends at the latest."""
    depth = 0
    for mark in _STOP.finditer(code, start):
        char = mark[0]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth < 0:
                return mark.start()
        elif depth == 0 and char == ",":
            return mark.start()
    return len(code)
