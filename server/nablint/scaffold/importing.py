"""How Python imports a file."""

from __future__ import annotations

from pathlib import Path


def module_of(path: Path) -> tuple[Path, str]:
    """The folder from which Python finds a module, and its dotted name from there."""
    root, parts = path.resolve().parent, [path.stem]
    while (root / "__init__.py").exists() and root.parent != root:
        root, parts = root.parent, [root.name, *parts]
    return root, ".".join(parts)
