"""One function of an open document, given to the probe in the user's Python."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nablint.probe.protocol import Ask, Report, Run, Training
from nablint.source import Position, Source

if TYPE_CHECKING:
    from nablint.probe.client import Prober


@dataclass(frozen=True, slots=True)
class Asked:
    """A function to probe."""

    source: Source
    name: str
    at: Position | None
    """A place in it: lambdas have no name of their own."""
    interpreter: str
    """The Python that the user set, or nothing."""
    limit: float


class Probes:
    """The agents of this server, one for each interpreter, and what may still be running in them."""

    def __init__(self) -> None:
        self._probers: dict[Path, Prober] = {}
        self._stops: set[threading.Event] = set()
        # Of its own: a probe takes seconds, and a second one waits for the first anyway.
        self._pool = ThreadPoolExecutor(1, "probe")

    async def probe(self, asked: Asked, tell: Callable[[Run | Training], None]) -> Report:
        """What comes back; `tell` hears of each part as it is done. Cancelling this ends the probe's process."""
        stop = threading.Event()
        loop = asyncio.get_running_loop()

        def heard(news: Run | Training | Report) -> None:
            if not isinstance(news, Report) and not stop.is_set():
                loop.call_soon_threadsafe(tell, news)

        self._stops.add(stop)
        try:
            return await loop.run_in_executor(self._pool, self._work, asked, heard, stop)
        finally:
            stop.set()
            self._stops.discard(stop)

    def close(self) -> None:
        """Ends every process."""
        for stop in tuple(self._stops):
            stop.set()
        for prober in self._probers.values():
            prober.close()

    def _work(self, asked: Asked, heard: Callable[[Run | Training | Report], None], stop: threading.Event) -> Report:
        from nablint.probe.client import Prober, find_interpreter
        from nablint.slice import cut

        needed = cut(asked.source, asked.name, asked.at)
        if needed.refused:
            return Report(asked.name, failure=needed.refused)
        python = find_interpreter(asked.interpreter, Path(asked.source.path).parent)
        prober = self._probers.setdefault(python, Prober(python))
        ask = Ask(needed.text, needed.name, asked.source.path, limit=asked.limit)
        return replace(prober.probe(ask, heard, stop), name=asked.name)
