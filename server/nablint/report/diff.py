"""The difference between two texts, as `patch` and `git apply` read it."""

from __future__ import annotations

import difflib

from nablint.source import Source


def unified(path: str, before: str, after: str) -> str:
    """A unified diff; empty if nothing differs."""
    old, new = Source(path, before).lines, Source(path, after).lines
    found = difflib.unified_diff(old, new, f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n" for line in found)
