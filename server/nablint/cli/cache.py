"""What earlier runs found, by content, versions and settings: a text that was checked is not checked again.

It lies in one SQLite file of the user's, so that runs may share it, and holds no code: a record is JSON.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, NoReturn

from nablint import __version__
from nablint.config import Settings

if TYPE_CHECKING:
    import sqlite3

FORMAT = 1
"""Part of the file's name; another layout of tables gets another number."""

TERMINATED = 143
"""The exit status after SIGTERM, as shells have it."""

KEPT_DAYS = 30
BATCH = 500
EVERY = 5.0
"""Seconds after which what is new is written, so that a run which is killed loses little."""

SECONDS = 5.0
"""How long a run waits for another that writes."""

Tell = Callable[[str], None]


class Cache:
    """Records by key. Whatever goes wrong in it is told in one sentence, and the run goes on without it."""

    def __init__(self, folder: Path | None, tell: Tell) -> None:
        self._folder = folder
        self._tell = tell
        self._today = _today()
        self._saved = monotonic()
        self._found: list[bytes] = []
        self._new: list[tuple[bytes, int, str, int]] = []
        self._database: sqlite3.Connection | None = None
        if folder is not None:
            with self._guarded():
                self._database = _opened(folder)

    def get(self, key: bytes, *, offer: bool) -> str | None:
        """The record, if there is one that knows of the fixes where they are to be offered."""
        if self._database is None:
            return None
        with self._guarded():
            query = "SELECT record, used FROM records WHERE key = ? AND offer >= ?"
            row = self._database.execute(query, (key, offer)).fetchone()
            if row is None:
                return None
            if row[1] < self._today:
                self._found.append(key)
            return str(row[0])
        return None

    def put(self, key: bytes, record: str, *, offer: bool) -> None:
        self._new.append((key, int(offer), record, self._today))
        if len(self._new) >= BATCH or monotonic() - self._saved > EVERY:
            self.save()

    def save(self) -> None:
        """Writes what is new, all of it or nothing."""
        self._saved = monotonic()
        new, found = self._new, self._found
        self._new, self._found = [], []
        if self._database is None or not (new or found):
            return
        with self._guarded(), self._database:
            self._database.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", new)
            self._database.executemany("UPDATE records SET used = ? WHERE key = ?", [(self._today, k) for k in found])
            self._database.execute("DELETE FROM records WHERE used < ?", (self._today - KEPT_DAYS,))

    def close(self) -> None:
        self.save()
        if self._database is not None:
            self._database.close()

    def count(self) -> int:
        """How many records it holds."""
        if self._database is None:
            return 0
        with self._guarded():
            return int(self._database.execute("SELECT count(*) FROM records").fetchone()[0])
        return 0

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        import sqlite3

        try:
            yield
        except (OSError, sqlite3.Error) as error:
            if self._database is not None:
                self._database.close()
            self._database = None
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            self._tell(f"the cache in {self._folder} cannot be used ({reason}): this run does without.")


@contextmanager
def records_in(folder: Path | None, tell: Tell) -> Iterator[Cache]:
    """The cache, closed at the end. SIGTERM ends a run in order meanwhile, as CI ends one that is not wanted any more:
    what was found is kept, and no file is left half written beside another."""

    def leave(*_: object) -> NoReturn:
        raise SystemExit(TERMINATED)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        with closing(Cache(folder, tell)) as records:
            yield records
    finally:
        signal.signal(signal.SIGTERM, before)


def location() -> Path | None:
    """Where caches lie on this system: in the user's own folder, which no repository can prepare."""
    if given := os.environ.get("NABLINT_CACHE_DIR"):
        return Path(given)
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        place = Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local", "nablint", "Cache")
    elif sys.platform == "darwin":
        place = home / "Library/Caches/nablint"
    else:
        place = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache", "nablint")
    return place if place.is_absolute() else None


def file_in(folder: Path) -> Path:
    return folder / f"results-{FORMAT}.sqlite"


def key_of(raw: bytes, is_notebook: bool, settings: bytes) -> bytes:
    """The key of a text: equal for equal bytes under equal settings, in equal versions."""
    return hashlib.sha256(b"%s %d " % (settings, is_notebook) + raw).digest()


def settings_key(settings: Settings) -> bytes:
    """What findings depend on beside the text."""
    depended = replace(settings, exclude=(), inlay_hints=False)
    return hashlib.sha256(f"{depended!r} {_versions()}".encode()).hexdigest().encode()


@cache
def _versions() -> str:
    """Nablint's version, the state of its files (a checkout changes without a new version), and what it rests on."""
    package = Path(__file__).parents[1]
    files = sorted(package.rglob("*.py"))
    state = [(str(file), (found := file.stat()).st_size, found.st_mtime_ns) for file in files]
    rests = [_text(name, file) for name, file in (("numpy", "version.py"), ("libcst", "_version.py"))]
    return f"{__version__} {sys.version} {hashlib.sha256(repr((state, rests)).encode()).hexdigest()}"


def _text(package: str, file: str) -> str:
    """The file that holds a package's version: importing the package would cost more than the whole look-up."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0], file) if folders else None
    return path.read_text(encoding="utf-8") if path and path.is_file() else ""


def _opened(folder: Path) -> sqlite3.Connection:
    """The database, made if it is not there; one that is damaged is made anew."""
    import sqlite3

    folder.mkdir(parents=True, exist_ok=True)
    path = file_in(folder)
    try:
        return _ready(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        path.unlink()
        return _ready(path)


def _ready(path: Path) -> sqlite3.Connection:
    import sqlite3

    database = sqlite3.connect(path, timeout=SECONDS)
    try:
        # A crash may lose what the last run found, but never what is written already.
        database.execute("PRAGMA synchronous = NORMAL")
        columns = "key BLOB PRIMARY KEY, offer INTEGER, record TEXT, used INTEGER"
        database.execute(f"CREATE TABLE IF NOT EXISTS records ({columns}) WITHOUT ROWID")
    except BaseException:
        with closing(database), suppress(sqlite3.Error):
            database.rollback()
        raise
    return database


def _today() -> int:
    return int(time()) // 86_400
