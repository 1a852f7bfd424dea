"""Which names a statement sets, changes and needs."""

from __future__ import annotations

import ast
import copy
import symtable
from collections.abc import Iterator

_CHANGERS = frozenset(
    {"add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popleft", "remove", "reverse"}
    | {"setdefault", "sort", "update"}
)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def binds(statement: ast.AST) -> set[str]:
    """The names that running the statement sets in its own scope."""
    return set(_bound(statement))


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Import() | ast.ImportFrom():
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        case ast.Name(ctx=ast.Store() | ast.Del()):
            yield node.id
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
    if isinstance(node, _SCOPES):
        return
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.comprehension) and child is node.target):
            yield from _bound(child)


def changes(statement: ast.AST) -> set[str]:
    """The names whose objects the statement changes in place: `T["a"] = 1`, `f.name = "f"`, `T.append(1)`."""
    return set(_changed(statement))


def _changed(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
            yield from _root(node)
        case ast.Call(func=ast.Attribute(attr=attribute)) if attribute in _CHANGERS:
            yield from _root(node.func)
    if not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _changed(child)


def _root(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def free(node: ast.stmt) -> set[str]:
    """The names that the statement, and the functions in it when they are called, look for outside."""
    text = ast.unparse(ast.fix_missing_locations(ast.Module([node], [])))
    return set(_free(symtable.symtable(text, "slice", "exec"), top=True))


def _free(table: symtable.SymbolTable, *, top: bool) -> Iterator[str]:
    for symbol in table.get_symbols():
        # A decorator or an augmented assignment reads a name that the statement sets too.
        if (symbol.is_referenced() if top else symbol.is_global()) and not symbol.get_name().startswith("."):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _free(child, top=False)


def only(owner: ast.ClassDef, method: str) -> ast.ClassDef:
    """The class with no body left in the methods that neither building it nor calling `method` reaches."""
    methods = {one.name: one for one in owner.body if isinstance(one, ast.FunctionDef)}
    reached: set[str] = set()
    waiting = {method, "call", *(name for name in methods if name.startswith("__") or name == "build")}
    while waiting & methods.keys() - reached:
        name = (waiting & methods.keys() - reached).pop()
        reached.add(name)
        waiting |= {node.attr for node in ast.walk(methods[name]) if isinstance(node, ast.Attribute)}
    less = copy.copy(owner)
    less.body = [_hollow(one) if getattr(one, "name", "") in methods.keys() - reached else one for one in owner.body]
    return less


def _hollow(method: ast.stmt) -> ast.stmt:
    empty = copy.copy(method)
    setattr(empty, "body", [ast.Pass()])  # noqa: B010  # mypy does not know that methods were picked.
    return empty
