"""A function of `keras.backend` that Keras 3 no longer has.

What it finds: `K.exp(x)` after `from keras import backend as K`, and `from keras.backend import exp`. After
`from tensorflow.keras import backend as K` most of them still work, and only those that do not are found.

Why it hurts: `AttributeError: module 'keras.backend' has no attribute 'exp'`, on the first call. Of the old backend,
Keras 3 keeps names and settings such as `epsilon` and `floatx`, but no mathematics.

When it breaks: at the first call, under Keras 3 (TensorFlow 2.16 on).

Fix: the function of the same name in `keras.ops`. All of a function are replaced at once.

Code for Keras 2 is right as it is: say so with `keras-version = 2`. Nothing is found in a file that imports what only
Keras 2 has, such as `keras.layers.advanced_activations`.

See also: kerastensor-in-tf.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nablint.finding import Edit, Finding, Fix, Fixes, Severity
from nablint.page import Page
from nablint.rule import Example, Rule, silent


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SAME = _words("""
    abs all any arange argmax argmin cast clip concatenate cos cumprod cumsum elu equal exp expand_dims eye
    greater greater_equal less less_equal log logsumexp max maximum mean min minimum not_equal ones ones_like
    prod reshape round shape sigmoid sign sin softmax softplus softsign sqrt square squeeze stack std
    stop_gradient sum tanh tile transpose var zeros zeros_like
""")
"""Those that `keras.ops` has under the same name, with the same meaning of what is passed by position."""

OTHER = _words("""
    batch_dot cast_to_floatx batch_flatten batch_get_value batch_normalization batch_set_value bias_add
    binary_crossentropy categorical_crossentropy constant control_dependencies conv1d conv2d conv2d_transpose
    conv3d count_params ctc_batch_cost ctc_decode depthwise_conv2d dot dropout dtype eval flatten foldl foldr
    function gather get_session get_value gradients hard_sigmoid identity in_test_phase in_top_k in_train_phase
    int_shape is_sparse l2_normalize learning_phase local_conv1d local_conv2d manual_variable_initialization
    map_fn moving_average_update ndim one_hot permute_dimensions placeholder pool2d pool3d pow print_tensor
    random_bernoulli random_binomial random_normal random_normal_variable random_uniform random_uniform_variable
    relu repeat repeat_elements resize_images resize_volumes reverse rnn separable_conv2d set_learning_phase
    set_session set_value sparse_categorical_crossentropy spatial_2d_padding switch temporal_padding to_dense
    truncated_normal update update_add update_sub variable
""")

RENAMED = {"pow": "power", "permute_dimensions": "transpose", "one_hot": "one_hot", "relu": "relu"}

KEYWORDS = frozenset({"axis", "keepdims"})

AXIS = frozenset({"argmax", "argmin", "cumprod", "cumsum", "expand_dims"})
"""Those whose default axis is another in `keras.ops`."""

REMOVED_IN_TF = _words("""
    control_dependencies function get_session in_test_phase in_train_phase learning_phase learning_phase_scope
    logsumexp manual_variable_initialization placeholder print_tensor set_learning_phase set_session
""")
"""What `tensorflow.keras.backend` lost too."""


def check_page(page: Page) -> Iterator[Finding]:
    if not page.is_keras_3 or not _may_be_named(page):
        return
    for node in page.nodes():
        if isinstance(node, ast.Attribute | ast.Name) and (removed := _removed(page.name(node))):
            function = page.function(node)
            library, name = removed
            words = f"Keras 3 has no {library}.{name}: this raises AttributeError."
            fixes = Fixes(_fixes, page, function) if library == "keras.backend" and name in SAME | {*RENAMED} else ()
            yield Finding(RULE.name, page.span(node), words, Severity.ERROR, function, fixes=fixes)


def _may_be_named(page: Page) -> bool:
    """Whether the words of the page can spell one of them, through the file's imports."""
    imports = page.file.imports
    roots = [imports[word] for word in page.words & imports.keys()]
    if any(map(_removed, roots)):
        return True
    homes = [
        home for home in ("keras.backend", "tensorflow.keras.backend") for r in roots if f"{home}.".startswith(f"{r}.")
    ]
    return bool(homes) and not page.words.isdisjoint(SAME | OTHER | REMOVED_IN_TF)


def _removed(dotted: str) -> tuple[str, str] | None:
    library, _, name = dotted.rpartition(".")
    if library == "keras.backend" and (name in SAME or name in OTHER):
        return library, name
    return ("tf.keras.backend", name) if library == "tensorflow.keras.backend" and name in REMOVED_IN_TF else None


def _fixes(page: Page, function: str) -> Iterator[Fix]:
    """All calls of one function by the names of `keras.ops`, if all of them can be."""
    found = [(c, name) for c, n in page.calls() if page.function(c) == function and (name := _new(c, n))]
    if found:
        home, needs = _home(page)
        edits = tuple(Edit(page.span(call.func), f"{home}.{name}") for call, name in found)
        yield Fix("Use keras.ops", edits, needs=needs)


def _new(call: ast.Call, dotted: str) -> str:
    """The name in `keras.ops`, if the call means the same there."""
    library, _, name = dotted.rpartition(".")
    if library != "keras.backend" or not all(k.arg in KEYWORDS for k in call.keywords):
        return ""
    if name in AXIS and len(call.args) < 2 and not any(k.arg == "axis" for k in call.keywords):
        return ""
    if name == "relu":
        return name if len(call.args) == 1 and not call.keywords else ""
    return RENAMED.get(name, name if name in SAME else "")


def _home(page: Page) -> tuple[str, tuple[str, ...]]:
    for local, dotted in page.file.imports.items():
        if dotted == "keras.ops":
            return local, ()
    if page.file.imports.get("keras") == "keras":
        return "keras.ops", ()
    return "ops", ("from keras import ops",)


_BAD = """import keras
from keras import backend as K


def f(x):
    return x * K.sigmoid(K.square(x))
"""
_GOOD = """import keras
from keras import backend as K


def f(x):
    return x * keras.ops.sigmoid(keras.ops.square(x))
"""

RULE = Rule("removed-backend-function", silent, (Example(_BAD, _GOOD),), __doc__, check_page)
