"""Reports that are known already: the same slice, asked the same, of the same interpreter."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from nablint.probe.protocol import Ask, Report, ask_message

_MOST = 64


def key(ask: Ask, interpreter: Path) -> str:
    """Equal for asks whose answers are equal: text, plan, and the packages of the interpreter by their folders' age."""
    text = json.dumps({**ask_message(ask), "python": str(interpreter), "packages": _age(interpreter)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _age(interpreter: Path) -> list[str]:
    """What an installation changes; a user's own modules are no part of it, so asks that import them are not kept."""
    found = sorted(interpreter.parent.parent.glob("lib/python3*/site-packages")) or [interpreter]
    return [f"{folder}:{folder.stat().st_mtime_ns}" for folder in found if os.path.exists(folder)]


@dataclass(slots=True)
class Recall:
    """The last reports of this process; safe to use from several threads."""

    _reports: OrderedDict[str, Report] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, name: str) -> Report | None:
        with self._lock:
            if name in self._reports:
                self._reports.move_to_end(name)
            return self._reports.get(name)

    def put(self, name: str, report: Report) -> None:
        """Keeps a report unless it is of a probe that did not end well: that may go otherwise next time."""
        if report.failure:
            return
        with self._lock:
            self._reports[name] = report
            while len(self._reports) > _MOST:
                self._reports.popitem(last=False)
