"""Static findings against TensorFlow: each finding of the seed's kind is confirmed, and an invented one is not."""

from dataclasses import replace

import pytest

from nablint.analyse import analyse
from nablint.config import Settings
from nablint.probe.plan import Wish, answered, planned
from nablint.probe.protocol import Agreement
from nablint.source import Source

HEAD = "import numpy as np\nimport tensorflow as tf\n"

CONFIRMED = {
    "def f(x):\n    return tf.math.log(1 + tf.exp(10 * x))\n": ["overflow"],
    "def f(x):\n    return tf.round(x)\n": ["no-gradient"],
    "def f(x):\n    return x / tf.norm(x, axis=-1, keepdims=True)\n": ["division-by-zero"],
    "@tf.custom_gradient\ndef f(x):\n    def grad(dy):\n        return tf.cos(x)\n    return tf.sin(x), grad\n": [
        "custom-gradient-ignores-upstream"
    ],
    "def f(y_true, y_pred):\n    return -tf.reduce_mean(y_true * tf.math.log(y_pred), -1)\n": ["log-of-zero"],
    "def f(x):\n    return tf.where(x > 0, tf.sqrt(x), 0.0)\n": ["masked-nan-gradient"],
}


def agreed(prober, code: str, change=lambda findings: findings) -> tuple[Agreement, ...]:
    source = Source("a.py", HEAD + code)
    analysis = analyse(source, Settings())
    findings = change(tuple(one for one in analysis.findings if one.function == "f"))
    plan = planned(Wish(source, "f", findings=findings, dtypes=("float32", "float16"), train=False))
    return answered(plan, prober.probe(plan.ask, timeout=60.0), "f").agreements


@pytest.mark.tensorflow
@pytest.mark.parametrize("code", CONFIRMED)
def test_confirmed(prober, code: str) -> None:
    found = agreed(prober, code)
    assert [one.rule for one in found if one.outcome == "confirmed"][: len(CONFIRMED[code])] == CONFIRMED[code]
    assert not [one for one in found if one.outcome == "not-confirmed"]
    assert all(one.reason for one in found)


@pytest.mark.tensorflow
def test_what_tensorflow_contradicts_can_be_reported(prober) -> None:
    def invented(findings):
        (true,) = findings
        return (
            replace(true, witness=replace(true.witness, inputs={"x": 1.0})),
            replace(true, rule="zero-gradient", witness=None),
        )

    wrong, other = agreed(prober, "def f(x):\n    return tf.math.log(1 + tf.exp(10 * x))\n", invented)
    assert (wrong.outcome, other.outcome) == ("not-confirmed", "not-confirmed")
    assert wrong.reason == "At x = 1.0 float32 eager gives value 10, gradient 9.99955."
    assert "def f(x):" in wrong.reproduction
    assert "tensorflow 2." in wrong.reproduction


def test_not_tried() -> None:
    source = Source("a.py", HEAD + "def f(x):\n    return tf.math.log(1 + tf.exp(10 * x))\n")
    (finding,) = analyse(source, Settings()).findings
    plan = planned(Wish(source, "f", findings=(finding, replace(finding, rule="traced-once-random", witness=None))))
    from nablint.probe.protocol import Report

    found = answered(plan, Report("f"), "f").agreements
    assert [(one.outcome, one.reason) for one in found] == [
        ("not-tried", "The probe ended before it."),
        ("not-tried", "No probe can tell."),
    ]
