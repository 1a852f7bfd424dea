"""The walk over expressions and statements; what each kind of them means is registered by the modules beside it."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable
from typing import Any

import libcst as cst

from nablint.lower.run import Frame, Run, unknown, use
from nablint.lower.values import Argument, Class, Closure, Known, Module, Opaque, Ref, Scope, Value
from nablint.ops import BY_NAME
from nablint.ops.names import canonical
from nablint.parse import STAR, Parsed, Placed, Segment

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
    key = id(scope.home), name
    if key in run.resolving:
        return _global(run, scope, node, name)
    if key not in run.globals:
        run.globals[key] = _global(run, scope, node, name)
    return run.globals[key]


def _global(run: Run, scope: Scope, node: cst.CSTNode, name: str) -> Value:
    """What the module binds a name to; a definition that needs its own name means the one before it."""
    parsed = scope.home or run.parsed
    if name in parsed.imports:
        return imported(run, parsed, node, parsed.imports[name])
    key = id(scope.home), name
    places = parsed.definitions.get(name, ())
    known = run.resolving.get(key)
    for index in range(len(places) if known is None else known)[::-1]:
        run.resolving[key] = index
        run.frames.append(Frame(node, run.span(scope, node)))
        value = _bound(run, places[index], name, scope.home)
        run.frames.pop()
        if value is not None:
            _restore(run, key, known)
            return value
    _restore(run, key, known)
    for local, module in reversed(tuple(parsed.imports.items())):
        if local.startswith(STAR):
            if canonical(f"{module}.{name}") in BY_NAME:
                return Ref(f"{module}.{name}")
            if isinstance(found := imported(run, parsed, node, f"{module}.{name}"), Closure | Class | Known):
                return found
    return Ref(f"builtins.{name}") if hasattr(builtins, name) else Opaque(f"the name {name}")


def imported(run: Run, parsed: Parsed, node: cst.CSTNode, dotted: str) -> Value:
    """What an imported name stands for: something of a library, or of another file of the user's."""
    if parsed.siblings is None or dotted.partition(".")[0] in LIBRARIES:
        return Ref(dotted)
    return beside(run, parsed, node, dotted) or Ref(dotted)


LIBRARIES = frozenset(("tensorflow", "keras", "tf_keras", "numpy", "math", "functools", "typing", "os", "builtins"))
"""Never looked for beside the file."""
_HOPS = 12


def beside(run: Run, parsed: Parsed, node: cst.CSTNode, dotted: str) -> Value | None:
    """What a name of another file of the user's stands for, if there is one."""
    found = parsed.siblings.find(parsed.source.path, dotted) if parsed.siblings and run.hops < _HOPS else None
    if found is None or found[0] is run.parsed:
        return None
    run.hops += 1
    value: Value | None = Module(found[0])
    for name in found[1]:
        value = member(run, value, node, name) if isinstance(value, Module | Ref) else None
    run.hops -= 1
    return value


def member(run: Run, owner: Module | Ref, node: cst.CSTNode, name: str) -> Value:
    """What `owner.name` stands for."""
    if isinstance(owner, Ref):
        return Ref(f"{owner.name}.{name}")
    parsed = owner.parsed
    if name not in parsed.imports and name not in parsed.definitions and parsed.siblings is not None:
        # A package's modules are found by its folder; `__init__` may not say their names.
        path = parsed.source.path
        inner = parsed.siblings.find(path, f".{name}") if path.endswith("__init__.py") else None
        if inner is not None and not inner[1]:
            return Module(inner[0])
    return lookup(run, Scope(_NO_PLACE, home=parsed), node, name)


_NO_PLACE = Placed(Segment(""), -1)


def _restore(run: Run, key: tuple[int, str], known: int | None) -> None:
    if known is None:
        run.resolving.pop(key, None)
    else:
        run.resolving[key] = known


def _bound(run: Run, placed: Placed, name: str, home: Parsed | None) -> Value | None:
    """What a module-level statement binds a name to."""
    scope = Scope(placed, home=home)
    before = len(run.found)
    execute(run, scope, placed.segment.body)
    del run.found[before:]  # They are met again when that statement is lowered itself.
    return scope.names.get(name)


def locals_in(run: Run, scope: Scope, node: cst.CSTNode) -> list[Value]:
    """The local values whose names occur in a piece of code."""
    words = cst.Module(()).code_for_node(node)
    return [value for name in dict.fromkeys(_WORD.findall(words)) if (value := scope.find(name)) is not None]


_WORD = re.compile(r"[^\W\d]\w*")
