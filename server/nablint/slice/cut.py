"""Chooses what a function needs: what sets its names, what changes them in place, and what those need in turn."""

from __future__ import annotations

import ast
import builtins
import copy
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nablint.slice.effects import hidden
from nablint.slice.names import binds, changes, free, only
from nablint.slice.text import Kept, parse, written
from nablint.source import Position, Source

_LIBRARIES = frozenset(
    {"tensorflow", "keras", "tf_keras", "numpy", "scipy", "jax", "jaxlib", "torch", "pandas", "matplotlib", "sklearn"}
    | {"seaborn", "tensorflow_addons", "tensorflow_probability", "ml_dtypes", "einops", "PIL", "cv2", "h5py", "tqdm"}
)
_DYNAMIC = frozenset({"globals", "exec", "eval", "__import__"})
_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__package__"}
_NAMELESS = re.compile(r"<(lambda|partial)>(?::(\d+):(\d+))?$")
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BRANCHES = ast.If | ast.Try | ast.With | ast.Match
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

Special = dict[ast.stmt, Kept]
"""Statements that are kept in a form of their own: the class of a method, the maker of a closure."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Text to run, and where in it the function is."""

    text: str
    """Line for line as in the file, and blank where the function needs nothing."""
    name: str
    """The function in that text, dotted; a lambda was given a name."""
    imports: tuple[str, ...] = ()
    """Modules that the text imports and that are the user's own, as far as their names tell."""
    refused: str = ""
    """Empty, or the sentence that says why no slice is sure to be right."""


class _RefusedError(Exception):
    """There is no slice; the text is the sentence that says why."""


def cut(source: Source, name: str, at: Position | None = None) -> Slice:
    """What `name` needs: `f`, `Swish.call`, `make.inner`, or `<lambda>:12:30` by line and column from 1.

    A plain `<lambda>` is the innermost one around the position `at`, or the only one in the file.
    """
    try:
        text, tree = parse(source.text)
        return _cut(text, tree, [part for part in name.split(".") if part != "<locals>"], at)
    except _RefusedError as refused:
        return Slice("", name, refused=str(refused))
    except (SyntaxError, ValueError, RecursionError) as error:
        where = f"Line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else "The file"
        return Slice("", name, refused=f"{where} cannot be read as Python: {getattr(error, 'msg', error)}.")


def _cut(text: str, tree: ast.Module, parts: list[str], at: Position | None) -> Slice:
    if match := _NAMELESS.match(parts[-1]):
        return _cut_nameless(text, tree, match[1], (int(match[2]) - 1, int(match[3]) - 1) if match[2] else at)
    first = _defined(tree, parts[0])
    special: Special = {}
    if isinstance(first, ast.ClassDef):
        if len(parts) > 2:
            raise _RefusedError(f"{'.'.join(parts)} is local to a method, so it cannot be run alone.")
        special = {first: Kept(only(first, parts[-1]))}
    elif isinstance(first, ast.FunctionDef) and len(parts) > 1:
        inside = [one.name for one in first.body if isinstance(one, _FUNCTIONS)]
        if len(parts) > 2 or parts[1] not in inside:
            raise _RefusedError(f"{'.'.join(parts)} lies too deep inside {first.name} to be run alone.")
        special = {first: _returning(first, {parts[1]}, parts[1])}
    return _sliced(text, tree, {parts[0]}, special, ".".join(parts))


def _defined(tree: ast.Module, name: str) -> ast.stmt:
    found = [statement for statement in tree.body if name in binds(statement) and not _is_main(statement, {name})]
    if not found:
        raise _RefusedError(f"{name} is not at the top level of the file, or stands in a statement that is incomplete.")
    return next((one for one in found if isinstance(one, ast.FunctionDef | ast.ClassDef)), found[0])


def _cut_nameless(text: str, tree: ast.Module, kind: str, at: Position | None) -> Slice:
    node, around = _find_nameless(text, tree, kind, at)
    name = f"{kind}_{node.lineno}_{node.col_offset + 1}"
    needed = free(ast.Expr(node))
    functions = [one for one in around if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    local = {one for function in functions for one in _locals(function)} & needed
    first = functions[0] if functions else None
    if not local:
        slice_ = _sliced(text, tree, needed, {}, name)
        return Slice(_with_line(slice_.text, node.lineno, f"{name} = {ast.unparse(node)}"), name, slice_.imports)
    if len(functions) == 1 and isinstance(first, ast.FunctionDef) and first in tree.body:
        special: Special = {first: _returning(first, local, ast.unparse(node))}
        return _sliced(text, tree, {first.name}, special, f"{first.name}.{name}")
    names = ", ".join(sorted(local))
    raise _RefusedError(f"The {kind} in line {node.lineno} needs {names} of the function around it, which cannot run.")


def _find_nameless(text: str, tree: ast.Module, kind: str, at: Position | None) -> tuple[ast.expr, list[ast.AST]]:
    """The lambda or partial and what it lies in, from the outside in."""
    every = [(node, around) for node, around in _nameless(tree, []) if _kind(node) == kind]
    if at is not None:
        line = text.split("\n")[at[0] : at[0] + 1]
        column = len("".join(line)[: at[1]].encode())
        every = [(node, around) for node, around in every if _holds(node, (at[0] + 1, column))]
    if not every or (at is None and len(every) > 1):
        raise _RefusedError(f"There is no {kind} at that place." if not every else f"Several {kind}s have that name.")
    return every[-1]


def _kind(node: ast.expr) -> str:
    return "lambda" if isinstance(node, ast.Lambda) else "partial"


def _holds(node: ast.expr, place: tuple[int, int]) -> bool:
    end = (node.end_lineno or node.lineno), (node.end_col_offset or 0)
    return (node.lineno, node.col_offset) <= place < end


def _nameless(node: ast.AST, around: list[ast.AST]) -> Iterator[tuple[ast.expr, list[ast.AST]]]:
    match node:
        case ast.Lambda() | ast.Call(func=ast.Name(id="partial") | ast.Attribute(attr="partial")):
            yield node, around
    for child in ast.iter_child_nodes(node):
        yield from _nameless(child, [*around, node])


def _locals(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    arguments = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    return arguments.union(*(binds(statement) for statement in body))


def _with_line(text: str, number: int, line: str) -> str:
    lines = text.split("\n")
    lines += [""] * (number - len(lines))
    if lines[number - 1].strip():
        return text.rstrip("\n") + "\n" + line + "\n"
    # What needs the name runs last, but a name that is set further down must be set once more in any case.
    lines[number - 1] = line
    return "\n".join(lines).rstrip("\n") + "\n"


def _sliced(text: str, tree: ast.Module, wanted: set[str], special: Special, name: str) -> Slice:
    used = set(wanted)
    kept = _needed(tree.body, used, special)
    lines = {one.node.lineno for one in kept}
    left_out = [one for one in tree.body if one.lineno not in lines and not _is_main(one, used)]
    if sentence := hidden(tree.body, left_out, used, name):
        raise _RefusedError(sentence)
    for one in kept:
        if dynamic := sorted({node.id for node in ast.walk(one.node) if isinstance(node, ast.Name)} & _DYNAMIC):
            line = one.node.lineno
            raise _RefusedError(f"Line {line} and what follows use {dynamic[0]}(), so nothing tells what {name} needs.")
    bound = set[str]().union(*(binds(one.node) for one in kept))
    kept += _stars(tree, sorted(used - bound - _BUILTINS), name)
    kept.sort(key=lambda one: (one.node.lineno, one.node.col_offset))
    sliced = "\n".join(written(text, kept)).rstrip("\n") + "\n"
    return Slice(sliced, name, tuple(dict.fromkeys(_own_imports(kept))))


def _needed(body: Sequence[ast.stmt], wanted: set[str], special: Special) -> list[Kept]:
    """The statements that set or change a wanted name; `wanted` grows to hold all that they need."""
    imported = set[str]().union(*(binds(one) for one in body if isinstance(one, ast.Import | ast.ImportFrom)))
    kept: list[Kept] = []
    size = -1
    while size != len(wanted):
        size = len(wanted)
        kept = [one for statement in body for one in _keep(statement, wanted, imported, special)]
        for one in kept:
            wanted |= free(one.node)
    return kept


def _keep(statement: ast.stmt, wanted: set[str], imported: set[str], special: Special) -> Iterator[Kept]:
    if statement in special:
        yield special[statement]
    elif isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        yield Kept(statement)
    elif _touches(statement, wanted, imported) and not _is_main(statement, wanted):
        yield _pruned(statement, wanted, imported)


def _touches(statement: ast.AST, wanted: set[str], imported: set[str]) -> bool:
    # A change to an imported module, such as `np.seterr = …`, is not one that the function asked for.
    return bool((binds(statement) | (changes(statement) - imported)) & wanted)


def _pruned(statement: ast.stmt, wanted: set[str], imported: set[str]) -> Kept:
    """The statement, with `pass` for each part of a branch that touches nothing wanted."""
    drops: list[tuple[ast.stmt, str]] = []
    node = copy.deepcopy(statement)
    for holder in list(ast.walk(node)) if isinstance(node, _BRANCHES) else ():
        if isinstance(holder, _FUNCTIONS + _LOOPS + (ast.ClassDef,)):
            continue
        for name in ("body", "orelse", "finalbody"):
            block = getattr(holder, name, None)
            if isinstance(block, list):
                idle = [child for child in block if not _touches(child, wanted, imported)]
                setattr(holder, name, [ast.copy_location(ast.Pass(), c) if c in idle else c for c in block])
                drops += [(child, "pass") for child in idle]
    for loop in ast.walk(node):
        if isinstance(loop, _LOOPS):
            _refuse_effects(loop)
    return Kept(node, _outermost(drops))


def _outermost(drops: Sequence[tuple[ast.stmt, str]]) -> tuple[tuple[ast.stmt, str], ...]:
    inside = {id(child) for node, _ in drops for child in ast.walk(node) if child is not node}
    return tuple(drop for drop in drops if id(drop[0]) not in inside)


def _refuse_effects(loop: ast.AST) -> None:
    """A loop is kept whole or not at all, so it may do nothing but fill what the function reads."""
    for node in ast.walk(loop):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and not changes(node):
            line = node.lineno
            raise _RefusedError(f"The loop around line {line} does more than set what the function needs.")


def _returning(function: ast.FunctionDef, wanted: set[str], result: str) -> Kept:
    """A function that makes another, cut down to that, so that nothing else in it runs."""
    kept = _needed(function.body, set(wanted), {})
    lines = {one.node.lineno for one in kept}
    dropped = [one for one in function.body if one.lineno not in lines]
    if not dropped or dropped[-1].lineno < max(lines, default=0):
        raise _RefusedError(f"{function.name} does not end after the function that it makes.")
    node = copy.copy(function)
    end = ast.copy_location(ast.Return(ast.parse(result, mode="eval").body), dropped[-1])
    node.body = [*(one.node for one in kept), end]
    drops = [(one, f"return {result}" if one is dropped[-1] else "pass") for one in dropped]
    return Kept(node, (*drops, *(drop for one in kept for drop in one.drops)))


def _is_main(statement: ast.stmt, wanted: set[str]) -> bool:
    """Whether it runs in a script alone: `if __name__ == "__main__"` with nothing wanted for the other case."""
    match statement:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()])):
            return not any(binds(one) & wanted for one in statement.orelse)
    return False


def _stars(tree: ast.Module, unknown: list[str], name: str) -> list[Kept]:
    """The star imports that may bring a name that nothing else sets."""
    kept = []
    for statement in tree.body if unknown else ():
        for star in ast.walk(statement) if isinstance(statement, ast.ImportFrom | _BRANCHES) else ():
            if isinstance(star, ast.ImportFrom) and star.names[0].name == "*":
                if _is_own(star.module, star.level) or star is not statement:
                    module = "." * star.level + (star.module or "")
                    raise _RefusedError(f"{name} needs {unknown[0]}, which may come from `from {module} import *`.")
                kept.append(Kept(star))
    return kept


def _own_imports(kept: Iterable[Kept]) -> Iterator[str]:
    for node in (node for one in kept for node in ast.walk(one.node)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if _is_own(alias.name, 0))
        elif isinstance(node, ast.ImportFrom) and _is_own(node.module, node.level):
            yield "." * node.level + (node.module or "")


def _is_own(module: str | None, level: int) -> bool:
    root = (module or "").split(".")[0]
    return level > 0 or (root not in _LIBRARIES and root not in sys.stdlib_module_names)
