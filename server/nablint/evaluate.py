"""NumPy values: a function made into a list of steps for one dtype and mode, and the steps taken."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from nablint.domains.dtype import FORMATS, Array, Dtype, Format
from nablint.interpret import dtypes
from nablint.ir import Apply, Const, Function
from nablint.ops import OPS
from nablint.ops.op import Kind, Op

Values = Sequence["Array | None"]
"""Of every node, with a leading axis of trials; None where it is unknown or TensorFlow would raise."""

Step = Callable[[Values], "Array | None"]
"""From the values of the nodes before to the value of one node."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A function, ready to be evaluated often."""

    format: Format
    known: tuple[Dtype, ...]
    steps: tuple[Step | None, ...]
    """For each node; None for one whose value is not known, not wanted, or given."""
    constants: Mapping[int, Array]


def plan(fn: Function, dtype: str, mode: str, wanted: Container[int] | None = None) -> Plan:
    """How to evaluate `fn`, which holds only ops with a meaning (see `expand`), for parameters of this dtype.

    `wanted` are the nodes to evaluate, with all that they are made from; None is all.
    """
    known = dtypes(fn, dtype)
    with np.errstate(all="ignore"):
        constants = {index: _constant(node) for index, node in enumerate(fn.nodes) if isinstance(node, Const)}
        steps = tuple(
            _step(fn, node, mode, known, known[index], constants)
            if isinstance(node, Apply) and (wanted is None or index in wanted)
            else None
            for index, node in enumerate(fn.nodes)
        )
    return Plan(FORMATS[dtype], known, steps, constants)


def run(prepared: Plan, inputs: Mapping[int, Array]) -> tuple[Array | None, ...]:
    """The value of every node; inputs, by the index of a Param, have a leading axis of trials, which no op sees."""
    values: list[Array | None] = []
    with np.errstate(all="ignore"):
        for index, step in enumerate(prepared.steps):
            if step is not None:
                values.append(step(values))
            elif index in inputs:
                values.append(prepared.format.round(inputs[index]))
            else:
                values.append(prepared.constants.get(index))
    return tuple(values)


def evaluate(fn: Function, dtype: str, mode: str, inputs: Mapping[int, Array]) -> tuple[Array | None, ...]:
    """The value of every node, for callers that evaluate a function once."""
    return run(plan(fn, dtype, mode), inputs)


def same_under_xla(fn: Function, eager: Plan, values: Values) -> bool:
    """Whether XLA computes what the eager kernels did: each op that may differ is tried on the eager operands."""
    for index, node in enumerate(fn.nodes):
        if eager.steps[index] is None or not isinstance(node, Apply) or not _differs(fn, node):
            continue
        step = _step(fn, node, "xla", eager.known, eager.known[index], eager.constants)
        with np.errstate(all="ignore"):
            found = step(values) if step else None
        if found is None or not np.array_equal(found, np.asarray(values[index]), equal_nan=True):
            return False
    return True


def _differs(fn: Function, node: Apply) -> bool:
    op = OPS[node.op]
    return op.xla is not None or (op.masks and any(_is_cast(fn, arg) for arg in node.args))


def _is_cast(fn: Function, index: int) -> bool:
    node = fn.nodes[index]
    return isinstance(node, Apply) and node.op in ("cast", "cast_like")


def _constant(node: Const) -> Array:
    strong = FORMATS.get(node.dtype)
    value = np.asarray([node.value] if isinstance(node.value, tuple) else node.value)
    return strong.round(value) if strong else value


def _step(
    fn: Function, node: Apply, mode: str, known: Sequence[Dtype], dtype: Dtype, constants: Mapping[int, Array]
) -> Step | None:
    op = OPS[node.op]
    if not dtype.name or op.meaning is None:
        return None
    form = None if dtype.weak else FORMATS.get(dtype.name)
    if mode == "xla" and op.masks and dtype.name != "bfloat16" and (mask := _mask(fn, node, known)) is not None:
        return partial(_selected, node.args[mask], node.args[1 - mask])
    kinds = [known[arg] for arg in node.args]
    met = next((FORMATS[kind.name] for kind in kinds if not kind.weak and kind.name in FORMATS), form)
    readers = [_reader(kind, met, form) for kind in kinds]
    operands = tuple(
        (arg, _fixed(constants.get(arg), kind, read, met), read)
        for arg, kind, read in zip(node.args, kinds, readers, strict=True)
    )
    meaning = _meaning(op, node, mode, form)
    aligns = len(kinds) > 1 and op.kind is Kind.ELEMENTWISE and not op.lends
    return _called(operands, _aligning(meaning) if aligns else meaning, form.round if form else np.asarray)


def _fixed(
    constant: Array | None, kind: Dtype, read: Callable[[Array], Array] | None, met: Format | None
) -> Array | None:
    """The operand as the kernel reads it, if it never changes."""
    if constant is None or read is None:
        return None
    if kind.weak and met and constant.ndim == 0 and constant.dtype != np.bool_:
        return _number(constant.item(), met.name)
    return read(constant)


@lru_cache(maxsize=4096)
def _number(value: float, dtype: str) -> Array:
    return FORMATS[dtype].round(np.asarray(value))


def _meaning(op: Op, node: Apply, mode: str, form: Format | None) -> Callable[..., Array]:
    assert op.meaning is not None
    meaning = op.xla if mode == "xla" and op.xla else op.meaning
    given = {**dict(node.attrs), **({"fmt": form} if op.formatted else {})}
    return partial(meaning, **given) if given else meaning


def _called(
    operands: Sequence[tuple[int, Array | None, Callable[[Array], Array] | None]],
    meaning: Callable[..., Array],
    finish: Callable[[Array], Array],
) -> Step:
    """One op on operands that are made to fit it: for each the node, its value if fixed, and how to read it."""

    def value(values: Values) -> Array | None:
        args: list[Array] = []
        for node, fixed, read in operands:
            if fixed is None:
                found = values[node]
                if found is None:
                    return None
                args.append(found if read is None else read(found))
            else:
                args.append(fixed)
        try:
            return finish(meaning(*args))
        except (ValueError, IndexError, TypeError):
            return None  # The shapes of this trial do not fit the code; another trial's may.

    return value


def _aligning(meaning: Callable[..., Array]) -> Callable[..., Array]:
    """The meaning, on operands of different rank made to broadcast."""

    def aligning(*args: Array) -> Array:
        rank = args[0].ndim
        for arg in args:
            if arg.ndim not in (0, rank):
                return meaning(*aligned(args))
        return meaning(*args)

    return aligning


def _reader(kind: Dtype, met: Format | None, form: Format | None) -> Callable[[Array], Array] | None:
    """How the kernel reads an operand: a number takes the format of the tensor that it meets."""
    if kind.weak:
        return partial(_as_number, met)
    if form is None or (kind.name in FORMATS and FORMATS[kind.name].compute == form.compute):
        return None
    return partial(_as_tensor, form)


def _as_number(met: Format | None, arg: Array) -> Array:
    if arg.dtype == np.bool_:
        return arg
    return met.round(arg) if met else arg.astype(np.float64)


def _as_tensor(form: Format, arg: Array) -> Array:
    return arg if arg.dtype == np.bool_ or arg.dtype == form.compute else arg.astype(form.compute)


def _mask(fn: Function, node: Apply, known: Sequence[Dtype]) -> int | None:
    """Which operand of a product is a bool that was cast."""
    for position, arg in enumerate(node.args):
        origin = fn.nodes[arg]
        if _is_cast(fn, arg) and isinstance(origin, Apply) and known[origin.args[0]].name == "bool":
            return position
    return None


def _selected(mask: int, other: int, values: Values) -> Array | None:
    """XLA makes a select of a product with a mask, so that 0 * inf is 0."""
    condition, value = values[mask], values[other]
    if condition is None or value is None:
        return None
    try:
        return np.asarray(np.where(condition != 0, value, 0))
    except ValueError:
        return None  # As for every other op: the shapes of this trial do not fit.


def aligned(arrays: Sequence[Array]) -> list[Array]:
    """Arrays of different rank made to broadcast: axes of length one go in behind the axis of trials."""
    rank = max(array.ndim for array in arrays)
    return [
        array
        if array.ndim in (0, rank)
        else array.reshape(array.shape[:1] + (1,) * (rank - array.ndim) + array.shape[1:])
        for array in arrays
    ]
