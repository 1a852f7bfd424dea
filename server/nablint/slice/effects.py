"""What statements that a slice leaves out may do to what it reads: where they do, no slice is sure to be right."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from nablint.slice.names import binds, changes

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_OWN_SCOPE = (*_FUNCTIONS, ast.Lambda)
_NAMESPACES = frozenset({"globals", "vars", "locals"})


def hidden(body: Sequence[ast.stmt], left_out: Sequence[ast.stmt], wanted: set[str], name: str) -> str:
    """A sentence if a statement that was left out changes something wanted behind the back of its names, or nothing."""
    functions = {one.name: one for one in body if isinstance(one, _FUNCTIONS)}
    for statement in left_out:
        if isinstance(statement, (*_FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)):
            continue
        for node in _running(statement):
            if writer := _writes_names(node):
                return f"Line {statement.lineno} sets names by {writer}(), so nothing tells what {name} needs."
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            changed = sorted((_effects(node.func.id, functions, frozenset()) | _given(node, functions)) & wanted)
            if changed:
                called = node.func.id
                return (
                    f"Line {statement.lineno} calls {called}(), which changes {changed[0]}, and {name} depends on it."
                )
    return ""


def _running(statement: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs with the statement itself, so nothing inside functions."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, _OWN_SCOPE):
            yield from _running(child)


def _writes_names(node: ast.AST) -> str:
    """`globals` for `globals()["a"] = 1` and `globals().update(a=1)`, `exec` for `exec(text)`."""
    match node:
        case ast.Subscript(value=ast.Call(func=ast.Name(id=writer)), ctx=ast.Store()) if writer in _NAMESPACES:
            return writer
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id=writer)), attr="update" | "setdefault")):
            return writer if writer in _NAMESPACES else ""
        case ast.Call(func=ast.Name(id="exec")):
            return "exec"
    return ""


def _effects(name: str, functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef], seen: frozenset[str]) -> set[str]:
    """The names of the module that calling the function sets or changes."""
    function = functions.get(name)
    if function is None or name in seen:
        return set()
    declared = {one for node in ast.walk(function) if isinstance(node, ast.Global) for one in node.names}
    local = _arguments(function).union(*(binds(one) for one in function.body)) - declared
    inside = set[str]().union(*(changes(one) | (binds(one) & declared) for one in function.body))
    called = {
        node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return (inside - local).union(*(_effects(one, functions, seen | {name}) for one in called))


def _given(call: ast.Call, functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]) -> set[str]:
    """The names that the call passes on to be changed in place."""
    assert isinstance(call.func, ast.Name)
    if call.func.id in ("setattr", "delattr"):
        return {one.id for one in call.args[:1] if isinstance(one, ast.Name)}
    function = functions.get(call.func.id)
    if function is None:
        return set()
    changed = set[str]().union(*(changes(one) for one in function.body))
    names = [*function.args.posonlyargs, *function.args.args]
    pairs = [(one.arg, value) for one, value in zip(names, call.args, strict=False)]
    pairs += [(keyword.arg or "", keyword.value) for keyword in call.keywords]
    return {value.id for name, value in pairs if name in changed and isinstance(value, ast.Name)}


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    return {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
