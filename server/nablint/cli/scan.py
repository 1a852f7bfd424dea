"""From files to what was found in them: the cache is asked first, and processes share what is left."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nablint import beside, neighbours
from nablint.cli.cache import Cache, key_of, location, settings_key
from nablint.cli.common import MENTIONS, Named, Wanted, checked, settings_for
from nablint.cli.files import decoded, is_notebook, read_bytes
from nablint.config import Settings, for_file
from nablint.report.checked import Checked, Trouble, unreadable
from nablint.report.record import NOTHING, encoded, restored
from nablint.source import Source

if TYPE_CHECKING:
    from nablint.cli.manifest import Entry
    from nablint.cli.pool import Died, Known

F = TypeVar("F", bound=Callable[..., Any])

FEW = 2
"""So many files are checked in this process: others would take longer to begin than to work."""

_MENTIONS = tuple(word.encode() for word in MENTIONS)


def run_options(command: F) -> F:
    """Adds `--jobs`, `--no-cache` and `--cache-dir`."""
    jobs = click.option(
        "-j", "--jobs", type=click.IntRange(0), default=0, help="How many processes. [default: one a core]"
    )
    without = click.option(
        "--no-cache", is_flag=True, envvar="NABLINT_NO_CACHE", help="Forget what earlier runs found."
    )
    folder = click.option(
        "--cache-dir", metavar="DIR", default="", help="Where it is kept. [default: the user's cache folder]"
    )
    return jobs(without(folder(command)))


def cache_folder(cache_dir: str, no_cache: bool) -> Path | None:
    """Where the cache lies; None for no cache."""
    if no_cache:
        return None
    return Path(cache_dir) if cache_dir else location()


@dataclass(frozen=True, slots=True)
class Work:
    """One text to check: all that a process, here or elsewhere, needs to know."""

    shown: str
    raw: bytes | Entry
    """What it holds, or where that is to be read."""
    settings: Settings
    offer: bool


def worked(work: Work) -> str:
    """The record of what was found in one text."""
    raw = _read(work.raw, work.shown)
    file = raw if isinstance(raw, Trouble) else decoded(raw, work.shown)
    return encoded(checked(file, work.settings, offer=work.offer))


@dataclass(frozen=True, slots=True)
class Asked:
    """A file on its way."""

    shown: str
    raw: bytes | Entry | Trouble
    """What it holds or where that is to be read, or why it cannot be."""
    settings: Settings
    key: bytes = b""
    """Where its record goes."""
    known: Checked | None = None
    """What is found in it, if that is known without work."""


def scan(
    items: Iterable[Named],
    wanted: Wanted,
    records: Cache,
    jobs: int,
    *,
    offer: bool,
    each: Callable[[], object],
    scheduler: str = "",
) -> Iterator[Checked]:
    """What is found in each file, in the order of the files, whatever the number of processes.

    `each` is called as files are done with. With the address of a Dask `scheduler`, its workers do the work.
    """
    beside.forget()
    settings_of = cache(lambda folder: settings_for(folder, wanted))
    keys_of = cache(settings_key)
    asked: deque[Asked] = deque()

    def unknown() -> Iterator[Work | None]:
        for item in items:
            one = _asked(item, for_file(settings_of(item.path.parent), str(item.path)), records, keys_of, offer=offer)
            asked.append(one)
            yield None if one.known else _work(one, offer=offer)

    for found in _elsewhere(unknown(), scheduler) if scheduler else _shared(unknown(), jobs):
        yield _told(asked.popleft(), found, records, offer=offer)
        each()


def _asked(
    item: Named, settings: Settings, records: Cache, keys_of: Callable[[Settings], bytes], *, offer: bool
) -> Asked:
    raw = item.entry or (read_bytes(item.path, item.shown) if item.raw is None else item.raw)
    if isinstance(raw, Trouble):
        return Asked(item.shown, raw, settings, known=unreadable(raw))
    content = raw if isinstance(raw, bytes) else raw.sha256.encode()
    around = beside.stamp(item.path, content) + neighbours.stamp(item.path, content)
    key = key_of(content + around, is_notebook(item.shown), keys_of(settings))
    record = records.get(key, offer=offer)
    # A record that is none of ours is as good as none.
    with suppress(ValueError):
        return Asked(item.shown, raw, settings, key, _restored(item.shown, raw, record) if record is not None else None)
    return Asked(item.shown, raw, settings, key)


def _work(asked: Asked, *, offer: bool) -> Work:
    assert not isinstance(asked.raw, Trouble)
    return Work(asked.shown, asked.raw, asked.settings, offer)


def _told(asked: Asked, found: str | Died | None, records: Cache, *, offer: bool) -> Checked:
    """The file with what was found in it, which the cache then knows, too."""
    if asked.known:
        return asked.known
    if not isinstance(found, str) or isinstance(asked.raw, Trouble):
        reason = "ended the process that read it: it may need more memory than there is. Please report it."
        return unreadable(Trouble(asked.shown, reason, ours=True))
    result = _restored(asked.shown, asked.raw, found)
    # An entry that is not what its hash says now may be so another time.
    is_odd = not isinstance(asked.raw, bytes) and any(trouble.position is None for trouble in result.troubles)
    if not is_odd and not any(trouble.ours for trouble in result.troubles):
        records.put(asked.key, found, offer=offer)
    return result


def _restored(shown: str, raw: bytes | Entry, record: str) -> Checked:
    if record == NOTHING:
        # Nothing is to be shown of the text.
        return Checked(Source(shown, ""))
    found = _read(raw, shown)
    file = found if isinstance(found, Trouble) else decoded(found, shown)
    if isinstance(file, Trouble):
        return restored(record, Source(shown, ""), None)
    return restored(record, file.source, file.notebook)


def _read(raw: bytes | Entry, shown: str) -> bytes | Trouble:
    if isinstance(raw, bytes):
        return raw
    from nablint.cli.manifest import entry_bytes

    return entry_bytes(raw, shown)


def _elsewhere(items: Iterable[Work | None], scheduler: str) -> Iterator[str | Died | None]:
    """The same as `_shared`, by the workers of a cluster."""
    from nablint.cli.cluster import spread

    yield from spread(worked, (_known(item) for item in items), scheduler, _weight)


def _weight(work: Work) -> int:
    return len(work.raw) if isinstance(work.raw, bytes) else 0


def _shared(items: Iterable[Work | None], jobs: int) -> Iterator[str | Died | None]:
    """The record of each work, and None for what is no work, in order."""
    source, begun = iter(items), 0
    for item in source:
        if item is None:
            yield None
        elif jobs == 1 or begun < FEW or not _is_long(item):
            begun += item is not None and _is_long(item)
            yield worked(item)
        else:
            yield from _spread(chain((item,), source), jobs)
            return


def _is_long(work: Work) -> bool:
    """Whether the text is about tensors: what is not is done with in no time."""
    return not isinstance(work.raw, bytes) or any(word in work.raw for word in _MENTIONS)


def _spread(items: Iterable[Work | None], jobs: int) -> Iterator[str | Died | None]:
    # Imported here: a run that the cache answers, or on one file, starts no process.
    from nablint.cli.pool import spread

    yield from spread(worked, (_known(item) for item in items), jobs, _load)


def _known(item: Work | None) -> Work | Known[str | None]:
    from nablint.cli.pool import Known

    if item is None:
        return Known(None)
    return item if _is_long(item) else Known(worked(item))


def _load() -> None:
    """Loads the engine, so that forked processes share it."""
    from nablint import analyse, verify  # noqa: F401


def cores() -> int:
    """How many processes may run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
