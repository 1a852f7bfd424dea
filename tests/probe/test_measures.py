"""What is measured beside value and gradient, each on a function that shows it."""

# ruff: noqa: E501 (a case is a line)

import math

import pytest

from nablint.probe.protocol import Report

pytestmark = pytest.mark.tensorflow

REGISTERED = "@keras.saving.register_keras_serializable()\ndef f(x): return keras.ops.tanh(x) * 2"
LAYER = (
    "class f(keras.layers.Layer):\n    def __init__(self, alpha, **kwargs):\n        super().__init__(**kwargs)\n"
    "        self.alpha = alpha\n    def call(self, x): return self.alpha * x\n"
)


def eager(report: Report):
    return next(run for run in report.runs if (run.mode, run.dtype) == ("eager", "float32"))


def checks(report: Report) -> dict[str, str]:
    return {check.name: check.outcome for check in report.checks}


CASES = {
    "saturated": ("def f(x): return tf.tanh(4 * x)", {}, lambda r: 0.5 < eager(r).saturated < 0.95),
    "not saturated": ("def f(x): return 2 * x", {}, lambda r: eager(r).saturated == 0),
    "accurate": ("def f(x): return tf.tanh(x)", {}, lambda r: eager(r).ulp <= 8),
    "cancelling": ("def f(x): return tf.exp(x) - 1", {}, lambda r: eager(r).ulp > 1000 and abs(eager(r).ulp_at) < 0.1),
    "random": ("def f(x): return x + tf.random.normal(tf.shape(x))", {}, lambda r: not eager(r).deterministic),
    "no chance": ("def f(x): return x", {}, lambda r: eager(r).deterministic),
    "bends": ("def f(x): return tf.abs(x)**1.5", {"extras": True}, lambda r: [(c.low, c.high) for c in eager(r).curvature][:1] != []),
    "coupled in the row": ("def f(x): return tf.nn.softmax(x)", {}, lambda r: eager(r).coupling == "row"),
    "coupled in the batch": ("def f(x): return x - tf.reduce_mean(x)", {}, lambda r: eager(r).coupling == "batch"),
    "a curve to the end": ("def f(x): return tf.exp(x)", {}, lambda r: eager(r).x[0] == -100 and eager(r).x[-1] == 100 and sum(88.7 < x < 88.8 for x in eager(r).x) > 5),
    "losses": ("def f(x): return tf.tanh(x)", {"train": True}, lambda r: len(r.training.losses) == 6 and r.training.losses[-1] < r.training.losses[0]),
    "large rate": ("def f(x): return tf.exp(3 * x)", {"train": True, "extras": True}, lambda r: [t.rate for t in r.trainings] == [1.0, 0.01] and not r.trainings[0].finite),
    "eager training moves only the tail": ("def f(x): return np.tanh(x)", {"train": True, "extras": True}, lambda r: r.training.error and r.trainings[-1].mode == "eager"),
    "saved": (REGISTERED, {"train": True, "extras": True}, lambda r: set(checks(r).values()) == {"works"} and len(checks(r)) == 5),
    "not registered": ("def f(x): return tf.tanh(x) * 2", {"train": True, "extras": True}, lambda r: checks(r)[".keras"] == checks(r)[".h5"] == checks(r)["symbolic"] == "raises"),
    "shadowed": ("def softplus(x): return 3 * x\nf = softplus", {"train": True, "extras": True}, lambda r: checks(r)[".keras"] == checks(r)["clone"] == "differs" and "computes something else" in r.verdict),
    "an unregistered layer": (LAYER, {"train": True, "extras": True}, lambda r: (checks(r)["clone"], checks(r)[".keras"]) == ("works", "raises")),
    "mixed": ("def f(x): return tf.constant(2.0) * x", {"dtypes": ("mixed_float16",), "modes": ("function",)}, lambda r: r.runs[0].error.startswith("TypeError") or "Mul" in r.runs[0].error),
    "mixed fine": ("def f(x): return 2 * x", {"dtypes": ("mixed_bfloat16",), "modes": ("function",)}, lambda r: (r.runs[0].error, r.runs[0].dtype_out) == ("", "bfloat16")),
    "an argument": (LAYER, {"arguments": {"alpha": 3.0}}, lambda r: r.failure == "" and eager(r).dy[0] == 3.0),
    "an unknown argument": ("def f(x): return x", {"arguments": {"beta": 3.0}}, lambda r: r.failure == "f takes no argument beta."),
    "a shape": ("def f(x): return tf.nn.depthwise_conv2d(x, tf.ones((3, 3, 2, 1), x.dtype), (1, 1, 1, 1), 'SAME')", {"shape": (2, 4, 4, 2)}, lambda r: eager(r).error == "" and eager(r).coupling == "row" and eager(r).gradient == "finite"),
    "a partial": ("import functools\ndef g(x, a): return a * x\nf = functools.partial(g, a=2.0)", {}, lambda r: r.assumed == () and eager(r).dy[0] == 2.0),
    "an Activation": ("def g(x): return 2 * x\nf = keras.layers.Activation(g)", {}, lambda r: eager(r).dy[0] == 2.0),
    "spike": ("def f(x): return 1 / (x - 3.7)", {"extras": True}, lambda r: [b.at for b in r.breaches] == ["x = 3.7", "x = 3.7"] and r.verdict.startswith("Infinite at x = 3.7 in float32")),
    "a row": ("def f(x): return tf.math.log(tf.nn.softmax(x))", {"extras": True}, lambda r: r.breaches and 15 < r.breaches[0].size < 110),
    "no spike": ("def f(x): return tf.tanh(x)", {"extras": True}, lambda r: r.breaches == ()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_measures(probe, case: str) -> None:
    code, ask, holds = CASES[case]
    report = probe(code, **{"dtypes": ("float32",), "modes": ("eager",), "train": False, **ask})
    assert holds(report), report


def test_without_reference_there_is_no_accuracy(probe) -> None:
    report = probe("def f(x): return tf.constant(2.0) * x", dtypes=("float32",), modes=("eager",), train=False)
    assert math.isnan(float(eager(report).ulp))
