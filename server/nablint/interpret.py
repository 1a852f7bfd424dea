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
    return spelling.startswith(("keras.ops.", "tf.keras.ops.", "np.", "math."))


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
    fmt = FORMATS[dtype]

    def apply(_index: int, node: Apply, args: Sequence[Interval]) -> Interval:
        op = OPS[node.op]
        found = op.interval(*args, **dict(node.attrs)).rounded(fmt, op.ulp)
        return Interval(max(found.lo, op.image.lo), min(found.hi, op.image.hi), found.nan)

    def const(_index: int, node: Const) -> Interval:
        if isinstance(node.value, tuple):
            return TOP
        return Interval(float(node.value), float(node.value)).rounded(fmt, 1)

    return interpret(fn, Domain(TOP, const, apply), inputs)


def evaluate(fn: Function, dtype: str, mode: str, inputs: Mapping[int, Array]) -> tuple[Array | None, ...]:
    """The NumPy value of every node, None where it is unknown or TensorFlow would raise.

    `fn` holds only ops with a meaning (see `expand`). Inputs have a leading axis of trials, which no op sees.
    """
    known = dtypes(fn, dtype)
    fmt = FORMATS[dtype]

    def const(index: int, node: Const) -> Array | None:
        form = _format(known[index], fmt)
        return form.round(np.asarray(node.value)) if form else np.asarray(node.value)

    def apply(index: int, node: Apply, args: Sequence[Array | None]) -> Array | None:
        if not known[index].name or any(arg is None for arg in args):
            return None
        return _call(node, mode, [a for a in args if a is not None], known[index], fmt)

    with np.errstate(all="ignore"):
        rounded = {index: fmt.round(array) for index, array in inputs.items()}
        return interpret(fn, Domain(None, const, apply), rounded)


def _call(node: Apply, mode: str, args: list[Array], dtype: Dtype, fmt: Format) -> Array | None:
    op = OPS[node.op]
    meaning = op.xla if mode == "xla" and op.xla else op.meaning
    form = _format(dtype, fmt)
    if meaning is None:
        return None
    if form:
        args = [arg if arg.dtype in (np.bool_, form.compute) else arg.astype(form.compute) for arg in args]
    if len(args) > 1 and op.kind is Kind.ELEMENTWISE:
        args = aligned(args)
    try:
        found = meaning(*args, **dict(node.attrs))
    except (ValueError, IndexError, TypeError):
        return None  # The shapes of this trial do not fit the code; another trial's may.
    return form.round(found) if form else np.asarray(found)


def _format(dtype: Dtype, fmt: Format) -> Format | None:
    """The float format to compute in; weak floats follow the function's. None for integers and bools."""
    return fmt if dtype.weak and dtype.name == "float32" else FORMATS.get(dtype.name)


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
