"""Rules about names and calls: each in the spellings that people use, and silent on what is near."""

from __future__ import annotations

import pytest

from nablint.analyse import analyse
from nablint.config import Settings
from nablint.source import Source

HEAD = """import functools
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from keras.layers import Activation, Dense
"""
SAVED = "\n\nmodel.save('m.keras')\n"
STEEP = "\ndef steep(x):\n    return tf.tanh(3.0 * x)\n\n\n"
ELU = "\ndef elu(x):\n    return tf.where(x > 0, x, 0.1 * x)\n\n\n"

FOUND = {
    "import keras.backend as K\ndef f(x):\n    return K.exp(-K.abs(x))\n": "removed-backend-function",
    "from keras import backend\ndef f(x):\n    return backend.tanh(x)\n": "removed-backend-function",
    "from keras.backend import tanh\ndef f(x):\n    return tanh(x)\n": "removed-backend-function",
    "import keras\ndef f(x):\n    return keras.backend.tanh(x)\n": "removed-backend-function",
    "from tensorflow.keras import backend as K\ndef f(x):\n    return K.logsumexp(x)\n": "removed-backend-function",
    HEAD + ELU + "d = Dense(4, activation=elu)\n": "shadows-builtin-activation",
    HEAD + ELU + "d = tf.keras.layers.Dense(4, activation=elu)" + SAVED: "shadows-builtin-activation",
    HEAD + ELU + "d = Activation(elu)\n": "shadows-builtin-activation",
    HEAD + STEEP + "d = Dense(4, activation=steep)" + SAVED: "unregistered-activation",
    HEAD + STEEP + "d = Activation(steep)\n\nother = keras.models.clone_model(model)\n": "unregistered-activation",
    HEAD + "d = layers.LSTM(4, activation=lambda x: tf.tanh(x))" + SAVED: "unloadable-activation",
    HEAD + "act = lambda x: tf.tanh(x)\nd = Dense(4, activation=act)" + SAVED: "unloadable-activation",
    HEAD + "act = functools.partial(tf.nn.leaky_relu, alpha=0.1)\nd = Dense(4, activation=act)" + SAVED: (
        "unloadable-activation"
    ),
    HEAD + "d = Activation(tf.sin)" + SAVED: "unloadable-activation",
    HEAD + "d = Dense(4, activation=tf.nn.softmax)\n\n\nm.save('out/m.keras')\n": "unloadable-activation",
    HEAD + "d = Activation(keras.ops.sin)" + SAVED: "unloadable-activation",
    HEAD + "@tf.function\ndef g(x):\n    return tf.tanh(x)\n\n\nd = Dense(4, activation=g)" + SAVED: (
        "unloadable-activation"
    ),
    HEAD + "d = layers.Lambda(lambda x: tf.tanh(x))" + SAVED: "unloadable-activation",
    HEAD + "class Act:\n    def __call__(self, x):\n        return tf.tanh(x)\n\n\nd = Activation(Act())" + SAVED: (
        "unloadable-activation"
    ),
    HEAD
    + "def make(a):\n    def act(x):\n        return tf.tanh(a * x)\n\n    return act\n\n\nact = make(2)\n"
    + "d = Activation(act)"
    + SAVED: "unloadable-activation",
    HEAD + STEEP + "keras.utils.get_custom_objects()['st'] = steep\n\nd = Activation('st')\n": (
        "layer-instance-as-activation"
    ),
    HEAD
    + STEEP
    + "tf.keras.utils.get_custom_objects().update({'st': Activation(steep)})\n\nd = Dense(4, activation='st')\n": (
        "layer-instance-as-activation"
    ),
    HEAD + "a = tf.Variable(1.0)\n\n\ndef g(x):\n    return a * x\n\n\nd = Dense(4, activation=g)\n": (
        "variable-in-activation"
    ),
    HEAD + "class A(layers.Layer):\n    def call(self, x):\n        w = tf.Variable(1.0)\n        return w * x\n": (
        "variable-in-activation"
    ),
    HEAD
    + "class A(layers.Layer):\n    def call(self, x):\n        return x + np.random.rand()\n": "traced-once-random",
    "import random\n" + HEAD + "class A(layers.Layer):\n    def call(self, x):\n        return x * random.random()\n": (
        "traced-once-random"
    ),
    HEAD + "class A(layers.Layer):\n    def call(self, x):\n        return tf.py_function(np.sin, [x], tf.float32)\n": (
        "python-callback"
    ),
    HEAD
    + "def g():\n    i = tf.keras.Input((4,))\n    return keras.Model(i, tf.nn.relu(i * 2.0))\n": "kerastensor-in-tf",
    HEAD + "def g():\n    i = layers.Input((4,))\n    h = Dense(4)(i)\n    h = tf.concat([i, h], -1)\n    return h\n": (
        "kerastensor-in-tf"
    ),
    HEAD + "i = keras.Input((4,))\nh = Dense(4)(i)\nh = tf.exp(h)\n": "kerastensor-in-tf",
    "from keras.activations import relu\ndef f(x):\n    return relu(x, 1)\n": "wrong-activation-argument",
    HEAD + "def f(x):\n    return tf.keras.activations.relu(x, alpha=0.1)\n": "wrong-activation-argument",
    HEAD + "def f(x):\n    return tf.nn.leaky_relu(x, negative_slope=0.1)\n": "wrong-activation-argument",
    HEAD + "@tf.custom_gradient\ndef f(x):\n    def grad(dy):\n        return dy, dy * x\n\n    return x * x, grad\n": (
        "custom-gradient-count"
    ),
    HEAD
    + "@tf.custom_gradient\ndef f(x):\n    return tf.exp(-x * x), lambda dy: -2 * dy * x\n": "custom-gradient-wrong",
}

SILENT = {
    "K of tf.keras": "from tensorflow.keras import backend as K\ndef f(x):\n    return K.tanh(x)\n",
    "what is left of K": "from keras import backend as K\ndef f(x):\n    return x / (abs(x) + K.epsilon())\n",
    "Keras 2": "from keras import backend as K\nfrom keras.layers.advanced_activations import PReLU\n"
    "def f(x):\n    return K.tanh(x)\n",
    "another backend": "import keras\nfrom mine import backend as K\ndef f(x):\n    return K.tanh(x)\n",
    "a parameter called K": "from keras import backend as K\nimport keras\ndef f(x, K):\n    return K.tanh(x)\n",
    "the same as Keras's own": HEAD
    + "\ndef relu(x):\n    return tf.maximum(x, 0)\n\n\nd = Dense(4, activation=relu)"
    + SAVED,
    "registered": HEAD
    + "\n@keras.saving.register_keras_serializable('p')\ndef elu(x):\n    return tf.maximum(x, 0.1 * x)\n\n\n"
    + "d = Dense(4, activation=elu)"
    + SAVED,
    "not an activation": HEAD + ELU + "y = elu(tf.ones(3))" + SAVED,
    "never saved": HEAD + STEEP + "d = Dense(4, activation=steep)\n",
    "given when loaded": HEAD
    + STEEP
    + "d = Dense(4, activation=steep)\n\nm = keras.models.load_model('m', custom_objects={'steep': steep})\n",
    "other things are saved": HEAD + STEEP + "d = Dense(4, activation=steep)\nnp.save('a', 1)\nfig.save('b')\n",
    "a lambda layer": HEAD + "d = layers.Lambda(lambda x: tf.tanh(x))\n",
    "names that Keras knows": HEAD + "d = [Dense(4, activation=tf.nn.relu), Activation(keras.ops.silu)]" + SAVED,
    "a layer as an activation": HEAD + "d = Dense(4, activation=layers.LeakyReLU())" + SAVED,
    "a layer of ours as an activation": HEAD
    + "class Act(layers.Layer):\n    def __call__(self, x):\n        return tf.tanh(x)\n\n\nd = Activation(Act())"
    + SAVED,
    "an object that Keras can save": HEAD
    + "class Act:\n    def __call__(self, x):\n        return tf.tanh(x)\n\n"
    + "    def get_config(self):\n        return {}\n\n\nd = Activation(Act())"
    + SAVED,
    "a factory": HEAD + "d = Dense(4, activation=keras.activations.get('relu'))" + SAVED,
    "a name that nobody gave": HEAD + "d = Dense(4, activation='st')\n",
    "a built-in name that was given": HEAD
    + "\n@keras.saving.register_keras_serializable()\ndef relu(x):\n    return tf.nn.relu(x)\n\n\n"
    + "keras.utils.get_custom_objects().update({'relu': relu})\nd = Dense(4, activation='relu')\n",
    "a variable of the layer": HEAD
    + "class A(layers.Layer):\n    def build(self, s):\n        self.w = tf.Variable(1.0)\n\n"
    + "    def call(self, x):\n        return self.w * x\n",
    "a variable made once": HEAD
    + "class A(layers.Layer):\n    def call(self, x):\n        if self.w is None:\n            "
    + "self.w = tf.Variable(1.0)\n        return x\n",
    "a random number before": HEAD
    + "noise = np.random.rand()\n\n\ndef g(x):\n    return tf.nn.relu(x) + 0.0 * noise\n\n\n"
    + "d = Dense(4, activation=g)\n",
    "a callback in a pipeline": HEAD
    + "def load(path):\n    return tf.py_function(np.load, [path], tf.float32)\n\n\n"
    + "ds = tf.data.Dataset.range(3).map(load)\n",
    "tf in a lambda layer": HEAD
    + "def g():\n    x = keras.Input((4,))\n    x = layers.Lambda(lambda x: tf.exp(-tf.abs(x)))(x)\n    return x\n",
    "tf on a real tensor": HEAD + "def g(x):\n    i = keras.Input((4,))\n    return tf.nn.relu(x), i\n",
    "tf on a shape": HEAD + "def g():\n    i = keras.Input((4,))\n    return tf.zeros(i.shape[1:])\n",
    "asking about a tensor": HEAD + "def g():\n    i = keras.Input((4,))\n    return tf.is_tensor(i), tf.print(i)\n",
    "slopes": HEAD + "def f(x):\n    return keras.activations.relu(x, 0.1) + tf.nn.leaky_relu(x, 0.1)\n",
    "a name of an op": HEAD + "def f(x):\n    return tf.nn.relu(x, 'relu')\n",
    "defaults": HEAD
    + "@tf.custom_gradient\ndef f(x, a=2.0):\n    def grad(dy):\n        return dy * a\n\n    return x * a, grad\n",
    "a list of gradients": HEAD
    + "@tf.custom_gradient\ndef f(x, y):\n    def grad(dy):\n        return [dy] * 2\n\n    return x + y, grad\n",
    "an approximated slope": HEAD
    + "@tf.custom_gradient\ndef f(x):\n    return tf.math.erf(x), lambda dy: dy * 1.128 * tf.exp(-x * x)\n",
    "a stopped gradient": HEAD
    + "@tf.custom_gradient\ndef f(x):\n    return tf.tanh(x), lambda dy: tf.zeros_like(dy)\n",
    "a hyperparameter by keyword": HEAD
    + "@tf.custom_gradient\ndef f(x, a=2.0):\n    return x * a, lambda dy: dy * a\n\n\n"
    + "def g(x, a=3.0):\n    return tf.nn.relu(f(x, a=a))\n",
}

ABOUT_NAMES = frozenset(FOUND.values()) | {"custom-gradient-keyword", "custom-gradient-variables"}


def rules(code: str, settings: Settings = Settings()) -> list[str]:  # noqa: B008
    found = analyse(Source("a.py", code), settings).findings
    return sorted({finding.rule for finding in found} & ABOUT_NAMES)


@pytest.mark.parametrize(("code", "rule"), FOUND.items(), ids=[f"{r}-{i}" for i, r in enumerate(FOUND.values())])
def test_found(code: str, rule: str) -> None:
    assert rules(code) == [rule]


@pytest.mark.parametrize("code", SILENT.values(), ids=SILENT)
def test_silent(code: str) -> None:
    assert rules(code) == []


def test_what_only_keras_3_refuses_is_right_for_keras_2() -> None:
    only_3 = [code for code, rule in FOUND.items() if rule in ("removed-backend-function", "kerastensor-in-tf")]
    assert [rules(code, Settings(keras_version=2)) for code in only_3] == [[]] * len(only_3)


def test_a_page_is_read_again_when_its_file_changes() -> None:
    quiet = HEAD + STEEP + "d = Dense(4, activation=steep)\n"
    first = analyse(Source("a.py", quiet))
    second = analyse(Source("a.py", quiet + SAVED), previous=first)
    third = analyse(Source("a.py", quiet), previous=second)
    found = [[f.rule for f in one.findings if f.rule in ABOUT_NAMES] for one in (first, second, third)]
    assert found == [[], ["unregistered-activation"], []]
