"""A lambda made into a function that Keras can save and load."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from nablint import syntax
from nablint.analyse import Analysed, Analysis, analyse
from nablint.finding import Edit, Fix, apply_edits
from nablint.rule import registration
from nablint.source import Position, Source, Span


def extracted(analysis: Analysis, at: Position) -> Fix | None:
    """The fix that makes a registered function of the lambda at a place; None if there is none, or it is a closure."""
    around = [f for f in analysis.functions if f.may_train and _is_lambda(f) and at in f.span]
    found = min(around, key=lambda f: len(analysis.source.slice(f.span)), default=None)
    register = registration(analysis.parsed.imports)
    if found is None or register is None:
        return None
    code = _lambda(analysis.source.slice(found.span))
    if code is None or not _is_free_standing(analysis, found, code[0]):
        return None
    edits = tuple(_edits(analysis, found, code, register))
    after = analyse(apply_edits(analysis.source, edits), analysis.settings, analysis)
    return (
        Fix("Make it a function, registered with Keras", edits) if len(after.errors) <= len(analysis.errors) else None
    )


def _is_lambda(found: Analysed) -> bool:
    return any(path.kind == "lambda" for path in found.paths)


def _edits(analysis: Analysis, found: Analysed, code: tuple[ast.Lambda, str, str], register: str) -> Iterator[Edit]:
    _, arguments, body = code
    source, line = analysis.source, (found.line, 0)
    assigned = _assigned(source, found)
    name = assigned or _unused(analysis, found)
    returned = body if _stands_alone(body) else f"({body})"
    text = f"@{register}()\ndef {name}({arguments}):\n    return {returned}\n"
    if assigned:
        yield Edit(Span(line, found.span.end), text.removesuffix("\n"))
    else:
        above = source.line(found.line - 1).strip() if found.line else ""
        yield Edit(Span(line, line), f"{_GAP if above else ''}{text}{_GAP}")
        yield Edit(found.span, name)


_GAP = "\n\n"


def _stands_alone(body: str) -> bool:
    """Whether it needs no brackets around it to go on over several lines."""
    try:
        syntax.expression(body)
    except SyntaxError:
        return False
    return True


def _lambda(text: str) -> tuple[ast.Lambda, str, str] | None:
    """The tree of a lambda, and the text of its parameters and of its body."""
    try:
        tree = syntax.expression(f"({text}\n)")
    except (SyntaxError, ValueError):
        return None
    if not isinstance(tree, ast.Lambda):
        return None
    source = Source("", f"({text}")
    rows = [line.encode() for line in source.lines]
    body = (tree.body.lineno - 1, len(rows[tree.body.lineno - 1][: tree.body.col_offset].decode()))
    head, _, _ = source.text[: source.offset(body)].rpartition(":")
    return tree, head.removeprefix("(lambda").strip(), source.text[len(head) + 1 :].strip()


def _is_free_standing(analysis: Analysis, found: Analysed, tree: ast.Lambda) -> bool:
    """Whether all its names mean the same at module level, above the statement that it stands in."""
    own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - own
    above = {
        name for name, places in analysis.parsed.definitions.items() if all(p.line < found.line for p in places)
    } | analysis.parsed.imports.keys()
    # A name that the statement binds too may be a local one; a walrus would bind elsewhere than before.
    return not bound and used <= (above - _inner(analysis, found)) | set(dir(builtins))


def _inner(analysis: Analysis, found: Analysed) -> frozenset[str]:
    """The names that functions around the lambda bind."""
    statement = next((p.segment.text for p in analysis.parsed.placed if p.line == found.line), "")
    try:
        tree = syntax.module(statement)
    except (SyntaxError, ValueError):
        return frozenset()
    around = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    inside = [node for one in around for node in ast.walk(one)]
    names = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return frozenset(names | {node.arg for node in inside if isinstance(node, ast.arg)})


def _assigned(source: Source, found: Analysed) -> str:
    """The name, if the lambda is all that a top-level statement binds to one."""
    head = source.slice(Span((found.line, 0), found.span.start))
    rest = source.line(found.span.end[0])[found.span.end[1] :].strip()
    name, equals, nothing = head.partition("=")
    return name.strip() if equals and not nothing.strip() and name.strip().isidentifier() and not rest else ""


def _unused(analysis: Analysis, found: Analysed) -> str:
    words = {word for placed in analysis.parsed.placed for word in placed.segment.words}
    names = ("activation", "custom_activation", *(f"activation_{n}" for n in range(2, 1000)))
    taken = words | {"activation"} if _is_keyword(analysis.source, found) else words
    return next(name for name in names if name not in taken)


def _is_keyword(source: Source, found: Analysed) -> bool:
    """Whether it is passed as `activation=`: a function of that name would be hard to read there."""
    return source.line(found.span.start[0])[: found.span.start[1]].rstrip().endswith("=")
