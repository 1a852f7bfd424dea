"""Typing, pasting, breaking and undoing at random: what is kept from before is what a full analysis finds.

`pytest tests/lsp/test_shadow.py --edits 10000` for a long run.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from nablint.analyse import Analysis, analyse
from nablint.config import Settings
from nablint.source import Source

SEED = Path(__file__).parents[2] / "fixtures" / "seed"
USUAL = 64
"""As many edits as fit into a test that is run all the time; then each eighth is compared."""
EVERY = 100

HELPERS = """import tensorflow as tf
from tensorflow import keras

LIMIT = 20.0


def clipped(x):
    return tf.clip_by_value(x, -LIMIT, LIMIT)


def shifted(x, by=1.0):
    return tf.exp(clipped(x) * by)


@tf.custom_gradient
def stepped(x):
    def grad(upstream):
        return upstream * tf.sigmoid(x)

    return tf.cast(x > 0, x.dtype), grad


class Scaled(keras.layers.Layer):
    def call(self, inputs):
        return tf.math.log(shifted(inputs) - 1)  # nablint: ignore[log-of-zero]


def unused(y_true, y_pred):
    return -(y_true * tf.math.log(y_pred))


model = keras.Sequential([keras.layers.Dense(3, activation=lambda x: tf.sqrt(x)), keras.layers.Activation(stepped)])
model.compile(loss=unused)
"""
PIECES = (
    "tf.exp(x)",
    "tf.sqrt(x)",
    "LIMIT",
    "100.0",
    "(",
    ")",
    "[",
    '"""',
    "'",
    "#",
    " # nablint: ignore",
    "\n",
    "\n\n\n",
    "\r\n",
    "\f",
    "\u2028",
    "😀",
    "é",
    "\t",
    "    ",
    "\\",
    "x",
    "import keras\n",
    "from tensorflow import *\n",
    "def clipped(x):\n    return x\n\n",
    "def extra(x):\n    return tf.math.log(x)\n\n",
    "LIMIT = 3.0\n",
    "if True:\n    LIMIT = 2.0\n",
)

Edit = Callable[[random.Random, str, Sequence[str]], str]


def typed(chance: random.Random, text: str, _earlier: Sequence[str]) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice("x1().,:+-*/= \n\t#'\"abcé") + text[at:]


def pasted(chance: random.Random, text: str, _earlier: Sequence[str]) -> str:
    at = chance.randrange(len(text) + 1)
    # Where a line begins is where most is pasted.
    at = text.rfind("\n", 0, at) + 1 if chance.random() < 0.5 else at
    return text[:at] + chance.choice(PIECES) + text[at:]


def deleted(chance: random.Random, text: str, _earlier: Sequence[str]) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.choice((1, 1, 1, 3, 20, 90)) :]


def moved(chance: random.Random, text: str, _earlier: Sequence[str]) -> str:
    """A stretch of lines, cut and put in elsewhere."""
    lines = text.splitlines(keepends=True)
    first = chance.randrange(len(lines) + 1)
    taken = lines[first : first + chance.randrange(1, 9)]
    rest = lines[:first] + lines[first + len(taken) :]
    at = chance.randrange(len(rest) + 1)
    return "".join(rest[:at] + taken + rest[at:])


def undone(chance: random.Random, _text: str, earlier: Sequence[str]) -> str:
    return chance.choice(earlier[-12:])


def restored(_chance: random.Random, _text: str, earlier: Sequence[str]) -> str:
    return earlier[0]


EDITS: Sequence[tuple[Edit, int]] = ((typed, 30), (pasted, 20), (deleted, 15), (moved, 8), (undone, 22), (restored, 5))


def known(analysis: Analysis) -> tuple[object, ...]:
    # NaN differs from NaN, so witnesses are compared as text.
    findings = [
        (f.rule, f.span, f.message, f.severity, f.function, repr(f.witness), f.origin) for f in analysis.findings
    ]
    functions = [(f.name, f.span, f.name_span, f.line, repr(f.paths), f.may_train) for f in analysis.functions]
    return findings, functions, analysis.errors


@pytest.mark.timeout(3600)
def test_what_is_kept_is_what_would_be_found(request: pytest.FixtureRequest) -> None:
    wanted = request.config.getoption("--edits")
    count, every = (wanted, EVERY) if wanted else (USUAL, USUAL // 8)
    chance = random.Random(count)
    texts = [HELPERS + (SEED / "softplus.py").read_text(encoding="utf-8")]
    earlier: Analysis | None = None
    for number in range(count):
        edit = chance.choices([edit for edit, _ in EDITS], [weight for _, weight in EDITS])[0]
        texts.append(edit(chance, texts[-1], texts))
        settings = Settings(input_range=50.0) if number % 397 > 390 else Settings()
        earlier = analyse(Source("/a.py", texts[-1]), settings, earlier)
        if not number % every or number == count - 1:
            fresh = analyse(Source("/a.py", texts[-1]), settings)
            assert known(earlier) == known(fresh), f"after edit {number}:\n{texts[-1]}"
        texts[1:-40] = []
