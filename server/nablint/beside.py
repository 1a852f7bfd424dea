"""Which files of the user's own a file imports: found by their places, without a parser."""

from __future__ import annotations

import hashlib
import os
import re
import stat as modes
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_UP = 12
"""How many folders above a file are asked whether they belong to its package."""
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\r\n;#]+)|import[ \t]+([^\r\n;#]+))", re.MULTILINE
)
_LIBRARIES = frozenset(("tensorflow", "keras", "tf_keras", "numpy", "os", "sys", "typing", "re", "math", "functools"))


def places(folder: Path, dotted: str) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Where a dotted name may begin that a file in `folder` imports: a folder, and the names from there."""
    names = tuple(dotted.lstrip(".").split("."))
    if not all(name.isidentifier() for name in names):
        return  # Half-typed, or meant to lead elsewhere on the disk.
    dots = len(dotted) - len(dotted.lstrip("."))
    if dots:
        # `from . import a` and `from .. import a` are told apart by what is there.
        for above in (dots, dots - 1):
            if above:
                yield folder.joinpath(*[".."] * (above - 1)).resolve(), names
        return
    yield folder, names
    top = folder
    for _ in range(_UP):
        if not (top / "__init__.py").exists():
            break
        top = top.parent
    if top != folder:
        yield top, names


def candidates(folder: Path, dotted: str) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The files that the name may be found in, the likeliest first, and the names that are asked of each."""
    for root, names in places(folder, dotted):
        for count in range(len(names), 0, -1):
            place = root.joinpath(*names[:count])
            yield place.with_suffix(".py"), names[count:]
            yield place / "__init__.py", names[count:]


def stamp(path: Path, raw: bytes) -> bytes:
    """Equal for equal contents of all files that a file imports from its own package, directly or not."""
    seen: dict[Path, bytes] = {}
    todo = list(_imported(Path(os.path.abspath(path)).parent, raw))
    while todo:
        file = todo.pop()
        if file not in seen and (found := _read(file, _state(file))) is not None:
            seen[file], further = found
            todo += further
    return hashlib.sha256(b"".join(seen[file] for file in sorted(seen))).digest() if seen else b""


@lru_cache(maxsize=20_000)
def _read(file: Path, state: tuple[int, int] | None) -> tuple[bytes, tuple[Path, ...]] | None:
    """A file's hash and the files that it imports; `state` says whether it is still the same file."""
    if state is None:
        return None
    try:
        raw = file.read_bytes()
    except OSError:
        return None
    return hashlib.sha256(str(file).encode() + raw).digest(), tuple(_imported(file.parent, raw))


def _state(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size) if modes.S_ISREG(found.st_mode) else None


def _imported(folder: Path, raw: bytes) -> Iterator[Path]:
    for dotted in _names(raw):
        if dotted.partition(".")[0] not in _LIBRARIES:
            found = _found(folder, dotted)
            yield from (found,) if found else ()


@lru_cache(maxsize=100_000)
def _found(folder: Path, dotted: str) -> Path | None:
    return next((file for file, _ in candidates(folder, dotted) if file.exists()), None)


def forget() -> None:
    """Looks again which files are there: for each run, which asks for the same ones very often."""
    _found.cache_clear()


def _names(raw: bytes) -> Iterator[str]:
    """The full names that a text imports, about."""
    for module, names, plain in _IMPORT.findall(raw):
        words = (names or plain).strip(b"() \t").split(b",")
        for word in words:
            if name := word.split()[:1]:
                parts = (module, name[0]) if module and name[0] != b"*" else (module or name[0],)
                yield b".".join(parts).decode("utf-8", "replace")
