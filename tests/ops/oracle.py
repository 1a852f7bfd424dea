"""Every row of the op table against TensorFlow: value and gradient, four dtypes, eager and XLA.

Run it by hand for some rows: `python tests/ops/oracle.py sqrt softplus`.
"""

from __future__ import annotations

import functools
import itertools
import operator
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ml_dtypes
import numpy as np

from nablint.domains.dtype import FORMATS, Format
from nablint.evaluate import evaluate
from nablint.gradient import expand, gradient
from nablint.ir import Apply, Function, Param
from nablint.ops import ROWS
from nablint.ops.op import REQUIRED, Kind, Op, _parameters, signature

MODES = ("eager", "graph", "xla")
"""`graph` is a tf.function without XLA: the kernels of eager mode, in a graph that TensorFlow rewrites."""
SEEDS = (1.0, 0.0, float("inf"))
STORED = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16, "float32": np.float32, "float64": np.float64}
OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "-u": operator.neg, "+u": operator.pos, "abs": abs, "@": operator.matmul,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "~": operator.inv, "[]": operator.getitem,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One row with one set of attributes."""

    op: Op
    attrs: dict[str, Any]
    spelling: str = ""

    @property
    def arity(self) -> int:
        return 2 if self.op.variadic else len(self.op.operands)

    @property
    def label(self) -> str:
        words = ", ".join(f"{k}={v!r}" for k, v in self.attrs.items())
        return f"{self.op.name}({words})"

    @property
    def pointwise(self) -> bool:
        return self.op.kind is Kind.ELEMENTWISE

    @property
    def batched(self) -> bool:
        """Whether TensorFlow can run all trials at once, each axis moved one to the right."""
        names = signature(self.op, self.name)
        axis = any(mine == "axis" for _, mine, _ in names) or ("axis", -1) in fixed(self.op)
        axis = axis and self.op.kind in (Kind.REDUCES, Kind.ROWWISE) and self.op.name not in SHAPED
        return self.pointwise or (axis and "ord" not in self.attrs and not self.op.name.startswith("arg"))

    @property
    def name(self) -> str:
        return self.spelling or self.op.names[0].partition("(")[0]

    def lacks(self, dtype: str, mode: str) -> bool:
        modes = ("graph", "eager") if mode == "graph" else (mode,)
        return not {dtype, *modes, *(f"{m} {dtype}" for m in modes)}.isdisjoint(self.op.lacks)


def fixed(op: Op) -> Iterator[tuple[str, Any]]:
    """The defaults of the row's attributes."""
    return ((mine, default) for _, mine, default in _parameters(op.params.partition(";")[2]))


def cases(only: Sequence[str] = ()) -> list[Case]:
    """Each row with each of its examples, by the first of its names that the installed library has."""
    found = []
    for op in ROWS:
        names = [entry.partition("(")[0] for entry in op.names]
        spelled = next((n for n in names if not n.startswith(("np.", "math.")) and resolve(n) is not None), None)
        if spelled is not None and (op.name in only or not only) and not differs(op):
            found += [Case(op, dict(attrs), spelled) for attrs in op.examples]
    return found


def differs(op: Op, dtype: str = "") -> bool:
    """Whether the installed library is older than what the row says, in this dtype or in all."""
    import keras

    installed = {"tensorflow": tensorflow().__version__, "keras": keras.__version__}
    for entry in op.older:
        library, last, *alone = entry.split()
        version = tuple(map(int, installed[library].split(".")[: last.count(".") + 1]))
        if version <= tuple(map(int, last.split("."))) and alone == ([dtype] if dtype else []):
            return True
    return False


def grid(fmt: Format) -> list[float]:
    """Points where functions of one number change their mind."""
    low = 2.0 ** (np.log2(fmt.tiny) + 1 - fmt.digits)
    positive = [
        0.0, low, 3 * low, fmt.tiny / 2, fmt.tiny - low, fmt.tiny, 1.5 * fmt.tiny, 4 * fmt.tiny,
        np.sqrt(fmt.tiny), fmt.epsilon / 2, fmt.epsilon, 1e-7, 1e-4, 0.01, 0.1, 0.25, 0.3, 0.5, 0.7, 0.75,
        1 - fmt.epsilon / 2, 1.0, 1 + fmt.epsilon, 1.2, 1.5, 1.7, 2.0, 2.5, 2.718281828, 3.0, 3.5, 4.0, 5.0, 6.0, 6.1,
        7.5, 8.0, 9.0, 10.0, 11.0, 11.0898, 11.1, 12.0, 13.0, 15.0, 16.6, 17.0, 17.5, 20.0, 25.0, 30.0, 37.0, 44.0,
        50.0, 80.0, 87.0, 88.0, 88.72, 88.73, 89.0, 89.4, 90.0, 100.0, 104.0, 120.0, 180.0, 255.0, 256.0, 300.0, 600.0,
        708.0, 709.7, 710.0, 711.0, 745.0, 750.0, 1000.0, 2049.0, 1e4, 6e4, 65000.0, 1e6, 1e10, 1e18, 2e19,
        np.sqrt(fmt.max), fmt.max / 8, fmt.max / 2, fmt.max, np.inf,
    ]  # fmt: skip
    return _representable(positive, fmt)


def pair_grid(fmt: Format) -> list[float]:
    low = 2.0 ** (np.log2(fmt.tiny) + 1 - fmt.digits)
    return _representable(
        [0.0, 3 * low, fmt.tiny, 1e-3, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 11.0, 100.0, np.sqrt(fmt.max), fmt.max, np.inf],
        fmt,
    )


def triple_grid(fmt: Format) -> list[float]:
    return _representable([0.0, fmt.tiny, 1.0, 2.5, np.inf], fmt)


def _representable(positive: Sequence[float], fmt: Format) -> list[float]:
    kept = sorted({float(STORED[fmt.name](x)) for x in positive if x <= fmt.max or x == np.inf})
    return [-x for x in reversed(kept)] + kept + [float("nan")]


def rows_grid(fmt: Format) -> np.ndarray:
    """Trials of shape (2, 3): zeros, ties, gaps, extremes, one NaN, random numbers."""
    big, root, inf, nan = fmt.max, float(np.sqrt(fmt.max)), np.inf, np.nan
    rows = [
        [0, 0, 0], [1, 1, 1], [-1, -2, -3], [1, 2, 3], [0, 1, 0], [-0.0, 0.0, 0.0], [fmt.tiny, -fmt.tiny, 0],
        [100, 0, -100], [1000, 0, 0], [big, 0, 0], [big, big, 0], [-big, big, 0], [-big, -big, -big], [root, root, 1],
        [inf, 0, 0], [inf, inf, 0], [-inf, 0, 0], [-inf, -inf, -inf], [-inf, inf, 1], [nan, 0, 0], [nan, inf, 1],
        [1e-4, 1e-5, 1e-3], [0.3, 0.3, 0.4], [2, 0, 5], [0, 0, 7], [300, 299, 298], [0.1, 0.2, -0.3], [88, 89, 12],
    ]  # fmt: skip
    chosen = np.array(rows, np.float64)
    chosen = np.where(np.isfinite(chosen), np.clip(chosen, -big, big), chosen)
    pairs = [np.stack([chosen, np.roll(chosen, shift, axis=0)], axis=1) for shift in (0, 1, 3)]
    pairs = [_without_order(p) for p in pairs]
    random = np.random.default_rng(1).normal(size=(8, 2, 3))
    return np.concatenate([*pairs, random]).astype(STORED[fmt.name]).astype(np.float64)


def _without_order(trials: np.ndarray) -> np.ndarray:
    """Trials whose sum does not depend on the order: infinite and huge numbers do not meet."""
    finite = np.where(np.isfinite(trials), np.abs(trials), 0).max(axis=(1, 2))
    return trials[(finite < 1e4) | ~np.isinf(trials).any(axis=(1, 2))]


SHAPED: dict[str, Callable[..., Sequence[np.ndarray]]] = {
    "dot": lambda x, y: (x, np.swapaxes(y, 1, 2)),
    "matvec": lambda x, y: (x, y[:, 0]),
    "batch_dot": lambda x, y: (x[:, None], np.swapaxes(y, 1, 2)[:, None]),
    "bias_add": lambda x, y: (x, y[:, 0]),
    "xw_plus_b": lambda x, y, z: (x, np.swapaxes(y, 1, 2), z[:, 0, :2]),
    "relu_layer": lambda x, y, z: (x, np.swapaxes(y, 1, 2), z[:, 0, :2]),
    "sparse_softmax_cross_entropy": lambda x, y: (np.arange(2 * len(x)).reshape(-1, 2) % 3, y),
    "sparse_categorical_crossentropy": lambda x, y: (np.arange(2 * len(x)).reshape(-1, 2) % 3, y),
    "loss_sparse_categorical_crossentropy": lambda x, y: (np.arange(2 * len(x)).reshape(-1, 2) % 3, y),
    "one_hot": lambda x: (np.arange(3 * len(x)).reshape(-1, 3) % 4 - 1,),
    "fill": lambda x: (x[:, 0, 0],),
    "linspace": lambda x, y: (x[:, 0, 0], y[:, 0, 0]),
    "layer_normalization": lambda x, *rest: (x, *(each[:, 0] for each in rest)),
    "rms_normalization": lambda x, *rest: (x, *(each[:, 0] for each in rest)),
}
"""From trials of two rows of three elements to the operands of an op that wants others."""


def inputs(case: Case, fmt: Format) -> list[np.ndarray]:
    """The operands, trials first."""
    if not case.arity:
        return []  # It is made of nothing but its attributes.
    if not case.pointwise:
        trials = rows_grid(fmt)
        trials = np.concatenate([trials] * len(SEEDS) if case.batched else [trials[3::88]] * len(SEEDS))
        given = [np.roll(trials, i, axis=0) for i in range(case.arity)]
        given = list(SHAPED[case.op.name](*given)) if case.op.name in SHAPED else given
        return [x > 0 for x in given] if case.op.truths else given
    points = (grid, pair_grid, triple_grid)[case.arity - 1](fmt)
    product = np.array(list(itertools.product(points, repeat=case.arity)) * len(SEEDS))
    columns = [product[:, i] for i in range(case.arity)]
    words = case.op.operands * (2 if case.op.variadic else 1)
    return [c > 0 if word in case.op.truths else c for word, c in zip(words, columns, strict=True)]


# --- what nablint says --------------------------------------------------------------------------------------------


Answer = tuple[str, np.ndarray | None]


def ours(case: Case, fmt: Format, mode: str, operands: Sequence[np.ndarray]) -> Iterator[Answer]:
    """The value, and the slope for each float operand under the incoming gradients of `seeds`."""
    count = len(operands)
    kernels = "eager" if mode == "graph" else mode
    params = tuple(Param(f"p{i}") for i in range(count))
    attrs = tuple(sorted(complete(case).items()))
    node = Apply(case.op.name, tuple(range(count)), attrs, spelling=resolved(case.name))
    fn = expand(Function(case.op.name, (*params, Param("seed"), node), count + 1))
    given = dict(enumerate(operands))
    value = evaluate(fn, fmt.name, kernels, given)[fn.result]
    yield "value", value
    for i, operand in enumerate(operands):
        if operand.dtype.kind != "f":
            continue
        slope = gradient(fn, i)
        if slope is None or value is None:
            yield f"slope by {i}", None
            continue
        incoming = np.broadcast_to(seeds(value), value.shape)
        found = evaluate(_seeded(slope, fn, count), fmt.name, kernels, given | {count: incoming})[slope.result]
        yield f"slope by {i}", None if found is None else np.broadcast_to(found, operand.shape)


def _seeded(slope: Function, fn: Function, seed: int) -> Function:
    """The slope with the parameter `seed` for the incoming gradient, where `gradient` puts ones."""
    ones = len(fn.nodes)
    incoming = Apply("cast_like", (seed, fn.result))
    return replace(slope, nodes=(*slope.nodes[:ones], incoming, *slope.nodes[ones + 1 :]))


def seeds(value: np.ndarray) -> np.ndarray:
    """For each trial its incoming gradient: 1 for the first third, then 0, then infinity."""
    third = -(-len(value) // len(SEEDS))
    return np.repeat(SEEDS, third)[: len(value)].reshape(-1, *(1,) * (value.ndim - 1))


def resolved(name: str) -> str:
    """The full name that a canonical spelling stands for, as nodes carry it."""
    space, dot, rest = name.partition(".")
    full = {"ops": "keras.ops", "activations": "keras.activations", "K": "tf.keras.backend"}.get(space, space)
    return f"{full}{dot}{rest}"


def complete(case: Case) -> dict[str, Any]:
    """The attributes with the defaults of the row and of the spelling, as `bind` gives them."""
    ours = {mine: default for _, mine, default in _parameters(case.op.params.partition(";")[2])}
    theirs = {mine: default for _, mine, default in signature(case.op, case.name) if mine in ours}
    return {k: v for k, v in (ours | theirs | case.attrs).items() if v is not REQUIRED}


# --- what TensorFlow says -----------------------------------------------------------------------------------------


@functools.cache
def tensorflow() -> Any:
    import tensorflow as tf

    return tf


KINDS = {"b": "bool", "i": "int32"}
"""The dtypes of operands that are no floats."""


@functools.cache
def namespaces() -> dict[str, Any]:
    import keras

    tf = tensorflow()
    return {"tf": tf, "K": tf.keras.backend, "ops": getattr(keras, "ops", None), "activations": keras.activations,
            "np": np, "math": __import__("math"), "keras": keras, "losses": keras.losses}  # fmt: skip


def resolve(name: str) -> Any:
    """The real function of a canonical spelling, from TensorFlow 1's names too, or None if it is gone."""
    if name in OPERATORS:
        return OPERATORS[name]
    space, _, rest = name.partition(".")
    older = {"tf": tensorflow().compat.v1, "keras": tensorflow().keras}
    for root in (namespaces()[space], *([older[space]] if space in older else [])):
        found = root
        for word in rest.split("."):
            found = getattr(found, word, None)
        if found is not None:
            return found
    return None


def call(case: Case, operands: Sequence[Any], attrs: dict[str, Any]) -> Any:
    """The library's answer by the case's spelling."""
    real = resolve(case.name)
    names = signature(case.op, case.name)
    given = (
        {case.op.operands[0]: list(operands)}
        if case.op.variadic
        else dict(zip(case.op.operands, operands, strict=True))
    )
    chosen = given | {k: v for k, v in attrs.items() if k != "index"}
    if case.name == "[]":
        return operands[0][tuple(slice(*k[1:]) if isinstance(k, tuple) else k for k in attrs["key"])]
    if case.name in OPERATORS:
        return real(*operands)
    if case.op.name == "einsum":
        return real(attrs["equation"], *operands)
    users: dict[str, str] = {}
    for user, mine, _ in names:
        users.setdefault(mine, user)
    found = real(**{users[mine]: value for mine, value in chosen.items() if mine in users})
    return found[attrs.get("index", 0)] if case.op.many else found


def moved(case: Case) -> dict[str, Any]:
    """The attributes for all trials at once: every axis one further right."""
    if case.pointwise or not case.batched:
        return case.attrs
    names = {mine: default for _, mine, default in signature(case.op, case.name)}
    axis = case.attrs.get("axis", names.get("axis"))
    if axis is None and case.op.name in ("softmax", "log_softmax"):
        axis = -1
    shifted = (1, 2) if axis is None else axis + 1 if axis >= 0 else axis
    return case.attrs | {"axis": shifted}


def theirs(case: Case, operands: Sequence[Any]) -> list[Any]:
    """Value and slopes under the incoming gradients of `seeds`; None stays None."""
    tf = tensorflow()
    if not operands:
        found = call(case, (), case.attrs)
        return [tf.convert_to_tensor(found, "float64" if isinstance(found, float) else None)[None]]
    if case.batched:
        return _value_and_slopes(case, operands, moved(case), lambda y: seeds(np.empty(y.shape)))
    levels = seeds(np.empty(operands[0].shape[0]))
    found = [
        _value_and_slopes(case, [x[i] for x in operands], case.attrs, lambda y, level=level: np.full(y.shape, level))
        for i, level in enumerate(levels)
    ]
    return [None if column[0] is None else tf.stack(column) for column in zip(*found, strict=True)]


def _value_and_slopes(
    case: Case, operands: Sequence[Any], attrs: dict[str, Any], incoming: Callable[[Any], np.ndarray]
) -> list[Any]:
    tf = tensorflow()
    watched = [x for x in operands if x.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        value = tf.convert_to_tensor(call(case, operands, attrs))
    if not value.dtype.is_floating:
        return [value] + [None] * len(watched)
    seed = tf.broadcast_to(tf.constant(incoming(value), value.dtype) * _one(value.dtype), tf.shape(value))
    flows = tape.gradient(value, watched, output_gradients=seed)
    return [value, *(None if g is None else tf.convert_to_tensor(g) for g in flows)]


ONE: list[Any] = [None]
"""Under XLA an argument of the compiled function, so that incoming gradients are not known to the compiler."""


def _one(dtype: Any) -> Any:
    return 1 if ONE[0] is None else tensorflow().cast(ONE[0], dtype)


@dataclass
class Tally:
    rows: set[str] = field(default_factory=set)
    points: int = 0
    mismatches: list[str] = field(default_factory=list)
    worst: Counter[str] = field(default_factory=Counter)
    """The largest error of each row, in ulp."""

    def line(self) -> str:
        return (
            f"{len(self.rows)} rows, {self.points:,} points compared with TensorFlow, {len(self.mismatches)} mismatches"
        )

    def add(self, other: Tally) -> None:
        self.rows |= other.rows
        self.points += other.points
        self.mismatches += other.mismatches


TOTAL = Tally()
"""Of all that was compared in this run."""


def conform(only: Sequence[str] = (), dtypes: Iterable[str] = FORMATS, modes: Iterable[str] = MODES) -> Tally:
    tally = Tally()
    for dtype in dtypes:
        fmt = FORMATS[dtype]
        chosen = [case for case in cases(only) if not differs(case.op, dtype)]
        for mode in modes:
            for case, answer in _answers(chosen, fmt, mode):
                _compare(tally, case, fmt, mode, answer)
    return tally


def _answers(chosen: Sequence[Case], fmt: Format, mode: str) -> Iterator[tuple[Case, list[Any] | Exception]]:
    """TensorFlow's answers: one call a case when eager, a few compiled functions of many cases under XLA."""
    tf = tensorflow()
    dtype = tf.dtypes.as_dtype(fmt.name)
    if mode == "eager":
        for case in chosen:
            try:
                operands = [tf.constant(x, KINDS.get(x.dtype.kind, dtype)) for x in inputs(case, fmt)]
                yield case, theirs(case, operands)
            except Exception as error:
                yield case, error
        return
    able = [case for case in chosen if not case.lacks(fmt.name, mode)]
    for batch in (able[i : i + 60] for i in range(0, len(able), 60)):
        yield from _compiled(batch, fmt, dtype, mode == "xla")
    for case in chosen:
        if case not in able:
            yield from _compiled([case], fmt, dtype, mode == "xla")


def _compiled(
    batch: Sequence[Case], fmt: Format, dtype: Any, xla: bool
) -> Iterator[tuple[Case, list[Any] | Exception]]:
    tf = tensorflow()
    fed = [[tf.constant(x, KINDS.get(x.dtype.kind, dtype)) for x in inputs(c, fmt)] for c in batch]
    gone: list[list[bool]] = []

    @tf.function(jit_compile=xla, autograph=False)
    def run(fed: Any, one: Any) -> Any:
        gone.clear()
        ONE[0] = one
        found = []
        for case, operands in zip(batch, fed, strict=True):
            answer = theirs(case, operands)
            gone.append([a is None for a in answer])
            found.append([a for a in answer if a is not None])
        return found

    try:
        results = run(fed, tf.constant(1.0))
    except Exception as error:
        if len(batch) == 1:
            yield batch[0], error
            return
        for case in batch:
            yield from _compiled([case], fmt, dtype, xla)
        return
    finally:
        ONE[0] = None
    for case, missing, found in zip(batch, gone, results, strict=True):
        rest = iter(found)
        yield case, [None if absent else next(rest) for absent in missing]


def _compare(tally: Tally, case: Case, fmt: Format, mode: str, answer: list[Any] | Exception) -> None:
    where = f"{case.label} {fmt.name} {mode}"
    tally.rows.add(case.op.name)
    if isinstance(answer, Exception):
        if not case.lacks(fmt.name, mode):
            tally.mismatches.append(f"{where}: TensorFlow raises {type(answer).__name__}: {str(answer)[:150]}")
        return
    if case.lacks(fmt.name, mode):
        tally.mismatches.append(f"{where}: the row says that TensorFlow raises, and it does not")
        return
    operands = inputs(case, fmt)
    try:
        said = list(ours(case, fmt, mode, operands))
    except Exception as error:
        tally.mismatches.append(f"{where}: nablint raises {type(error).__name__}: {error}")
        return
    for (what, mine), real in zip(said, answer, strict=True):
        real = None if real is None else np.asarray(tensorflow().convert_to_tensor(real)).astype(np.float64)
        tally.mismatches += _differences(tally, case, fmt, mode, f"{where} {what}", mine, real, operands)


def _differences(
    tally: Tally, case: Case, fmt: Format, mode: str, where: str, mine: Any, real: Any, operands: Sequence[np.ndarray]
) -> Iterator[str]:
    if mine is None or real is None:
        tally.points += 1
        if (mine is None) != (real is None):
            yield f"{where}: nablint says {'None' if mine is None else 'a value'}, TensorFlow the contrary"
        return
    mine = np.asarray(mine, np.float64)
    try:
        mine = np.broadcast_to(mine, real.shape)
    except ValueError:
        yield f"{where}: nablint's shape is {mine.shape}, TensorFlow's {real.shape}"
        return
    mine, real = np.atleast_1d(mine), np.atleast_1d(real)
    tally.points += real.size
    with np.errstate(all="ignore"):
        pattern = (np.isnan(mine) != np.isnan(real)) | (np.isinf(mine) != np.isinf(real))
        pattern |= np.isinf(mine) & np.isinf(real) & (mine != real)
        fine = np.isfinite(mine) & np.isfinite(real)
        gap = (
            np.abs(mine - real)
            - case.op.slack * fmt.epsilon * _scale(case, real, operands)
            - (4 * fmt.tiny if fmt.flushes else 0)
        )
        error = np.where(fine, np.maximum(gap, 0) / _spacing(np.where(fine, real, 1.0), fmt), 0.0)
        bound = case.op.ulp if where.endswith("value") else case.op.slope_ulp
        holes = _holes(case, fmt, mode, operands, mine.shape)
        if not where.endswith("value"):
            holes = holes | _undecided(case, mine, real)
        pattern, error = pattern & ~holes, np.where(holes, 0.0, error)
        if fine.any() and np.isfinite(error.max()) and error.max() > 0:
            tally.worst[f"{case.op.name} {where.rpartition(' ')[2][:5]}"] = int(np.ceil(error.max()))
        wrong = pattern | (error > bound)
    if not wrong.any():
        return
    for index in list(zip(*np.nonzero(wrong), strict=True))[:3]:
        point = [x[index] if case.pointwise else x[index[0]].tolist() for x in operands]
        yield f"{where} at {point}: nablint {mine[index]!r}, TensorFlow {real[index]!r}"
    extra = int(wrong.sum()) - 3
    if extra > 0:
        yield f"{where}: and {extra} more"


def _undecided(case: Case, mine: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Where the incoming gradient is infinite and the slope rounds to zero on one side alone, or may."""
    third = -(-len(mine) // len(SEEDS))
    if len(mine) != third * len(SEEDS):
        return np.zeros(mine.shape, bool)
    flat = (mine[:third] == 0) != (real[:third] == 0)
    flat = np.ones_like(flat) if case.op.slack >= 4 else flat
    return np.concatenate([np.zeros_like(flat)] * (len(SEEDS) - 1) + [flat])


def _scale(case: Case, real: np.ndarray, operands: Sequence[np.ndarray]) -> np.ndarray:
    """What the slack of a row of numbers is measured by: the largest that occurs in it, but at least 1."""
    if case.pointwise or not real.size:
        return np.ones(())
    columns = [np.where(np.isfinite(x), np.abs(x), 0).reshape(len(x), -1).max(axis=1) for x in (real, *operands)]
    return np.maximum(1, np.max(columns, axis=0)).reshape(-1, *(1,) * (real.ndim - 1))


HOLES: dict[str, Callable[[np.ndarray, Format], np.ndarray]] = {
    "any": lambda x, fmt: np.ones(x.shape, bool),
    "nan": lambda x, fmt: np.isnan(x),
    "inf": lambda x, fmt: np.isinf(x),
    "subnormal": lambda x, fmt: (np.abs(x) < fmt.tiny) & (x != 0),
    "negative": lambda x, fmt: x < 0,
    "huge": lambda x, fmt: np.abs(x) > 0.9 * np.sqrt(fmt.max),
}


def _holes(case: Case, fmt: Format, mode: str, operands: Sequence[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """The points that the row leaves out; whole trials of an op that is not pointwise."""
    found = np.zeros(operands[0].shape[:1] if operands else (), bool)
    for skip in case.op.skips:
        only, _, word = skip.rpartition(" ")
        if only not in ("", mode, *(("eager", "xla") if mode == "graph" else ())):
            continue
        for operand in (x for x in operands if x.dtype.kind == "f"):
            hit = HOLES[word](operand, fmt) if word in HOLES else np.abs(operand) == float(word)
            found |= hit.reshape(len(hit), -1).any(axis=1)
    return np.broadcast_to(found.reshape(-1, *(1,) * (len(shape) - 1)) if operands else found, shape)


def _spacing(values: np.ndarray, fmt: Format) -> np.ndarray:
    exponent = np.floor(np.log2(np.maximum(np.abs(values), fmt.tiny)))
    return 2.0 ** (exponent + 1 - fmt.digits)


if __name__ == "__main__":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    rows = [word for word in sys.argv[1:] if word not in (*FORMATS, *MODES)]
    for dtype in [word for word in sys.argv if word in FORMATS] or FORMATS:
        for mode in [word for word in sys.argv if word in MODES] or MODES:
            start = time.perf_counter()
            found = conform(rows, [dtype], [mode])
            TOTAL.add(found)
            print("\n".join(found.mismatches))
            print(
                f"{dtype} {mode}: {time.perf_counter() - start:.0f} s; worst, ulp:",
                dict(found.worst.most_common(9)),
                flush=True,
            )
    print(TOTAL.line())
    sys.exit(bool(TOTAL.mismatches))
