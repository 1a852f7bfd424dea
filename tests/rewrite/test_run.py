"""TensorFlow runs every right side once, at extremes: values and gradients are finite."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from rewrite.fixing import IMPORTS
from rewrite.test_spellings import PAIRS

pytestmark = pytest.mark.tensorflow

EXTREMES = [[-100.0, -20.0, -1.0], [-1e-3, 0.0, 1e-3], [0.5, 1.0, 2.0], [20.0, 89.0, 100.0]]
TRULY = {
    "expm1(x) /": (-100.0, 80.0),  # Beyond, the true value is infinite.
    "log1p(x) /": (-0.9, 100.0),  # Below, there is none.
}
"""Where a right side has a finite true value, if not everywhere."""


def body(code: str) -> str:
    """The lines of a function of statements between semicolons, the last one an expression."""
    *lines, last = code.split("; ")
    return "".join(f"    {line}\n" for line in (*lines, f"return {last}"))


@pytest.fixture(scope="module")
def made() -> ModuleType:
    """A module with one function a line."""
    lines = "".join(f"\n\ndef f{i}(x):\n{body(after)}" for i, (_, after) in enumerate(PAIRS))
    module = ModuleType("made")
    exec(compile(IMPORTS + lines, "made", "exec"), module.__dict__)  # The lines are those of this folder.
    return module


@pytest.mark.parametrize("number", range(len(PAIRS)), ids=[after for _, after in PAIRS])
def test_value_and_gradient_are_finite(made: ModuleType, number: int) -> None:
    import tensorflow as tf

    low, high = next((ends for part, ends in TRULY.items() if part in PAIRS[number][1]), (-100.0, 100.0))
    x = tf.clip_by_value(tf.constant(EXTREMES), low, high)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y: Any = getattr(made, f"f{number}")(x)
    slope = tape.gradient(y, x)
    assert bool(tf.reduce_all(tf.math.is_finite(y)))
    assert slope is not None
    assert bool(tf.reduce_all(tf.math.is_finite(slope)))
