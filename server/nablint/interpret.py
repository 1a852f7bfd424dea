"""One walk over the IR, for any domain; and the walks in use: dtypes and intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np

from nablint.domains.dtype import ANY, FORMATS, WEAK_BOOL, WEAK_FLOAT, WEAK_INT, Dtype
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
    op = OPS[node.op]
    if node.spelling in op.hardens:
        last = len(args) if promotes(node.spelling) else 1
        args = [replace(arg, weak=False) if i < last else arg for i, arg in enumerate(args)]
    return op.dtype(promotes(node.spelling), *args, **dict(node.attrs))


DTYPES = Domain(ANY, _const_dtype, _apply_dtype)


def intervals(fn: Function, dtype: str, inputs: Mapping[int, Interval]) -> tuple[Interval, ...]:
    """The range of every node in this dtype, rounding included."""
    known = dtypes(fn, dtype)
    fmt = FORMATS[dtype]

    def apply(index: int, node: Apply, args: Sequence[Interval]) -> Interval:
        op = OPS[node.op]
        own = fmt if known[index].weak else FORMATS.get(known[index].name, fmt)
        found = op.interval(*args, **dict(node.attrs)).rounded(own, op.ulp, op.slack)
        return Interval(max(found.lo, op.image.lo), min(found.hi, op.image.hi), found.nan)

    def const(_index: int, node: Const) -> Interval:
        if isinstance(node.value, tuple):
            return TOP
        return Interval(float(node.value), float(node.value)).rounded(fmt, 1)

    with np.errstate(all="ignore"):
        return interpret(fn, Domain(TOP, const, apply), inputs)


def is_pointwise(fn: Function) -> bool:
    """Whether each element of the result depends on one element of each input alone."""
    return all(not isinstance(n, Apply) or OPS[n.op].kind is Kind.ELEMENTWISE for n in fn.nodes)
