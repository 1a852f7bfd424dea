"""Which files a run is about: those named, and in folders all that no .gitignore and no exclude takes out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = (".py", ".ipynb")


def files(roots: Iterable[tuple[Path, tuple[str, ...]]]) -> Iterator[Path]:
    """Every file once, folders in name order; each root comes with what to exclude below it.

    A file that is named outright is never passed over.
    """
    seen: set[Path] = set()
    for path, exclude in roots:
        found = _in_folder(path, exclude) if path.is_dir() else (path,)
        for file in found:
            # Two spellings of one file are one file.
            if (key := Path(os.path.abspath(file))) not in seen:
                seen.add(key)
                yield file


def forget() -> None:
    """Reads .gitignore files again at the next walk."""
    _gitignore.cache_clear()


def _in_folder(root: Path, exclude: tuple[str, ...]) -> Iterator[Path]:
    top = Path(os.path.abspath(root))
    excluded = _spec(exclude)
    rules = [(folder, spec) for folder in _up_to_repository(top) if (spec := _gitignore(folder))]
    yield from _walk(root, top, rules, top, excluded)


def _walk(
    shown: Path, folder: Path, rules: list[tuple[Path, GitIgnoreSpec]], top: Path, excluded: GitIgnoreSpec
) -> Iterator[Path]:
    own = _gitignore(folder) if folder != top else None
    rules = [*rules, (folder, own)] if own else rules
    for entry in sorted(_entries(folder), key=lambda entry: entry.name):
        is_folder = entry.is_dir(follow_symlinks=False)
        if not is_folder and not (entry.name.endswith(SUFFIXES) and entry.is_file()):
            continue
        path = folder / entry.name
        if _ignored(path, rules, is_folder) or excluded.match_file(_below(path, top, is_folder)):
            continue
        if is_folder:
            yield from _walk(shown / entry.name, path, rules, top, excluded)
        else:
            yield shown / entry.name


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from list(entries)
    except OSError:
        return  # A folder that may not be read holds nothing for us, as for every other tool.


def _ignored(path: Path, rules: list[tuple[Path, GitIgnoreSpec]], is_folder: bool) -> bool:
    """What the innermost .gitignore with an opinion says."""
    for folder, spec in reversed(rules):
        verdict = spec.check_file(_below(path, folder, is_folder)).include
        if verdict is not None:
            return verdict
    return False


def _below(path: Path, folder: Path, is_folder: bool) -> str:
    return path.relative_to(folder).as_posix() + ("/" if is_folder else "")


def _up_to_repository(folder: Path) -> list[Path]:
    """The folder and those above it up to the root of its repository, outermost first; itself alone without one."""
    chain = [folder, *folder.parents]
    root = next((index for index, at in enumerate(chain) if (at / ".git").exists()), 0)
    return chain[root::-1]


@lru_cache(maxsize=4096)
def _gitignore(folder: Path) -> GitIgnoreSpec | None:
    file = folder / ".gitignore"
    try:
        return _spec(tuple(file.read_text(encoding="utf-8", errors="replace").splitlines()))
    except OSError:
        return None


def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    # Imported here: a run on a file that is named outright needs none of it.
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)
