"""Which files a run is about: those named, and in folders all that no .gitignore and no exclude takes out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from nablint.config import is_quick

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = (".py", ".ipynb")

ExcludesOf = Callable[[Path], tuple[str, ...]]
"""What the settings of a folder exclude."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Lines as in a .gitignore, relative to the folder that they stand in."""

    folder: str
    names: frozenset[str]
    """Those that are no more than a name, which are most: a set tells them without a pattern."""
    rest: tuple[str, ...]
    whole: tuple[str, ...]

    def verdict(self, path: str, name: str, is_folder: bool) -> bool | None:
        """Whether they take it out; None if they say nothing of it."""
        if not self.rest:
            return True if name in self.names else None
        below = path[len(self.folder.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
        return _spec(self.whole).check_file(below + "/" if is_folder else below).include


@dataclass(frozen=True, slots=True)
class Place:
    """A folder to walk."""

    shown: Path
    folder: str
    rules: list[Patterns]
    """Of every .gitignore that speaks of it, outermost first."""
    excluded: Patterns


def files(roots: Iterable[Path], excludes_of: ExcludesOf) -> Iterator[Path]:
    """Every file once, folders in name order. A file that is named outright is never passed over."""
    seen: set[str] = set()
    for root in roots:
        found = _in_folder(root, excludes_of) if root.is_dir() else ((root, os.path.abspath(root)),)
        for file, key in found:
            # Two spellings of one file are one file.
            if key not in seen:
                seen.add(key)
                yield file


def forget() -> None:
    """Reads .gitignore files again at the next walk."""
    _gitignore.cache_clear()


def _in_folder(root: Path, excludes_of: ExcludesOf) -> Iterator[tuple[Path, str]]:
    top = os.path.abspath(root)
    rules = [own for folder in _up_to_repository(top) if (own := _gitignore(folder))]
    # A stack of our own: folders may lie deeper in each other than Python's.
    stack = [_within(Place(root, top, rules, patterns(top, excludes_of(root))), excludes_of)]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
        elif isinstance(found, Place):
            stack.append(_within(found, excludes_of))
        else:
            yield found


def _within(place: Place, excludes_of: ExcludesOf) -> Iterator[tuple[Path, str] | Place]:
    """The files and the folders of one folder, by name."""
    for entry in sorted(_entries(place.folder), key=lambda entry: entry.name):
        is_folder = entry.is_dir(follow_symlinks=False)
        if not is_folder and not (entry.name.endswith(SUFFIXES) and entry.is_file()):
            continue
        if _ignored(entry, place.rules, is_folder) or place.excluded.verdict(entry.path, entry.name, is_folder):
            continue
        below = place.shown / entry.name
        if not is_folder:
            yield below, entry.path
            continue
        own = _gitignore(entry.path)
        inner = _excluded(below, entry.path, place.excluded, excludes_of)
        yield Place(below, entry.path, [*place.rules, own] if own else place.rules, inner)


def _excluded(shown: Path, folder: str, above: Patterns, excludes_of: ExcludesOf) -> Patterns:
    """What is excluded in a folder: the nearest configuration wins, and speaks of what is below its own folder."""
    if not os.path.isfile(os.path.join(folder, "pyproject.toml")):
        return above
    own = excludes_of(shown)
    return above if own is above.whole else patterns(folder, own)


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from list(entries)
    except OSError:
        return  # A folder that may not be read holds nothing for us, as for every other tool.


def _ignored(entry: os.DirEntry[str], rules: list[Patterns], is_folder: bool) -> bool:
    """What the innermost .gitignore with an opinion says."""
    for own in reversed(rules):
        verdict = own.verdict(entry.path, entry.name, is_folder)
        if verdict is not None:
            return verdict
    return False


def _up_to_repository(folder: str) -> list[str]:
    """The folder and those above it up to the root of its repository, outermost first; itself alone without one."""
    chain = [Path(folder), *Path(folder).parents]
    root = next((index for index, at in enumerate(chain) if (at / ".git").exists()), 0)
    return [str(at) for at in chain[root::-1]]


@lru_cache(maxsize=4096)
def _gitignore(folder: str) -> Patterns | None:
    path = os.path.join(folder, ".gitignore")
    try:
        # What is no regular file may have no end.
        if not os.path.isfile(path):
            return None
        with open(path, encoding="utf-8", errors="replace") as file:
            return patterns(folder, tuple(file.read().splitlines()))
    except OSError:
        return None


def patterns(folder: str, lines: tuple[str, ...]) -> Patterns:
    """The lines, ready to be asked."""
    lines = tuple(filter(is_quick, lines))
    told = [line for line in lines if line.strip() and not line.startswith("#")]
    names = frozenset(line for line in told if not set(line) & set("/*?[!\\ "))
    return Patterns(folder, names, tuple(line for line in told if line not in names), lines)


@lru_cache(maxsize=4096)
def _spec(lines: tuple[str, ...]) -> GitIgnoreSpec:
    # Imported here: a run on a file that is named outright needs none of it.
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)
