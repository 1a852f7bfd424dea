"""How a test gets hold of what it tests: by an import or, of a script or a notebook, without running the rest."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

_ACTS = frozenset(
    {
        "fit",
        "fit_generator",
        "train_on_batch",
        "evaluate",
        "predict",
        "load_data",
        "show",
        "parse_args",
        "input",
        "exit",
    }
    | {"run", "main", "download", "get_file", "read_csv"}
)
"""Calls that a module which only defines things does not make at its top level."""


def module_of(path: Path) -> tuple[Path, str]:
    """The folder from which Python finds a module, and its dotted name from there."""
    root, parts = path.resolve().parent, [path.stem]
    while (root / "__init__.py").exists() and root.parent != root:
        root, parts = root.parent, [root.name, *parts]
    return root, ".".join(parts)


def import_lines(path: Path, tree: ast.Module, name: str, folder: Path) -> tuple[str, str]:
    """The lines that import `name` into a test in `folder`, and those that follow the imports."""
    root, module = module_of(path)
    if not is_importable(path, module, tree):
        return "import nablint\n", f'{name} = nablint.load(f"{{{_beside(path, folder)}}}::{name}")\n'
    line = f"from {module} import {name}\n"
    # pytest puts a test's own root on the path: where that is another one, the test says where to look.
    inserted = "" if module_of(folder / "test.py")[0] == root else f"sys.path.insert(0, str({_beside(root, folder)}))\n"
    return ("", f"{inserted}\n{line}") if inserted else (line, "")


def is_importable(path: Path, module: str, tree: ast.Module) -> bool:
    """Whether importing the file defines things and does nothing more."""
    named = path.suffix == ".py" and all(part.isidentifier() for part in module.split("."))
    return named and not any(_called(node) in _ACTS for node in _at_import(tree))


def _at_import(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls that run when the module is imported."""
    todo: list[ast.AST] = [*tree.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            todo += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            todo += ast.iter_child_nodes(node)
        if isinstance(node, ast.Call):
            yield node


def _called(call: ast.Call) -> str:
    """The last part of the name that is called."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _beside(target: Path, folder: Path) -> str:
    """An expression for a path, as seen from a test in `folder`."""
    steps = os.path.relpath(target.resolve(), folder.resolve()).replace(os.sep, "/")
    return "Path(__file__).parent" if steps == "." else f"Path(__file__).parent / {steps!r}"
