"""A path that was walked becomes functions: pruned, named, and told what it is for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import libcst as cst

from nablint.ir import Apply, Const, Function, Param, reachable, renumber
from nablint.lower.calls import body, decorators
from nablint.lower.objects import library_bases
from nablint.lower.parameters import assume, new_tensor, parameters
from nablint.lower.roles import is_loss, is_metric, makes_of_one_tensor, passed_in
from nablint.lower.run import Run, constant, number
from nablint.lower.values import Argument, Class, Closure, Items, Partial, Scope, Table, Tensor, Value
from nablint.ops.names import canonical
from nablint.source import NOWHERE, Span

_RESULTS = 4
TRAINED_BASES = ("Layer", "Model", "Activation", "Sequential", "Functional", "Module")
"""How classes are named whose `call` takes part in training; losses apart."""

Target = Closure | Partial | Class


@dataclass(frozen=True, slots=True)
class Walked:
    """One path that was walked to its end."""

    run: Run
    target: Target | None
    value: Value | None
    tensors: tuple[str, ...] = ()
    first: int = 0
    """How many functions were met before the target was entered."""


def functions_of(walked: Walked) -> Iterator[Function]:
    """The results of one path: one function for each tensor that is returned."""
    run, value = walked.run, walked.value
    match value:
        case Items((first, Closure() as inner)) if isinstance(first, Tensor):
            yield from _finished(walked, first.index, *_custom(run, inner, walked))
        case Items() | Table():
            values = value.values if isinstance(value, Items) else tuple(value.values.values())
            results = [v for v in values if run.depends(v)][:_RESULTS]
            for result in results:
                if isinstance(result, Tensor):
                    yield from _finished(walked, result.index)
        case Tensor(index):
            yield from _finished(walked, index)


def _custom(run: Run, inner: Closure, walked: Walked) -> tuple[int, tuple[int | None, ...], Span]:
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
    walked: Walked,
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
    is_wanted = fn.upstream is not None or fn.roles & {"activation", "registered", "call", "loss"}
    if fn.params and (is_wanted or _is_ours(fn)):
        yield fn


def module_function(run: Run, scope: Scope, statement: cst.CSTNode, name: str, result: int) -> Iterator[Function]:
    """A value that the module's own statements compute, as a function of what they read or make of nothing."""
    span = run.span(scope, statement)
    nodes = tuple(run.builder.nodes)
    fn = _pruned(Function(name, nodes, result, span, span, "module", frozenset({"module"})), run.unpacked)
    yield from (fn,) if _is_ours(fn) else ()


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


def _with_roles(walked: Walked, fn: Function) -> Function:
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
    if kind in ("function", "lambda") and (role := makes_of_one_tensor(fn)):
        roles.add(role)
    return replace(fn, kind=kind, roles=frozenset(roles))


def _method_kind(run: Run, target: Closure, name: str) -> str | None:
    """`method` for a `call` of a Layer or Model, `loss` for one of a Loss, else None."""
    if target.owner is None or name not in ("call", "__call__"):
        return None
    bases = [base.rpartition(".")[2] for base in library_bases(run, target.owner.cls)]
    if any(base.endswith("Loss") for base in bases):
        return "loss"
    layer = any(base.endswith(TRAINED_BASES) for base in bases)
    known = any(canonical(base).startswith("layers.") for base in library_bases(run, target.owner.cls))
    return "method" if layer or known else None
