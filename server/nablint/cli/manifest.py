"""Files and members of archives with their hashes, as `sha256sum` lists them: what scans of very many files begin with.

Whoever checks a file reads it, which may be a process on another machine; the hash tells whether it is the same.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nablint.cli.common import Named, fail
from nablint.cli.files import MAX_BYTES, read_bytes
from nablint.report.checked import Trouble

MEMBER = "::"
"""Between an archive and the member in it."""

_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](\S.*)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a manifest."""

    path: str
    """Absolute, since who reads it may work elsewhere."""
    member: str
    """In an archive: the file in it."""
    sha256: str


def manifest(name: str) -> Iterator[Named]:
    """The files of a manifest: on each line a SHA-256, two spaces, and `a.py`, `a.zip::b.py` or `a.tar.gz::b.py`."""
    if not name:
        return
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}.")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            fail(f"{name}:{number}: this is not a SHA-256, two spaces and a path.")
        path, _, member = match[2].partition(MEMBER)
        yield Named(match[2], Path(path), entry=Entry(os.path.abspath(path), member, match[1].lower()))


def entry_bytes(entry: Entry, shown: str) -> bytes | Trouble:
    """What the file holds, or the sentence that says why it cannot be read or is another than it was."""
    raw = _member(entry, shown) if entry.member else read_bytes(Path(entry.path), shown)
    if isinstance(raw, bytes) and hashlib.sha256(raw).hexdigest() != entry.sha256:
        return Trouble(shown, "is not what the manifest names: its hash is another.")
    return raw


def _member(entry: Entry, shown: str) -> bytes | Trouble:
    try:
        archive = _opened(entry.path, threading.get_ident())
        found = (
            archive.getinfo(entry.member) if isinstance(archive, zipfile.ZipFile) else archive.getmember(entry.member)
        )
        size = found.file_size if isinstance(found, zipfile.ZipInfo) else found.size
        if size > MAX_BYTES:
            return Trouble(shown, f"is larger than {MAX_BYTES // 1_000_000} MB and was not read.")
        stream = archive.open(found) if isinstance(archive, zipfile.ZipFile) else archive.extractfile(found)  # type: ignore[arg-type]
        if stream is None:
            return Trouble(shown, "is not a file.")
        with stream:
            # Sizes in an archive are claims.
            raw = stream.read(MAX_BYTES + 1)
        return raw if len(raw) <= MAX_BYTES else Trouble(shown, "is larger than its archive says and was not read.")
    except KeyError:
        return Trouble(shown, "is not in the archive.")
    except OSError as error:
        return Trouble(shown, f"cannot be read: {error.strerror or error}.")
    except (tarfile.TarError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        reason = str(error).partition("\n")[0].rstrip(":.")
        return Trouble(shown, f"cannot be read: {reason}.")


@lru_cache(maxsize=16)
def _opened(path: str, _thread: int) -> zipfile.ZipFile | tarfile.TarFile:
    """The archive, which stays open for its next member; each thread has its own."""
    return zipfile.ZipFile(path) if zipfile.is_zipfile(path) else tarfile.open(path)
