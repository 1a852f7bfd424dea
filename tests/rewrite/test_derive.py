"""Derived gradients: for a custom gradient that is wrong, and written out for a function that has none."""

from __future__ import annotations

import pytest

from nablint.analyse import analyse
from nablint.explore import derived
from nablint.finding import Safety, apply_edits
from nablint.source import Source
from nablint.verify import offered
from rewrite.fixing import module

CUSTOM = """@tf.custom_gradient
def f(x):
    s = tf.sigmoid(x)

    def grad(dy):
        return {gradient}

    return {value}, grad
"""
WRONG = {
    ("x * s", "dy * s * (1 - s)"): "dy * (x * s * (1 - s) + s)",
    ("tf.exp(-x * x)", "dy * x"): "dy * (-2 * x * tf.exp(-x**2))",
    ("tf.math.log(1 + x * x)", "dy * x"): "dy * (2 * x / (1 + x**2))",
    ("x * tf.tanh(x)", "dy * x"): "dy * (x * (1 - tf.tanh(x)**2) + tf.tanh(x))",
    ("tf.sin(x) * x", "dy * tf.cos(x)"): "dy * (x * tf.cos(x) + tf.sin(x))",
}
PLAIN = {
    "x * tf.sigmoid(x)": "dy * (x * tf.sigmoid(x) * (1 - tf.sigmoid(x)) + tf.sigmoid(x))",
    "tf.math.softplus(x)": "dy * tf.sigmoid(x)",
    "tf.tanh(x) / 3": "dy * ((1 - tf.tanh(x)**2) / 3)",
    "tf.where(x > 0, x, tf.math.expm1(tf.minimum(x, 0)))": None,
    "tf.nn.relu(x)": None,
    "tf.reduce_sum(x)": None,
    "x * x": None,
}


@pytest.mark.parametrize(("value", "gradient"), WRONG)
def test_a_wrong_gradient_is_put_right(value: str, gradient: str) -> None:
    analysis = analyse(module(CUSTOM.format(value=value, gradient=gradient)))
    (finding,) = analysis.findings
    (fix,) = offered(analysis, finding)
    assert (finding.rule, fix.safety) == ("custom-gradient-wrong", Safety.CHANGES_GRADIENT)
    after = apply_edits(analysis.source, fix.edits)
    assert after.text == module(CUSTOM.format(value=value, gradient=WRONG[value, gradient])).text
    assert not analyse(after).findings


@pytest.mark.parametrize("value", PLAIN)
def test_a_gradient_is_written_out(value: str) -> None:
    analysis = analyse(module(value))
    line = next(i for i, text in enumerate(analysis.source.lines) if text.startswith("def f"))
    fix = derived(analysis, (line, 4))
    assert derived(analysis, (0, 0)) is None
    if PLAIN[value] is None:
        assert fix is None
        return
    head = "@tf.custom_gradient\ndef f(x):\n    def grad(dy):\n"
    expected = f"{head}        return {PLAIN[value]}\n\n    return {value}, grad\n"
    assert fix is not None
    assert apply_edits(analysis.source, fix.edits).text == module(expected).text


def test_a_gradient_of_two_inputs() -> None:
    code = "def f(x, y):\n    scaled = x * tf.sigmoid(y)\n    return scaled + 1.0\n"
    analysis = analyse(module(code))
    line = next(i for i, text in enumerate(analysis.source.lines) if text.startswith("def f"))
    fix = derived(analysis, (line, 4))
    assert fix is not None
    assert apply_edits(analysis.source, fix.edits).text.endswith(
        "@tf.custom_gradient\ndef f(x, y):\n    scaled = x * tf.sigmoid(y)\n\n    def grad(dy):\n"
        "        return dy * tf.sigmoid(y), dy * (x * tf.sigmoid(y) * (1 - tf.sigmoid(y)))\n\n"
        "    return scaled + 1.0, grad\n"
    )


def test_only_a_function_on_its_own() -> None:
    for code in ("@tf.function\ndef f(x):\n    return tf.tanh(x)\n", "f = lambda x: tf.tanh(x)\n"):
        analysis = analyse(Source("a.py", f"import tensorflow as tf\n\n{code}"))
        places = [(line, column) for line in range(5) for column in range(9)]
        assert not any(derived(analysis, place) for place in places)
