"""Every spelling is real: it resolves, takes the parameters that the row says, and computes what the row says."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from nablint.domains.dtype import Dtype
from nablint.evaluate import evaluate
from nablint.gradient import expand
from nablint.interpret import DTYPES
from nablint.ir import Apply, Function, Param
from nablint.ops import BY_NAME, ROWS
from nablint.ops.op import REQUIRED, Kind, Op, signature
from ops.oracle import KINDS, OPERATORS, SHAPED, Case, call, complete, namespaces, resolve, resolved, tensorflow

pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore")]

GONE = {
    "TensorFlow before 1.0": ("tf.neg", "tf.sub", "tf.mul", "tf.pack", "tf.select"),
    "Keras 2's backend": ("K.logsumexp",),
    "never in keras.ops, but in its documentation": ("tf.keras.config.epsilon",),
    "TensorFlow 1, under another module": ("tf.log_sigmoid", "tf.floor_div", "tf.realdiv"),
}
"""Spellings that old code holds and that the installed TensorFlow no longer has."""

SPELLINGS = [(op, name.partition("(")[0]) for op in ROWS for name in op.names]
LIVE = [(op, name) for op, name in SPELLINGS if name not in {gone for names in GONE.values() for gone in names}]
"""The spellings to compare; `test_spellings_resolve_unless_gone` holds the rest."""
LOOSE = ("np.", "math.")
"""NumPy and math are here to fold constants; their signatures are their own affair."""


def test_spellings_resolve_unless_gone() -> None:
    missing = {name for _, name in SPELLINGS if resolve(name) is None}
    known = {name for names in GONE.values() for name in names}
    assert missing <= known, f"not in TensorFlow: {sorted(missing - known)}"


def _real_signatures(name: str) -> list[dict[str, Any]]:
    """The parameters and their defaults, in TensorFlow 2 and, if it differs, in TensorFlow 1."""
    found = []
    roots = [resolve(name)]
    if name.startswith("tf."):
        old: Any = tensorflow().compat.v1
        for word in name.split(".")[1:]:
            old = getattr(old, word, None)
        roots.append(old)
    for real in roots:
        try:
            parameters = inspect.signature(real).parameters.values() if real else ()
        except (TypeError, ValueError):
            continue
        found.append({p.name: p.default for p in parameters})
    return found


@pytest.mark.parametrize(
    ("op", "name"),
    [(op, name) for op, name in LIVE if name not in OPERATORS and not name.startswith(LOOSE)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parameters_are_the_librarys(op: Op, name: str) -> None:
    reals = _real_signatures(name)
    written = signature(op, name)
    everywhere = {word for real in reals for word in real}
    assert {user for user, _, _ in written} <= everywhere, f"not parameters of {name}: {reals}"
    first = [word for word in reals[0] if word != "name"]
    ours = [user for user, _, _ in written if user in first]
    assert ours == first[: len(ours)] or set(first[: len(ours)]) != set(ours), "positions differ"
    assert [w for w in first if w in ours] == ours, f"order differs: {first}"
    for user, _, default in written:
        real = reals[0].get(user, inspect.Parameter.empty)
        if default is not REQUIRED and real is not inspect.Parameter.empty and not _same_default(default, real):
            raise AssertionError(f"{name}: {user} is {real!r} by default, not {default!r}")


def _same_default(ours: Any, real: Any) -> bool:
    """None stands for the library's own choice, which the row spells out."""
    name = getattr(real, "name", real)
    return ours in (real, name) or real is None or ours is None


def _benign(case: Case) -> list[np.ndarray]:
    if case.op.kind is Kind.ELEMENTWISE and not case.op.variadic:
        values = [np.array([0.3, 0.75, 1.5, 2.0, 3.0]), np.array([2.0, 0.5, 3.0, 0.25, 1.0]), np.full(5, 3.5)]
        given = values[: len(case.op.operands)]
    else:
        given = [np.array([[[0.5, 1.0, 2.0], [3.0, 4.0, 2.5]]]), np.array([[[1.5, 2.0, 0.5], [1.0, 0.25, 2.0]]])]
        given = (given * 3)[: case.arity]
        given = list(SHAPED[case.op.name](*given)) if case.op.name in SHAPED else given
    if case.name.endswith("scalar_mul"):
        given[0] = np.array(2.0)
    return [x > 1 if word in case.op.truths else x for word, x in zip(case.op.operands * 2, given, strict=False)]


@pytest.mark.parametrize(
    ("op", "name"),
    [(op, name) for op, name in LIVE if op.examples and op.operands],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_spellings_compute_what_the_row_says(op: Op, name: str) -> None:
    known = {mine for _, mine, _ in signature(op, name)} | ({"key"} if name == "[]" else set())
    for attrs in op.examples:
        if not set(attrs) <= known | {"index"}:
            continue
        needed = {mine for _, mine, default in signature(op, name) if default is REQUIRED}
        if not needed <= {*attrs, *op.operands, "key"}:
            continue
        case = Case(op, dict(attrs), name)
        operands = _benign(case)
        count = len(operands)
        node = Apply(op.name, tuple(range(count)), tuple(sorted(complete(case).items())), spelling=resolved(name))
        fn = expand(Function(op.name, (*map(Param, "abcde"[:count]), node), count))
        mine = evaluate(fn, "float32", "eager", dict(enumerate(operands)))[fn.result]
        assert mine is not None
        real = _library(case, operands)
        np.testing.assert_allclose(
            np.asarray(mine, float).ravel(), np.ravel(real), rtol=2e-5, atol=1e-6, equal_nan=True
        )


def _library(case: Case, operands: list[np.ndarray]) -> np.ndarray:
    """The library's answer: tensors for TensorFlow and Keras, arrays for NumPy, one number at a time for math."""
    tf = tensorflow()
    pointwise = case.op.kind is Kind.ELEMENTWISE and not case.op.variadic
    if case.name.startswith("math."):
        rows = zip(*(x.tolist() for x in operands), strict=True)
        return np.array([_tried(resolve(case.name), row) for row in rows], float)
    if case.name.startswith("np."):
        given = operands if pointwise else [x[0] for x in operands]
        names = [user for user, mine, _ in signature(case.op, case.name) if mine in case.attrs]
        words = {u: case.attrs[m] for u, m, _ in signature(case.op, case.name) if u in names}
        if case.op.name == "fill":
            return np.asarray(resolve(case.name)(case.attrs["dims"], given[0]), float)
        if case.op.name == "einsum":
            return np.asarray(np.einsum(case.attrs["equation"], *given), float)
        with np.errstate(all="ignore"):
            found = resolve(case.name)(given, **words) if case.op.variadic else resolve(case.name)(*given, **words)
            return np.asarray(found[case.attrs.get("index", 0)] if case.op.many else found, float)
    tensors = [tf.constant(x, KINDS.get(x.dtype.kind, tf.float32)) for x in operands]
    tensors = tensors if pointwise else [x[0] for x in tensors]
    return np.asarray(tf.cast(tf.convert_to_tensor(call(case, tensors, case.attrs)), tf.float64))


def _tried(f: Any, numbers: tuple[float, ...]) -> float:
    try:
        return float(f(*numbers))
    except ValueError:
        return float("nan")


MET = {"half": Dtype("float16"), "single": Dtype("float32"), "number": Dtype("float32", weak=True)}


@pytest.mark.parametrize(
    ("op", "name"),
    [
        (op, name)
        for op, name in LIVE
        if op.kind is Kind.ELEMENTWISE and len(op.operands) in (1, 2) and not (op.truths or op.variadic or op.many)
        and not name.startswith((*LOOSE, "K.cast", "K.constant", "K.variable", "tf.ensure_shape"))
        and op.examples and name not in ("abs", "~", "[]")
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_dtypes_meet_as_in_tensorflow(op: Op, name: str) -> None:
    tf = tensorflow()
    samples = {"half": tf.constant(0.5, tf.float16), "single": tf.constant(0.5), "number": 0.5}
    combinations = [(a,) for a in MET] if len(op.operands) == 1 else [(a, b) for a in MET for b in MET]
    case = Case(op, dict(op.examples[0]), name)
    combinations = [c for c in combinations if "half" not in c or "float16" not in " ".join(op.lacks)]
    for words in combinations:
        if name in OPERATORS and set(words) == {"number"}:
            continue
        node = Apply(op.name, tuple(range(len(words))), tuple(sorted(complete(case).items())), spelling=resolved(name))
        said = DTYPES.apply(0, node, [MET[w] for w in words])
        try:
            real = tf.convert_to_tensor(call(case, [samples[w] for w in words], case.attrs)).dtype.name
        except AttributeError:
            continue  # It asks a number for its dtype.
        except Exception:
            real = "raises"
        mine = "raises" if said.clash else said.name
        assert mine == real, f"{name}{words}: nablint {mine}, TensorFlow {real}"


def test_every_namespace_is_spelled() -> None:
    spaces = {name.partition(".")[0] for name in BY_NAME if "." in name}
    assert {"tf", "K", "ops", "activations", "np", "math"} <= spaces
    assert spaces <= set(namespaces())
