"""A fix is offered only if it holds: right ones do, planted wrong ones do not."""

from __future__ import annotations

import pytest

from nablint.analyse import analyse
from nablint.finding import Edit, Fix, Safety
from nablint.source import Source, Span
from nablint.verify import holds
from rewrite.fixing import module

SAFE, VALUES, GRADIENT = Safety.SAFE, Safety.CHANGES_VALUES, Safety.CHANGES_GRADIENT

CASES = [
    ("ours", "tf.math.log(1 + tf.exp(x))", "tf.math.softplus(x)", SAFE, True),
    ("still overflows", "tf.math.log(1 + tf.exp(x))", "tf.math.log1p(tf.exp(x))", SAFE, False),
    ("wrong sign", "tf.math.log(1 + tf.exp(x))", "tf.math.softplus(-x)", SAFE, False),
    ("a little off", "tf.math.log(1 + tf.exp(x))", "tf.math.softplus(x) + 1e-3", SAFE, False),
    ("right but for large x", "tf.math.log(1 + tf.exp(x))", "tf.minimum(tf.math.softplus(x), 60.0)", SAFE, False),
    ("is not Python", "tf.math.log(1 + tf.exp(x))", "tf.math.softplus(x", SAFE, False),
    ("another finding comes", "tf.math.log(1 + tf.exp(x))",
     "tf.math.softplus(x) + 0 * tf.sqrt(tf.abs(x))", SAFE, False),
    ("the gradient is lost", "tf.math.log(1 + tf.exp(x))", "tf.math.softplus(tf.stop_gradient(x))", SAFE, False),
    ("half the gradient is lost", "1 / (1 + tf.exp(-x))",
     "0.5 * tf.sigmoid(x) + tf.stop_gradient(0.5 * tf.sigmoid(x))", SAFE, False),
    ("the same, and said so", "1 / (1 + tf.exp(-x))",
     "0.5 * tf.sigmoid(x) + tf.stop_gradient(0.5 * tf.sigmoid(x))", GRADIENT, True),
    ("another function", "1 / (1 + tf.exp(-x))", "tf.tanh(x)", SAFE, False),
    ("a comment is lost", "tf.math.log(\n    1  # one\n    + tf.exp(x)\n)", "tf.math.softplus(x)", SAFE, False),
    ("a comment is kept", "tf.math.log(\n    1  # one\n    + tf.exp(x)\n)", "tf.math.softplus(x)  # one", SAFE, True),
    ("near one", "tf.math.log(1 - tf.sigmoid(x))", "-tf.math.softplus(x)", SAFE, True),
    ("near zero", "tf.where(x > 0, x, tf.exp(x) - 1)",
     "tf.where(x > 0, x, tf.math.expm1(tf.minimum(x, 0)))", SAFE, True),
    ("a branch that is off", "tf.where(x > 0, x, tf.exp(x) - 1)",
     "tf.where(x > 0, x, tf.math.expm1(tf.minimum(x, -0.1)))", SAFE, False),
    ("a floor that says so", "tf.math.log(x)", "tf.math.log(tf.maximum(x, 1e-4))", VALUES, True),
    ("a floor called safe", "tf.math.log(x)", "tf.math.log(tf.maximum(x, 1e-4))", SAFE, False),
    ("a floor that is none", "tf.math.log(x)", "tf.math.log(tf.maximum(x, -1.0))", VALUES, False),
    ("straight through", "tf.round(x)", "x + tf.stop_gradient(tf.round(x) - x)", GRADIENT, True),
    ("the step is lost", "tf.round(x)", "tf.identity(x)", GRADIENT, False),
    ("a surrogate", "tf.round(x)", "tf.identity(x)", VALUES, True),
]  # fmt: skip


def replaced(source: Source, old: str, new: str, safety: Safety) -> Fix:
    """The fix that puts one expression in place of another."""
    start = source.text.index(old)
    return Fix("", (Edit(Span(source.position(start), source.position(start + len(old))), new),), safety)


@pytest.mark.parametrize(("old", "new", "safety", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_only_what_holds_is_offered(old: str, new: str, safety: Safety, expected: bool) -> None:
    source = module(f"return {old}")
    analysis = analyse(source)
    assert analysis.findings, "there is nothing to fix"
    text = "\n".join(line if i == 0 else f"    {line}" for i, line in enumerate(old.splitlines()))
    assert holds(analysis, analysis.findings[0], replaced(source, text, new, safety)) is expected
