"""One function of an open document, given to the probe in the user's Python."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nablint.lsp import engine
from nablint.probe.protocol import Ask, Report, Run, Training
from nablint.source import Source

if TYPE_CHECKING:
    from nablint.probe.client import Prober


class Probes:
    """The agents of this server, one for each interpreter, and what may still be running in them."""

    def __init__(self) -> None:
        self._probers: dict[Path, Prober] = {}
        self._stops: set[threading.Event] = set()
        # Of its own: a probe takes seconds, and a second one waits for the first anyway.
        self._pool = ThreadPoolExecutor(1, "probe")

    async def probe(
        self, source: Source, name: str, interpreter: str, limit: float, tell: Callable[[Run | Training], None]
    ) -> Report:
        """What comes back; `tell` hears of each part as it is done. Cancelling this ends the probe's process."""
        stop = threading.Event()
        loop = asyncio.get_running_loop()

        def heard(news: Run | Training | Report) -> None:
            if not isinstance(news, Report) and not stop.is_set():
                loop.call_soon_threadsafe(tell, news)

        self._stops.add(stop)
        try:
            work = partial(self._work, source, name, interpreter, limit, heard, stop)
            return await loop.run_in_executor(self._pool, work)
        finally:
            stop.set()
            self._stops.discard(stop)

    def close(self) -> None:
        """Ends every process."""
        for stop in tuple(self._stops):
            stop.set()
        for prober in self._probers.values():
            prober.close()

    def _work(
        self,
        source: Source,
        name: str,
        interpreter: str,
        limit: float,
        heard: Callable[[Run | Training | Report], None],
        stop: threading.Event,
    ) -> Report:
        from nablint.probe.client import Prober, find_interpreter

        python = find_interpreter(interpreter, Path(source.path).parent)
        prober = self._probers.setdefault(python, Prober(python))
        return prober.probe(Ask(engine.cut(source, name), name, source.path, limit=limit), heard, stop)
