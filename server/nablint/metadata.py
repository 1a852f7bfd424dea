"""Which Keras a project is for, as its dependencies say."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FIRST_WITH_KERAS_3 = {"tensorflow": (2, 16), "keras": (3, 0), "tf-keras": (99, 0)}
"""Of each distribution the first version on which the code runs on Keras 3; of tf-keras, which is Keras 2, none."""

_REQUIREMENT = re.compile(
    r"^\s*(tensorflow|keras|tf[-_]keras)(?:[-_](?:cpu|gpu|intel|macos))?\s*(?:\[[^\]]*\])?"
    r"(?![\w-])\s*\(?([^;#)]*)",
    re.IGNORECASE,
)
_BOUND = re.compile(r"(?<![<>!=~])(==|~=|<=|<|\^|~|=)\s*(\d+)(?:\.(\d+))?")


def keras_version(folder: Path) -> int | None:
    """2 or 3, if the nearest folder that names dependencies bounds TensorFlow or Keras from above; else None."""
    for place in (folder, *folder.parents):
        lines = list(_requirements(place))
        if lines or (place / ".git").exists():
            return next((major for line in lines if (major := _major(line))), None)
    return None


def _requirements(folder: Path) -> Iterator[str]:
    """What a folder's own files say that the project needs, line by line."""
    for file in sorted(folder.glob("requirements*.txt")):
        yield from _text(file).splitlines()
    if (file := folder / "pyproject.toml").is_file():
        yield from _declared(_parsed(file))


def _declared(table: dict[str, Any]) -> Iterator[str]:
    project, poetry = _at(table, "project"), _at(table, "tool", "poetry", "dependencies")
    lists = (project.get("dependencies"), *_at(project, "optional-dependencies").values())
    groups = _at(table, "dependency-groups").values()
    for entry in (*lists, *groups):
        yield from (line for line in entry if isinstance(line, str)) if isinstance(entry, list) else ()
    for name, wanted in poetry.items():
        yield f"{name} {wanted.get('version', '') if isinstance(wanted, dict) else wanted}"


def _at(table: object, *keys: str) -> dict[str, Any]:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _major(line: str) -> int | None:
    """The Keras that a requirement leads to, if it has an upper bound."""
    found = _REQUIREMENT.match(line)
    if not found:
        return None
    first = FIRST_WITH_KERAS_3[found[1].lower().replace("_", "-")]
    if first[0] == 99:
        return 2
    bounds = [(op, (int(major), int(minor or 0))) for op, major, minor in _BOUND.findall(found[2])]
    if not bounds:
        return None
    return 2 if any(bound < first or (op == "<" and bound == first) for op, bound in bounds) else 3


def _text(file: Path) -> str:
    try:
        # What is no regular file may have no end.
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    except OSError:
        return ""


def _parsed(file: Path) -> dict[str, Any]:
    """The file's tables, or none if it cannot be read: that is told where our own table is read."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(_text(file))
    except (ValueError, RecursionError):
        return {}
