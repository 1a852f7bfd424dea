"""Fixes end where no fix changes anything: in one run, at the best form at once, and a second run does nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nablint.analyse import analyse
from nablint.finding import Safety, apply_edits
from nablint.mend import between, mended, passes
from nablint.source import Source
from rewrite.fixing import IMPORTS, module
from rewrite.test_spellings import PAIRS

NESTED = {
    "tf.math.log(1 / (1 + tf.exp(-x)))": "tf.math.log_sigmoid(x)",
    "x * (1 / (1 + tf.exp(-x)))": "tf.nn.silu(x)",
    "tf.math.log(1 - 1 / (1 + tf.exp(-x)))": "-tf.math.softplus(x)",
    "tf.math.log(tf.exp(x) / tf.reduce_sum(tf.exp(x), axis=-1, keepdims=True))": "tf.nn.log_softmax(x)",
    "2 * (tf.exp(2 * x) / (1 + tf.exp(2 * x))) - 1": "tf.tanh(x)",
    "tf.where(x >= 0, 1 / (1 + tf.exp(-x)), tf.exp(x) / (1 + tf.exp(x)))": "tf.sigmoid(x)",
    "tf.nn.relu(x) + tf.math.log(1 + tf.exp(-tf.abs(x)))": "tf.math.softplus(x)",
    "x * tf.tanh(tf.math.log(1 + tf.exp(x)))": "x * tf.tanh(tf.math.softplus(x))",
    "(1 / (1 + tf.exp(-x))) ** 2": "tf.sigmoid(x) ** 2",
    "1 - tf.exp(-tf.exp(x))": "-tf.math.expm1(-tf.exp(tf.minimum(x, 10)))",
}


@pytest.mark.parametrize("before", NESTED)
def test_the_best_form_comes_at_once(before: str) -> None:
    first, *rest = passes(analyse(module(before)))
    assert apply_edits(first.analysis.source, first.edits).text == module(NESTED[before]).text
    assert [step.chosen for step in rest] == [()]


def test_one_run_reaches_the_end() -> None:
    lines = [before for before, _ in PAIRS[::9]]
    body = "".join(f"\n\ndef f{i}(x):\n    return {line}\n" for i, line in enumerate(lines))
    analysis = analyse(Source("all.py", IMPORTS + body))
    edits = mended(analysis, frozenset(Safety))
    assert len(edits) >= len(lines) * 0.9
    assert mended(analyse(apply_edits(analysis.source, edits)), frozenset(Safety)) == ()


@given(st.lists(st.sampled_from(["a\n", "b\n", "c", "\n", "é\r\n"])), st.lists(st.sampled_from(["a\n", "b\n", "d"])))
@settings(max_examples=60, deadline=None)
def test_the_edits_between_two_texts_lead_from_one_to_the_other(old: list[str], new: list[str]) -> None:
    before, after = Source("", "".join(old)), Source("", "".join(new))
    assert apply_edits(before, between(before, after)).text == after.text
