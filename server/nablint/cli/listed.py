"""Files that a list names: from another program, or for a scan of more than fits a command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from nablint.cli.common import Named, fail


def listed(name: str) -> Iterator[Named]:
    """The files in the list `name` (`-` is standard input), each once: a path a line, or with a zero byte after each.

    As files named outright, they are never passed over; one that is not there is told as such.
    """
    if not name:
        return
    seen: set[str] = set()
    for path in _paths(name):
        if path not in seen:
            seen.add(path)
            yield Named(path, Path(path))


def _paths(name: str) -> list[str]:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        text = raw.decode(sys.getfilesystemencoding(), "surrogateescape")
    except OSError as error:
        fail(f"{name} cannot be read: {error.strerror or error}.")
    lines = text.split("\0") if "\0" in text else text.splitlines()
    return [line for line in lines if line.strip()]
