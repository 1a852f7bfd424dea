"""What a change adds: the findings of changed files that the same files did not have at a Git revision."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nablint.cli.common import Named, fail
from nablint.report.baseline import added, counted
from nablint.report.checked import Checked

Scan = Callable[[list[Named]], Iterable[Checked]]


@dataclass(frozen=True, slots=True)
class Change:
    """How the files of a repository differ from those of a revision."""

    root: str
    base: str
    before: dict[str, str]
    """By path from the root, of each changed file: the object that held it before, empty if it is new."""
    tracked: frozenset[str]

    def before_of(self, item: Named) -> str | None:
        """The object that held the file before; empty if it is new, None if it is as it was or is not ours."""
        path = os.path.relpath(os.path.realpath(item.path), self.root).replace(os.sep, "/")
        if path.startswith("../"):
            return None
        if item.stdin:
            found = _git(self.root, "ls-tree", "-z", self.base, "--", path).split(b"\t")[0].split()
            return found[2].decode() if found else ""
        return self.before.get(path, None if path in self.tracked else "")


def since(revision: str, items: Iterable[Named], scan: Scan) -> tuple[list[Named], Callable[[Checked], Checked]]:
    """The files that changed since the revision, and what leaves of their findings those that are new.

    As in a pull request, the comparison is with where this branch left the revision's.
    """
    change = _change(revision)
    changed = [(item, before) for item in items if (before := change.before_of(item)) is not None]
    contents = _contents(change.root, [before for _, before in changed if before])
    old = [replace(item, raw=contents[before]) for item, before in changed if before in contents]
    known = {checked.source.path: counted(checked) for checked in scan(old)}
    return [item for item, _ in changed], lambda checked: added(checked, known.get(checked.source.path, Counter()))


def _change(revision: str) -> Change:
    root = os.path.realpath(os.fsdecode(_git(".", "rev-parse", "--show-toplevel").rstrip(b"\n")))
    if revision.startswith("-"):
        fail(f"there is no revision {revision!r}.")
    commit = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", sorry="there is no revision "
                  f"{revision!r}. In CI, fetch it first.").decode().strip()  # fmt: skip
    base = _run(root, "merge-base", commit, "HEAD").stdout.decode().split()
    start = base[0] if base else commit
    raw = _git(root, "diff", "--raw", "-z", "--no-abbrev", "--find-renames", "--no-ext-diff", start)
    tracked = _git(root, "ls-files", "-z").split(b"\0")
    return Change(root, start, dict(_entries(raw)), frozenset(map(os.fsdecode, tracked)))


def _entries(raw: bytes) -> Iterator[tuple[str, str]]:
    """Each changed path with its object before, from the output of `git diff --raw -z`."""
    fields = iter(raw.split(b"\0"))
    for head in fields:
        if not head:
            return
        _, _, before, _, status = head.decode().split()
        path = next(fields)
        if status[0] in "RC":
            path = next(fields)
        yield os.fsdecode(path), "" if set(before) == {"0"} else before


def _contents(root: str, objects: list[str]) -> dict[str, bytes]:
    """What the objects hold."""
    if not objects:
        return {}
    output = _git(root, "cat-file", "--batch", given="".join(f"{name}\n" for name in objects).encode())
    found: dict[str, bytes] = {}
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        name, kind, *size = output[at:end].decode().split()
        length = int(size[0]) if size else 0
        if kind == "blob":
            found[name] = output[end + 1 : end + 1 + length]
        at = end + 1 + (length + 1 if size else 0)
    return found


def _git(folder: str, *arguments: str, given: bytes = b"", sorry: str = "") -> bytes:
    done = _run(folder, *arguments, given=given)
    if done.returncode:
        reason = " ".join(done.stderr.decode(errors="replace").split()) or "it does not say why"
        fail(sorry or f"--diff-base needs Git, which says: {reason}")
    return done.stdout


def _run(folder: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    # A repository may name a program that watches its files; nothing of it is to run.
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        return subprocess.run(command, cwd=Path(folder), input=given, capture_output=True, check=False)
    except OSError as error:
        fail(f"--diff-base needs Git, which cannot be run: {error.strerror or error}.")
