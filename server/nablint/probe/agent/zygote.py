"""A process that has imported TensorFlow and run nothing: it forks one child for each probe and outlives them all.

A child cannot use a TensorFlow context that its parent initialised (its first `tf.function` hangs), so no op may run
here, and there may be no second thread. One child is forked ahead of the next ask and warms itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import sys
import tempfile
import time
import traceback
from typing import Any

from . import isolation, wire, worker

PRINTS = 10_000


class Zygote:
    """One loop over the asks, and over the events and prints of the child that answers."""

    def __init__(self, channel: int) -> None:
        self.channel = channel
        self.asks = bytearray()
        self.spare: Child | None = None
        self.active: Child | None = None
        isolation.adopt_orphans()

    def loop(self) -> None:
        """Until the asking side closes stdin."""
        while True:
            if self.spare is None and self.active is None:
                self.spare = Child(self.channel)
            active = self.active
            watched = [0] + ([] if active is None else active.open)
            # A child can end without closing its pipes, if it left processes behind that hold them: so look often.
            ready, _, _ = select.select(watched, [], [], None if active is None else 0.05)
            if 0 in ready and not self._hear():
                break
            if active is not None and active is self.active:
                self._follow(active, ready)
        for child in filter(None, (self.active, self.spare)):
            child.end()
        isolation.kill_orphans(set())

    def _hear(self) -> bool:
        """Takes in what is asked; False at the end of stdin."""
        data = os.read(0, 1 << 16)
        self.asks += data
        for line in wire.lines(self.asks):
            message = json.loads(line)
            active = self.active
            if message["do"] == "cancel":
                if active is not None and active.id == message["id"]:
                    self._finish(active, "cancelled")
            else:
                self._start(message)
        return bool(data)

    def _start(self, message: dict[str, Any]) -> None:
        child = self.spare if self.spare is not None and self.spare.alive() else Child(self.channel)
        self.spare, self.active = None, child
        child.take(message)

    def _follow(self, child: Child, ready: list[int]) -> None:
        for descriptor in ready:
            if descriptor in child.open:
                child.read(descriptor)
        for line in wire.lines(child.events):
            message = json.loads(line)
            wire.send(self.channel, {**message, "id": child.id})
            if message["kind"] == "done":
                self._finish(child, "done")
                return
        if not child.alive():
            child.drain()
            self._finish(child, "ended")
        elif time.monotonic() > child.deadline:
            self._finish(child, "timeout")
        elif isolation.resident(child.pid) > isolation.RESIDENT:
            self._finish(child, "memory")
        elif isolation.family(child.pid) > isolation.PROCESSES:
            self._finish(child, "processes")

    def _finish(self, child: Child, reason: str) -> None:
        child.drain()
        if child.status is None:
            isolation.kill_group(child.pid)
        child.end()
        isolation.kill_orphans(set())
        text = child.prints.decode("utf-8", "replace")[:PRINTS]
        self.active = None
        wire.send(
            self.channel,
            {"kind": "end", "id": child.id, "reason": reason, "status": child.status, "prints": text},
        )


class Child:
    """A forked process that waits for one ask, answers it and ends."""

    def __init__(self, channel: int) -> None:
        ask_read, self.ask = os.pipe()
        self.event, event_write = os.pipe()
        self.print, print_write = os.pipe()
        self.folder = tempfile.mkdtemp(prefix="nablint-probe-")
        self.open = [self.event, self.print]
        self.id = -1
        self.deadline = 0.0
        self.status: int | None = None
        self.events, self.prints = bytearray(), bytearray()
        if len(os.listdir("/proc/self/task")) != 1:
            raise RuntimeError("The probe's parent process has grown a second thread and cannot be forked.")
        self.pid = os.fork()
        if self.pid == 0:
            for descriptor in (channel, self.ask, self.event, self.print):
                os.close(descriptor)
            _be_child(ask_read, event_write, print_write, self.folder)
        for descriptor in (ask_read, event_write, print_write):
            os.close(descriptor)

    def take(self, message: dict[str, Any]) -> None:
        self.id, self.deadline = message["id"], time.monotonic() + message["seconds"]
        with contextlib.suppress(BrokenPipeError):
            wire.write(self.ask, json.dumps(message["ask"]).encode() + b"\n")

    def read(self, descriptor: int) -> None:
        data = os.read(descriptor, 1 << 16)
        if not data:
            self.open.remove(descriptor)
        elif descriptor == self.event:
            self.events += data
        elif len(self.prints) < 4 * PRINTS:
            self.prints += data

    def drain(self) -> None:
        """Reads what is there now, and no more than the pipes can hold."""
        for _ in range(32):
            ready = select.select(self.open, [], [], 0)[0] if self.open else []
            if not ready:
                return
            for descriptor in ready:
                self.read(descriptor)

    def alive(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is None

    def end(self) -> None:
        """Leaves no process, no pipe and no folder."""
        isolation.kill_group(self.pid)
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        for descriptor in (self.ask, self.event, self.print):
            os.close(descriptor)
        shutil.rmtree(self.folder, ignore_errors=True)


def _be_child(ask: int, event: int, prints: int, folder: str) -> None:
    """Never returns."""
    status = 1
    try:
        os.setsid()
        isolation.die_with_parent()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (prints, 1), (prints, 2)):
            os.dup2(source, target)
        sys.stdout.reconfigure(line_buffering=True, errors="replace")  # type: ignore[union-attr]
        os.chdir(folder)
        memory_limit = isolation.limit_resources()
        worker.warm(lambda: bool(select.select([ask], [], [], 0)[0]))
        with os.fdopen(ask, "rb") as file:
            line = file.readline()
        if line:
            emit = wire.emitter(event)
            emit("isolation", memory_limit=memory_limit)
            worker.work(json.loads(line), emit)
        status = 0
    except BaseException:  # The child ends here whatever happened; its parent reports the status.
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
        os._exit(status)
