"""One function over many items, on several processes: the results come in the order of the items."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 64
"""For each process, how many items may wait behind one that takes long."""


@dataclass(frozen=True, slots=True)
class Known(Generic[Result]):
    """An item whose result is there already."""

    result: Result


@dataclass(frozen=True, slots=True)
class Died:
    """In the place of a result: the process that worked on the item died."""


def spread(
    function: Callable[[Item], Result],
    items: Iterable[Item | Known[Result]],
    jobs: int,
    ready: Callable[[], object],
) -> Iterator[Result | Died]:
    """The result of each item. `ready` is called before processes are forked: what it loads, they share."""
    source = iter(items)
    pending: deque[tuple[Item | None, Known[Result] | Future[Result]]] = deque()
    ready()
    while True:
        with workers(jobs) as pool:
            try:
                yield from _drained(function, source, pending, pool, jobs * AHEAD)
                return
            except BrokenProcessPool:
                pass
        # Any of those under way may be the one that kills: each is tried alone.
        yield from _alone(function, pending)


def _drained(
    function: Callable[[Item], Result],
    source: Iterator[Item | Known[Result]],
    pending: deque[tuple[Item | None, Known[Result] | Future[Result]]],
    pool: ProcessPoolExecutor,
    most: int,
) -> Iterator[Result]:
    for item in source:
        pending.append((None, item) if isinstance(item, Known) else (item, _submitted(pool, function, item)))
        while pending and (len(pending) > most or _is_done(pending[0][1])):
            yield _first(pending)
    while pending:
        yield _first(pending)


def _submitted(pool: ProcessPoolExecutor, function: Callable[[Item], Result], item: Item) -> Future[Result]:
    try:
        return pool.submit(function, item)
    except BrokenProcessPool as broken:
        # Told when its turn comes, so that nothing is lost of what waits before it.
        failed: Future[Result] = Future()
        failed.set_exception(broken)
        return failed


def _is_done(one: Known[Result] | Future[Result]) -> bool:
    return isinstance(one, Known) or one.done()


def _first(pending: deque[tuple[Item | None, Known[Result] | Future[Result]]]) -> Result:
    """The next result; it leaves the queue only if there is one."""
    _, one = pending[0]
    result = one.result if isinstance(one, Known) else one.result()
    pending.popleft()
    return result


def _alone(
    function: Callable[[Item], Result], pending: deque[tuple[Item | None, Known[Result] | Future[Result]]]
) -> Iterator[Result | Died]:
    while pending:
        item, one = pending.popleft()
        if isinstance(one, Known):
            yield one.result
        elif one.done() and one.exception() is None:
            yield one.result()
        else:
            with workers(1) as pool:
                try:
                    yield pool.submit(function, item).result()  # type: ignore[arg-type]
                except BrokenProcessPool:
                    yield Died()


@contextmanager
def workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """So many processes, gone at the end whatever happens."""
    # A fork costs milliseconds and shares what is loaded; elsewhere than on Linux it is not safe.
    context = get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(jobs, context, _begin, (os.getpid(),))
    with warnings.catch_warnings():
        # Python warns of forks beside any thread; NumPy's, which it means, is made to be forked.
        warnings.simplefilter("ignore", DeprecationWarning)
        pool.submit(int)
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        processes = list((getattr(pool, "_processes", None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
        raise


def _begin(parent: int) -> None:
    """Leaves Ctrl-C to the parent, and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_ended_with, args=(parent,), daemon=True).start()


def _ended_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
