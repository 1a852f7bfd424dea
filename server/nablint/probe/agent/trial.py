"""Value and gradient at inputs that somebody names: what a static finding claims, asked of TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np

from .evaluate import evaluator
from .libs import compute
from .subject import Subject
from .wire import first_line

Array = Any


def tried(subject: Subject, trial: dict[str, Any]) -> dict[str, Any]:
    """The fields of one `Tried`."""
    dtype = trial["dtype"]
    given = dict(zip(trial["names"], trial["inputs"]))  # noqa: B905
    unknown = sorted(set(given) - set(subject.names))
    if unknown or subject.names[0] not in given:
        return _untried(f"It names {', '.join(unknown) or 'no input'}, which the probe does not set.")
    try:
        x, labels = _arrays(subject, given, compute(dtype))
        call = subject.make(dtype)
        # Under one cotangent that is the same everywhere, slopes that cancel each other would not show.
        results = [evaluator(subject, call, trial["mode"], even=even)(x, labels) for even in (True, False)]
    except Exception as error:
        return _untried(first_line(error))
    slopes = [result.gradient for result in results if result.gradient is not None]
    return {"value": _worst(results[0].value), "gradient": _worst(np.stack(slopes)) if slopes else None, "error": ""}


def _arrays(subject: Subject, given: dict[str, Any], number: Any) -> tuple[Array, Array]:
    arrays = [np.asarray(_numbers(given.get(name, 0.0)), np.float64).astype(number) for name in subject.names]
    shape = (1, *subject.shape) if arrays[0].ndim == 0 else (1, *arrays[0].shape)[-max(2, arrays[0].ndim) :]
    x = np.broadcast_to(arrays[0], shape).copy()
    labels = np.broadcast_to(arrays[1], shape).copy() if len(arrays) > 1 else np.zeros_like(x)
    return x, labels


def _numbers(value: Any) -> Any:
    """Lists of numbers, of which some are spelled as words."""
    return [_numbers(item) for item in value] if isinstance(value, (list, tuple)) else float(value)


def _worst(numbers: Array) -> float:
    """NaN before infinities before finite numbers."""
    flat = numbers.ravel()
    if np.isnan(flat).any():
        return float("nan")
    return float(flat[np.argmax(np.abs(flat))]) if len(flat) else 0.0


def _untried(error: str) -> dict[str, Any]:
    return {"value": None, "gradient": None, "error": error}
