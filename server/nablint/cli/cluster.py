"""`--engine dask`: the texts go in batches to the workers of a cluster that runs already; records come back in order.

A worker that is lost is no loss: the scheduler gives its batches to others. Only texts that end one worker after
another are told as such.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nablint import __version__
from nablint.cli.common import fail
from nablint.cli.pool import Died, Known

if TYPE_CHECKING:
    from distributed import Client, Future

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_ITEMS = 8
MOST_BYTES = 1_000_000
"""A batch is as small as the cluster's own work for it allows: who loses one does it again."""

AHEAD = 8
"""For each thread of the cluster, how many batches may wait behind one that takes long."""

INTERVAL = 0.01
SECONDS = 15.0
"""How long to wait for the scheduler, and for a first worker."""


@dataclass(frozen=True, slots=True)
class _Batch(Generic[Item, Result]):
    items: tuple[Item | Known[Result], ...] = ()
    size: int = 0
    future: Future | None = None

    @property
    def work(self) -> list[Item]:
        return [item for item in self.items if not isinstance(item, Known)]

    @property
    def is_done(self) -> bool:
        return self.future is None or self.future.done()


def spread(
    function: Callable[[Item], Result],
    items: Iterable[Item | Known[Result]],
    address: str,
    size: Callable[[Item], int] = lambda _: 0,
    most: int = MOST_ITEMS,
) -> Iterator[Result | Died]:
    """The result of each item, in order, worked out by the cluster at `address`. Nothing is lost or told twice.

    A batch holds up to `most` items, and about a megabyte by `size`.
    """
    source = iter(items)
    # What earlier runs found needs no cluster.
    for item in source:
        if not isinstance(item, Known):
            yield from _spread(function, chain((item,), source), address, size, most)
            return
        yield item.result


def _spread(
    function: Callable[[Item], Result],
    items: Iterable[Item | Known[Result]],
    address: str,
    size: Callable[[Item], int],
    most: int,
) -> Iterator[Result | Died]:
    with connected(address) as client:
        from distributed import CancelledError
        from distributed.comm.core import CommClosedError

        ahead = AHEAD * max(sum(client.nthreads().values()), 1)
        pending: deque[_Batch[Item, Result]] = deque()
        try:
            for batch in _batches(items, size, most):
                pending.append(_submitted(client, function, batch))
                while pending and (len(pending) > ahead or pending[0].is_done):
                    yield from _results(client, function, pending.popleft())
            while pending:
                yield from _results(client, function, pending.popleft())
        except (CommClosedError, CancelledError, OSError, TimeoutError):
            fail(f"the scheduler at {address} is gone. What was found is kept: the next run goes on from there.")


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A cluster with at least one worker that has this version of nablint; else a sentence ends the run."""
    try:
        from distributed import Client
    except ImportError:
        fail("`--engine dask` needs Dask: install nablint[dask].")
    if not address:
        fail("`--engine dask` needs the address of a scheduler: `--scheduler tcp://HOST:8786`.")
    _hush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            client = Client(address, timeout=SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError, ImportError) as error:
            fail(f"there is no Dask scheduler at {address}: {error}.")
        with client:
            _agree(client, address)
            yield client


def _hush() -> None:
    """Turns off what Dask logs: lost workers are dealt with, and a lost scheduler is told in a sentence."""
    for name in [*logging.root.manager.loggerDict]:
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).disabled = True


def _agree(client: Client, address: str) -> None:
    """Nothing, if workers are there and have this nablint."""
    try:
        client.wait_for_workers(1, timeout=SECONDS)
    except TimeoutError:
        fail(f"the cluster at {address} has no workers.")
    for found in client.run(_version, on_error="return").values():
        if found != __version__:
            said = f"nablint {found}" if isinstance(found, str) else f"no nablint that can be used ({found})"
            fail(f"a worker of {address} has {said}, and this is nablint {__version__}.")


def _version() -> str:
    return __version__


def _batches(
    items: Iterable[Item | Known[Result]], size: Callable[[Item], int], most: int
) -> Iterator[_Batch[Item, Result]]:
    batch: _Batch[Item, Result] = _Batch()
    for item in items:
        weight = 0 if isinstance(item, Known) else size(item)
        batch = _Batch((*batch.items, item), batch.size + weight)
        # What is known already waits for nothing.
        if len(batch.work) >= most or batch.size >= MOST_BYTES or len(batch.items) >= 8 * MOST_ITEMS:
            yield batch
            batch = _Batch()
    if batch.items:
        yield batch


def _submitted(client: Client, function: Callable[[Item], Result], batch: _Batch[Item, Result]) -> _Batch[Item, Result]:
    work = batch.work
    return replace(batch, future=client.submit(_each, function, work, pure=False)) if work else batch


def _each(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """What a worker does with a batch."""
    return [function(item) for item in items]


def _results(
    client: Client, function: Callable[[Item], Result], batch: _Batch[Item, Result]
) -> Iterator[Result | Died]:
    from distributed.scheduler import KilledWorker

    try:
        found: Iterator[Result | Died] = iter(_awaited(batch.future) if batch.future else ())
    except KilledWorker:
        found = (_alone(client, function, item) for item in batch.work)
    for item in batch.items:
        yield item.result if isinstance(item, Known) else next(found)


def _awaited(future: Future) -> Any:
    """The result. Ctrl-C meets the sleep, from which it gets through, and not the inside of an event loop."""
    while not future.done():
        time.sleep(INTERVAL)
    return future.result()


def _alone(client: Client, function: Callable[[Item], Result], item: Item) -> Result | Died:
    from distributed.scheduler import KilledWorker

    try:
        return _awaited(client.submit(_each, function, [item], pure=False))[0]  # type: ignore[no-any-return]
    except KilledWorker:
        return Died()
