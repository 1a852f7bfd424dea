"""From a top-level statement to its functions: each is reached, entered with tensors and walked along every path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import libcst as cst

from nablint.ir import Apply, Function, Node, Some, children
from nablint.lower.calls import body, call
from nablint.lower.finish import Target, Walked, functions_of, module_function
from nablint.lower.objects import is_static, library_bases, members
from nablint.lower.parameters import assume, enter, new_tensor, parameters, tensor_parameters
from nablint.lower.run import Run
from nablint.lower.values import Argument, Class, Closure, Object, Partial, Scope, Tensor, Value
from nablint.lower.walk import execute
from nablint.parse import Parsed, Placed

PATHS = 8
"""How many ways through one function are followed."""
_WORK = 1500
"""After so many statements and nodes, no further way is followed."""
_NESTED = 4


Route = tuple[cst.CSTNode, ...]
"""The definitions that lead to a function: a factory, then what it defines."""


def emitted(parsed: Parsed, placed: Placed, only: frozenset[int] | None = None) -> Iterator[Function]:
    """Every function of the statement, with spans that count lines from its first one.

    With `only`, no more than those that begin on these lines, and what leads to them.
    """
    wanted = partial(_is_wanted, placed, only)
    for statement in placed.segment.body:
        yield from _unique(_below(parsed, placed, partial(_executed, placed, statement), (), wanted))
        if isinstance(statement, cst.SimpleStatementLine | cst.With) and RISKY.search(placed.segment.text):
            yield from _computed(parsed, placed, statement)


def _is_wanted(placed: Placed, only: frozenset[int] | None, node: cst.CSTNode) -> bool:
    """Whether one of the lines is the definition's, or inside."""
    if only is None:
        return True
    span = placed.segment.span(node)
    return any(span.start[0] <= line <= span.end[0] for line in only)


RISKY = re.compile(
    r"(?:log|sqrt|exp(?!ort|and|ect|eri|li)|div|norm|pow|rsqrt|acos|asin|atanh|acosh|reciprocal|entropy)\w*\(|/|\*\*"
)
"""What a module's statement must hold to be looked at: all else stays finite."""


def _computed(parsed: Parsed, placed: Placed, statement: cst.BaseStatement) -> Iterator[Function]:
    """What a statement of the module's own computes on tensors."""
    run = Run(parsed, placed, [], is_module=True)
    scope = Scope(placed)
    execute(run, scope, [statement])
    named = {v.index: name for name, v in scope.names.items() if run.depends(v) and isinstance(v, Tensor)}
    nodes = run.builder.nodes
    inner = {below for index in named for below in _below_of(nodes, index)}
    for index, name in named.items():
        if index not in inner and isinstance(nodes[index], Apply | Some):
            yield from module_function(run, scope, statement, name, index)


def _below_of(nodes: Sequence[Node], index: int) -> frozenset[int]:
    """What a node is made of, itself left out."""
    found: set[int] = set()
    todo = list(children(nodes[index]))
    while todo:
        if (at := todo.pop()) not in found:
            found.add(at)
            todo += children(nodes[at])
    return frozenset(found)


def _executed(placed: Placed, statement: cst.BaseStatement, run: Run) -> None:
    execute(run, Scope(placed), [statement])


def _unique(found: Iterator[Function]) -> Iterator[Function]:
    """Without the paths that came out alike."""
    seen: dict[str, list[Function]] = {}
    for fn in found:
        others = seen.setdefault(fn.name, [])
        if fn not in others:
            others.append(fn)
            yield fn


def _below(
    parsed: Parsed, placed: Placed, start: Callable[[Run], None], route: Route, wanted: Callable[[cst.CSTNode], bool]
) -> Iterator[Function]:
    """The functions at the end of a route, then those that they define in turn."""
    inner: dict[cst.CSTNode, None] = {}
    for walked in _paths(parsed, placed, start, route):
        if walked.target is not None and not walked.run.dead:
            yield from functions_of(walked)
        fresh = walked.run.found[walked.first :]
        inner |= {n: None for v in fresh if (n := _node(walked.run, v)) not in walked.run.inlined and _is_here(v)}
    for node in filter(wanted, inner) if len(route) < _NESTED else ():
        yield from _below(parsed, placed, start, (*route, node), wanted)


def _paths(parsed: Parsed, placed: Placed, start: Callable[[Run], None], route: Route) -> Iterator[Walked]:
    decisions: list[bool] = []
    work = 0
    for _ in range(PATHS):
        run = Run(parsed, placed, decisions)
        start(run)
        yield _walk(run, route)
        work += run.steps + len(run.builder.nodes)
        if work > _WORK:
            return
        decisions = run.decisions[: run.taken]
        while decisions and not decisions[-1]:
            decisions.pop()
        if not decisions:
            return
        decisions = [*decisions[:-1], False]


def _walk(run: Run, route: Route) -> Walked:
    """Follows the route, entering what lies on it with assumed arguments and its end with tensors."""
    target: Target | None = None
    for depth, node in enumerate(route):
        target = next((v for v in reversed(run.found) if _node(run, v) is node), None)
        if target is None or run.dead:
            return Walked(run, None, None, first=len(run.found))
        if depth < len(route) - 1:
            _enter(run, target)
    first = len(run.found)
    match target:
        case Closure():
            tensors = tensor_parameters(target)
            if not tensors and not _defines(target):
                return Walked(run, None, None, first=first)
            value = body(run, target, enter(run, target, tensors))
            return Walked(run, target, value, tuple(p.name for p in tensors), first)
        case Partial():
            return Walked(run, target, _partial(run, target), first=first)
        case Class():
            _enter(run, target)
            return Walked(run, None, None, first=first)
    return Walked(run, None, None)


_DEFINITIONS = frozenset(("lambda", "partial", "class"))


def _defines(target: Closure) -> bool:
    """Whether a function may define others inside."""
    segment = target.scope.placed.segment
    return segment.text.count("def ") > 1 or not segment.words.isdisjoint(_DEFINITIONS)


def _enter(run: Run, target: Target) -> None:
    """Executes a factory or a class body, for what it defines."""
    if isinstance(target, Class):
        run.found += _methods(run, target)
    elif isinstance(target, Closure):
        body(run, target, assume(run, target, (), {}))


_SILENT_BASES = ("Metric", "Callback", "Dataset", "Sequence", "TestCase", "Initializer", "Exception", "Enum")
SILENT_METHODS = frozenset(
    [
        "build",
        "get_config",
        "from_config",
        "compute_output_shape",
        "compute_mask",
        "compute_output_spec",
        "train_step",
        "test_step",
        "predict_step",
        "setUp",
        "tearDown",
        "fit",
        "compile",
    ]
)


def _methods(run: Run, cls: Class) -> Iterator[Closure]:
    """The methods that may compute on tensors."""
    if any(base.endswith(_SILENT_BASES) for base in library_bases(run, cls)):
        return
    for member in members(cls.node):
        if isinstance(member, cst.FunctionDef):
            name = member.name.value
            if name not in SILENT_METHODS and (not name.startswith("__") or name == "__call__"):
                owner = None if is_static(member) else Object(cls)
                yield Closure(member, cls.scope, f"{cls.scope.title}{cls.node.name.value}.{name}", owner)


def _partial(run: Run, target: Partial) -> Value | None:
    """The partial called with a new tensor for the first parameter that is still open."""
    inner: Value = target
    taken: set[str] = set()
    skip = 0
    while isinstance(inner, Partial):
        skip += len(inner.positional)
        taken |= set(inner.keywords)
        inner = inner.function
    scope, node = run.at[id(target)]
    if not isinstance(inner, Closure):
        return call(run, scope, node, target, [Argument(new_tensor(run, "x", run.span(scope, node)))], {})
    open_ = [p for p in parameters(inner)[skip:] if p.name not in taken]
    if not open_:
        return None
    run.inlined.add(inner.node)
    span = run.span(inner.scope, open_[0].node.name)
    given = Argument(new_tensor(run, open_[0].name, span), span)
    return call(run, scope, node, target, [given], {})


def _is_here(value: Target) -> bool:
    """Whether it is defined in this file."""
    return isinstance(value, Partial) or value.scope.home is None


def _node(run: Run, value: Target) -> cst.CSTNode:
    return run.at[id(value)][1] if isinstance(value, Partial) else value.node
