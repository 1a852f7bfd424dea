"""Custom gradients as they are written: the function, and the function inside it that gives its gradient."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from nablint.ops.names import canonical
from nablint.page import Page

DECORATORS = frozenset({"tf.custom_gradient", "ops.custom_gradient"})


@dataclass(frozen=True, slots=True)
class Custom:
    outer: ast.FunctionDef
    inner: ast.FunctionDef | ast.Lambda

    @property
    def takes_variables(self) -> bool:
        """Whether the gradient function accepts `variables`."""
        args = self.inner.args
        return args.kwarg is not None or any(a.arg == "variables" for a in (*args.args, *args.kwonlyargs))

    def forward(self) -> Iterator[ast.AST]:
        """The nodes of the function without those of its gradient."""
        todo: list[ast.AST] = list(self.outer.body)
        while todo:
            node = todo.pop()
            if node is not self.inner:
                yield node
                todo += ast.iter_child_nodes(node)


def customs(page: Page) -> Iterator[Custom]:
    """The custom gradients of a page."""
    if "custom_gradient" not in page.text:
        return
    for node in page.nodes():
        if isinstance(node, ast.FunctionDef) and any(
            canonical(page.name(d)) in DECORATORS for d in node.decorator_list
        ):
            inner = _inner(node)
            if inner is not None:
                yield Custom(node, inner)


def returned(function: ast.FunctionDef | ast.Lambda) -> Iterator[ast.expr | None]:
    """What a function returns, on every way."""
    if isinstance(function, ast.Lambda):
        yield function.body
        return
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Return):
            yield node.value
        elif not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            todo += ast.iter_child_nodes(node)


def _inner(outer: ast.FunctionDef) -> ast.FunctionDef | ast.Lambda | None:
    """The gradient function, if it is the same on every way."""
    seconds = [v.elts[1] for v in returned(outer) if isinstance(v, ast.Tuple) and len(v.elts) == 2]
    local = {n.name: n for n in ast.walk(outer) if isinstance(n, ast.FunctionDef) and n is not outer}
    if len(seconds) != 1:
        return None
    second = seconds[0]
    if isinstance(second, ast.Lambda):
        return second
    return local.get(second.id) if isinstance(second, ast.Name) else None
