"""Reading the user's files and writing them back: nothing is assumed of what is in them."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import tempfile
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from nablint import notebook
from nablint.finding import Edit, apply_edits
from nablint.notebook import Notebook
from nablint.report.checked import Trouble
from nablint.source import Source

MAX_BYTES = 64_000_000
"""Beyond this a file is not even read: no one wrote it by hand, notebooks with pictures included."""


@dataclass(frozen=True, slots=True)
class File:
    """One file as it was read, with what is needed to write it back."""

    source: Source
    encoding: str = "utf-8"
    notebook: Notebook | None = None
    raw: str = ""
    """Of a notebook: the text of the file itself."""

    @classmethod
    def empty(cls, path: str) -> File:
        return cls(Source(path, ""))

    @property
    def path(self) -> str:
        return self.source.path

    def edited(self, edits: Iterable[Edit]) -> File:
        if self.notebook is None:
            return replace(self, source=apply_edits(self.source, edits))
        changed = self.notebook.edited(edits)
        return replace(self, source=Source(self.path, changed.text), notebook=changed)

    def text(self) -> str:
        """What the file on disk is to hold."""
        return self.source.text if self.notebook is None else notebook.write(self.raw, self.notebook)


def read(path: Path, shown: str) -> File | Trouble:
    """The file, or the sentence that says why it cannot be read."""
    raw = read_bytes(path, shown)
    return raw if isinstance(raw, Trouble) else decoded(raw, shown)


def read_bytes(path: Path, shown: str) -> bytes | Trouble:
    """What the file holds, or the sentence that says why it cannot be read."""
    try:
        if stat.S_ISREG(path.stat().st_mode) and path.stat().st_size > MAX_BYTES:
            return Trouble(shown, f"is larger than {MAX_BYTES // 1_000_000} MB and was not read.")
        return path.read_bytes()
    except OSError as error:
        return Trouble(shown, f"cannot be read: {error.strerror or error}.")


def decoded(raw: bytes, shown: str) -> File | Trouble:
    """The file that these bytes spell, in the encoding that they declare."""
    if b"\0" in raw:
        return Trouble(shown, "is not text: it holds zero bytes.")
    try:
        encoding = "utf-8" if is_notebook(shown) else tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
        text = raw.decode(encoding)
    except SyntaxError as error:
        return Trouble(shown, _undeclared(raw) or f"cannot be decoded: {error.msg}.")
    except UnicodeDecodeError as error:
        return Trouble(shown, _undecodable(raw, error))
    if is_notebook(shown):
        return _notebook(text, shown)
    return File(Source(shown, text), encoding)


def write(path: Path, file: File) -> str:
    """Puts the file in place of the old one, whole or not at all; empty, or the sentence that says why not."""
    try:
        data = file.text().encode(file.encoding)
    except UnicodeEncodeError as error:
        return f"cannot be written in its encoding, {file.encoding}: it has no {error.object[error.start]!r}."
    return put(path, data)


def put(path: Path, data: bytes) -> str:
    """Writes the file, whole or not at all; empty, or the sentence that says why not."""
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            # A pipe or a device has nothing that could be left half written.
            target.write_bytes(data)
        else:
            _replace(target, data)
    except (OSError, RuntimeError) as error:
        return f"cannot be written: {getattr(error, 'strerror', None) or error}."
    return ""


def is_notebook(path: str) -> bool:
    return path.endswith(".ipynb")


def _replace(target: Path, data: bytes) -> None:
    """Writes beside the target and renames, so that no reader ever sees half a file."""
    before = target.stat() if target.exists() else None
    if before and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", str(target))
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if before:
            _become(name, before)
        else:
            os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _become(name: str, before: os.stat_result) -> None:
    """Gives the new file the owner and the permissions of the old one."""
    if hasattr(os, "chown") and (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(OSError):  # Only root may give files away; anyone else keeps what may be kept.
            os.chown(name, before.st_uid, before.st_gid)
    os.chmod(name, stat.S_IMODE(before.st_mode))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _notebook(text: str, shown: str) -> File | Trouble:
    try:
        found = notebook.read(text)
    except ValueError as error:
        return Trouble(shown, f"{error}.")
    return File(Source(shown, found.text), notebook=found, raw=text)


def _undeclared(raw: bytes) -> str:
    """The sentence for a file that declares no encoding and is not UTF-8, or nothing."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return _undecodable(raw, error)
    return ""


def _undecodable(raw: bytes, error: UnicodeDecodeError) -> str:
    line = raw.count(b"\n", 0, error.start) + 1
    return f"is not valid {error.encoding.upper()}: byte 0x{raw[error.start]:02x} on line {line}."
