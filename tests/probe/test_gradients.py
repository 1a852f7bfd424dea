"""The numerical check judges no correct gradient wrong, and finds the wrong ones, in this process for speed."""

import pytest

pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore")]  # TensorFlow and Keras warn of themselves.

NN = "relu relu6 elu selu crelu leaky_relu gelu silu softplus softsign sigmoid tanh softmax log_softmax"
KERAS = (
    "elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid log_softmax mish"
    " relu relu6 selu sigmoid silu softmax softplus soft_shrink softsign sparse_plus sparsemax sparse_sigmoid"
    " squareplus tanh tanh_shrink glu"
)
MATH = (
    "abs acos acosh asin asinh atan atanh cos cosh digamma erf erfc erfinv exp expm1 lgamma log log1p log_sigmoid"
    " ndtri reciprocal reciprocal_no_nan rsqrt sigmoid sin sinh sqrt square tan tanh bessel_i0 bessel_i0e bessel_i1e"
)
CORRECT = [
    *(f"tf.nn.{name}(x)" for name in NN.split()),
    *(f"keras.activations.{name}(x)" for name in KERAS.split()),
    *(f"tf.math.{name}(x)" for name in MATH.split()),
    "x**3", "tf.pow(x, 2.5)", "tf.sin(20 * x)", "tf.math.log(1 - tf.sigmoid(x))", "tf.sin(x) / x",
    "tf.where(x > 0, x, tf.exp(x) - 1)", "1 / (1 + tf.exp(-x))", "tf.math.log(1 + tf.exp(10 * x)) / 10",
    "x - tf.reduce_max(x, -1, keepdims=True)", "tf.nn.l2_normalize(x, -1)", "tf.floor(x) - x", "tf.sort(x, -1)",
    "tf.clip_by_value(x, -1, 1)", "tf.exp(tf.exp(x))", "tf.math.cumsum(x, -1)", "tf.abs(x)**0.5",
    "(tf.exp(x) - tf.exp(-x)) / (tf.exp(x) + tf.exp(-x))", "tf.cast(x, tf.float32) * 2",
    "tf.nn.softplus(100 * x) / 100",
    "1e-6 * x", "1e6 * tf.tanh(x)", "tf.tanh(1e3 * x)", "tf.math.log(tf.cosh(x))", "(1 - tf.cos(x)) / x",
    "tf.math.floormod(x, 1.0)", "tf.where(x > 1, tf.math.log(x), x - 1)", "tf.linalg.norm(x, axis=-1)",
]  # fmt: skip
SURROGATES = [
    "x + tf.stop_gradient(tf.round(x) - x)",
    "tf.stop_gradient(tf.round(x)) + x - tf.stop_gradient(x)",
    "x + tf.stop_gradient(tf.sign(x) - x)",
    "tf.sigmoid(4 * x) + tf.stop_gradient(tf.cast(x > 0, x.dtype) - tf.sigmoid(4 * x))",
    "tf.clip_by_value(x, -1, 1) + tf.stop_gradient(tf.sign(x) - tf.clip_by_value(x, -1, 1))",
]
POINTS = {
    "tf.sign(x) * tf.math.log(tf.abs(x) + 1)": (0.0, 0.0),
    "keras.ops.logaddexp(x, -x)": (0.0, 1.0),
    "tf.math.bessel_i1(x)": (0.0, 1.0),
}
"""Where one slope is wrong, and what it is: TensorFlow's and Keras's own among them."""

MUTANTS = [
    "tf.sin(x)", "tf.tanh(x)", "tf.nn.softplus(x)", "tf.nn.gelu(x)", "x * tf.sigmoid(x)", "tf.nn.relu(x)", "x**2",
    "tf.nn.leaky_relu(x)", "tf.exp(-x * x)", "tf.math.erf(x)", "tf.nn.softmax(x)", "keras.activations.sparsemax(x)",
    "1e-6 * x", "1e6 * x", "tf.math.log(1 + tf.exp(x))", "tf.nn.l2_normalize(x, -1)", "tf.nn.selu(x)", "tf.sin(20 * x)",
]  # fmt: skip
FACTORS = ("1.05", "tf.where(x > 0, 0.5, 1.0)")
MUTANT = (
    "def g(x): return {}\n"
    "@tf.custom_gradient\n"
    "def f(x):\n"
    "    with tf.GradientTape() as tape:\n"
    "        tape.watch(x)\n"
    "        y = g(x)\n"
    "    slope = tape.gradient(y, x)\n"
    "    return y, lambda dy: dy * tf.where(tf.abs(x) < 6, tf.cast({}, x.dtype) * slope, slope)\n"
)


def check(code: str):
    """What float64 says of the gradient of `f`."""
    from nablint.probe.agent import measure, subject

    head = "import tensorflow as tf\nimport keras\n"
    found = measure.prepare(subject.load({"code": head + code, "name": "f", "path": "", "limit": 100.0}))
    assert found.check is not None
    return found.check


@pytest.mark.parametrize("expression", CORRECT + SURROGATES)
def test_right(expression: str) -> None:
    found = check(f"def f(x): return {expression}\n")
    assert (list(found.points[found.wrong]), found.upstream) == ([], True)


@pytest.mark.parametrize("expression", POINTS)
def test_single_points(expression: str) -> None:
    found = check(f"def f(x): return {expression}\n")
    assert list(zip(found.points[found.wrong], found.given[found.wrong], strict=True)) == [POINTS[expression]]
    assert not found.stretch


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("expression", MUTANTS)
def test_wrong(expression: str, factor: str) -> None:
    assert check(MUTANT.format(expression, factor)).stretch
