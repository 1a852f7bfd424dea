"""Some training steps of a small Keras model around the subject."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from .libs import keras
from .model import model_around
from .subject import Subject
from .wire import first_line

RATE, LARGE_RATE = 0.01, 1.0
STEPS = 6
_EAGER_STEPS = 2


def trainings(subject: Subject) -> Iterator[dict[str, Any]]:
    """The fields of each `Training`: as `fit` trains; with a large learning rate; with `run_eagerly=True`."""
    keras.utils.set_random_seed(1)
    try:
        model = model_around(subject)
        model.compile(optimizer=keras.optimizers.SGD(RATE), loss=_loss(subject), jit_compile=False)
    except Exception as error:
        words = first_line(error)
        yield {"loss": math.nan, "finite": False, "error": words, "messages": [words]}
        return
    start = model.get_weights()
    yield _listened(subject, model, STEPS, RATE, "graph")
    model.set_weights(start)
    model.optimizer.learning_rate = LARGE_RATE
    yield _listened(subject, model, STEPS, LARGE_RATE, "graph")
    model.set_weights(start)
    model.compile(optimizer=keras.optimizers.SGD(RATE), loss=_loss(subject), run_eagerly=True)
    yield _listened(subject, model, _EAGER_STEPS, RATE, "eager")


def _loss(subject: Subject) -> Any:
    return subject.trainee if subject.role == "loss" else "mse"


def _listened(subject: Subject, model: Any, steps: int, rate: float, mode: str) -> dict[str, Any]:
    """What the steps did, and what TensorFlow and Keras said meanwhile."""
    heard, logger = _Listener(), logging.getLogger("tensorflow")
    logger.addHandler(heard)
    logger.setLevel(logging.WARNING)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fields = _stepped(subject, model, steps)
        except Exception as error:
            fields = {"loss": math.nan, "finite": False, "error": first_line(error)}
    logger.removeHandler(heard)
    # TensorFlow would warn of every function that a probe traces.
    logger.setLevel(logging.ERROR)
    said = [str(warning.message) for warning in caught] + heard.messages
    messages = [text.strip().splitlines()[0][:400] for text in said if _about_training(text)]
    errors = [fields["error"]] if "error" in fields else []
    return {**fields, "messages": list(dict.fromkeys(messages)) + errors, "rate": rate, "mode": mode}


def _stepped(subject: Subject, model: Any, steps: int) -> dict[str, Any]:
    random = np.random.default_rng(1)
    x = random.normal(size=(32, 4)).astype("float32")
    y = (random.random((32, 1)) > 0.5).astype("float32") if subject.role == "loss" else random.normal(size=(32, 1))
    names = [getattr(weight, "path", weight.name) for weight in model.trainable_weights]
    before = [np.array(weight) for weight in model.trainable_weights]
    losses = []
    for _ in range(steps):
        losses.append(float(np.ravel(model.train_on_batch(x, y.astype("float32")))[0]))
        if not math.isfinite(losses[-1]):
            break
    after = [np.array(weight) for weight in model.trainable_weights]
    triples = list(zip(names, before, after))  # noqa: B905
    return {
        "loss": losses[-1],
        "losses": losses,
        "finite": math.isfinite(losses[-1]) and all(np.isfinite(new).all() for new in after),
        "unmoved": [name for name, old, new in triples if np.array_equal(old, new)],
        "not_finite": [name for name, _, new in triples if not np.isfinite(new).all()],
    }


def _about_training(text: str) -> bool:
    return any(word in text.lower() for word in ("gradient", "nan", "overflow", "invalid value", "loss", "weight"))


class _Listener(logging.Handler):
    """Keeps what Keras 2 logs where Keras 3 warns."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
