"""Functions whose gradient is right, gradients that are wrong, and functions whose behaviour is known.

`npm test` runs a part of them, `npm run bench` all; TensorFlow is asked, not us.
"""

# ruff: noqa: E501 (a case is a line)

from collections.abc import Iterator

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
OPS = (
    "abs arcsinh arctan arctanh cos cosh cumsum elu erf exp exp2 expm1 gelu hard_sigmoid hard_silu hard_tanh"
    " leaky_relu log log1p log2 log10 log_sigmoid logsumexp max mean min negative normalize prod reciprocal relu relu6"
    " rsqrt selu sigmoid silu sin sinh soft_shrink softplus softsign sparse_plus sqrt squareplus square std sum swish"
    " tan tanh tanh_shrink threshold var"
)
_ARGUMENTS = {"threshold": ", 0.5, -1.0"} | dict.fromkeys(
    ["cumsum", "logsumexp", "max", "mean", "min", "prod", "std", "sum", "var"], ", -1"
)
LAYERS = (
    "LeakyReLU() PReLU() ELU() ReLU(max_value=6.0) Softmax() LayerNormalization() UnitNormalization()"
    " Rescaling(0.5) Dense(3) GroupNormalization(2) Activation('mish') Dropout(0.5) Flatten() Reshape((4,2))"
    " EinsumDense('ab,bc->ac',output_shape=4)"
)
OWN = [
    "x**3", "tf.pow(x, 2.5)", "tf.sin(20 * x)", "tf.math.log(1 - tf.sigmoid(x))", "tf.sin(x) / x",
    "tf.where(x > 0, x, tf.exp(x) - 1)", "1 / (1 + tf.exp(-x))", "tf.math.log(1 + tf.exp(10 * x)) / 10",
    "x - tf.reduce_max(x, -1, keepdims=True)", "tf.nn.l2_normalize(x, -1)", "tf.floor(x) - x", "tf.sort(x, -1)",
    "tf.clip_by_value(x, -1, 1)", "tf.exp(tf.exp(x))", "tf.math.cumsum(x, -1)", "tf.abs(x)**0.5",
    "(tf.exp(x) - tf.exp(-x)) / (tf.exp(x) + tf.exp(-x))", "tf.cast(x, tf.float32) * 2",
    "tf.nn.softplus(100 * x) / 100", "1e-6 * x", "1e6 * tf.tanh(x)", "tf.tanh(1e3 * x)", "tf.math.log(tf.cosh(x))",
    "(1 - tf.cos(x)) / x", "tf.math.floormod(x, 1.0)", "tf.where(x > 1, tf.math.log(x), x - 1)",
    "tf.linalg.norm(x, axis=-1)", "x * tf.tanh(tf.math.softplus(x))", "x * tf.sigmoid(1.702 * x)",
    "0.5 * x * (1 + tf.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))", "x * tf.exp(-tf.exp(-x))",
    "1 - tf.exp(-tf.exp(x))", "x * tf.tanh(tf.exp(tf.minimum(x, 10.0)))", "tf.nn.relu(x)**2", "tf.sin(x) + x",
    "x + tf.sin(5 * x)**2 / 5", "tf.math.asinh(tf.sinh(x / 50))",
    "tf.maximum(0.1 * x, x)", "tf.minimum(x, 3.0)", "tf.abs(x) / (1 + tf.abs(x))", "x / tf.sqrt(1 + x * x)",
    "tf.where(x > 0, x, 0.25 * tf.math.expm1(x))", "tf.where(x > 0, tf.sqrt(tf.where(x > 0, x, 1)), 0 * x)",
    "tf.math.atan2(x, 2.0 + 0 * x)", "tf.exp(-x * x)", "x * tf.exp(-x * x / 2)", "tf.math.divide_no_nan(x, tf.abs(x))",
    "tf.math.xlogy(tf.sigmoid(x), tf.sigmoid(x))", "tf.math.softplus(x) - 0.5", "tf.nn.relu(x + 3) / 6 * tf.nn.relu(3 - x)",
    "tf.reduce_logsumexp(x, -1, keepdims=True) - x", "tf.nn.softmax(x)**2", "x / tf.reduce_sum(tf.abs(x) + 1, -1, keepdims=True)",
    "tf.matmul(x, tf.eye(8, dtype=x.dtype)) * 2", "tf.reverse(x, [-1]) + x", "tf.roll(x, 1, -1) * x", "tf.cumsum(tf.tanh(x), -1)",
    "tf.nn.top_k(x, 3)[0]", "tf.reduce_prod(1 + 0.1 * tf.tanh(x), -1)", "x[:, ::2] * x[:, 1::2]",
    "tf.concat([tf.nn.relu(x), tf.nn.relu(-x)], -1)", "tf.math.reduce_std(x, -1)", "tf.square(x - tf.reduce_mean(x, -1, keepdims=True))",
    "tf.math.polyval([1.0, -2.0, 0.5], x)", "tf.math.igamma(2.0 + 0 * x, tf.abs(x))", "tf.where(tf.abs(x) < 1, x * x / 2, tf.abs(x) - 0.5)",
    "tf.where(x > 0, 1.05 * x, 1.05 * 1.67 * (tf.exp(tf.minimum(x, 0)) - 1))", "tf.where(x > 2, x - 1, tf.where(x < -2, x + 1, x / 2))",
    "tf.math.sign(x) * tf.sqrt(tf.abs(x) + 1)", "tf.cond(True, lambda: x * 2, lambda: x)", "tf.stop_gradient(2.0) * x",
    "tf.recompute_grad(lambda z: tf.tanh(z) * z)(x)", "tf.grad_pass_through(tf.identity)(x) * 3", "tf.math.betainc(1.0 + 0 * x, 2.0 + 0 * x, tf.sigmoid(x))",
    "tf.vectorized_map(lambda row: tf.tanh(row) * 2, x)", "tf.einsum('ij,ij->ij', x, x)", "tf.clip_by_norm(x, 2.0, axes=[-1])",
]  # fmt: skip
CORRECT = [
    *(f"tf.nn.{name}(x)" for name in NN.split()),
    *(f"keras.activations.{name}(x)" for name in KERAS.split()),
    *(f"tf.math.{name}(x)" for name in MATH.split()),
    *(f"keras.ops.{name}(x{_ARGUMENTS.get(name, '')})" for name in OPS.split()),
    *OWN,
]
BUILT = [f"keras.layers.{call}" for call in LAYERS.split()]
SURROGATES = [
    "x + tf.stop_gradient(tf.round(x) - x)",
    "tf.stop_gradient(tf.round(x)) + x - tf.stop_gradient(x)",
    "x + tf.stop_gradient(tf.sign(x) - x)",
    "tf.sigmoid(4 * x) + tf.stop_gradient(tf.cast(x > 0, x.dtype) - tf.sigmoid(4 * x))",
    "tf.clip_by_value(x, -1, 1) + tf.stop_gradient(tf.sign(x) - tf.clip_by_value(x, -1, 1))",
]
"""Slopes that differ from the derivative on purpose."""
POINTS = {
    "tf.sign(x) * tf.math.log(tf.abs(x) + 1)": (0.0, 0.0),
    "keras.ops.logaddexp(x, -x)": (0.0, 1.0),
    "tf.math.bessel_i1(x)": (0.0, 1.0),
    "keras.ops.celu(x)": (0.0, 2.0),
    "tf.where(x >= 0, tf.math.log1p(tf.nn.relu(x)), -tf.math.log1p(tf.nn.relu(-x)))": (0.0, 0.0),
}
"""Where one slope is wrong, and what it is: TensorFlow's and Keras's own among them."""

HEAD = "import math\nimport numpy as np\nimport tensorflow as tf\nimport keras\n"


def right() -> list[str]:
    """The code of every function whose gradient is right."""
    functions = [f"def f(x): return {expression}\n" for expression in CORRECT + SURROGATES]
    return functions + [f"f = {call}\n" for call in BUILT]


_MUTANT = (
    "def g(x): return {function}\n"
    "@tf.custom_gradient\n"
    "def f(x):\n"
    "    with tf.GradientTape() as tape:\n"
    "        tape.watch(x)\n"
    "        y = g(x)\n"
    "    slope = tape.gradient(y, x)\n"
    "    return y, lambda dy: dy * tf.where({where}, tf.cast({factor}, x.dtype) * slope, slope)\n"
)
_BENT = [
    "tf.sin(x)", "tf.tanh(x)", "tf.nn.softplus(x)", "tf.nn.gelu(x)", "x * tf.sigmoid(x)", "tf.nn.relu(x)", "x**2",
    "tf.nn.leaky_relu(x)", "tf.exp(-x * x)", "tf.math.erf(x)", "tf.nn.softmax(x)", "keras.activations.sparsemax(x)",
    "1e-6 * x", "1e6 * x", "tf.math.log(1 + tf.exp(x))", "tf.nn.l2_normalize(x, -1)", "tf.nn.selu(x)", "tf.sin(20 * x)",
]  # fmt: skip
_FACTORS = ("1.05", "0.9", "0.0", "-1.0", "tf.where(x > 0, 0.5, 1.0)")
_FAR = [
    "tf.nn.softplus(x)",
    "x**2",
    "tf.nn.relu(x)",
    "tf.sin(x) + x",
    "x * tf.sigmoid(x)",
    "tf.sqrt(1 + x * x)",
    "tf.nn.elu(x)",
]
_PLACES = ("(x > 40) & (x < 60)", "(x > 2) & (x < 4)", "x > 80")


def mutants() -> Iterator[str]:
    """The code of gradients that are 5 % to 200 % off, on a tenth of the range or more."""
    for function in _BENT:
        for factor in _FACTORS:
            yield _MUTANT.format(function=function, factor=factor, where="tf.abs(x) < 6")
    for function in _FAR:
        for where in _PLACES:
            yield _MUTANT.format(function=function, factor="1.05", where=where)


_CUSTOM = "@tf.custom_gradient\ndef f(x):\n    def grad(dy):\n        return {}\n    return tf.sin(x), grad\n"
_TRAINS = "Trains: finite value and gradient for |x| ≤ 100 in float32."
_FINE = "Finite value and gradient for |x| ≤ 100 in float32."
_NONE = "Gradient is None: nothing before this activation trains."
_BOTH = "Finite value and gradient for |x| ≤ 100 in both dtypes."

VERDICTS = {
    "def f(x): return tf.math.log(1 + tf.exp(10 * x)) / 10": "Infinite for x ≥ 8.872 in float32: training diverges on large inputs.",
    "def f(x): return 1 / (1 + tf.exp(-x))": "NaN gradient for x ≤ -88.72 in float32: training diverges on large inputs.",
    "def f(x): return tf.where(x < 0, 0.0, 1.0)": _NONE,
    "def f(x): return tf.round(x)": _NONE,
    "def f(x): return tf.sign(x)": "Gradient is zero everywhere: nothing before this activation trains.",
    "def f(x): return x * tf.tanh(tf.math.softplus(x))": _TRAINS,
    "def f(x): return x + tf.stop_gradient(tf.round(x) - x)": _TRAINS,
    "def f(x): return tf.nn.softmax(x)": _TRAINS,
    "def f(x): return tf.where(x > 0, tf.sqrt(x), 0 * x)": "Eager and XLA disagree: in float32 the gradient is NaN for x ≤ 0 under XLA but finite in eager mode.",
    "def f(x): return tf.sqrt(tf.square(x))": "NaN gradient for x = 0 in float32: one such input ends training.",
    "def f(x): return tf.constant(2.0) * x": "Fine in float32, but it raises in float16: InvalidArgumentError: cannot compute Mul",
    "def f(x): return x / (tf.abs(x) + 1e-8)": "Fine in float32; in float16 NaN for x = 0.",
    "def f(x): return np.exp(x)": "It works in eager mode but raises in tf.function, as in fit: NotImplementedError: Cannot convert a symbolic",
    "def f(x):\n    if x > 0:\n        return x\n    return 0 * x": "It raises in every dtype: ValueError: The truth value of an array",
    "def f(x): return tf.sign(x) * tf.math.log(tf.abs(x) + 1)": "Trains, but at x = 0 the gradient is 0 where it should be 1.",
    "def f(x):\n    e = tf.exp(x)\n    return e / tf.reduce_sum(e, -1, keepdims=True)": "NaN for a row that is “all negative” at scale ≥ 87.34 in float32: training diverges on such rows.",
    "def f(y_true, y_pred): return -tf.reduce_mean(y_true * tf.math.log(y_pred), -1)": "NaN for x = 0, y_true = 0 in float32",
    _CUSTOM.format("tf.cos(x)"): "Gradient ignores the incoming gradient: layers before this activation get a wrong signal.",
    _CUSTOM.format("dy * 1.02 * tf.cos(x)"): "Gradient is wrong: at x = ",
    _CUSTOM.format("tf.clip_by_value(dy, -0.1, 0.1) * tf.cos(x)"): "Gradient is wrong: at x = ",
    "class f(keras.layers.Layer):\n    def __init__(self, alpha, **kwargs):\n        super().__init__(**kwargs)\n        self.alpha = alpha\n"
    "    def call(self, x): return x * tf.sigmoid(self.alpha * x)": _TRAINS,
}  # fmt: skip
"""The first words that the probe must say."""

KNOWN = VERDICTS | {
    "def f(x): return tf.floor(x)": _NONE,
    "def f(x): return tf.cast(x > 0, x.dtype)": _NONE,
    "def f(x): return tf.stop_gradient(x)": _NONE,
    "def f(x): return tf.one_hot(tf.argmax(x, -1), 8)": _NONE,
    "def f(x): return tf.zeros_like(x) * x": "Gradient is zero everywhere",
    "def f(x): return tf.math.log1p(tf.exp(x))": "Infinite for x ≥ 88.72 in float32",
    "def f(x): return tf.math.log(tf.sigmoid(x))": "Minus infinite for x ≤ -",
    "def f(x): return tf.math.log(1 - tf.sigmoid(x))": "Minus infinite for x ≥ 1",
    "def f(x): return tf.exp(x) / (1 + tf.exp(x))": "NaN for x ≥ 88.72 in float32",
    "def f(x): return x / (1 + tf.exp(-x))": "NaN gradient for x ≤ -88.72 in float32",
    "def f(x):\n    a, b = tf.exp(x), tf.exp(-x)\n    return (a - b) / (a + b)": "NaN for x ",
    "def f(x): return (1 - tf.exp(-x)) / (1 + tf.exp(-x))": "NaN for x ≤ -88.72 in float32",
    "def f(x): return 2 / (1 + tf.exp(-2 * x)) - 1": "NaN gradient for x ≤ -44.36 in float32",
    "def f(x): return tf.where(x > 0, x, tf.exp(x) - 1)": "NaN gradient for x ≥ 88.72 in float32",
    "def f(x): return tf.where(x >= 0, 1 / (1 + tf.exp(-x)), tf.exp(x) / (1 + tf.exp(x)))": "NaN gradient for ",
    "def f(x): return x * tf.tanh(tf.math.log(1 + tf.exp(x)))": "NaN gradient for x ≥ 88.72 in float32",
    "def f(x): return tf.minimum(tf.exp(x), 10.0)": "NaN gradient for x ≥ 88.72 in float32",
    "def f(x): return x * tf.tanh(tf.exp(x))": "NaN gradient for x ≥ 88.72 in float32",
    "def f(x): return tf.exp(-tf.exp(-x))": "NaN gradient for x ≤ -88.72 in float32",
    "def f(x): return tf.math.log(tf.exp(x) + tf.exp(-x))": "Infinite for x ",
    "def f(x): return tf.math.log(x)": "NaN for x ",
    "def f(x): return tf.where(x > 0, tf.math.log(x), 0 * x)": "NaN gradient for x = 0 in float32",
    "def f(x): return tf.sqrt(tf.nn.relu(x))": "Eager and XLA disagree: in float32 the gradient is NaN for x ≤ 0 in eager mode but finite under XLA.",
    "def f(x): return tf.cast(x < 0, x.dtype) * (tf.exp(x) - 1) + tf.cast(x >= 0, x.dtype) * x": "Eager and XLA disagree: in float32 the ",
    "def f(x): return tf.sqrt(tf.abs(x))": "NaN gradient for x = 0 in float32",
    "def f(x): return tf.pow(x, 0.5)": "NaN for x ",
    "def f(x): return 1 / x": "Minus infinite for x = 0 in float32",
    "def f(x): return tf.sin(x) / x": "NaN for x = 0 in float32",
    "def f(x): return x * tf.math.log(x)": "NaN for x ",
    "def f(x): return tf.math.atanh(x)": "NaN for ",
    "def f(x): return x / tf.norm(x, axis=-1, keepdims=True)": "NaN for a row of zeros in float32: training diverges on such rows.",
    "def f(x): return tf.math.xlogy(tf.nn.relu(x), tf.nn.relu(x))": _TRAINS,
    "def f(x): return tf.nn.relu(x)": _TRAINS,
    "def f(x): return tf.nn.silu(x)": _TRAINS,
    "def f(x): return tf.math.softplus(10 * x) / 10": _TRAINS,
    "def f(x): return tf.where(x > 0, x, tf.math.expm1(tf.minimum(x, 0)))": _TRAINS,
    "def f(x): return tf.math.log_sigmoid(x)": _TRAINS,
    "def f(x):\n    positive = x > 0\n    return tf.where(positive, tf.sqrt(tf.where(positive, x, 1.0)), 0 * x)": _TRAINS,
    "def f(x): return np.sqrt(2 / np.pi) * x  # float16": _BOTH,
    "def f(x): return 0.5 * x  # float16": _BOTH,
    "def f(x): return x * np.array(0.5)  # float16": _BOTH,
    "def f(x): return x**3  # float16": "Fine in float32; in float16 ",
    "def f(x): return tf.math.log(tf.nn.relu(x) + 1e-8)  # float16": "Fine in float32; in float16 ",
    "def f(x): return tf.sqrt(2 / np.pi) * x  # float16": "Fine in float32, but it raises in float16",
    "def f(x): return tf.numpy_function(lambda a: a * 2, [x], x.dtype)": "It works in eager mode but raises under XLA",
    "def f(x): return math.exp(x)": "It raises in every dtype: TypeError: only 0-dimensional arrays",
    "def f(x): return [a for a in (x,)][0] * 2": _TRAINS,
}  # fmt: skip
"""Those and more: the hazards that were measured in TensorFlow, and what must stay silent."""


def dtypes_of(code: str, words: str) -> tuple[str, ...]:
    return ("float16", "float32") if "float16" in code + words else ("float32",)
