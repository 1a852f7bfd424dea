"""What a test calls: the function as it is, a Layer, or what a maker of functions gives."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from nablint.analyse import Analysed

_GUESSES = {"training": "False", "mask": "None", "axis": "-1"}
_SIZES = frozenset({"units", "dim", "filters", "size", "channels", "features", "width", "n", "num"})


@dataclass(frozen=True, slots=True)
class Subject:
    """An activation, as code that a test can hold."""

    imported: str
    """The name that the test takes from the file."""
    setup: str
    """Statements that define `applied`, from a tensor to a tensor."""
    layer: str
    """An expression for the Keras layer that applies it, with a hole for the dtype."""
    custom: str
    """An expression for what Keras must know to load a model with it."""
    refused: str = ""
    """Empty, or the sentence that says why no test can be written."""


def subject(found: Analysed, tree: ast.Module) -> Subject:
    """How to call a function of a file."""
    path = found.paths[0]
    first, *rest = [part for part in found.name.split(".") if part != "<locals>"]
    if not all(part.isidentifier() for part in (first, *rest)):
        return _refused("A lambda without a name cannot be imported: give it one.")
    if path.kind == "loss" or "loss" in path.roles:
        return _refused(f"{found.name} is a loss: tests are written for activations, of one tensor.")
    owner = _defined(tree.body, first)
    if rest and owner is None:
        return _refused(f"{first} is not at the top level of the file, so a test cannot import it.")
    if path.kind == "method" and isinstance(owner, ast.ClassDef):
        return _of_layer(owner)
    inner = _defined(owner.body, rest[-1]) if rest and owner else owner
    own = inner if isinstance(inner, ast.FunctionDef) else None
    more = [f"{name}={_guess(name)}" for name in _required(own, 1)] if own else []
    return _of_function(first, rest, owner if rest else None, more, path.upstream is not None)


def _defined(body: Sequence[ast.stmt], name: str) -> ast.ClassDef | ast.FunctionDef | None:
    return next((n for n in body if isinstance(n, ast.ClassDef | ast.FunctionDef) and n.name == name), None)


def _of_layer(owner: ast.ClassDef) -> Subject:
    init = _defined(owner.body, "__init__")
    given = "".join(f"{name}={_guess(name)}, " for name in _required(init, 1))
    setup = (
        "@cache\n"
        "def layer(dtype):\n"
        f"    return {owner.name}({given}dtype=dtype)\n\n\n"
        "def applied(x):\n"
        "    return layer(x.dtype.name)(x)\n"
    )
    return Subject(owner.name, setup, f"{owner.name}({given}dtype={{dtype}})", f'{{"{owner.name}": {owner.name}}}')


def _of_function(first: str, rest: Sequence[str], owner: ast.stmt | None, more: Sequence[str], custom: bool) -> Subject:
    name, setup = ".".join((first, *rest)), ""
    if isinstance(owner, ast.FunctionDef):
        given = ", ".join(f"{one}={_guess(one)}" for one in _required(owner, 0))
        name, setup = rest[-1], f"{rest[-1]} = {first}({given})\n\n\n"
    remark = "    # Keras saves no function with a custom gradient, but one that calls it.\n" if custom else ""
    setup += f"def applied(x):\n{remark}    return {', '.join((f'{name}(x', *more))})\n"
    passed = "applied" if more or custom else name
    known = f'{{"{passed.rpartition(".")[2]}": {passed}}}'
    return Subject(first, setup, f"keras.layers.Activation({passed}, dtype={{dtype}})", known)


def _required(function: ast.stmt | None, skip: int) -> list[str]:
    """The arguments beyond the first `skip` that have no default."""
    if not isinstance(function, ast.FunctionDef):
        return []
    args = function.args
    names = [*args.posonlyargs, *args.args]
    plain = names[: len(names) - len(args.defaults)][skip:]
    keyword = [arg for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is None]
    return [arg.arg for arg in (*plain, *keyword)]


def _guess(name: str) -> str:
    """A value for an argument, which the user is to replace by the one that is used."""
    return _GUESSES.get(name) or ("8" if name.lower() in _SIZES else "1.0")


def _refused(sentence: str) -> Subject:
    return Subject("", "", "", "", sentence)
