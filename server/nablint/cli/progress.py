"""How far a long run is, on a terminal; nothing at all where standard error is a file or a pipe."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0
"""Seconds before the bar shows: most runs are over by then."""

INTERVAL = 0.1


class Bar:
    """A bar that is drawn as steps are done, and steps aside for what is printed."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._next = time.monotonic() + PATIENCE if total and sys.stderr.isatty() else float("inf")
        self._progress: Progress | None = None

    def step(self) -> None:
        self._done += 1
        now = time.monotonic()
        if now >= self._next:
            self._next = now + INTERVAL
            self._draw()

    def hide(self) -> None:
        """Clears the line; the next step may draw it again."""
        if self._progress is not None:
            self._progress.stop()

    def _draw(self) -> None:
        if self._progress is None:
            self._progress = _progress()
            self._progress.add_task("checking", total=self._total)
        self._progress.start()
        self._progress.update(self._progress.task_ids[0], completed=self._done)
        self._progress.refresh()


def _progress() -> Progress:
    # Imported here: short runs and pipes need none of it.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # No thread of its own: processes are forked beside it.
    return Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
