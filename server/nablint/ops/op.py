"""What a row of the op table is, and the few shapes that most rows share."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from nablint.domains.dtype import BOOL, WEAK_BOOL, Array, Dtype, DtypeRule, joined
from nablint.domains.interval import TOP, Interval, IntervalRule, anything

T = TypeVar("T")

Meaning = Callable[..., Array]
Vjp = Callable[..., tuple["int | None", ...]]


class Kind(Enum):
    """How the elements of the result depend on those of the arguments."""

    ELEMENTWISE = "elementwise"
    REDUCES = "reduces"
    """Along `axis`, which it removes unless `keepdims`."""
    ROWWISE = "rowwise"
    """Elements along `axis` depend on one another; the shape stays (softmax, cumsum, l2_normalize)."""
    SHAPES = "shapes"
    """Moves elements about and computes nothing."""


class Smoothness(Enum):
    """How a function bends: smooth everywhere, with kinks, or with jumps."""

    SMOOTH = "smooth"
    KINKED = "kinked"
    STEPPED = "stepped"


SMOOTH, KINKED, STEPPED = Smoothness

REGROUPED = "XLA and rewritten graphs regroup products and sums: what overflows half-way differs from eager TensorFlow."


def same(promote: bool, *dtypes: Dtype, **_attrs: object) -> Dtype:
    """Every argument must have one dtype; the result has it too. A function of weak numbers alone gives a tensor."""
    found = joined(promote, *dtypes)
    return Dtype(found.name, clash=found.clash) if found.weak else found


def weakly(promote: bool, *dtypes: Dtype, **_attrs: object) -> Dtype:
    """As `same`, but of weak numbers alone the result stays weak: Python's and NumPy's own arithmetic."""
    return joined(promote, *dtypes)


def boolean(promote: bool, *dtypes: Dtype, **_attrs: object) -> Dtype:
    """A comparison: the arguments must agree, the result is a bool."""
    found = joined(promote, *dtypes)
    if found.clash:
        return found
    return WEAK_BOOL if found.weak else BOOL


@dataclass(frozen=True, slots=True)
class Op:
    """One op: all that any reader of the table asks of it."""

    name: str
    params: str
    """Operands, then `;` and attributes, as a signature: `x, y; axis=None, keepdims=False`. One operand with a star
    (`*values`) stands for a list of tensors, each of which is an argument of the node."""
    names: tuple[str, ...]
    """Its spellings, each with a signature of its own if that differs from `params`: `tf.nn.elu(features:x)`
    maps the user's `features` to our `x`, and leaves `alpha` at its default. What is mapped to `_` may be given
    and changes nothing; to `!`, must be left out. `name` is accepted by all."""
    meaning: Meaning | None = None
    """The value, on NumPy arrays of float32 or float64 with a leading axis of trials, as eager TensorFlow's
    kernel computes it; the interpreter rounds it to the dtype. None for an op that `body` defines."""
    vjp: Vjp | None = None
    """`vjp(b, g, y, *operands, **attrs)`: the cotangents that TensorFlow computes, None where it gives none.
    No vjp at all means None for every operand."""
    body: Callable[..., int] | None = None
    """`body(b, *operands, **attrs)`: for an op that the library composes from others, that composition."""
    xla: Meaning | None = None
    """The value under XLA, where its pattern of finite, infinite and NaN differs from the eager kernel's."""
    dtype: DtypeRule = same
    interval: IntervalRule = anything
    hardens: tuple[str, ...] = ()
    """Full names that make a float32 tensor of a number before they look at the other operand: those of tf in first
    place (`tf.add(1.0, x)` raises in float16, `tf.add(x, 1.0)` and `1.0 + x` do not), those of keras.ops anywhere."""
    image: Interval = TOP
    """A range that no rounding leaves (sigmoid stays in [0, 1])."""
    kind: Kind = Kind.ELEMENTWISE
    smooth: Smoothness = SMOOTH
    ulp: int = 4
    """The bound on the error against TensorFlow, in units in the last place of the dtype; 0 is exact."""
    slope_ulp: int = 8
    """The same for its slopes."""
    slack: float = 0.0
    """What the error may be on top, in units in the last place of 1: where the result comes of a cancellation (1 - y²),
    or where TensorFlow's approximation gives up early."""
    skips: tuple[str, ...] = ()
    """Operands that are not compared: `nan`, `inf`, `subnormal`, `negative`, `huge` (their square overflows), `any`, or
    a number and its negative; after a mode (`xla huge`) in that mode alone, and
    in graphs, which TensorFlow rewrites. Subnormals are left out where TensorFlow's
    kernels disagree on flushing; for the others `note` says why."""
    lacks: tuple[str, ...] = ()
    """Where TensorFlow has no kernel and raises: a dtype, a mode (`xla`), or both (`xla float16`)."""
    older: tuple[str, ...] = ()
    """Where an older library computes otherwise: its name, the last version that does, and a dtype if in that alone
    (`keras 2`, `tensorflow 2.16 float64`). The row says what newer ones do."""
    truths: tuple[str, ...] = ()
    """Operands that must be bools."""
    lends: bool = False
    """Whether the last operand lends no more than its dtype or shape, and is not to be broadcast with the others."""
    many: bool | int = False
    """Whether it returns a list of tensors, and how many if that is always the same; the attribute `index` says which
    of them the node is. Else the attribute `sizes` says how many."""
    masks: bool = False
    """Whether XLA turns it into a select where one operand is a bool that was cast."""
    formatted: bool = False
    """Whether `meaning` takes the float format as `fmt`, to round within."""
    examples: tuple[Mapping[str, Any], ...] = ({},)
    """Attributes worth comparing with TensorFlow, beyond the defaults."""
    note: str = ""
    """Why the row differs from TensorFlow, where it does on purpose."""

    @property
    def operands(self) -> tuple[str, ...]:
        return tuple(name for name, _, _ in _parameters(self.params.partition(";")[0]))

    @property
    def defaults(self) -> tuple[Any, ...]:
        """What an operand is that is left out, or None in the call."""
        return tuple(default for _, _, default in _parameters(self.params.partition(";")[0]))

    @property
    def variadic(self) -> bool:
        """Whether its one operand is a list of tensors."""
        return self.params.startswith("*")


@dataclass(frozen=True, slots=True)
class Bound:
    """The arguments of a call, sorted into what the row wants; defaults are Python values."""

    operands: tuple[Any, ...]
    attrs: Mapping[str, Any]


def bind(op: Op, name: str, positional: Sequence[T], keywords: Mapping[str, T]) -> Bound | None:
    """The call's arguments by the row's own names, or None if they do not fit the signature."""
    ours = {p: default for part in op.params.split(";") for p, _, default in _parameters(part)}
    written = signature(op, name)
    if len(positional) > len(written):
        return None
    given: dict[str, Any] = {mine: value for (_, mine, _), value in zip(written, positional, strict=False)}
    theirs = {user: mine for user, mine, _ in written}
    for word, value in keywords.items():
        if word == "name":
            continue
        if word not in theirs or theirs[word] in given:
            return None
        given[theirs[word]] = value
    given.pop("_", None)
    values = ours | {mine: default for _, mine, default in written if mine in ours and default is not REQUIRED} | given
    if any(value is REQUIRED for value in values.values()) or not set(values) <= set(ours):
        return None
    names = op.operands
    return Bound(tuple(values[n] for n in names), {k: v for k, v in values.items() if k not in names})


def spell(spaces: str, *entries: str) -> tuple[str, ...]:
    """Each entry in each namespace: `spell("tf tf.math", "exp")` is `tf.exp` and `tf.math.exp`."""
    return tuple(f"{space}.{entry}" for entry in entries for space in spaces.split())


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED: Any = _Required()


def signature(op: Op, name: str) -> tuple[tuple[str, str, Any], ...]:
    """Of one spelling: (the user's parameter, our parameter, default), in the order of the user's positions."""
    entry = next((entry for entry in op.names if entry.partition("(")[0] == name), name)
    _, bracket, rest = entry.partition("(")
    return _parameters(rest.removesuffix(")") if bracket else op.params.replace(";", ","))


@cache
def _parameters(text: str) -> tuple[tuple[str, str, Any], ...]:
    found = []
    for part in filter(None, map(str.strip, _split(text.replace("*", "")))):
        head, equals, default = part.partition("=")
        user, _, mine = head.strip().partition(":")
        found.append((user, mine or user, ast.literal_eval(default.strip()) if equals else REQUIRED))
    return tuple(found)


def _split(text: str) -> list[str]:
    """At commas outside brackets."""
    parts, depth = [""], 0
    for char in text:
        depth += (char in "([") - (char in ")]")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts
