"""The input that breaks it: thresholds and blame of functions built by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nablint.blame import Cause
from nablint.facts import elsewhere, facts
from nablint.ir import Builder, Function, Param
from nablint.witness import Break

LIMIT = 100.0


def built(body: Callable[[Builder, int], int]) -> Function:
    b = Builder([Param("x")])
    result = body(b, 0)
    return Function("f", tuple(b.nodes), result, roles=frozenset({"one-tensor"}))


def only_break(body: Callable[[Builder, int], int]) -> Break:
    (found,) = facts(built(body), LIMIT).breaks
    return found


def naive_sigmoid(b: Builder, x: int) -> int:
    return b("div", b.const(1.0), b("add", b.const(1.0), b("exp", b("neg", x))))


CASES = {
    "log(1 + exp(x))": (
        lambda b, x: b("log", b("add", b.const(1.0), b("exp", x))),
        Cause.OVERFLOW,
        {"float16": 11.09, "bfloat16": 88.7, "float32": 88.72, "float64": 709.78},
    ),
    "log(1 + exp(10 x))": (
        lambda b, x: b("log", b("add", b.const(1.0), b("exp", b("mul", b.const(10.0), x)))),
        Cause.OVERFLOW,
        {"float16": 1.109, "bfloat16": 8.875, "float32": 8.8723},
    ),
    "1 / (1 + exp(-x))": (
        naive_sigmoid,
        Cause.OVERFLOW,
        {"float16": -11.09, "bfloat16": -89, "float32": -88.72},
    ),
    "log(sigmoid(x))": (
        lambda b, x: b("log", b("sigmoid", x)),
        Cause.LOG,
        {"float16": -11.09, "bfloat16": -87.5, "float32": -87.34},
    ),
    "where(x > 0, x, exp(x) - 1)": (
        lambda b, x: b("where", b("greater", x, b.const(0.0)), x, b("sub", b("exp", x), b.const(1.0))),
        Cause.MASKED,
        {"float16": 11.09, "bfloat16": 88.7, "float32": 88.72, "float64": 709.78},
    ),
    "sqrt(abs(x))": (
        lambda b, x: b("sqrt", b("abs", x)),
        Cause.SLOPE,
        {"float16": 0.0, "bfloat16": 0.0, "float32": 0.0},
    ),
    "1 / x": (
        lambda b, x: b("div", b.const(1.0), x),
        Cause.DIVISION,
        {"float16": 0.0, "bfloat16": 0.0, "float32": 0.0},
    ),
    "sqrt(x)": (lambda b, x: b("sqrt", x), Cause.INVALID, {}),
    "exp(x) / sum(exp(x))": (
        lambda b, x: b("div", b("exp", x), b("sum", b("exp", x), axis=-1, keepdims=True)),
        Cause.OVERFLOW,
        {"float16": 11.09, "float32": 88.72, "float64": 709.78},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_blame_and_thresholds(name: str) -> None:
    body, cause, thresholds = CASES[name]
    known = facts(built(body), LIMIT)
    first = known.breaks[0]
    assert first.cause is cause
    regions = {dtype: first.first(dtype) or elsewhere(known, first, dtype) for dtype in thresholds}
    found = {dtype: region.threshold for dtype, region in regions.items() if region}
    assert found == {dtype: pytest.approx(threshold, rel=0.01) for dtype, threshold in thresholds.items()}


SILENT = {
    "softplus": lambda b, x: b("softplus", x),
    "exp(-relu(x))": lambda b, x: b("exp", b("neg", b("relu", x))),
    "exp(-abs(x))": lambda b, x: b("exp", b("neg", b("abs", x))),
    "where(x > 0, x, expm1(minimum(x, 0)))": lambda b, x: b(
        "where", b("greater", x, b.const(0.0)), x, b("expm1", b("minimum", x, b.const(0.0)))
    ),
    "double where": lambda b, x: b(
        "where",
        b("greater", x, b.const(0.0)),
        b("log", b("where", b("greater", x, b.const(0.0)), x, b.const(1.0))),
        b.const(0.0),
    ),
    "x * tanh(softplus(x))": lambda b, x: b("mul", x, b("tanh", b("softplus", x))),
    "shifted softmax": lambda b, x: (lambda e: b("div", e, b("sum", e, axis=-1, keepdims=True)))(
        b("exp", b("sub", x, b("max", x, axis=-1, keepdims=True)))
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_careful_code_is_silent(name: str) -> None:
    known = facts(built(SILENT[name]), LIMIT)
    assert known.breaks == ()
    assert [s.zero for s in known.slopes] == [False]
