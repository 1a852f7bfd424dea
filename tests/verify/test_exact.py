"""Exact values are those of the op table, wherever float64 is sure; and the true ones, where it is not."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from nablint.analyse import analyse
from nablint.evaluate import evaluate
from nablint.exact import _SCALARS, _TAKES, exact
from nablint.ir import Apply, Function, Param
from nablint.ops import OPS
from rewrite.fixing import module

POINTS = (np.linspace(0.11, 0.93, 9), np.linspace(0.83, 0.21, 9), np.linspace(0.3, 0.6, 9))
ABOVE_ONE = frozenset({"acosh"})
TRUTHS = frozenset({"logical_and", "logical_or", "logical_not", "where"})

HARD = {
    ("tf.math.log(1 - tf.sigmoid(x))", 40.0): -mpmath.log1p(mpmath.exp(40)),
    ("tf.math.log(1 + tf.exp(x))", 900.0): mpmath.mpf(900),
    ("tf.exp(x) - 1", 1e-30): mpmath.mpf(1e-30),
    ("(1 - tf.cos(x)) / x", 1e-20): mpmath.mpf(0.5e-20),
    ("tf.exp(x) / (1 + tf.exp(x))", 800.0): mpmath.mpf(1),
}


@pytest.mark.parametrize("op", sorted(set(_SCALARS) - TRUTHS))
def test_as_the_table_says(op: str) -> None:
    row = OPS[op]
    count = len(row.operands)
    attrs = tuple(_TAKES.get(op, ())) + ((("dtype", "float64"),) if op == "cast" else ())
    params = tuple(Param(name) for name in "xyz"[:count])
    fn = Function("f", (*params, Apply(op, tuple(range(count)), attrs)), count)
    inputs = {i: POINTS[i] + (2.0 if op in ABOVE_ONE else 0.0) for i in range(count)}
    expected = evaluate(fn, "float64", "eager", inputs)[count]
    found = exact(fn, inputs)
    assert expected is not None
    assert found is not None
    np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape).astype(float), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(("code", "x"), HARD)
def test_where_float64_fails(code: str, x: float) -> None:
    (known,) = analyse(module(code)).functions[0].facts
    found = exact(known.expanded, {known.expanded.params[0]: np.array([x])})
    assert found is not None
    assert float(found[0]) == pytest.approx(float(HARD[code, x]), rel=1e-15)
