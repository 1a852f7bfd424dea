"""What the probe says of functions whose behaviour is known: TensorFlow is asked, not us."""

import pytest

from nablint.probe.protocol import Run
from probe.tables import VERDICTS, dtypes_of

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize("code", VERDICTS)
def test_verdict(probe, code: str) -> None:
    words = VERDICTS[code]
    report = probe(code, dtypes=dtypes_of(code, words), train="rains" in words)
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
        "eager", "xla", "graph", "function", "Report",
    ]  # fmt: skip
    assert isinstance(events[-1], Report)
    assert events[-1] == report
    assert report.runs[0].shape_kept
    assert report.runs[0].dtype_out == "float32"
    assert 400 <= len(report.runs[0].x) == len(report.runs[0].y) == len(report.runs[0].dy) <= 1000
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
