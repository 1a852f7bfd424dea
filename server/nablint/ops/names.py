"""From the dotted name behind what the user wrote to the table's spelling, and to the one we print."""

from __future__ import annotations

import re
from functools import lru_cache

# Longest first: `tensorflow.keras.backend` is Keras's backend, not a part of TensorFlow.
_ROOTS = (
    (
        re.compile(r"(?:tensorflow|tf_keras|keras)\.(?:_tf_keras|api|src|python)\.(?:v2\.|_v2\.|_v1\.)?(?:keras\.)?"),
        "keras.",
    ),
    (re.compile(r"tensorflow\.compat\.v[12](?=\.|$)"), "tensorflow"),
)
_HOMES = (
    ("backend", "K"),
    ("ops", "ops"),
    ("activations", "activations"),
    ("layers", "layers"),
)
_PLAIN = {"tensorflow": "tf", "numpy": "np", "math": "math"}


@lru_cache(maxsize=4096)
def canonical(dotted: str) -> str:
    """The table's spelling of a full dotted name: `tf.math.exp`, `K.exp`, `ops.exp`, `activations.relu`, `np.exp`.

    Names of other libraries come back as they are.
    """
    for pattern, root in _ROOTS:
        dotted = pattern.sub(root, dotted, count=1) if pattern.match(dotted) else dotted
    library, _, rest = dotted.partition(".")
    if library == "tensorflow" and rest.startswith("keras."):
        library, rest = "keras", rest[len("keras.") :]
    if library in ("keras", "tf_keras"):
        home, _, name = rest.partition(".")
        short = dict(_HOMES).get(home)
        name = name.rpartition(".")[2]  # Their modules have further modules inside, which the names do not tell.
        return f"{short}.{name}" if short and name else f"keras.{rest}"
    return f"{_PLAIN[library]}.{rest}" if library in _PLAIN and rest else dotted


@lru_cache(maxsize=4096)
def spelled(dotted: str) -> str:
    """The name as we print it, which keeps the library: `tf.keras.backend.exp` and `keras.backend.exp` differ."""
    library, dot, rest = dotted.partition(".")
    return {"tensorflow": "tf", "numpy": "np"}.get(library, library) + dot + rest


def concerns(dotted: str) -> bool:
    """Whether a dotted name belongs to TensorFlow or Keras, or to a library of theirs."""
    library = dotted.partition(".")[0]
    return library.startswith(("tensorflow", "keras", "tf_keras"))
