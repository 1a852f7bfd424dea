"""The public functions of TensorFlow and Keras, by namespace: `python tests/ops/public.py` writes public.txt."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LISTED = Path(__file__).with_name("public.txt")


def spaces() -> dict[str, Any]:
    import keras
    import tensorflow as tf

    old = tf.compat.v1
    return {
        "tf": tf, "tf.math": tf.math, "tf.nn": tf.nn, "tf.linalg": tf.linalg, "tf.debugging": tf.debugging,
        "tf.compat.v1": old, "tf.compat.v1.math": old.math, "tf.compat.v1.nn": old.nn,
        "tf.keras.backend": tf.keras.backend, "keras.ops": keras.ops, "keras.activations": keras.activations,
        "keras.losses": keras.losses, "math": math,
    }  # fmt: skip


def names(space: Any) -> list[str]:
    """Functions, not classes, that a module exports."""
    found = [n for n in dir(space) if not n.startswith("_")]
    return [n for n in found if callable(getattr(space, n)) and not inspect.isclass(getattr(space, n))]


def lines() -> Iterator[str]:
    import keras
    import tensorflow as tf

    yield f"TensorFlow {tf.__version__}, Keras {keras.__version__}"
    for name, space in spaces().items():
        yield f"{name}: {' '.join(names(space))}"


if __name__ == "__main__":
    LISTED.write_text("\n".join(lines()) + "\n", encoding="utf-8", newline="\n")
