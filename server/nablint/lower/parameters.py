"""The parameters of the user's functions: which are tensors, and what the others are taken to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from nablint.ir import Param
from nablint.lower.run import Run
from nablint.lower.values import NONE, Argument, Closure, Items, Known, Opaque, Scope, Table, Tensor, Value
from nablint.lower.walk import evaluate
from nablint.source import Span

_TENSORS = frozenset(
    [
        "x",
        "y",
        "z",
        "x1",
        "x2",
        "inputs",
        "input",
        "input_tensor",
        "tensor",
        "inp",
        "features",
        "y_true",
        "y_pred",
        "true",
        "pred",
        "labels",
        "label",
        "logits",
        "targets",
        "target",
        "probs",
        "prob",
        "probabilities",
        "predictions",
        "prediction",
        "upstream",
        "dy",
        "grad",
        "query",
        "key",
        "value",
        "q",
        "hidden",
        "states",
    ]
)
_PERHAPS = frozenset(
    [
        "a",
        "b",
        "u",
        "v",
        "h",
        "k",
        "gate",
        "mean",
        "var",
        "variance",
        "logvar",
        "log_var",
        "mu",
        "sigma",
        "z_mean",
        "z_log_var",
        "state",
    ]
)
"""Names of tensors, unless the first parameter is plainly the input and these are the numbers that shape it."""
_INPUTS = frozenset(("x", "inputs", "input", "input_tensor", "inp", "tensor"))
_FLAGS = frozenset(["training", "mask", "train", "is_training"])
_PLAIN_TYPES = ("int", "str", "bool", "Path", "ndarray", "array", "DataFrame", "Series")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a def or a lambda."""

    name: str
    node: cst.Param
    keyword_only: bool = False


def parameters(closure: Closure) -> tuple[Parameter, ...]:
    """The parameters in order, without those that take the rest and without a bound `self` or `cls`."""
    params = closure.node.params
    plain = [Parameter(p.name.value, p) for p in (*params.posonly_params, *params.params)]
    skipped = 1 if closure.owner is not None else 0
    return (*plain[skipped:], *(Parameter(p.name.value, p, True) for p in params.kwonly_params))


def tensor_parameters(closure: Closure) -> tuple[Parameter, ...]:
    """Those that the caller surely gives a tensor: the first without a default, and those named like tensors."""
    bare = [p for p in parameters(closure) if p.node.default is None and not p.keyword_only]
    chosen = tensors_among([(p.name, _annotation(p.node)) for p in bare])
    return tuple(p for p in bare if p.name in chosen)


def tensors_among(bare: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Of parameters without defaults, by name and annotation, those that are tensors."""
    bare = [(name, words) for name, words in bare if name not in _FLAGS and not _says_plain(words)]
    main = next((name for name, _ in bare if name.lower() in _INPUTS), "")
    names = _TENSORS if main else _TENSORS | _PERHAPS
    main = main or next((name for name, _ in bare), "")
    return frozenset(name for name, words in bare if name == main or name.lower() in names or "Tensor" in words)


def is_plain(param: cst.Param) -> bool:
    """Whether its annotation says that it is no tensor."""
    return _says_plain(_annotation(param))


def _says_plain(words: str) -> bool:
    return "Tensor" not in words and any(kind in words for kind in _PLAIN_TYPES)


def _annotation(param: cst.Param) -> str:
    return cst.Module(()).code_for_node(param.annotation.annotation) if param.annotation is not None else ""


def enter(run: Run, closure: Closure, tensors: Iterable[Parameter]) -> Scope:
    """The scope of a function that is called with new tensors; the other parameters are assumed."""
    scope = _opened(closure)
    chosen = {p.name for p in tensors}
    for parameter in parameters(closure):
        if parameter.name in chosen:
            scope.names[parameter.name] = new_tensor(run, parameter.name, run.span(closure.scope, parameter.node.name))
        else:
            scope.names[parameter.name] = _assumed(run, closure, parameter)
    _rest(scope, closure, (), {})
    return scope


def new_tensor(run: Run, name: str, span: Span) -> Tensor:
    """A Param node."""
    index = run.builder.add(Param(name, span))
    run.dependent.add(index)
    return Tensor(index)


def assume(run: Run, closure: Closure, positional: Sequence[Argument], keywords: Mapping[str, Argument]) -> Scope:
    """The scope of a function called with these arguments; what is missing is assumed."""
    scope = _opened(closure)
    given = {p.name: a.value for p, a in zip(parameters(closure), positional, strict=False)}
    given |= {name: a.value for name, a in keywords.items()}
    for parameter in parameters(closure):
        value = given.get(parameter.name)
        scope.names[parameter.name] = _assumed(run, closure, parameter) if value is None else value
    _rest(scope, closure, positional[len(parameters(closure)) :], {})
    return scope


def bind(run: Run, closure: Closure, positional: Sequence[Argument], keywords: Mapping[str, Argument]) -> Scope | None:
    """The scope of a call, or None if the arguments do not fit."""
    scope = _opened(closure)
    wanted = parameters(closure)
    slots = [p for p in wanted if not p.keyword_only]
    if len(positional) > len(slots) and not isinstance(closure.node.params.star_arg, cst.Param):
        return None
    given = {p.name: a for p, a in zip(slots, positional, strict=False)} | dict(keywords)
    for parameter in wanted:
        argument = given.pop(parameter.name, None)
        if argument is not None:
            scope.names[parameter.name] = argument.value
            scope.written[parameter.name] = argument.span
        elif parameter.node.default is not None:
            scope.names[parameter.name] = evaluate(run, closure.scope, parameter.node.default)
        else:
            return None
    if given and closure.node.params.star_kwarg is None:
        return None
    _rest(scope, closure, positional[len(slots) :], given)
    return scope


def _opened(closure: Closure) -> Scope:
    title = f"{closure.name}.<locals>." if isinstance(closure.node, cst.FunctionDef) else ""
    scope = Scope(closure.scope.placed, {}, closure.scope, title, home=closure.scope.home)
    if closure.owner is not None and (first := _first(closure)) is not None:
        scope.names[first] = closure.owner
    return scope


def _first(closure: Closure) -> str | None:
    params = closure.node.params
    found = next(iter((*params.posonly_params, *params.params)), None)
    return found.name.value if found else None


def _rest(scope: Scope, closure: Closure, extra: Sequence[Argument], words: Mapping[str, Argument]) -> None:
    """Binds `*args` and `**kwargs`."""
    params = closure.node.params
    if isinstance(params.star_arg, cst.Param):
        scope.names[params.star_arg.name.value] = Items(tuple(a.value for a in extra))
    if params.star_kwarg is not None:
        scope.names[params.star_kwarg.name.value] = Table({name: a.value for name, a in words.items()})


def _assumed(run: Run, closure: Closure, parameter: Parameter) -> Value:
    """A parameter that is no tensor: its default, else a flag or the number 1."""
    name = parameter.name
    if name in _FLAGS and name != "mask":
        return Opaque(f"the argument {name}")
    if parameter.node.default is not None:
        return evaluate(run, closure.scope, parameter.node.default)
    if name == "mask":
        return NONE
    if name in ("self", "cls"):
        return Opaque(name)
    if name.endswith(("shape", "shapes")) or (is_plain(parameter.node) and _annotation(parameter.node) != "int"):
        return Opaque(f"the argument {name}")
    return Known(1.0, frozenset({f"{name} = 1"}))
