"""The modules beside a file: read from the disk when a name that is imported from them matters, never executed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nablint.parse import Parsed, Placed, Segment
from nablint.parse.split import split
from nablint.source import Source

_LARGEST = 2_000_000
_UP = 12
"""How many folders above a file are asked whether they belong to its package."""

Found = tuple[Parsed, tuple[str, ...]]
"""A module, and the names that are asked of it in turn."""
Stamp = tuple[int, int] | None


@dataclass(eq=False)
class Siblings:
    """Finds and reads modules; what was read is kept until the file changes."""

    state: int = 0
    """Changes whenever a file that was read, or was missing, is no longer what it was."""
    _read: dict[Path, tuple[Stamp, Parsed | None]] = field(default_factory=dict)
    _found: dict[tuple[str, str], Found | None] = field(default_factory=dict)

    def find(self, near: str, dotted: str) -> Found | None:
        """The module that a dotted name begins with, as a file at `near` imports it, and the rest of the name."""
        if not near:
            return None
        key = os.path.dirname(near), dotted
        if key not in self._found:
            self._found[key] = self._search(*key)
        return self._found[key]

    def refresh(self) -> None:
        """Looks at the files again: one that changed is read anew when it is asked for."""
        changed = [path for path, (stamp, _) in self._read.items() if _stamp(path) != stamp]
        for path in changed:
            del self._read[path]
        if changed:
            self.state += 1
            self._found.clear()

    def _search(self, folder: str, dotted: str) -> Found | None:
        for root, names in _places(Path(os.path.abspath(folder)), dotted):
            if not all(name.isidentifier() for name in names):
                continue  # Half-typed, or meant to lead elsewhere on the disk.
            for count in range(len(names), 0, -1):
                place = root.joinpath(*names[:count])
                for path in (place.with_suffix(".py"), place / "__init__.py"):
                    if (parsed := self._module(path)) is not None:
                        return parsed, names[count:]
        return None

    def _module(self, path: Path) -> Parsed | None:
        if path not in self._read:
            stamp = _stamp(path)
            self._read[path] = stamp, _parsed(path, self) if stamp is not None and stamp[1] < _LARGEST else None
        return self._read[path][1]


def _places(folder: Path, dotted: str) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Where a dotted name may begin: a folder, and the names from there."""
    names = tuple(dotted.lstrip(".").split("."))
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


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _parsed(path: Path, siblings: Siblings) -> Parsed | None:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    source = Source(str(path), text)
    # Their spans mean nothing in the file that imports them: a line of -1 says so.
    return Parsed(source, tuple(Placed(Segment(text), -1) for _, text in split(source)), siblings=siblings)


SHARED = Siblings()
"""For a whole run, or a whole session of an editor."""
