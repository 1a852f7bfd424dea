"""Where the text of a function is: of a living one, or of `FILE::FUNCTION`."""

from __future__ import annotations

import functools
import inspect
import linecache
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

from nablint.cli.files import File, read
from nablint.source import Position, Source


@dataclass(frozen=True, slots=True)
class Place:
    """A function in its text."""

    source: Source
    """Its path is absolute, or empty for text that is in no file."""
    name: str
    """As in the text: `swish`, `Swish`, `make.inner`, `<lambda>`."""
    at: Position | None = None
    """Where a lambda is written."""
    refused: str = ""
    """Empty, or the sentence that says why there is no text."""


def place_of(function: Callable[..., Any] | str) -> Place:
    """Where a function is written; a wrapper such as `tf.function` stands for what it wraps."""
    if isinstance(function, str):
        return _named(function)
    plain = _unwrapped(function)
    if isinstance(plain, functools.partial):
        return _refused(str(plain), "A partial has no text of its own: write a def that calls it.")
    if not isinstance(plain, FunctionType | type):
        kind = type(plain).__name__
        return _refused(kind, f"A {kind} has no text of its own: give the function, or the class of a Layer.")
    return _written(plain)


def file_of(target: str) -> tuple[Path, File | None, str, str]:
    """Of `FILE::FUNCTION` the path, the file, the function's name, and a sentence if there is no such file."""
    path, mark, name = target.rpartition("::")
    if not (path and mark and name):
        return Path(target), None, name, f"{target!r} is not of the form FILE::FUNCTION."
    file = read(Path(path), path)
    if isinstance(file, File):
        return Path(path), file, name, ""
    return Path(path), None, name, f"{file.path} {file.message}"


def _named(target: str) -> Place:
    path, file, name, refused = file_of(target)
    if file is None:
        return _refused(name, refused)
    return Place(Source(str(path.resolve()), file.source.text), name)


def _written(plain: FunctionType | type) -> Place:
    name = plain.__qualname__
    try:
        path = inspect.getsourcefile(plain) or ""
    except TypeError:  # A class that is built in.
        path = ""
    text = "".join(linecache.getlines(path, getattr(plain, "__globals__", None)))
    if not text:
        return _refused(name, f"The text of {name} is not in a file, so it cannot be run alone.")
    found = Source(str(Path(path).resolve()) if Path(path).is_file() else "", text)
    return Place(found, name.rpartition(".")[2] if "<lambda>" in name else name, _position(plain))


def _position(plain: FunctionType | type) -> Position | None:
    """Where the body of a function begins, in code points; before Python 3.11 only the line is known."""
    if not isinstance(plain, FunctionType):
        return None
    line = plain.__code__.co_firstlineno - 1
    positions = getattr(plain.__code__, "co_positions", lambda: ())()
    columns = [column for start, _, column, _ in positions if start == line + 1 and column]
    return line, min(columns, default=0)


def _unwrapped(function: Any) -> Any:
    plain = inspect.unwrap(getattr(function, "python_function", function))
    return getattr(plain, "__func__", plain)


def _refused(name: str, sentence: str) -> Place:
    return Place(Source("", ""), name, refused=sentence)
