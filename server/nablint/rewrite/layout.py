"""Where a statement's names are bound and used, so that a piece of code can be moved and still mean the same."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from nablint import syntax
from nablint.source import Position, Source, Span

Scoped = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.ListComp | ast.GeneratorExp


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the code."""

    name: str
    at: Position
    stored: Position | None
    """Where its new value counts from, if it is bound here."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name = value`, alone on its lines."""

    name: str
    span: Span
    lines: Span
    """From the first line's beginning to the beginning of the line below."""


@dataclass(frozen=True)
class Layout:
    """One top-level statement."""

    source: Source
    tree: ast.Module

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Of the whole tree, breadth first."""
        return tuple(ast.walk(self.tree))

    def spans(self, node: ast.AST) -> Span:
        """Where an expression or a statement stands."""
        return Span(
            self._place(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self._place(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def _place(self, line: int, column: int) -> Position:
        written = self.source.line(line - 1)
        if written.isascii():
            return line - 1, column
        return line - 1, len(written.encode()[:column].decode(errors="ignore"))

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that are bound anywhere in it."""
        return frozenset(name for node in self.nodes if (name := _binds(node)))

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        return tuple(_mentions(self.nodes, self.spans))

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        assigned = (node for node in self.nodes if isinstance(node, ast.Assign))
        return tuple(a for node in assigned if (a := _alone(node, self.spans(node), self.source)))

    @cached_property
    def scopes(self) -> tuple[Span, ...]:
        """Of functions, lambdas and comprehensions; the inner ones after those around them."""
        spans = (self.spans(node) for node in self.nodes if isinstance(node, Scoped))
        return tuple(sorted(spans, key=lambda span: (span.start, _negative(span.end))))

    @cached_property
    def loops(self) -> tuple[Span, ...]:
        return tuple(self.spans(node) for node in self.nodes if isinstance(node, ast.For | ast.While | ast.AsyncFor))

    def scope(self, at: Position) -> Span | None:
        """The innermost scope there."""
        return next((s for s in reversed(self.scopes) if s.start <= at < s.end), None)

    def expressions(self) -> Iterator[ast.expr]:
        return (node for node in self.nodes if isinstance(node, ast.expr))

    def around(self, span: Span) -> ast.AST | None:
        """The smallest expression or statement that is larger than the span and holds it."""
        nodes = [n for n in self.nodes if isinstance(n, ast.expr | ast.stmt)]
        wider = [(n, s) for n in nodes if (s := self.spans(n)).covers(span) and s != span]
        return max(wider, key=lambda item: (item[1].start, _negative(item[1].end)), default=(None, None))[0]


def _negative(at: Position) -> Position:
    return -at[0], -at[1]


@lru_cache(maxsize=64)
def layout(text: str) -> Layout | None:
    """The layout of a top-level statement, or None if Python cannot read it."""
    try:
        tree = syntax.module(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return Layout(Source("", text), tree)


def _binds(node: ast.AST) -> str:
    """The name that a node binds."""
    match node:
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return name
    return ""


def _mentions(nodes: Collection[ast.AST], spans: Callable[[ast.AST], Span]) -> Iterator[Mention]:
    """Every name, in the order of the tree; an assignment counts from its statement's end."""
    ends: dict[ast.AST, Position] = {}
    read_too = {node.target for node in nodes if isinstance(node, ast.AugAssign)}
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            ends |= dict.fromkeys(ast.walk(node), spans(node).end)
        if isinstance(node, ast.arg):
            yield Mention(node.arg, spans(node).start, spans(node).start)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield Mention(node.name, spans(node).start, spans(node).start)
        if isinstance(node, ast.Name):
            start = spans(node).start
            yield Mention(node.id, start, None if isinstance(node.ctx, ast.Load) else ends.get(node, start))
            if isinstance(node.ctx, ast.Store) and node in read_too:
                yield Mention(node.id, start, None)


def _alone(node: ast.Assign, span: Span, source: Source) -> Assignment | None:
    """The assignment, if its lines hold nothing else and no comment."""
    if len(node.targets) != 1 or not isinstance(target := node.targets[0], ast.Name):
        return None
    before = source.line(span.start[0])[: span.start[1]]
    after = source.line(span.end[0])[span.end[1] :]
    if before.strip() or after.strip() or "#" in source.slice(span):
        return None
    return Assignment(target.id, span, Span((span.start[0], 0), (span.end[0] + 1, 0)))


def names(text: str) -> frozenset[str]:
    """The names that an expression uses."""
    found = expression(text)
    return frozenset(n.id for n in ast.walk(found) if isinstance(n, ast.Name)) if found else frozenset()


@lru_cache(maxsize=4096)
def expression(text: str) -> ast.expr | None:
    """The expression that the text is, on one line or several."""
    try:
        return syntax.expression(f"({text}\n)")
    except (SyntaxError, ValueError, RecursionError):
        return None


def movable(page: Layout, span: Span, to: Position, gone: Collection[Assignment] = ()) -> bool:
    """Whether the code at `span` means the same at `to`, once the assignments that are `gone` are."""
    if page.scope(span.start) != page.scope(to):
        return False
    first, last = sorted((span.start, to))
    used = names(page.source.slice(span))
    lost = {a.span.start for a in gone}
    stores = [m for m in page.mentions if m.name in used and m.stored]
    if any(first < m.stored <= last and m.at not in lost for m in stores if m.stored):
        return False
    return not any(_bound_at(stores, name, span.start) in lost for name in used)


def _bound_at(stores: Collection[Mention], name: str, at: Position) -> Position | None:
    """Where the value that a name has there was last stored."""
    before = [(m.stored, m.at) for m in stores if m.name == name and m.stored and m.stored <= at]
    return max(before)[1] if before else None


def dead(page: Layout, root: Span, gone: Collection[Assignment], new: str) -> Iterator[Assignment]:
    """The assignments that nothing reads any more once `root` reads `new` and those that are `gone` are gone."""
    without = (root, *(a.span for a in gone))
    scope = page.scope(root.start)
    kept = names(new)
    for item in page.assignments:
        if item in gone or item.span.start >= root.start or page.scope(item.span.start) != scope:
            continue
        if any(loop.start <= item.span.start < loop.end for loop in page.loops):
            continue
        readers = list(_readers(page, item))
        inside = [at for at in readers if any(s.start <= at < s.end for s in without)]
        if inside and len(inside) == len(readers) and not _reaches(page, item, root, kept, gone):
            yield item


def _readers(page: Layout, item: Assignment) -> Iterator[Position]:
    """Where the value that is assigned may be read: up to the next assignment of the name, if that is as outer."""
    later = [a.span for a in page.assignments if a.name == item.name and a.span.start > item.span.start]
    end = next((s.end for s in later if s.start[1] <= item.span.start[1]), None)
    for mention in page.mentions:
        reads = mention.name == item.name and mention.stored is None and mention.at > item.span.end
        if reads and (end is None or mention.at < end):
            yield mention.at


def _reaches(page: Layout, item: Assignment, root: Span, used: Collection[str], gone: Collection[Assignment]) -> bool:
    """Whether the new text at `root` would read the assigned value."""
    if item.name not in used:
        return False
    later = (a for a in page.assignments if a.name == item.name and a not in gone)
    return not any(item.span.end < a.span.start < root.start for a in later)
