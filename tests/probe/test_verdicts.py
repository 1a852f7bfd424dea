"""What the probe says of functions whose behaviour is known: TensorFlow is asked, not us."""

# ruff: noqa: E501 (a case is a line)

import pytest

from nablint.probe.protocol import Run

pytestmark = pytest.mark.tensorflow

CUSTOM = "@tf.custom_gradient\ndef f(x):\n    def grad(dy):\n        return {}\n    return tf.sin(x), grad\n"

VERDICTS = {
    "def f(x): return tf.math.log(1 + tf.exp(10 * x)) / 10": "Infinite for x ≥ 8.872 in float32: training diverges on large inputs.",
    "def f(x): return 1 / (1 + tf.exp(-x))": "NaN gradient for x ≤ -88.72 in float32: training diverges on large inputs.",
    "def f(x): return tf.where(x < 0, 0.0, 1.0)": "Gradient is None: nothing before this activation trains.",
    "def f(x): return tf.round(x)": "Gradient is None: nothing before this activation trains.",
    "def f(x): return tf.sign(x)": "Gradient is zero everywhere: nothing before this activation trains.",
    "def f(x): return x * tf.tanh(tf.math.softplus(x))": "Trains: finite value and gradient for |x| ≤ 100 in float32.",
    "def f(x): return x + tf.stop_gradient(tf.round(x) - x)": "Trains: finite value and gradient for |x| ≤ 100 in float32.",
    "def f(x): return tf.nn.softmax(x)": "Trains: finite value and gradient for |x| ≤ 100 in float32.",
    "def f(x): return tf.where(x > 0, tf.sqrt(x), 0 * x)": "Eager and XLA disagree: in float32 the gradient is NaN for x ≤ 0 under XLA but finite in eager mode.",
    "def f(x): return tf.sqrt(tf.square(x))": "NaN gradient for x = 0 in float32: one such input ends training.",
    "def f(x): return tf.constant(2.0) * x": "Fine in float32, but it raises in float16: InvalidArgumentError: cannot compute Mul",
    "def f(x): return x / (tf.abs(x) + 1e-8)": "Fine in float32; in float16 NaN for x = 0.",
    "def f(x): return np.exp(x)": "It works in eager mode but raises in tf.function, as in fit: NotImplementedError: Cannot convert a symbolic",
    "def f(x):\n    if x > 0:\n        return x\n    return 0 * x": "It raises in every dtype: ValueError: The truth value of an array",
    "def f(x): return tf.sign(x) * tf.math.log(tf.abs(x) + 1)": "Trains, but at x = 0 the gradient is 0 where it should be 1.",
    "def f(x):\n    e = tf.exp(x)\n    return e / tf.reduce_sum(e, -1, keepdims=True)": "NaN for a row that is “all negative” at scale ≥ 87.34 in float32: training diverges on such rows.",
    "def f(y_true, y_pred): return -tf.reduce_mean(y_true * tf.math.log(y_pred), -1)": "NaN for x = 0, y_true = 0 in float32",
    CUSTOM.format("tf.cos(x)"): "Gradient ignores the incoming gradient: layers before this activation get a wrong signal.",
    CUSTOM.format("dy * 1.02 * tf.cos(x)"): "Gradient is wrong: at x = ",
    CUSTOM.format("tf.clip_by_value(dy, -0.1, 0.1) * tf.cos(x)"): "Gradient is wrong: at x = ",
    "class f(keras.layers.Layer):\n    def __init__(self, alpha, **kwargs):\n        super().__init__(**kwargs)\n        self.alpha = alpha\n"
    "    def call(self, x): return x * tf.sigmoid(self.alpha * x)": "Trains: finite value and gradient for |x| ≤ 100 in float32.",
}  # fmt: skip


@pytest.mark.parametrize("code", VERDICTS)
def test_verdict(probe, code: str) -> None:
    words = VERDICTS[code]
    dtypes = ("float16", "float32") if "float16" in words else ("float32",)
    report = probe(code, dtypes=dtypes, train="rains" in words)
    assert report.verdict.startswith(words)


THRESHOLDS = {
    "tf.math.log(1 + tf.exp(10 * x)) / 10": (1.109375, 8.875, 8.8722839, 70.978271),
    "1 / (1 + tf.exp(-x))": (-11.094, -89.0, -88.7228, -709.78),
    "tf.exp(x)": (11.094, 89.0, 88.7228, 709.78),
}


@pytest.mark.parametrize("expression", THRESHOLDS)
def test_thresholds(probe, expression: str) -> None:
    """In all four dtypes, within 1 %."""
    report = probe(f"def f(x): return {expression}", modes=("eager",), train=False, limit=1000.0)
    found = {run.dtype: _threshold(run) for run in report.runs}
    expected = dict(zip(("float16", "bfloat16", "float32", "float64"), THRESHOLDS[expression], strict=True))
    assert found == pytest.approx(expected, rel=0.01)


def _threshold(run: Run) -> float:
    (region,) = run.slope
    return min(float(region.low), float(region.high), key=abs)


def test_streams_eager_first_and_everything_is_in_the_report(prober) -> None:
    from nablint.probe.protocol import Ask, Report

    events: list[object] = []
    code = "import tensorflow as tf\ndef f(x):\n    print('hello')\n    return tf.tanh(x)\n"
    report = prober.probe(Ask(code, "f", dtypes=("float32",)), events.append)
    assert [getattr(event, "mode", type(event).__name__) for event in events] == [
        "eager", "function", "xla", "Training", "Report",
    ]  # fmt: skip
    assert isinstance(events[-1], Report)
    assert events[-1] == report
    assert report.runs[0].shape_kept
    assert report.runs[0].dtype_out == "float32"
    assert 300 <= len(report.runs[0].x) == len(report.runs[0].y) == len(report.runs[0].dy) <= 500
    assert report.prints.startswith("hello\n")
    assert report.versions.keys() == {"python", "tensorflow", "keras"}
    assert report.isolation["memory_limit"]
    assert report.milliseconds["first"] <= report.milliseconds["core"] <= report.milliseconds["all"]


def test_training_quotes_the_warning(probe) -> None:
    report = probe("def f(x): return tf.where(x < 0, 0.0, 1.0)", dtypes=("float32",), modes=("eager",))
    assert report.training is not None
    assert report.training.messages[0].startswith("Gradients do not exist for variables")
    assert [path.rsplit("/", 1)[-1] for path in report.training.unmoved] == ["kernel", "bias"]


def test_says_what_it_assumed(probe) -> None:
    report = probe("def f(x, alpha): return tf.nn.relu(x) * alpha", dtypes=("float32",), modes=("eager",), train=False)
    assert report.assumed == ("alpha=1.0",)
    assert report.failure == ""
