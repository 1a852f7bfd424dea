"""JSON lines over file descriptors, numbers spelled so that every JSON reader takes them."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

PROTOCOL = 1
"""The version of what is asked and answered: it must be the one of who asks."""

Emit = Callable[..., None]
"""`emit(kind, **fields)` sends one event."""


def emitter(descriptor: int) -> Emit:
    def emit(kind: str, **fields: Any) -> None:
        send(descriptor, {"kind": kind, **fields})

    return emit


def send(descriptor: int, message: dict[str, Any]) -> None:
    write(descriptor, json.dumps(spelled(message), allow_nan=False).encode() + b"\n")


def write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def spelled(value: Any) -> Any:
    """The same with every number that JSON lacks as a word."""
    if isinstance(value, dict):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [spelled(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def lines(buffer: bytearray) -> Iterator[bytes]:
    """Takes every whole line out of the buffer."""
    while (end := buffer.find(b"\n")) >= 0:
        line = bytes(buffer[:end])
        del buffer[: end + 1]
        yield line


def first_line(error: BaseException) -> str:
    """What an exception says, in its type's name and one line; Keras puts the cause below a line of its own."""
    try:
        text = str(error)
    except Exception:
        text = ""
    said = [re.sub(r"\x1b\[\d*m", "", line).strip() for line in text.splitlines()]
    telling = next((line for line in said if line and not line.startswith("Exception encountered when")), "")
    return f"{type(error).__name__}: {telling}"[:400] if telling else type(error).__name__
