"""The text of a generated test. What stands behind a `$` is filled in; the rest is as the user gets it."""

from __future__ import annotations

from string import Template

FILE = Template('''\
"""$title"""

${imports}
${after}# Inputs are tried up to this magnitude.
LIMIT = $limit

DTYPES = ("float16", "bfloat16", "float32", "float64")

# In these, value and gradient must be finite.
FINITE = $finite

# Rows over the whole range, dense around zero.
INPUTS = np.sinh(np.linspace(-np.arcsinh(LIMIT), np.arcsinh(LIMIT), 160)).reshape(-1, 8)

# What breaks activations: a number that stands in every place of a row, or a row.
HAZARDS = [
${known}    *(pytest.param(dtype, 0.0, id=f"zero-{dtype}") for dtype in FINITE),
    *(pytest.param(dtype, -0.0, id=f"minus zero-{dtype}") for dtype in FINITE),
    *(pytest.param(dtype, LIMIT, id=f"the largest-{dtype}") for dtype in FINITE),
    *(pytest.param(dtype, -LIMIT, id=f"the least-{dtype}") for dtype in FINITE),
    *(pytest.param(dtype, [LIMIT] + 7 * [0.0], id=f"one large-{dtype}") for dtype in FINITE),
    *(pytest.param(dtype, [-LIMIT] + 7 * [LIMIT], id=f"one small-{dtype}") for dtype in FINITE),
]


${setup}

def value_and_gradient(x, dtype):
    x = tf.cast(tf.constant(x, "float64"), dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = applied(x)
    gradient = tape.gradient(y, x)
    assert gradient is not None, "no gradient reaches the input: nothing before this activation trains"
    return tuple(tf.cast(tensor, "float64").numpy() for tensor in (y, gradient))


def assert_finite(x, dtype):
    """Value and gradient are finite in a dtype wherever it can hold what they truly are."""
    x = tf.cast(tf.cast(tf.constant(x, "float64"), dtype), "float64").numpy()
    largest = float(tf.as_dtype(dtype).max)
    pairs = zip(value_and_gradient(x, dtype), value_and_gradient(x, "float64"), strict=True)
    for what, (found, true) in zip(("value", "gradient"), pairs, strict=True):
        fits = ~(np.isfinite(true) & (np.abs(true) > largest))
        bad = np.argwhere(fits & ~np.isfinite(found))
        assert not len(bad), f"the {what} is {found[tuple(bad[0])]} in {dtype} for a row {x[bad[0][0]].tolist()}"


@pytest.mark.parametrize("dtype", FINITE)
def test_value_and_gradient_are_finite(dtype):
    assert_finite(INPUTS, dtype)


@pytest.mark.parametrize(("dtype", "x"), HAZARDS)
def test_hazard(dtype, x):
    assert_finite(np.broadcast_to(x, (1, np.size(x) if np.ndim(x) else 8)), dtype)


def test_a_gradient_comes_through():
    _, gradient = value_and_gradient(INPUTS, "float32")
    assert np.any(gradient), "the gradient is zero everywhere: nothing before this activation trains"

${numerical}
@pytest.mark.parametrize("run", [lambda x: applied(x), tf.function(lambda x: applied(x))], ids=["eager", "graph"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_is_kept(dtype, run):
    assert run(tf.zeros((2, 8), dtype)).dtype == dtype


def model_with(dtype):
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(8, dtype=dtype),
            ${layer},
            keras.layers.Dense(1, dtype=dtype),
        ]
    )


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_a_model_trains(dtype):
    keras.utils.set_random_seed(0)
    model = model_with(dtype)
    model.compile("sgd", "mse")
    before = model.get_weights()
    loss = model.train_on_batch(np.random.normal(size=(32, 4)), np.ones((32, 1)))
    after = model.get_weights()
    assert np.isfinite(loss)
    assert all(np.isfinite(weights).all() for weights in after)
    assert not np.array_equal(before[0], after[0]), "the weights before this activation did not move"


def test_a_model_is_saved_and_loaded(tmp_path):
    model, x = model_with("float32"), np.random.normal(size=(8, 4))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", custom_objects=${custom})
    np.testing.assert_allclose(loaded.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)
''')

NUMERICAL = """
def test_gradient_is_the_slope():
    x = tf.constant(INPUTS[::4], "float64")
    (given,), (true,) = tf.test.compute_gradient(applied, [x], delta=1e-4)
    np.testing.assert_allclose(given, true, rtol=1e-3, atol=1e-5)

"""

CHOSEN = """
# The gradient is not compared with the slope of the values: it is chosen to be another one.

"""
