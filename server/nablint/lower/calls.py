"""What a call means: the user's own functions are inlined, those of libraries are looked up in the op table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import libcst as cst

from nablint.lower import fold
from nablint.lower.dtypes import dtype_of
from nablint.lower.objects import of_object
from nablint.lower.parameters import bind as bind_parameters
from nablint.lower.run import DEPTH, STRANGE, Frame, Run, apply, some, tensors, unknown
from nablint.lower.values import (
    DEAD,
    NONE,
    Argument,
    Class,
    Closure,
    DtypeOf,
    Instance,
    Items,
    Known,
    Object,
    Opaque,
    Partial,
    Ref,
    Scope,
    Tensor,
    Value,
)
from nablint.lower.walk import beside, evaluate, execute
from nablint.ops import BY_NAME
from nablint.ops.names import canonical, concerns, spelled
from nablint.ops.op import REQUIRED, Op, bind
from nablint.source import NOWHERE

Keywords = Mapping[str, Argument]
Special = Callable[[Run, Scope, cst.CSTNode, str, Sequence[Argument], Keywords], "Value | None"]
SPECIAL: dict[str, Special] = {}


def special(*names: str) -> Callable[[Special], Special]:
    """Registers what these functions do, by canonical name. One that returns None leaves the call to the table."""

    def register(handler: Special) -> Special:
        for name in names:
            SPECIAL[name] = handler
        return handler

    return register


Layered = Callable[[Run, Scope, cst.CSTNode, Instance, Sequence[Argument], Keywords], Value]
LAYER: list[Layered] = []
"""What a call of a library's layer gives; `layers` says it."""


def call(
    run: Run, scope: Scope, node: cst.CSTNode, function: Value, positional: Sequence[Argument], keywords: Keywords
) -> Value:
    """The result of a call."""
    match function:
        case Ref(dotted):
            return _library(run, scope, node, dotted, positional, keywords)
        case Closure():
            return invoke(run, scope, node, function, positional, keywords)
        case Partial(inner, first, words):
            return call(run, scope, node, inner, [*first, *positional], {**words, **keywords})
        case Instance(dotted):
            return LAYER[0](run, scope, node, function, positional, keywords)
        case Class():
            return Object(function, tuple(positional), dict(keywords))
        case Object():
            return _object(run, scope, node, function, positional, keywords)
        case Opaque(reason=reason) if not reason.startswith(STRANGE):
            return _made(run, scope, node, reason, positional, keywords)
        case Tensor():
            return _made(run, scope, node, "a call", positional, keywords)
        case Known(assumed=assumed) if assumed:
            return _made(run, scope, node, "an argument that is called", positional, keywords)
    return _opaque(run, scope, node, "this call", positional, keywords)


def _object(
    run: Run, scope: Scope, node: cst.CSTNode, layer: Object, positional: Sequence[Argument], keywords: Keywords
) -> Value:
    """A call of an object: of a layer of the user's, followed unless layers nest deeply."""
    name = layer.cls.node.name.value
    if len({frame.node for frame in run.frames}) < LAYERED:
        for method in ("call", "__call__", "forward"):
            if isinstance(found := of_object(run, layer, method), Closure):
                return invoke(run, scope, node, found, positional, keywords)
    return _made(run, scope, node, f"the layer {name}", positional, keywords)


LAYERED = 2
"""How deep layers within layers are followed."""


def _made(
    run: Run, scope: Scope, node: cst.CSTNode, what: str, positional: Sequence[Argument], keywords: Keywords
) -> Value:
    """What a call gives that is understood but for its numbers: a tensor if it was given one."""
    values = [a.value for a in (*positional, *keywords.values())]
    if any(tensors(value) for value in values):
        return some(run, scope, node, what, values)
    return Opaque(what)


def _opaque(
    run: Run, scope: Scope, node: cst.CSTNode, what: str, positional: Sequence[Argument], keywords: Keywords
) -> Value:
    """What a call that is not understood gives: a tensor if it was given one."""
    values = [a.value for a in (*positional, *keywords.values())]
    if any(tensors(value) for value in values):
        return unknown(run, scope, node, what, values)
    return Opaque(what)


def invoke(
    run: Run, scope: Scope, node: cst.CSTNode, closure: Closure, positional: Sequence[Argument], keywords: Keywords
) -> Value:
    """A call of a function of the user's, inlined."""
    known = {frame.node for frame in run.frames}
    name = f"the function {closure.name}"
    if closure.node in known or len(known) >= DEPTH + 1:
        return _opaque(run, scope, node, f"{name}, which calls itself or nests deeply,", positional, keywords)
    if any(canonical(d).endswith("custom_gradient") for d in decorators(run, closure)):
        run.inlined.add(closure.node)
        return _made(run, scope, node, f"{name} with its custom gradient", positional, keywords)
    inner = bind_parameters(run, closure, positional, keywords)
    if inner is None:
        return _opaque(run, scope, node, f"this call of {name}", positional, keywords)
    run.inlined.add(closure.node)
    outermost = run.frames[0].span if run.frames else run.span(scope, node)
    run.frames.append(Frame(closure.node, outermost))
    value = body(run, closure, inner)
    run.frames.pop()
    return value


def body(run: Run, closure: Closure, scope: Scope) -> Value:
    """What a function gives once its parameters are bound."""
    if isinstance(closure.node, cst.Lambda):
        return evaluate(run, scope, closure.node.body)
    found = execute(run, scope, [closure.node.body])
    run.dead = run.dead or found == DEAD
    return found or NONE


def decorators(run: Run, closure: Closure) -> Iterator[str]:
    """The full dotted names of a function's decorators, whether called or not."""
    for decorator in closure.node.decorators if isinstance(closure.node, cst.FunctionDef) else ():
        node = decorator.decorator
        value = evaluate(run, closure.scope, node.func if isinstance(node, cst.Call) else node)
        if isinstance(value, Ref):
            yield value.name


def _library(
    run: Run, scope: Scope, node: cst.CSTNode, dotted: str, positional: Sequence[Argument], keywords: Keywords
) -> Value:
    short = canonical(dotted)
    handler = SPECIAL.get(short)
    if handler is not None:
        found = handler(run, scope, node, dotted, positional, keywords)
        if found is not None:
            return found
    given = [a.value for a in (*positional, *keywords.values())]
    ours = concerns(dotted)
    if not ours and not any(tensors(v) for v in given):
        return _folded(short, positional, keywords)
    row = BY_NAME.get(short)
    if row is not None and (found := op_call(run, scope, node, row, short, spelled(dotted), positional, keywords)):
        return found
    last = short.rpartition(".")[2]
    if last[:1].isupper():
        return Instance(dotted, tuple(positional), dict(keywords))
    if ours and (found := _of_library(run, scope, node, dotted, positional, keywords)) is not None:
        return found
    if ours or is_method(dotted):
        return some(run, scope, node, spelled(dotted), given)
    return _opaque(run, scope, node, f"the function {spelled(dotted)}", positional, keywords)


def is_method(dotted: str) -> bool:
    """Whether a name is one of a value's own, not one that is imported."""
    return dotted[:1] == "." and "." not in dotted[1:]


def _of_library(
    run: Run, scope: Scope, node: cst.CSTNode, dotted: str, positional: Sequence[Argument], keywords: Keywords
) -> Value | None:
    """A call of a function that the library itself writes in Python, if the file is a part of that library."""
    found = beside(run, scope.home or run.parsed, node, dotted)
    return call(run, scope, node, found, positional, keywords) if isinstance(found, Closure) else None


def _folded(short: str, positional: Sequence[Argument], keywords: Keywords) -> Value:
    """A function of NumPy's or Python's on plain values."""
    values = [a.value for a in positional]
    if values and not keywords and all(isinstance(v, Known) for v in values):
        found = fold.call(short, [v.value for v in values if isinstance(v, Known)])
        if found is not None:
            return Known(found, frozenset().union(*(v.assumed for v in values if isinstance(v, Known))))
    last = short.rpartition(".")[2]
    if last[:1].isupper():
        return Instance(short, tuple(positional), dict(keywords))
    # What Python and NumPy compute is a number, though it is known only when it runs.
    return Opaque(f"{short}(…)" if short.startswith(("builtins.", "math.", "np.")) else f"the function {short}")


def op_call(
    run: Run,
    scope: Scope,
    node: cst.CSTNode,
    row: Op,
    short: str,
    spelling: str,
    positional: Sequence[Argument],
    keywords: Keywords,
) -> Value | None:
    """A call of a function that has a row in the table, or None if its arguments do not fit the row."""
    bound = bind(row, short, positional, keywords)
    if bound is None:
        return None
    operands = _operands(row, bound.operands)
    attrs = {name: _attr(run, name, value) for name, value in bound.attrs.items()}
    like = attrs.pop("dtype") if isinstance(attrs.get("dtype"), DtypeOf) else None
    if operands is None or any(isinstance(value, Opaque) for value in attrs.values()):
        return None
    if row.many:
        return _parts(run, scope, node, row, operands, attrs, spelling)
    if isinstance(like, DtypeOf):
        target = Argument(Tensor(like.index))
        if row.name not in ("cast", "saturate_cast"):
            found = apply(run, scope, node, row.name, operands, attrs.items(), spelling)
            operands = [Argument(found, operands[0].span if operands else target.span)]
        return apply(run, scope, node, "cast_like", [operands[0], target], spelling=spelling)
    return apply(run, scope, node, row.name, operands, attrs.items(), spelling)


def _operands(row: Op, bound: Sequence[Any]) -> list[Argument] | None:
    """The operands as arguments; a list of tensors is spread. None if one of them is no tensor at all."""
    found = [
        value if isinstance(value, Argument) and not (value.value == NONE and default is not REQUIRED)
        else Argument(Known(default if isinstance(value, Argument) else value))
        for value, default in zip(bound, row.defaults, strict=True)
    ]  # fmt: skip
    if row.variadic:
        if not isinstance(found[0].value, Items) or not found[0].value.values:
            return None
        return [a if a.span != NOWHERE else Argument(a.value, found[0].span) for a in found[0].value.arguments]
    if any(isinstance(a.value, Closure | Ref | Class | Object | Instance | Partial) for a in found):
        return None
    return found


def _attr(run: Run, name: str, value: Any) -> Any:
    """An attribute as a plain Python value; Opaque if it is none; DtypeOf where a tensor says it."""
    if not isinstance(value, Argument):
        return value
    if name == "dtype":
        return dtype_of(value.value)
    return plain(run, value.value)


def plain(run: Run, value: Value) -> Any:
    """A value as Python has it, or Opaque."""
    match value:
        case Known(inner, assumed):
            run.assumed |= dict.fromkeys(sorted(assumed))
            return inner
        case Items(values):
            parts = tuple(plain(run, v) for v in values)
            return Opaque("an attribute") if any(isinstance(p, Opaque) for p in parts) else parts
    return Opaque("an attribute")


def _parts(
    run: Run,
    scope: Scope,
    node: cst.CSTNode,
    row: Op,
    operands: Sequence[Argument],
    attrs: Mapping[str, Any],
    spelling: str,
) -> Value | None:
    """The tensors of an op that returns a list; an unknown value, which may be unpacked, if its length is not known."""

    def piece(index: int) -> Tensor:
        return apply(run, scope, node, row.name, operands, {**attrs, "index": index}.items(), spelling)

    sizes = attrs.get("sizes")
    count = row.many if row.many is not True else len(sizes) if isinstance(sizes, tuple) else sizes
    if isinstance(sizes, tuple) and not spelling.startswith("tf."):
        return None  # These are places to cut at, not sizes.
    if isinstance(count, int) and 0 < count <= 64:
        return Items(tuple(map(piece, range(count))))
    found = some(run, scope, node, "a list of tensors", [a.value for a in operands])
    run.lists[found.index] = piece
    return found


def activation(library: str, value: Value) -> Value:
    """What `activations.get` makes of its argument, in the library of the function that is asked."""
    if isinstance(value, Known) and isinstance(value.value, str):
        root = "tensorflow.keras" if library.startswith("tensorflow") else library.partition(".")[0]
        return Ref(f"{root}.activations.{value.value}")
    return Ref("keras.activations.linear") if value == NONE else value
