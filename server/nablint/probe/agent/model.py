"""A small Keras model around the subject, and all that Keras must be able to do with it beside training."""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .libs import keras
from .subject import Subject
from .wire import first_line

_INPUTS = np.linspace(-3.0, 3.0, 32, dtype=np.float32).reshape(8, 4)


def model_around(subject: Subject) -> Any:
    """Dense → activation → Dense, with weights."""
    layers = keras.layers
    if subject.role == "loss":
        last = "sigmoid" if subject.high <= 1 else None
        inner = [layers.Dense(8, activation="tanh", name="before"), layers.Dense(1, activation=last, name="after")]
    elif subject.role == "activation" and len(subject.shape) == 1:
        inner = [layers.Dense(subject.width, activation=subject.trainee, name="before"), layers.Dense(1, name="after")]
    else:
        middle = subject.trainee() if subject.role == "layer" else layers.Activation(subject.trainee)
        flat = len(subject.shape) == 1
        folds = [] if flat else [layers.Reshape(subject.shape)]
        ends = [layers.Dense(1, name="after")] if flat else [layers.Flatten(), layers.Dense(1, name="after")]
        inner = [layers.Dense(subject.width, name="before"), *folds, middle, *ends]
    return keras.Sequential([keras.Input((4,)), *inner])


def checks(subject: Subject) -> Iterator[dict[str, Any]]:
    """The fields of one `Check` after the other."""
    if subject.role == "loss":
        return
    yield _check("symbolic", lambda: _symbolic(subject))
    keras.utils.set_random_seed(2)
    try:
        model = model_around(subject)
        outputs = _outputs(model)
    except Exception:
        return  # Training has quoted what it raises.
    logging.getLogger("absl").setLevel(logging.ERROR)  # Keras would say that .h5 is old.
    folder = tempfile.mkdtemp()
    yield _check("config", lambda: _again(type(model).from_config(model.get_config()), model, outputs))
    yield _check("clone", lambda: _again(keras.models.clone_model(model), model, outputs))
    for suffix in (".keras", ".h5"):
        path = os.path.join(folder, "model" + suffix)
        yield _check(suffix, lambda path=path: _loaded(model, path, outputs))  # type: ignore[misc]
    shutil.rmtree(folder, ignore_errors=True)


def _check(name: str, tried: Callable[[], str]) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            message = tried()
        except ImportError as error:
            return {"name": name, "outcome": "impossible", "message": first_line(error)}
        except Exception as error:
            return {"name": name, "outcome": "raises", "message": _cause(error)}
    return {"name": name, "outcome": "differs" if message else "works", "message": message}


def _cause(error: BaseException) -> str:
    """The first sentence of what was wrong first: Keras wraps it in errors that print whole configurations."""
    while error.__context__ is not None:
        error = error.__context__
    return re.sub(r"(?<=[a-z)'\"])\. .*", ".", first_line(error))


def _symbolic(subject: Subject) -> str:
    """Calls it with a KerasTensor, as the functional API does."""
    call = subject.trainee() if subject.role == "layer" else subject.trainee
    call(keras.Input(subject.shape))
    return ""


def _again(made: Any, model: Any, outputs: Any) -> str:
    made.set_weights(model.get_weights())
    return _difference(_outputs(made), outputs)


def _loaded(model: Any, path: str, outputs: Any) -> str:
    model.save(path)
    return _difference(_outputs(keras.models.load_model(path, compile=False)), outputs)


def _outputs(model: Any) -> Any:
    return np.asarray(model(_INPUTS))


def _difference(found: Any, expected: Any) -> str:
    if found.shape == expected.shape and np.allclose(found, expected, rtol=1e-4, atol=1e-5, equal_nan=True):
        return ""
    with np.errstate(invalid="ignore"):
        most = np.nanmax(np.abs(found - expected)) if found.shape == expected.shape else float("nan")
    return f"The outputs differ by up to {most:.3g}."
