"""What an expression of the user's may stand for while it is lowered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import libcst as cst

from nablint.parse import Parsed, Placed
from nablint.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Tensor:
    """A node of the function that is being built."""

    index: int


@dataclass(frozen=True, slots=True)
class Known:
    """A Python value that is known when the code is read: a number, a string, None, an ellipsis."""

    value: Any
    assumed: frozenset[str] = frozenset()
    """The parameters that were taken to be 1 on the way to it."""


@dataclass(frozen=True, slots=True)
class Items:
    """A tuple or a list that is written out."""

    values: tuple[Value, ...]
    spans: tuple[Span, ...] = field(default=(), compare=False)
    """Where each of them is written, if they are written out."""

    @property
    def arguments(self) -> tuple[Argument, ...]:
        spans = self.spans or (NOWHERE,) * len(self.values)
        return tuple(map(Argument, self.values, spans))


@dataclass(frozen=True, slots=True)
class Table:
    """A dict that is written out, by its keys' Python values."""

    values: Mapping[Any, Value]


@dataclass(frozen=True, slots=True)
class Ref:
    """Something of a library, by its full dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Module:
    """Another file of the user's."""

    parsed: Parsed


@dataclass(slots=True, eq=False)
class Scope:
    """The names that are bound in one function, or in the module if there is no parent."""

    placed: Placed
    names: dict[str, Value] = field(default_factory=dict)
    parent: Scope | None = None
    title: str = ""
    """The qualified name of the function, for those defined inside it."""
    written: dict[str, Span] = field(default_factory=dict)
    """For an inlined call: where the caller wrote the argument behind each parameter."""

    bound: dict[str, Span] = field(default_factory=dict)
    """Where the value is written that each name was last given."""
    home: Parsed | None = None
    """The module whose names it sees, if that is another file."""

    def find(self, name: str) -> Value | None:
        scope: Scope | None = self
        while scope is not None:
            if (found := scope.names.get(name)) is not None:
                return found
            scope = scope.parent
        return None

    def copied(self) -> Scope:
        return Scope(
            self.placed, dict(self.names), self.parent, self.title, dict(self.written), dict(self.bound), self.home
        )


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function of the user's: a def or a lambda, and the scope that it sees."""

    node: cst.FunctionDef | cst.Lambda
    scope: Scope
    name: str
    owner: Object | None = None
    """For a method that is bound: its object."""


@dataclass(frozen=True, slots=True)
class Partial:
    """A callable with some arguments already given."""

    function: Value
    positional: tuple[Argument, ...]
    keywords: Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a library's class: `layers.LeakyReLU(0.2)`."""

    name: str
    positional: tuple[Argument, ...]
    keywords: Mapping[str, Argument]


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the user's."""

    node: cst.ClassDef
    scope: Scope


@dataclass(slots=True, eq=False)
class Object:
    """An object of a user's class, its attributes found so far."""

    cls: Class
    positional: tuple[Argument, ...] = ()
    keywords: Mapping[str, Argument] = field(default_factory=dict)
    attributes: dict[str, Value] | None = None
    """What `__init__` and `build` assign; None until they are read."""


@dataclass(frozen=True, slots=True)
class DtypeOf:
    """The dtype of a tensor."""

    index: int


@dataclass(frozen=True, slots=True)
class Opaque:
    """A Python value that only the running program knows: a shape, a flag. Not a tensor."""

    reason: str
    args: tuple[int, ...] = ()
    """The tensors that it was made from, if its value depends on theirs."""


@dataclass(frozen=True, slots=True)
class Size(Opaque):
    """The shape of a tensor, or the length of one of its axes."""

    of: int = -1
    axis: int | None = None
    """None for the whole shape."""


def shape_of(index: int) -> Size:
    return Size("a shape", (), index)


Value: TypeAlias = (
    Tensor | Known | Items | Table | Ref | Module | Closure | Partial | Instance | Class | Object | DtypeOf | Opaque
)

NONE = Known(None)
DEAD = Opaque("a path that raises")
"""What a function gives that raises before it returns."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call, and where it is written."""

    value: Value
    span: Span = NOWHERE
