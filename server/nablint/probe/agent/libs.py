"""TensorFlow and Keras, imported once. Importing this module runs no op."""

from __future__ import annotations

import importlib
import sys
from typing import Any

tf: Any = importlib.import_module("tensorflow")
# `tf.keras` loads lazily and is what the user's code most often means; with Keras 3 it is `keras` itself.
keras: Any = tf.keras
keras_version: str = str(getattr(keras, "__version__", "") or importlib.import_module("keras").__version__)


def versions() -> dict[str, str]:
    return {"python": sys.version.split()[0], "tensorflow": str(tf.__version__), "keras": keras_version}


def compute(dtype: str) -> Any:
    """The NumPy dtype in which a model computes under a dtype or a policy of mixed precision."""
    return tf.as_dtype(dtype.replace("mixed_", "")).as_numpy_dtype
