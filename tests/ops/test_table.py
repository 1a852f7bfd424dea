"""The op table holds together: spellings bind, examples fit, every row can be evaluated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nablint.domains.dtype import ANY, FORMATS, Dtype
from nablint.evaluate import evaluate
from nablint.gradient import expand, gradient
from nablint.interpret import dtypes, promotes
from nablint.ir import Apply, Builder, Const, Function, Param
from nablint.ops import BY_NAME, OPS, ROWS
from nablint.ops.op import Op, bind, signature

BINDINGS: tuple[tuple[str, tuple[str, ...], dict[str, str], Any], ...] = (
    ("tf.nn.relu", ("A",), {}, (("A",), {})),
    ("tf.nn.relu", (), {"features": "A", "name": "B"}, (("A",), {})),
    ("ops.relu", (), {"features": "A"}, None),
    ("tf.nn.leaky_relu", ("A",), {}, (("A",), {"alpha": 0.2})),
    ("tf.nn.leaky_relu", ("A",), {"alpha": "B"}, (("A",), {"alpha": "B"})),
    ("activations.leaky_relu", ("A",), {"negative_slope": "B"}, (("A",), {"alpha": "B"})),
    ("activations.leaky_relu", ("A",), {"alpha": "B"}, None),
    ("tf.clip_by_value", ("A",), {"clip_value_min": "B", "clip_value_max": "C"}, (("A", "B", "C"), {})),
    ("ops.clip", ("A", "B", "C"), {}, (("A", "B", "C"), {})),
    ("ops.add", ("A",), {"x2": "B"}, (("A", "B"), {})),
    ("tf.add", ("A",), {"x2": "B"}, None),
    ("tf.add", ("A",), {}, None),
    ("tf.add", ("A", "B", "C", "D"), {}, None),
    ("tf.add", ("A", "B"), {"x": "C"}, None),
    ("tf.reduce_sum", ("A", "B"), {"keepdims": "C"}, (("A",), {"axis": "B", "keepdims": "C"})),
    ("tf.reduce_sum", ("A",), {"keep_dims": "C"}, (("A",), {"axis": None, "keepdims": "C"})),
    ("K.sum", ("A",), {"axis": "B"}, (("A",), {"axis": "B", "keepdims": False})),
    ("K.argmax", ("A",), {}, (("A",), {"axis": -1})),
    ("ops.argmax", ("A",), {}, (("A",), {"axis": None})),
    ("tf.nn.gelu", ("A",), {}, (("A",), {"approximate": False})),
    ("ops.gelu", ("A",), {}, (("A",), {"approximate": True})),
    ("tf.unstack", ("A", "B"), {}, (("A",), {"sizes": "B", "axis": 0, "index": 0})),
    ("tf.gather", ("A",), {"indices": "B", "batch_dims": "C"}, None),
    ("tf.concat", ("A",), {"axis": "B"}, (("A",), {"axis": "B"})),
    ("-u", ("A",), {}, (("A",), {})),
    ("**", ("A", "B"), {}, (("A", "B"), {})),
)


@pytest.mark.parametrize(("name", "positional", "keywords", "expected"), BINDINGS)
def test_calls_bind(name: str, positional: tuple[str, ...], keywords: dict[str, str], expected: Any) -> None:
    found = bind(BY_NAME[name], name, positional, keywords)
    assert (found and (found.operands, dict(found.attrs))) == expected


def test_the_table_is_as_broad_as_promised() -> None:
    assert len(ROWS) >= 320
    assert len(BY_NAME) >= 920


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_a_row_is_whole(op: Op) -> None:
    assert (op.meaning is None) != (op.body is None), "a row has a meaning or a body"
    ours = {mine for _, mine, _ in signature(Op("", op.params, ()), "")}
    for name in op.names:
        theirs = {mine for _, mine, _ in signature(op, name.partition("(")[0])} - {"_", "!"}
        assert theirs <= ours, f"{name} binds {theirs - ours}"
    for attrs in op.examples:
        assert set(attrs) <= ours
    assert op.note or not set(op.skips) - {"subnormal"}, "what is left out needs a reason"


@pytest.mark.parametrize(
    "op", [op for op in ROWS if op.names and op.kind.name == "ELEMENTWISE"], ids=lambda op: op.name
)
@pytest.mark.parametrize("dtype", FORMATS)
def test_scalars_and_weak_numbers_are_evaluated(op: Op, dtype: str) -> None:
    """`f(x, 2)` has a value and, where TensorFlow gives one, a slope."""
    for attrs in op.examples:
        count = 2 if op.variadic else len(op.operands)
        first = (
            op.operands.index(next(o for o in op.operands if o not in op.truths))
            if set(op.operands) - set(op.truths)
            else 0
        )
        nodes = [Param("x") if i == first else Const(True if op.truths else 2.0) for i in range(count)]
        fn = expand(
            Function(op.name, (*nodes, Apply(op.name, tuple(range(count)), tuple(sorted(attrs.items())))), count)
        )
        x = np.array([0.25, 0.5, 1.0, -1.0])
        given = {first: x > 0 if op.truths and first == 0 and "x" in op.truths else x}
        value = evaluate(fn, dtype, "eager", given)[fn.result]
        if dtypes(fn, dtype)[fn.result].clash:
            assert op.dtype.__name__ == "firmly"
            continue
        assert value is not None
        slope = gradient(fn, first)
        if slope is not None:
            assert evaluate(slope, dtype, "xla", given)[slope.result] is not None


def _dtype(name: str, *dtypes: Dtype) -> Dtype:
    op = BY_NAME[name]
    return op.dtype(promotes(name), *dtypes)


F16, F32, WEAK = Dtype("float16"), Dtype("float32"), Dtype("float32", weak=True)


@pytest.mark.parametrize(
    ("name", "dtypes", "expected"),
    [
        ("tf.add", (F16, F16), F16),
        ("tf.add", (F16, WEAK), F16),
        ("tf.add", (F16, F32), Dtype("", clash=("float16", "float32"))),
        ("*", (F16, WEAK), F16),
        ("*", (WEAK, WEAK), WEAK),
        ("tf.sqrt", (WEAK,), F32),
        ("tf.sqrt", (F16,), F16),
        ("tf.maximum", (WEAK, F16), F16),
        ("tf.where", (Dtype("bool"), WEAK, WEAK), F32),
        ("tf.where", (Dtype("bool"), F16, WEAK), F16),
        ("tf.greater", (F16, WEAK), Dtype("bool")),
        ("tf.add", (ANY, F16), ANY),
    ],
)
def test_dtypes(name: str, dtypes: tuple[Dtype, ...], expected: Dtype) -> None:
    assert _dtype(name, *dtypes) == expected


def test_a_mask_multiplication_is_a_selection_under_xla() -> None:
    b = Builder()
    x = b.add(Param("x"))
    found = b("mul", b("exp", x), b("cast", b("less", x, b.const(0)), dtype="float32"))
    fn = Function("f", tuple(b.nodes), found)
    values = {mode: evaluate(fn, "float32", mode, {x: np.array([1000.0])})[found] for mode in ("eager", "xla")}
    assert np.isnan(values["eager"]).all()
    assert (values["xla"] == 0).all()


def test_expanding_twice_changes_nothing() -> None:
    for op in ROWS:
        if op.body and op.operands and not op.variadic:
            count = len(op.operands)
            node = Apply(op.name, tuple(range(count)), tuple(sorted(op.examples[0].items())) if op.examples else ())
            fn = Function(op.name, (*(Param(o) for o in op.operands), node), count)
            assert expand(expand(fn)).nodes == expand(fn).nodes
            assert all(OPS[n.op].body is None for n in expand(fn).nodes if isinstance(n, Apply))


def test_keras_ops_promote_in_values_and_slopes() -> None:
    """`ops.logaddexp(x, ops.sqrt(2.0))` of a float16 x is a float32, its slope a float16 again."""
    b = Builder()
    x = b.add(Param("x"))
    root = b.add(Apply("sqrt", (b.const(2.0),), spelling="keras.ops.sqrt"))
    for name in ("logaddexp", "mul", "pow", "maximum"):
        found = b.add(Apply(name, (x, root), spelling=f"keras.ops.{name}"))
        fn = expand(Function("f", tuple(b.nodes), found))
        slope = gradient(fn, x)
        assert slope is not None
        assert (dtypes(fn, "float16")[fn.result].name, dtypes(slope, "float16")[slope.result].name) == (
            "float32",
            "float16",
        )
        assert evaluate(slope, "float16", "eager", {x: np.array([0.5])})[slope.result] is not None
