"""Keystroke → diagnostics, as a client sees it, in a file of activations."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import quantiles
from typing import Any

from tests.bench._wire import NABLINT, PARSER, Wire

URI = "file:///bench/activations.py"
KEYS = 300
FLOOR_KEYS = 60
FUNCTIONS = (
    "def {name}(x, scale={number}.0):\n    return tf.math.log(1 + tf.exp(scale * x))\n\n\n",
    "def {name}(features, labels):\n    for epoch in range({number}):\n        print(features, labels, epoch)\n"
    "    return {{'epochs': {number}, 'name': 'training'}}\n\n\n",
    "def {name}(x):\n    positive = tf.maximum(x, 0.0)\n"
    "    return positive + tf.math.expm1(tf.minimum(x, 0.0)) * {number}.0\n\n\n",
    "class {name}(keras.layers.Layer):\n    def build(self, shape):\n"
    "        self.scale = self.add_weight(name='scale', shape=(shape[-1],))\n\n"
    "    def call(self, inputs):\n        return tf.tanh(inputs * self.scale) + {number}\n\n\n",
    "def {name}(path):\n    rows = [line.split(',') for line in open(path)]\n"
    "    return [(float(row[0]), int(row[1])) for row in rows if len(row) > {number}]\n\n\n",
)
"""One in five is risky, two are careful, two have nothing to do with tensors."""


def lines() -> Iterator[str]:
    for size in (1_000, 3_000):
        text = module(size)
        first, times = typed(NABLINT, text, KEYS)
        _, floor = typed(PARSER, text, FLOOR_KEYS)
        p50, p95 = quantiles(times, n=20)[9], quantiles(times, n=20)[18]
        yield (
            f"keystroke → diagnostics, {size:,} lines: p50 {p50:.1f} ms, p95 {p95:.1f} ms (a server that only parses "
            f"the file with LibCST: p50 {quantiles(floor, n=20)[9]:.1f} ms); open {first:.0f} ms"
        )


def typed(command: list[str], text: str, keys: int) -> tuple[float, list[float]]:
    """Milliseconds until the first diagnostics of a file, and from each of some keystrokes to the next."""
    wire = Wire(command)
    wire.initialize()
    began = wire.send("textDocument/didOpen", {"textDocument": opened(text)})
    first = (wire.wait(published(1)) - began) * 1000
    times = [keystroke(wire, text, version) for version in range(2, keys + 2)]
    wire.process.kill()
    return first, times


def module(size: int) -> str:
    """About `size` lines: activations, layers and ordinary functions."""
    parts = ["import tensorflow as tf\nfrom tensorflow import keras\n\n\n"]
    while sum(part.count("\n") for part in parts) < size:
        number = len(parts)
        parts.append(FUNCTIONS[number % len(FUNCTIONS)].format(name=f"f{number}", number=number))
    return "".join(parts)


def keystroke(wire: Wire, text: str, version: int) -> float:
    """Milliseconds from a number typed over in an activation in the middle to the diagnostics; each number is new."""
    rows = text.split("\n")
    row = next(i for i in range(len(rows) // 2, len(rows)) if "tf.exp(scale" in rows[i])
    column = rows[row].index("1 +")
    end = column + len(str(version - 1))
    change = {"range": {"start": at(row, column), "end": at(row, end)}, "text": str(version)}
    time.sleep(0.01)
    document = {"uri": URI, "version": version}
    began = wire.send("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
    return (wire.wait(published(version)) - began) * 1000


def at(line: int, character: int) -> dict[str, int]:
    return {"line": line, "character": character}


def opened(text: str) -> dict[str, Any]:
    return {"uri": URI, "languageId": "python", "version": 1, "text": text}


def published(version: int) -> Any:
    return lambda message: message.get("params", {}).get("version") == version
