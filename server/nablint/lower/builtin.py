"""Python's own functions, on tensors and on plain values."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from nablint.lower.calls import Keywords, special
from nablint.lower.expressions import operate
from nablint.lower.objects import attribute
from nablint.lower.run import Run, apply, some, tensors
from nablint.lower.subscripts import UNROLLED
from nablint.lower.values import (
    Argument,
    Closure,
    Instance,
    Items,
    Known,
    Opaque,
    Partial,
    Ref,
    Scope,
    Table,
    Tensor,
    Value,
)
from nablint.ops.names import spelled

Given = Sequence[Argument]


@special("builtins.max", "builtins.min")
def _extreme(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    word = name.rpartition(".")[2]
    if len(given) == 1 and isinstance(given[0].value, Items):
        given = given[0].value.arguments
    if not any(run.depends(a.value) for a in given):
        return None
    if len(given) == 1:
        return apply(run, scope, node, word, given, {"axis": None, "keepdims": False}.items(), word)
    found = given[0]
    for other in given[1:]:
        found = Argument(apply(run, scope, node, f"{word}imum", [found, other], spelling=word), found.span)
    return found.value


@special("builtins.abs", "builtins.round", "builtins.float", "builtins.int", "builtins.bool")
def _number(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    word = name.rpartition(".")[2]
    if not given or not run.depends(given[0].value):
        return None
    if word == "int":
        return apply(run, scope, node, "cast", given[:1], {"dtype": "int32"}.items(), word)
    return apply(run, scope, node, word if word in ("abs", "round") else "identity", given[:1], spelling=word)


@special("builtins.pow")
def _pow(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    return operate(run, scope, node, "**", "pow", given[0], given[1]) if len(given) == 2 else None


@special("builtins.sum")
def _sum(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    if not given or not isinstance(given[0].value, Items) or not given[0].value.values:
        return None
    parts = list(given[0].value.arguments)
    found = given[1] if len(given) > 1 else parts.pop(0)
    for part in parts:
        found = Argument(operate(run, scope, node, "+", "add", found, part), found.span)
    return found.value


@special("builtins.len")
def _len(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    match [a.value for a in given]:
        case [Items(values) | Table(values)]:
            return Known(len(values))
    return Opaque("a length")


@special("builtins.range")
def _range(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    ends = [a.value.value for a in given if isinstance(a.value, Known) and isinstance(a.value.value, int)]
    if len(ends) != len(given) or not 1 <= len(ends) <= 3 or (len(ends) == 3 and ends[2] == 0):
        return Opaque("a range known only when it runs")
    numbers = range(*ends)
    return Items(tuple(map(Known, numbers))) if len(numbers) <= 4 * UNROLLED else Opaque("a long range")


@special("builtins.zip", "builtins.enumerate", "builtins.reversed", "builtins.list", "builtins.tuple", "builtins.set",
         "builtins.sorted", "builtins.map", "builtins.filter", "builtins.iter", "builtins.next")  # fmt: skip
def _sequence(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    lists = [a.value.values for a in given if isinstance(a.value, Items)]
    word = name.rpartition(".")[2]
    if not lists or len(lists) != len(given) or word not in _FOLLOWED:
        held = [Tensor(i) for a in given for i in tensors(a.value)]
        return some(run, scope, node, "a sequence", held) if held else Opaque("a sequence known only when it runs")
    match word:
        case "zip":
            return Items(tuple(Items(row) for row in zip(*lists, strict=False)))
        case "enumerate":
            return Items(tuple(Items((Known(i), value)) for i, value in enumerate(lists[0])))
        case "reversed":
            return Items(lists[0][::-1])
    return Items(lists[0])


_FOLLOWED = ("zip", "enumerate", "reversed", "list", "tuple")


@special("builtins.dict")
def _dict(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    base = given[0].value.values if given and isinstance(given[0].value, Table) else {}
    return Table({**base, **{word: a.value for word, a in words.items()}})


@special("builtins.getattr")
def _getattr(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    match [a.value for a in given]:
        case [_, Known(str(word)), *_rest]:
            return attribute(run, scope, given[0], word)
    return Opaque("an attribute known only when it runs")


@special("builtins.isinstance", "builtins.hasattr", "builtins.print", "builtins.str", "builtins.type", "builtins.repr",
         "builtins.id", "builtins.issubclass", "builtins.super", "tf.is_tensor", "ops.is_tensor", "K.is_keras_tensor",
         "tf.print", "tf.executing_eagerly", "K.image_data_format", "K.learning_phase", "K.backend",
         "keras.config.backend", "tf.debugging.assert_all_finite")  # fmt: skip
def _asked(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    """An answer that only the running program knows, and that is no tensor."""
    return Opaque(f"the function {spelled(name)}")


@special("builtins.callable")
def _callable(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    match [a.value for a in given]:
        case [Closure() | Ref() | Partial() | Instance()]:
            return Known(True)
        case [Known()]:
            return Known(False)
    return Opaque("whether it can be called")
