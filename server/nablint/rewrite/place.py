"""A node's place in the code: what may be written there, and the edits that write it."""

from __future__ import annotations

import ast
import io
import math
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nablint.finding import Edit
from nablint.ir import Apply, Function, Param, reachable
from nablint.rewrite.layout import Assignment, Layout, dead, expression, movable
from nablint.rewrite.spell import Piece, piece, tightness
from nablint.rewrite.term import Num, Term
from nablint.source import NOWHERE, Position, Span


@dataclass(frozen=True, slots=True)
class Place:
    """Where new code goes."""

    page: Layout
    fn: Function
    root: int
    """The node that the new code computes."""
    span: Span
    written: Mapping[Term, tuple[int, ...]]
    """The nodes below the root that are a term just as they are written."""
    gone: tuple[Assignment, ...] = ()
    """The assignments that will be left out: what they assign cannot be named."""

    def own(self, term: Term) -> Piece | None:
        """The user's code for a term, if there is some that means the same here."""
        if isinstance(term, Num) and term not in self.written:
            close = (t for t in self.written if isinstance(t, Num) and math.isclose(t.value, term.value, rel_tol=1e-10))
            term = next(close, term)
        for node in self.written.get(term, ()):
            for span in _uses(self.fn, node, self.root):
                if movable(self.page, span, self.span.start, self.gone) and not has_comment(self.page, span):
                    return _valued(piece(self.page.source.slice(span)), term)
        for node in self.written.get(term, ()):
            match self.fn.nodes[node]:
                case Param(name=name) if _sees(self.page, name, self.span.start, self.gone):
                    return Piece(name)
        return None


def place(page: Layout, fn: Function, root: int, terms: Mapping[int, Term]) -> Place | None:
    """The place of a node's expression; `terms` are those of the nodes that are taken as they are written."""
    node = fn.nodes[root]
    if not isinstance(node, Apply) or node.inlined is not NOWHERE or node.span is NOWHERE:
        return None
    if node.span.start[0] < 0 or not page.source.slice(node.span):
        return None  # It is written in another statement.
    written: dict[Term, tuple[int, ...]] = {}
    for index in sorted(reachable(fn, root) - {root}):
        if index in terms:
            written[terms[index]] = (*written.get(terms[index], ()), index)
    return Place(page, fn, root, node.span, written)


def is_open(spot: Place) -> bool:
    """Whether an expression stands there."""
    return expression(spot.page.source.slice(spot.span)) is not None


def _uses(fn: Function, index: int, root: int) -> Iterator[Span]:
    """Where a node is written, places inside the root's own text first."""
    whole = fn.nodes[root].span
    below = reachable(fn, root)
    found: list[Span] = []
    for i, node in enumerate(fn.nodes):
        if not isinstance(node, Apply) or index not in node.args or i not in below:
            continue
        for arg, use in zip(node.args, node.uses, strict=False):
            if arg == index and use is not NOWHERE and (node.inlined is NOWHERE or node.span.covers(use)):
                found.append(use)
    node = fn.nodes[index]
    if isinstance(node, Apply) and node.inlined is NOWHERE:
        found.append(node.span)
    yield from sorted(dict.fromkeys(found), key=lambda use: not whole.covers(use))


def _valued(own: Piece, term: Term) -> Piece:
    return Piece(own.text, own.tight, term.value) if isinstance(term, Num) else own


def _sees(page: Layout, name: str, at: Position, gone: tuple[Assignment, ...]) -> bool:
    """Whether the parameter of this name is what the name means there."""
    lost = {a.span.start for a in gone}
    stores = [m for m in page.mentions if m.name == name and m.stored and m.stored <= at and m.at not in lost]
    return len(stores) == 1


def sees(page: Layout, fn: Function, at: Position) -> str | None:
    """The name of the first parameter that still means the input there."""
    names = (node.name for index in fn.params if isinstance(node := fn.nodes[index], Param))
    return next((name for name in names if _sees(page, name, at, ())), None)


def unused(spot: Place, new: str) -> tuple[Assignment, ...]:
    """The assignments that are left without a reader once the new code stands there."""
    gone: tuple[Assignment, ...] = ()
    while found := tuple(dead(spot.page, spot.span, gone, new)):
        gone += found
    return gone


def edits(spot: Place, new: Piece) -> tuple[Edit, ...]:
    """The new code in place of the old, and the assignments taken out that nothing reads any more."""
    removed = (Edit(a.lines, "") for a in spot.gone)
    return keeping_comments(spot.page, (*removed, replacement(spot.page, spot.span, new)))


def replacement(page: Layout, span: Span, new: Piece) -> Edit:
    """New code for an expression, with parentheses just where they are needed."""
    outer = _parenthesised(page, span)
    if outer and not has_comment(page, outer):
        if not _binds(page, outer, new.tight):
            return Edit(outer, new.text)
        return Edit(span, new.text)
    return Edit(span, f"({new.text})" if _binds(page, span, new.tight) else new.text)


def _parenthesised(page: Layout, span: Span) -> Span | None:
    """The span with the parentheses around it, if they only group."""
    start, end = page.source.offset(span.start), page.source.offset(span.end)
    text = page.source.text
    before, after = text[:start].rstrip(" \t\r\n"), text[end:].lstrip(" \t\r\n")
    if not before.endswith("(") or not after.startswith(")"):
        return None
    ahead = before[:-1].rstrip(" \t")
    word = ahead[len(ahead.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")) :]
    if ahead.endswith((")", "]")) or (word and word not in _WORDS):
        return None
    return Span(page.source.position(len(before) - 1), page.source.position(len(text) - len(after) + 1))


_WORDS = frozenset({"return", "and", "or", "not", "if", "else", "in", "is", "lambda", "yield"})


def _binds(page: Layout, span: Span, tight: int) -> bool:
    """Whether what stands around the span would tear apart an expression that holds together this loosely."""
    parent = page.around(span)
    match parent:
        case ast.BinOp(op=op, right=right):
            own = tightness(parent)
            is_right = page.spans(right).covers(span)
            needed = own + (is_right and not isinstance(op, ast.Add | ast.Pow))
            return tight < needed + (isinstance(op, ast.Pow) and not is_right)
        case ast.UnaryOp() | ast.Compare():
            return tight <= tightness(parent)
        case ast.Attribute() | ast.Starred() | ast.Await():
            return tight < 8
        case ast.Subscript(value=value) | ast.Call(func=value):
            return tight < 8 and page.spans(value).covers(span)
        case ast.BoolOp() | ast.IfExp():
            return tight == 0
    return False


def keeping_comments(page: Layout, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits, and the comments that they take out as lines of their own above the statement."""
    old = Counter(comment for edit in edits for comment in comments(page.source.slice(edit.span)))
    lost = old - Counter(comment for edit in edits for comment in comments(edit.text))
    if not lost:
        return tuple(edits)
    where = _begins(page, edits[-1].span)
    if where is None:
        return tuple(edits)  # There is no line above: the comment is lost, and `verify` refuses.
    line, indent = where
    above = Edit(Span((line, 0), (line, 0)), "".join(f"{indent}{comment}\n" for comment in lost.elements()))
    return (above, *edits)


def _begins(page: Layout, span: Span) -> tuple[int, str] | None:
    """The line on which the statement around a span begins, and its indentation; None if something is before it."""
    around = [s for n in ast.walk(page.tree) if isinstance(n, ast.stmt) and (s := page.spans(n)).covers(span)]
    line, column = max(around, key=lambda found: found.start).start
    indent = page.source.line(line)[:column]
    return None if indent.strip() else (line, indent)


def line_above(spot: Place) -> tuple[int, str] | None:
    """Where a name can be bound that the new code reads: a line, and its indentation."""
    found = _begins(spot.page, spot.span)
    return found if found and spot.page.scope((found[0], len(found[1]))) == spot.page.scope(spot.span.start) else None


def unheard(page: Layout, name: str) -> str:
    """A name that the statement does not use."""
    taken = {mention.name for mention in page.mentions}
    return next(n for n in (name, *(f"{name}_{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def comments(text: str) -> Iterator[str]:
    """The comments of a piece of code."""
    if "#" not in text:
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.string
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return  # A fragment need not be whole; its comments came before the end.


def has_comment(page: Layout, span: Span) -> bool:
    """Whether there is a comment within the span (or a `#` that might be one)."""
    return "#" in page.source.slice(span)
