"""`nablint.assert_activation` of functions that live in this process: their text is run in the agent's."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import nablint
from nablint import api
from nablint.probe.client import Prober

LIVELY = """\
import tensorflow as tf


def swish(x):
    return x * tf.sigmoid(x)


gate, same = (lambda x: tf.where(x > 0, 1.0, 0.0)), (lambda x: x)


def scaled(scale=2.0):
    def act(x):
        return scale * tf.tanh(x)

    return act


class Tanh(tf.keras.layers.Layer):
    def call(self, x):
        return tf.tanh(x)
"""


@pytest.mark.tensorflow
@pytest.mark.timeout(120)
def test_a_living_function_is_probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prober: Prober) -> None:
    """A def, a lambda, what a maker gives and a class, in a module that was imported."""
    monkeypatch.setattr(api, "_prober", lambda _: prober)
    # The functions live here without TensorFlow, which takes seconds to import; the probe's process has the real one.
    stand_in = SimpleNamespace(keras=SimpleNamespace(layers=SimpleNamespace(Layer=object)))
    monkeypatch.setitem(sys.modules, "tensorflow", stand_in)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (tmp_path / "lively.py").write_text(LIVELY)
    import lively  # type: ignore[import-not-found]

    options = {"dtypes": ("float32",), "train": False}
    for good in (lively.scaled(), lively.Tanh, f"{tmp_path}/lively.py::swish"):
        nablint.assert_activation(good, **options)
    with pytest.raises(AssertionError, match="Gradient is None") as told:
        nablint.assert_activation(lively.gate, **options)
    assert "float32    XLA" in str(told.value)
