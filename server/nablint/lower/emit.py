"""From a top-level statement to its functions: each is reached, entered with tensors and walked along every path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import libcst as cst

from nablint.ir import Apply, Const, Function, Param, reachable, renumber
from nablint.lower.calls import body, call, decorators
from nablint.lower.objects import is_static, library_bases, members
from nablint.lower.parameters import assume, enter, new_tensor, parameters, tensor_parameters
from nablint.lower.roles import is_activation_like, is_loss, is_metric, passed_in
from nablint.lower.run import Run, constant, number
from nablint.lower.values import Argument, Class, Closure, Items, Object, Partial, Scope, Tensor, Value
from nablint.lower.walk import execute
from nablint.ops.names import canonical
from nablint.parse import Parsed, Placed
from nablint.source import NOWHERE, Span

PATHS = 8
"""How many ways through one function are followed."""
_WORK = 1500
"""After so many statements and nodes, no further way is followed."""
_NESTED = 4
_RESULTS = 4

Target = Closure | Partial | Class
Route = tuple[cst.CSTNode, ...]
"""The definitions that lead to a function: a factory, then what it defines."""


def emitted(parsed: Parsed, placed: Placed) -> Iterator[Function]:
    """Every function of the statement, with spans that count lines from its first one."""
    for statement in placed.segment.body:
        scope_of = _opener(placed, statement)
        yield from _unique(_below(parsed, placed, scope_of, ()))


def _opener(placed: Placed, statement: cst.BaseStatement) -> Callable[[Run], None]:
    return lambda run: _ignore(execute(run, Scope(placed), [statement]))


def _ignore(_value: Value | None) -> None:
    """A module's statement returns nothing."""


def _unique(found: Iterator[Function]) -> Iterator[Function]:
    """Without the paths that came out alike."""
    seen: dict[str, list[Function]] = {}
    for fn in found:
        others = seen.setdefault(fn.name, [])
        if fn not in others:
            others.append(fn)
            yield fn


@dataclass(frozen=True, slots=True)
class _Walked:
    """One path that was walked to its end."""

    run: Run
    target: Target | None
    value: Value | None
    tensors: tuple[str, ...] = ()
    first: int = 0
    """How many functions were met before the target was entered."""


def _below(parsed: Parsed, placed: Placed, start: Callable[[Run], None], route: Route) -> Iterator[Function]:
    """The functions at the end of a route, then those that they define in turn."""
    inner: dict[cst.CSTNode, None] = {}
    for walked in _paths(parsed, placed, start, route):
        if walked.target is not None and not walked.run.dead:
            yield from _functions(walked)
        fresh = walked.run.found[walked.first :]
        inner |= {n: None for v in fresh if (n := _node(walked.run, v)) not in walked.run.inlined}
    for node in inner if len(route) < _NESTED else ():
        yield from _below(parsed, placed, start, (*route, node))


def _paths(parsed: Parsed, placed: Placed, start: Callable[[Run], None], route: Route) -> Iterator[_Walked]:
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


def _walk(run: Run, route: Route) -> _Walked:
    """Follows the route, entering what lies on it with assumed arguments and its end with tensors."""
    target: Target | None = None
    for depth, node in enumerate(route):
        target = next((v for v in reversed(run.found) if _node(run, v) is node), None)
        if target is None or run.dead:
            return _Walked(run, None, None, first=len(run.found))
        if depth < len(route) - 1:
            _enter(run, target)
    first = len(run.found)
    match target:
        case Closure():
            tensors = tensor_parameters(target)
            if not tensors and not _defines(target):
                return _Walked(run, None, None, first=first)
            value = body(run, target, enter(run, target, tensors))
            return _Walked(run, target, value, tuple(p.name for p in tensors), first)
        case Partial():
            return _Walked(run, target, _partial(run, target), first=first)
        case Class():
            _enter(run, target)
            return _Walked(run, None, None, first=first)
    return _Walked(run, None, None)


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
_SILENT_METHODS = frozenset(
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
            if name not in _SILENT_METHODS and (not name.startswith("__") or name == "__call__"):
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


def _node(run: Run, value: Target) -> cst.CSTNode:
    return run.at[id(value)][1] if isinstance(value, Partial) else value.node


def _functions(walked: _Walked) -> Iterator[Function]:
    """The results of one path: one function for each tensor that is returned."""
    run, value = walked.run, walked.value
    match value:
        case Items((first, Closure() as inner)) if isinstance(first, Tensor):
            yield from _finished(walked, first.index, *_custom(run, inner, walked))
        case Items(values):
            results = [v for v in values if run.depends(v)][:_RESULTS]
            for result in results:
                if isinstance(result, Tensor):
                    yield from _finished(walked, result.index)
        case Tensor(index):
            yield from _finished(walked, index)


def _custom(run: Run, inner: Closure, walked: _Walked) -> tuple[int, tuple[int | None, ...], Span]:
    """Of a custom gradient: its upstream, its cotangents, and where it is defined."""
    names = parameters(inner)
    star = inner.node.params.star_arg
    label = names[0].name if names else star.name.value if isinstance(star, cst.Param) else "upstream"
    upstream = new_tensor(run, label, run.span(inner.scope, inner.node)).index
    run.inlined.add(inner.node)
    span = run.span(inner.scope, inner.node)
    found = body(run, inner, assume(run, inner, [Argument(Tensor(upstream), span)], {}))
    values = found.values if isinstance(found, Items) else (found,)
    cotangents = tuple(_cotangent(run, value) for value in values)
    target = walked.target
    if isinstance(target, Closure) and len(cotangents) == len(parameters(target)) != len(walked.tensors):
        pairs = zip(parameters(target), cotangents, strict=True)
        cotangents = tuple(c for p, c in pairs if p.name in walked.tensors)
    return upstream, cotangents, span


def _cotangent(run: Run, value: Value) -> int | None:
    if isinstance(value, Tensor):
        return value.index
    plain, _ = number(value)
    return None if plain is None else constant(run, plain, NOWHERE).index


def _finished(
    walked: _Walked,
    result: int,
    upstream: int | None = None,
    cotangents: tuple[int | None, ...] = (),
    gradient_span: Span = NOWHERE,
) -> Iterator[Function]:
    run, target = walked.run, walked.target
    name, scope, node = _identity(run, target)
    if name is None or not run.dependent:
        return
    name_node = node.name if isinstance(node, cst.FunctionDef) else node
    fn = _pruned(
        Function(
            name,
            tuple(run.builder.nodes),
            result,
            run.span(scope, node),
            run.span(scope, name_node),
            upstream=upstream,
            cotangents=cotangents,
            gradient_span=gradient_span,
            assumptions=tuple(run.assumed),
        ),
        run.unpacked,
    )
    fn = _with_roles(walked, fn)
    if fn.params and (fn.roles & {"activation", "registered", "call", "loss"} or _is_ours(fn)):
        yield fn


def _identity(run: Run, target: Target | None) -> tuple[str | None, Scope, cst.CSTNode]:
    match target:
        case Closure(node=cst.Lambda() as node, scope=scope):
            return scope.title + run.titles.get(id(target), "<lambda>"), scope, node
        case Closure(node=node, scope=scope, name=name):
            return name, scope, node
        case Partial():
            scope, at = run.at[id(target)]
            return run.titles.get(id(target), "<partial>"), scope, at
    return None, Scope(run.root), cst.Name("_")


def _pruned(fn: Function, unpacked: set[int]) -> Function:
    """Without the constants and unknowns that nothing uses, and without parameters that were unpacked."""
    roots = [i for i, n in enumerate(fn.nodes) if isinstance(n, Apply) or (isinstance(n, Param) and i not in unpacked)]
    roots += [fn.result, *(c for c in fn.cotangents if c is not None)]
    kept = sorted(reachable(fn, *roots))
    if len(kept) == len(fn.nodes):
        return fn
    numbers = {old: new for new, old in enumerate(kept)}
    return replace(
        fn,
        nodes=tuple(renumber(fn.nodes[i], numbers.__getitem__) for i in kept),
        result=numbers[fn.result],
        upstream=None if fn.upstream is None else numbers[fn.upstream],
        cotangents=tuple(None if c is None else numbers[c] for c in fn.cotangents),
    )


def _is_ours(fn: Function) -> bool:
    """Whether any of it is TensorFlow's or Keras's, not only NumPy's and Python's."""
    return any(
        (isinstance(n, Apply) and n.spelling.startswith(("tf.", "keras", "tf_keras", "tensorflow")))
        or (isinstance(n, Const) and n.dtype != "")
        for n in fn.nodes
    )


def _with_roles(walked: _Walked, fn: Function) -> Function:
    """The function with its kind and what it is for."""
    run, target = walked.run, walked.target
    short = fn.name.rpartition(".")[2]
    activations, losses = passed_in(run.parsed)
    roles: set[str] = set()
    kind = "lambda" if isinstance(target, Closure) and isinstance(target.node, cst.Lambda) else "function"
    if short in activations or (target is not None and id(target) in run.passed):
        roles.add("activation")
    if isinstance(target, Closure):
        if any(canonical(d).endswith("register_keras_serializable") for d in decorators(run, target)):
            roles.add("registered")
        if (method := _method_kind(run, target, short)) is not None:
            kind = method
            roles.add("loss" if method == "loss" else "call")
    if kind == "function" and (short in losses or (is_loss(fn) and not is_metric(short))):
        kind = "loss"
        roles.add("loss")
    if not roles and is_metric(fn.name):
        return fn
    if kind in ("function", "lambda") and is_activation_like(fn):
        roles.add("one-tensor")
    return replace(fn, kind=kind, roles=frozenset(roles))


def _method_kind(run: Run, target: Closure, name: str) -> str | None:
    """`method` for a `call` of a Layer or Model, `loss` for one of a Loss, else None."""
    if target.owner is None or name not in ("call", "__call__"):
        return None
    bases = [base.rpartition(".")[2] for base in library_bases(run, target.owner.cls)]
    if any(base.endswith("Loss") for base in bases):
        return "loss"
    layer = any(base.endswith(("Layer", "Model", "Activation", "Sequential", "Functional", "Module")) for base in bases)
    known = any(canonical(base).startswith("layers.") for base in library_bases(run, target.owner.cls))
    return "method" if layer or known else None
