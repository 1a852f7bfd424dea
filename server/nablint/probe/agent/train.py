"""One training step of a small Keras model around the subject."""

from __future__ import annotations

import logging
import math
import warnings
from typing import Any

import numpy as np

from .libs import keras
from .subject import Subject
from .wire import first_line


def one_step(subject: Subject) -> dict[str, Any]:
    """The fields of one `Training`."""
    keras.utils.set_random_seed(1)
    heard, logger = _Listener(), logging.getLogger("tensorflow")
    logger.addHandler(heard)
    logger.setLevel(logging.WARNING)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fields = _step(subject)
        except Exception as error:
            fields = {"loss": math.nan, "finite": False, "error": first_line(error)}
    logger.removeHandler(heard)
    # TensorFlow would warn of every function that a probe traces.
    logger.setLevel(logging.ERROR)
    said = [str(warning.message) for warning in caught] + heard.messages
    messages = [text.strip().splitlines()[0][:400] for text in said if _about_training(text)]
    return {**fields, "messages": list(dict.fromkeys(messages)) + ([fields["error"]] if "error" in fields else [])}


def _step(subject: Subject) -> dict[str, Any]:
    model = _model(subject)
    random = np.random.default_rng(1)
    x = random.normal(size=(32, 4)).astype("float32")
    y = (random.random((32, 1)) > 0.5).astype("float32") if subject.role == "loss" else random.normal(size=(32, 1))
    names = [getattr(weight, "path", weight.name) for weight in model.trainable_weights]
    before = [np.array(weight) for weight in model.trainable_weights]
    loss = model.train_on_batch(x, y.astype("float32"))
    loss = float(np.ravel(loss)[0])
    after = [np.array(weight) for weight in model.trainable_weights]
    triples = list(zip(names, before, after))  # noqa: B905
    return {
        "loss": loss,
        "finite": math.isfinite(loss) and all(np.isfinite(new).all() for new in after),
        "unmoved": [name for name, old, new in triples if np.array_equal(old, new)],
        "not_finite": [name for name, _, new in triples if not np.isfinite(new).all()],
    }


def _model(subject: Subject) -> Any:
    dense = keras.layers.Dense
    if subject.role == "loss":
        last = "sigmoid" if subject.high <= 1 else None
        layers = [dense(8, activation="tanh", name="before"), dense(1, activation=last, name="after")]
    elif subject.role == "layer":
        layers = [dense(8, name="before"), subject.trainee(), dense(1, name="after")]
    else:
        layers = [dense(8, activation=subject.trainee, name="before"), dense(1, name="after")]
    model = keras.Sequential([keras.Input((4,)), *layers])
    loss = subject.trainee if subject.role == "loss" else "mse"
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss=loss, jit_compile=False)
    return model


def _about_training(text: str) -> bool:
    return any(word in text.lower() for word in ("gradient", "nan", "overflow", "invalid value", "loss", "weight"))


class _Listener(logging.Handler):
    """Keeps what Keras 2 logs where Keras 3 warns."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
