"""What hovers say and draw."""

from __future__ import annotations

import base64
import re
from xml.etree import ElementTree as ET

import pytest

from nablint.analyse import analyse
from nablint.curve import curves, failing
from nablint.lsp import drawing
from nablint.lsp.cards import card, plain
from nablint.source import Source

CODE = """import tensorflow as tf

def sharp(x, scale=10.0):
    return tf.math.log(1 + tf.math.exp(scale * x))

def gate(x):
    return tf.where(x > 0, 1.0, 0.0)

def swish(x):
    return x * tf.sigmoid(x)

def cross(y_true, y_pred):
    return -(y_true * tf.math.log(y_pred))

def root(x):
    return tf.sqrt(tf.abs(x))

def rows(x):
    return x - tf.reduce_max(x, axis=-1, keepdims=True)

def mixed(x):
    return x * tf.constant(2.0)

def quiet(x):  # nablint: ignore[overflow]
    return tf.math.log(1 + tf.exp(x)) / tf.exp(x * 0.5)

def odd(x):
    return strange(tf.exp(x))
"""
ANALYSIS = analyse(Source("/a.py", CODE))


def said(word: str, *, pictures: bool = False) -> str:
    """The card at the first place where a word is written."""
    found = card(ANALYSIS, ANALYSIS.source.position(CODE.index(word) + 1), pictures=pictures)
    assert found is not None
    return found[1]


SAYS = [
    ("sharp", "Value proved finite for |x| ≤ 8.8"),
    ("sharp", "overflow: exp overflows float32 for x > 8.872"),
    ("sharp", "Fails from: float16 1.109"),
    ("sharp", "F and f′ of x from -20 to 20 in float32; ✗ where it fails."),
    ("gate", "TensorFlow gives no gradient (None)."),
    ("swish", "Value proved finite for |x| ≤ 100 in float32, float16."),
    ("swish", "Slope proved finite for |x| ≤ 100 in float32, float16."),
    ("cross", "F and f′ of y_pred from 0 to 1 in float32, y_true = 1"),
    ("rows", "Value proved finite for |x| ≤"),
    ("mixed", "Raises in float16: it mixes dtypes."),
    ("odd", "Not all of it is understood, so nothing is proved."),
    ("tf.math.exp(scale", "tf.math.exp(scale * x)\n\n- from float32 inputs with |x| ≤ 100: float32, in [0, inf]"),
    ("tf.sigmoid", "from float16 inputs with |x| ≤ 100: float16, in [0, 1]"),
    ("x * tf.constant", "from float16 inputs with |x| ≤ 100: mixes float16 and float32"),
    (
        "# nablint: ignore",
        "Ignores overflow on lines 24 to 25.\n\nIt hides 1 finding:\n- line 25, overflow: exp overflows",
    ),
]


@pytest.mark.parametrize(("word", "expected"), SAYS)
def test_in_plain_text(word: str, expected: str) -> None:
    assert expected in plain(said(word))


def test_plain_text_has_no_signs_of_markdown() -> None:
    for word, _ in SAYS:
        assert not re.search(r"\*\*|```|\]\(|\\", plain(said(word)))


def test_sparklines() -> None:
    lines = said("sharp").split("\n")
    value, slope = (next(line for line in lines if line.startswith(name)) for name in ("f ", "f′"))
    assert value.endswith("█✗✗✗✗✗✗✗✗✗✗✗✗")
    assert len(value) == len(slope) == drawing.COLUMNS + 3
    assert not [line for line in said("gate").split("\n") if line.startswith("f′")]


def test_pictures() -> None:
    for word in ("sharp", "gate", "swish", "cross", "root"):
        data = re.search(r"!\[(.+)\]\(data:image/svg\+xml;base64,([^)]+)\)", said(word, pictures=True))
        assert data, word
        picture = ET.fromstring(base64.b64decode(data[2]))
        texts = [item.text for item in picture.iter("{http://www.w3.org/2000/svg}text")]
        assert texts[-4:] == ["f32", "f16", "bf16", "f64"]
        assert len(data[2]) < 10_000, "VS Code cuts off hovers of 100,000 characters"
    assert "data:" not in said("rows", pictures=True)
    assert "data:" not in said("sharp")


FAILS = [
    ("sharp", [("value", 9.0, 20.0)]),
    ("swish", []),
    ("cross", [("value", 0.0, 0.0)]),
    ("root", [("slope", 0.0, 0.0)]),
]


@pytest.mark.parametrize(("name", "expected"), FAILS)
def test_failing_stretches(name: str, expected: list[tuple[str, float, float]]) -> None:
    (known,) = next(found for found in ANALYSIS.functions if found.name == name).facts
    (curve,) = curves(known, ["float32"], 100.0)
    assert list(failing(curve)) == expected


@pytest.mark.parametrize("background", ["#ffffff", "#f3f3f3", "#1f1f1f", "#000000"])
@pytest.mark.parametrize("colour", drawing.COLOURS.values())
def test_colours_are_seen_in_light_and_dark_themes(background: str, colour: str) -> None:
    lighter, darker = sorted((luminance(background), luminance(colour)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 3


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
