"""The modules beside a file: read from the disk when a name that is imported from them matters, never executed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nablint.beside import candidates
from nablint.neighbours import registered_in
from nablint.parse import Parsed, Placed, Segment
from nablint.parse.split import split
from nablint.source import Source

_LARGEST = 2_000_000

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

    def registers(self, near: str, dotted: Iterable[str]) -> frozenset[str]:
        """The names that Keras learns from the files beside `near`, and beside the modules of dotted names."""
        found = (self.find(near, name) for name in dotted)
        files = [near, *(module[0].source.path for module in found if module)] if near else []
        folders = {os.path.dirname(os.path.abspath(file)) for file in files}
        return frozenset().union(*(registered_in(folder) for folder in folders))

    def refresh(self) -> None:
        """Looks at the files again: one that changed is read anew when it is asked for."""
        changed = [path for path, (stamp, _) in self._read.items() if _stamp(path) != stamp]
        for path in changed:
            del self._read[path]
        if changed:
            self.state += 1
            self._found.clear()

    def _search(self, folder: str, dotted: str) -> Found | None:
        for path, rest in candidates(Path(os.path.abspath(folder)), dotted):
            if (parsed := self._module(path)) is not None:
                return parsed, rest
        return None

    def _module(self, path: Path) -> Parsed | None:
        if path not in self._read:
            stamp = _stamp(path)
            self._read[path] = stamp, _parsed(path, self) if stamp is not None and stamp[1] < _LARGEST else None
        return self._read[path][1]


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    # A name may lead to a pipe or a device, which has no end.
    return (found.st_mtime_ns, found.st_size) if stat.S_ISREG(found.st_mode) else None


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
