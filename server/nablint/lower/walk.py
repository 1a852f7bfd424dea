"""The walk over expressions and statements; what each kind of them means is registered by the modules beside it."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable
from typing import Any

import libcst as cst

from nablint.lower.run import Frame, Run, unknown, use
from nablint.lower.values import Argument, Opaque, Ref, Scope, Value
from nablint.ops import BY_NAME
from nablint.ops.names import canonical
from nablint.parse import STAR, Placed

Handler = Callable[[Run, Scope, Any], Value]
EXPRESSIONS: dict[type[cst.CSTNode], Handler] = {}


def expression(*kinds: type[cst.CSTNode]) -> Callable[[Handler], Handler]:
    """Registers the decorated function as the meaning of these kinds of expression."""

    def register(handler: Handler) -> Handler:
        for kind in kinds:
            EXPRESSIONS[kind] = handler
        return handler

    return register


def evaluate(run: Run, scope: Scope, node: cst.BaseExpression) -> Value:
    """What an expression stands for."""
    handler = EXPRESSIONS.get(type(node))
    if handler is None or run.spent:
        return unknown(run, scope, node, "this form of expression" if handler is None else "so long a function", [])
    return handler(run, scope, node)


def argument(run: Run, scope: Scope, node: cst.BaseExpression) -> Argument:
    """The value of an expression and where it is written, parentheses included."""
    return Argument(evaluate(run, scope, node), use(run, scope, node))


Step = Callable[[Run, Scope, Any, list[Any]], "Value | None"]
STATEMENTS: dict[type, Step] = {}


def statement(*kinds: type) -> Callable[[Step], Step]:
    """Registers the decorated function as the meaning of these kinds of statement.

    It gets the statements that are still to do, last first, and may add to them. What it returns, if anything,
    the function returns.
    """

    def register(step: Step) -> Step:
        for kind in kinds:
            STATEMENTS[kind] = step
        return step

    return register


def execute(run: Run, scope: Scope, statements: Iterable[Any]) -> Value | None:
    """What a block returns, if it returns."""
    todo = list(statements)[::-1]
    while todo and not run.dead and not run.spent:
        run.steps += 1
        current = todo.pop()
        step = STATEMENTS.get(type(current))
        if step is not None and (result := step(run, scope, current, todo)) is not None:
            return result
    return None


def lookup(run: Run, scope: Scope, node: cst.CSTNode, name: str) -> Value:
    """What a name stands for, here."""
    found = scope.find(name)
    if found is not None:
        return found
    if name in run.resolving:
        return _global(run, scope, node, name)
    if name not in run.globals:
        run.globals[name] = _global(run, scope, node, name)
    return run.globals[name]


def _global(run: Run, scope: Scope, node: cst.CSTNode, name: str) -> Value:
    """What the module binds a name to; a definition that needs its own name means the one before it."""
    if name in run.parsed.imports:
        return Ref(run.parsed.imports[name])
    places = run.parsed.definitions.get(name, ())
    known = run.resolving.get(name)
    for index in range(len(places) if known is None else known)[::-1]:
        run.resolving[name] = index
        run.frames.append(Frame(node, run.span(scope, node)))
        value = _bound(run, places[index], name)
        run.frames.pop()
        if value is not None:
            _restore(run, name, known)
            return value
    _restore(run, name, known)
    for key, module in reversed(tuple(run.parsed.imports.items())):
        if key.startswith(STAR) and canonical(f"{module}.{name}") in BY_NAME:
            return Ref(f"{module}.{name}")
    return Ref(f"builtins.{name}") if hasattr(builtins, name) else Opaque(f"the name {name}")


def _restore(run: Run, name: str, known: int | None) -> None:
    if known is None:
        run.resolving.pop(name, None)
    else:
        run.resolving[name] = known


def _bound(run: Run, placed: Placed, name: str) -> Value | None:
    """What a module-level statement binds a name to."""
    scope = Scope(placed)
    before = len(run.found)
    execute(run, scope, placed.segment.body)
    del run.found[before:]  # They are met again when that statement is lowered itself.
    return scope.names.get(name)


def locals_in(run: Run, scope: Scope, node: cst.CSTNode) -> list[Value]:
    """The local values whose names occur in a piece of code."""
    words = cst.Module(()).code_for_node(node)
    return [value for name in dict.fromkeys(_WORD.findall(words)) if (value := scope.find(name)) is not None]


_WORD = re.compile(r"[^\W\d]\w*")
