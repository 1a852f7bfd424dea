"""What a piece of code registers with Keras, or hands over by name when a model is loaded: read from its text."""

from __future__ import annotations

import re

_OBJECTS = re.compile(r"custom_object\w*[^\n]*(?:\n[^\n]*){0,3}")
_CALLED = re.compile(r"register_keras_serializable\([^()]*\)\(\s*([\w.]+)")
_DECORATED = re.compile(r"^@[^\n]*register_keras_serializable[^\n]*\n(?:@[^\n]*\n)*(?:def|class) (\w+)", re.MULTILINE)
_WORD = re.compile(r"[^\W\d]\w*")


def handed_over(text: str) -> frozenset[str]:
    """Every word near a `custom_objects`, and what is registered by a call."""
    if "custom_object" not in text and "register_keras" not in text:
        return frozenset()
    near = " ".join((*_OBJECTS.findall(text), *_CALLED.findall(text)))
    return frozenset(_WORD.findall(near))


def known_to_keras(text: str) -> frozenset[str]:
    """These, and what is registered by a decorator."""
    return handed_over(text).union(_DECORATED.findall(text) if "register_keras" in text else ())
