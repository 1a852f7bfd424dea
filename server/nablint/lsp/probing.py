"""One function of an open document, given to the probe in the user's Python."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nablint.probe.protocol import Report, Run, Training
from nablint.probe.recall import Recall, key

if TYPE_CHECKING:
    from nablint.probe.client import Prober
    from nablint.probe.plan import Wish


@dataclass(frozen=True, slots=True)
class Asked:
    """A function to probe."""

    wish: Wish
    interpreter: str
    """The Python that the user set, or nothing."""


class Probes:
    """The agents of this server, one for each interpreter, and what may still be running in them."""

    def __init__(self) -> None:
        self._probers: dict[Path, Prober] = {}
        self._stops: set[threading.Event] = set()
        self._recall = Recall()
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
        from nablint.probe.plan import answered, planned

        plan, name = planned(asked.wish), asked.wish.name
        if plan.refused:
            return Report(name, failure=plan.refused)
        python = find_interpreter(asked.interpreter, Path(asked.wish.source.path).parent)
        known = key(plan.ask, python)
        # What the user's own modules hold is not in the slice, so a probe that runs them is run again.
        found = None if plan.imports else self._recall.get(known)
        if found is None:
            prober = self._probers.setdefault(python, Prober(python))
            found = prober.probe(plan.ask, heard, stop)
            if not stop.is_set():
                self._recall.put(known, found)
        else:
            _retold(found, heard)
        return answered(plan, found, name)


def _retold(report: Report, heard: Callable[[Run | Training | Report], None]) -> None:
    """The events of a report that is known already."""
    for run in report.runs:
        heard(run)
    if report.training is not None:
        heard(report.training)
