"""One walk over the IR, for any domain; and the walks in use: dtypes, intervals, NumPy values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from nablint.domains.dtype import ANY, FORMATS, WEAK_BOOL, WEAK_FLOAT, WEAK_INT, Array, Dtype, Format
from nablint.domains.interval import TOP, Interval
from nablint.ir import Apply, Const, Function, Param, Unknown
from nablint.ops import OPS
from nablint.ops.op import Kind

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Domain(Generic[V]):
    """What an interpreter must say: what it knows of nothing, of a number, of an op."""

    top: V
    const: Callable[[int, Const], V]
    apply: Callable[[int, Apply, Sequence[V]], V]
    """From the node's index, the node and what is known of its operands."""


def interpret(fn: Function, domain: Domain[V], inputs: Mapping[int, V]) -> tuple[V, ...]:
    """What is known of every node of `fn`, in order; `inputs` by the index of a Param."""
    values: list[V] = []
    for index, node in enumerate(fn.nodes):
        match node:
            case Param():
                values.append(inputs.get(index, domain.top))
            case Const():
                values.append(domain.const(index, node))
            case Apply(args=args):
                values.append(domain.apply(index, node, [values[arg] for arg in args]))
            case Unknown():
                values.append(domain.top)
    return tuple(values)


def dtypes(fn: Function, dtype: str) -> tuple[Dtype, ...]:
    """The dtype of every node when every tensor parameter has this one."""
    params = dict.fromkeys((i for i, node in enumerate(fn.nodes) if isinstance(node, Param)), Dtype(dtype))
    return interpret(fn, DTYPES, params)


def promotes(spelling: str) -> bool:
    """Whether mixed dtypes are promoted by the function of this name; tf and operators raise instead."""
    return spelling.startswith(("keras.ops.", "keras.src.ops.", "tf.keras.ops.", "np.", "math."))


def _const_dtype(_index: int, node: Const) -> Dtype:
    if node.dtype:
        return Dtype(node.dtype)
    sample = node.value
    while isinstance(sample, tuple) and sample:
        sample = sample[0]
    if isinstance(sample, bool):
        return WEAK_BOOL
    return WEAK_INT if isinstance(sample, int) else WEAK_FLOAT


def _apply_dtype(_index: int, node: Apply, args: Sequence[Dtype]) -> Dtype:
    if broken := next((arg for arg in args if arg.clash), None):
        return Dtype("", clash=broken.clash)
    return OPS[node.op].dtype(promotes(node.spelling), *args, **dict(node.attrs))


DTYPES = Domain(ANY, _const_dtype, _apply_dtype)


def intervals(fn: Function, dtype: str, inputs: Mapping[int, Interval]) -> tuple[Interval, ...]:
    """The range of every node in this dtype, rounding included."""
    known = dtypes(fn, dtype)
    fmt = FORMATS[dtype]

    def apply(index: int, node: Apply, args: Sequence[Interval]) -> Interval:
        op = OPS[node.op]
        own = fmt if known[index].weak else FORMATS.get(known[index].name, fmt)
        found = op.interval(*args, **dict(node.attrs)).rounded(own, op.ulp)
        return Interval(max(found.lo, op.image.lo), min(found.hi, op.image.hi), found.nan)

    def const(_index: int, node: Const) -> Interval:
        if isinstance(node.value, tuple):
            return TOP
        return Interval(float(node.value), float(node.value)).rounded(fmt, 1)

    with np.errstate(all="ignore"):
        return interpret(fn, Domain(TOP, const, apply), inputs)


def evaluate(
    fn: Function, dtype: str, mode: str, inputs: Mapping[int, Array], known: Sequence[Dtype] = ()
) -> tuple[Array | None, ...]:
    """The NumPy value of every node, None where it is unknown or TensorFlow would raise.

    `fn` holds only ops with a meaning (see `expand`). Inputs have a leading axis of trials, which no op sees.
    `known` is what `dtypes` says of `fn`, for callers that evaluate it often.
    """
    known = known or dtypes(fn, dtype)
    fmt = FORMATS[dtype]

    def const(_index: int, node: Const) -> Array | None:
        strong = FORMATS.get(node.dtype)
        value = np.asarray([node.value] if isinstance(node.value, tuple) else node.value)
        return strong.round(value) if strong else value

    def apply(index: int, node: Apply, args: Sequence[Array | None]) -> Array | None:
        if not known[index].name or any(arg is None for arg in args):
            return None
        found = [a for a in args if a is not None]
        if (
            mode == "xla"
            and node.op == "mul"
            and known[index].name != "bfloat16"
            and (mask := _mask(fn, node, known)) is not None
        ):
            return np.where(found[mask] != 0, found[1 - mask], 0)
        return _call(node, mode, found, [known[a] for a in node.args], known[index])

    with np.errstate(all="ignore"):
        rounded = {index: fmt.round(array) for index, array in inputs.items()}
        return interpret(fn, Domain(None, const, apply), rounded)


def _mask(fn: Function, node: Apply, known: Sequence[Dtype]) -> int | None:
    """Which operand of a product is a bool that was cast: XLA selects there, so that 0 * inf is 0."""
    for position, arg in enumerate(node.args):
        origin = fn.nodes[arg]
        if isinstance(origin, Apply) and origin.op in ("cast", "cast_like") and known[origin.args[0]].name == "bool":
            return position
    return None


def _call(node: Apply, mode: str, args: list[Array], kinds: Sequence[Dtype], dtype: Dtype) -> Array | None:
    op = OPS[node.op]
    meaning = op.xla if mode == "xla" and op.xla else op.meaning
    form = None if dtype.weak else FORMATS.get(dtype.name)
    if meaning is None:
        return None
    met = next((FORMATS[kind.name] for kind in kinds if not kind.weak and kind.name in FORMATS), form)
    args = [_as_operand(arg, kind, met, form) for arg, kind in zip(args, kinds, strict=True)]
    if len(args) > 1 and op.kind is Kind.ELEMENTWISE and not op.lends:
        args = aligned(args)
    try:
        found = meaning(*args, **dict(node.attrs), **({"fmt": form} if op.formatted else {}))
    except (ValueError, IndexError, TypeError):
        return None  # The shapes of this trial do not fit the code; another trial's may.
    return form.round(found) if form else np.asarray(found)


def _as_operand(arg: Array, kind: Dtype, met: Format | None, form: Format | None) -> Array:
    """The operand as the kernel reads it: a number takes the format of the tensor that it meets."""
    if arg.dtype == np.bool_:
        return arg
    if kind.weak:
        return met.round(arg) if met else arg.astype(np.float64)
    return arg.astype(form.compute) if form and arg.dtype != form.compute else arg


def aligned(arrays: Sequence[Array]) -> list[Array]:
    """Arrays of different rank made to broadcast: axes of length one go in behind the axis of trials."""
    rank = max(array.ndim for array in arrays)
    return [
        array
        if array.ndim in (0, rank)
        else array.reshape(array.shape[:1] + (1,) * (rank - array.ndim) + array.shape[1:])
        for array in arrays
    ]


def is_pointwise(fn: Function) -> bool:
    """Whether each element of the result depends on one element of each input alone."""
    return all(not isinstance(n, Apply) or OPS[n.op].kind is Kind.ELEMENTWISE for n in fn.nodes)
