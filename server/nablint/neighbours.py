"""What the files of a folder make known to Keras, which is known in all of its files once one of them is imported."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

from nablint.registry import known_to_keras

MOST = 200
"""So many files of a folder are read."""
LARGEST = 1_000_000

_KEEPS = re.compile(rb"save|load_model|clone_model|to_json|model_from_json")

State = tuple[tuple[str, int, int], ...]


def registered_in(folder: str) -> frozenset[str]:
    """The names that some file of the folder registers, or hands over with `custom_objects`."""
    return _registered(folder, _state(folder))


def stamp(path: Path, raw: bytes) -> bytes:
    """Equal for equal names, of a text to which they matter: one that passes activations and keeps models."""
    if b"ctivation" not in raw or not _KEEPS.search(raw):
        return b""
    return ",".join(sorted(registered_in(os.path.dirname(os.path.abspath(path))))).encode()


def _state(folder: str) -> State:
    """Equal for equal files, by name, time and size."""
    try:
        with os.scandir(folder) as entries:
            files = sorted((e.name, e.stat()) for e in entries if e.name.endswith(".py") and e.is_file())
    except OSError:
        return ()
    return tuple((name, found.st_mtime_ns, found.st_size) for name, found in files if found.st_size < LARGEST)[:MOST]


@lru_cache(maxsize=64)
def _registered(folder: str, state: State) -> frozenset[str]:
    return frozenset().union(*(known_to_keras(_text(Path(folder) / name)) for name, _, _ in state))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", errors="replace")
    except OSError:
        return ""
