"""Asks the agent and puts its answers together; whatever happens there becomes a sentence here."""

from __future__ import annotations

import queue
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from nablint.probe.interpreter import find_interpreter
from nablint.probe.process import Agent, UnusableError, start, wait_ready
from nablint.probe.protocol import (
    Ask,
    Region,
    Report,
    Run,
    Training,
    ask_message,
    breach_of,
    check_of,
    run_of,
    training_of,
    tried_of,
)
from nablint.probe.verdict import verdict

__all__ = ["OnEvent", "Prober", "find_interpreter"]

OnEvent = Callable[[Run | Training | Report], None]

_PRINTS = 10_000
_START_SECONDS = 90.0
_GRACE = 0.8
_LOG = re.compile(r"^(WARNING: All log messages before absl|[IWEF]\d{4} |\d{4}-\d\d-\d\d [\d:.]+: [IWEF] ).*\n?", re.M)


class Prober:
    """One interpreter's agent, started at the first probe and again whenever it has died.

    Probes from several threads wait for one another.
    """

    def __init__(self, interpreter: Path, *, spawn: bool = False) -> None:
        self.interpreter = interpreter
        self._spawn = spawn
        self._lock = threading.Lock()
        self._agent: Agent | None = None
        self._asked = 0

    def __enter__(self) -> Prober:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Starts the agent without waiting for it, so that the first probe finds it warm."""
        with self._lock:
            if self._agent is None:
                self._agent = start(self.interpreter, self._spawn)

    def probe(
        self,
        ask: Ask,
        on_event: OnEvent = lambda _: None,
        cancelled: threading.Event | None = None,
        timeout: float = 20.0,
    ) -> Report:
        """Everything found about one function; events come as they are known, the whole report last."""
        stop = cancelled or threading.Event()
        with self._lock:
            try:
                report = self._ask(self._ready(stop), ask, on_event, stop, timeout)
            except UnusableError as unusable:
                self._drop()
                report = Report(ask.name, failure=str(unusable))
        report = replace(report, verdict=verdict(report, ask.limit))
        on_event(report)
        return report

    def close(self) -> None:
        with self._lock:
            if self._agent is not None:
                self._agent.leave()
            self._agent = None

    def _ready(self, stop: threading.Event) -> Agent:
        if self._agent is not None and self._agent.process.poll() is not None:
            self._drop()
        if self._agent is None:
            self._agent = start(self.interpreter, self._spawn)
        if not self._agent.versions:
            with _killing(self._agent, stop):
                wait_ready(self._agent, self.interpreter, _START_SECONDS)
        return self._agent

    def _drop(self) -> None:
        if self._agent is not None:
            self._agent.kill()
        self._agent = None

    def _ask(self, agent: Agent, ask: Ask, on_event: OnEvent, stop: threading.Event, timeout: float) -> Report:
        self._asked += 1
        number = self._asked
        message = ask_message(ask)
        agent.send({"do": "ask", "id": number, "seconds": timeout, "ask": message} if agent.forks else message)
        report = Report(ask.name, versions=agent.versions, isolation={"memory_limit": False, **agent.isolation})
        stage, end = "", None
        for event in _events(agent, number, stop, timeout):
            stage = event.get("name", stage) if event["kind"] == "stage" else stage
            report, told = _taken(report, event)
            if told is not None:
                on_event(told)
            end = event if event["kind"] in ("end", "done") else end
        if not agent.forks or end is None or end["kind"] != "end":
            end = self._last(agent, end, stop)
        return _ended(report, end, stage, timeout)

    def _last(self, agent: Agent, end: dict[str, Any] | None, stop: threading.Event) -> dict[str, Any]:
        """How a process of its own ended, which is gone now."""
        reason = "done" if end is not None else "cancelled" if stop.is_set() else "timeout"
        if end is None and agent.process.poll() is not None:
            reason = "ended"
        if end is not None and not agent.forks:
            agent.leave()
        status = agent.kill()
        self._agent = None
        return {"reason": reason, "status": status, "prints": agent.noise.decode("utf-8", "replace")}


def _events(agent: Agent, number: int, stop: threading.Event, timeout: float) -> Iterator[dict[str, Any]]:
    """The messages about one ask up to its end, or up to the moment at which waiting no longer helps."""
    deadline = time.monotonic() + timeout + (_GRACE if agent.forks else 0.0)
    asked_to_stop = False
    while (left := deadline - time.monotonic()) > 0:
        if stop.is_set() and not asked_to_stop:
            asked_to_stop = True
            if not agent.forks or not agent.send({"do": "cancel", "id": number}):
                return
            deadline = time.monotonic() + _GRACE
        try:
            message = agent.receive(min(left, 0.02))
        except queue.Empty:
            continue
        if message is None:
            return
        if message.get("id", number) == number:
            yield message
            if message["kind"] == ("end" if agent.forks else "done"):
                return


@contextmanager
def _killing(agent: Agent, stop: threading.Event) -> Iterator[None]:
    """Ends the agent as soon as the event is set, while the body waits for it."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            if stop.is_set():
                agent.kill()
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    except UnusableError:
        if not stop.is_set():
            raise
    finally:
        over.set()
        thread.join()
    if stop.is_set():
        raise UnusableError("Cancelled.")


def _taken(report: Report, event: dict[str, Any]) -> tuple[Report, Run | Training | None]:
    """The report with one event in it, and what to tell of it at once."""
    match event["kind"]:
        case "run":
            run = run_of(event)
            return replace(report, runs=(*report.runs, run)), run
        case "training":
            training = training_of(event)
            return replace(report, training=training), training
        case "bends":
            return replace(report, runs=tuple(_bent(run, event) for run in report.runs)), None
        case "more training":
            return replace(report, trainings=(*report.trainings, training_of(event))), None
        case "check":
            return replace(report, checks=(*report.checks, check_of(event))), None
        case "breach":
            return replace(report, breaches=(*report.breaches, breach_of(event))), None
        case "tried":
            return replace(report, tried=(*report.tried, tried_of(event))), None
        case "isolation":
            return replace(report, isolation={**report.isolation, "memory_limit": event["memory_limit"]}), None
        case "assumed":
            return replace(report, assumed=tuple(event["assumed"])), None
        case "done":
            return replace(report, failure=event["failure"], milliseconds=event["milliseconds"]), None
    return report, None


def _bent(run: Run, event: dict[str, Any]) -> Run:
    here = run.mode == "eager" and run.dtype == event["dtype"] and not run.error
    return replace(run, curvature=tuple(Region(**one) for one in event["curvature"])) if here else run


def _ended(report: Report, end: dict[str, Any], stage: str, timeout: float) -> Report:
    prints = _LOG.sub("", end.get("prints", ""))[:_PRINTS]
    where = f" {stage}" if stage else ""
    sentence = {
        "done": report.failure,
        "cancelled": "Cancelled.",
        "timeout": f"{report.name} did not finish within {timeout:g} s{where}.",
        "memory": f"{report.name} used more memory than a probe may{where}.",
        "processes": f"{report.name} started more processes than a probe may{where}.",
        "ended": f"The code of {report.name} {_death(end['status'])}{where}.",
    }[end["reason"]]
    return replace(report, prints=prints, failure=sentence)


def _death(status: int) -> str:
    if status >= 0:
        return f"ended the Python process with status {status}"
    if status == -signal.SIGKILL:
        return "was killed by the system, most likely for want of memory,"
    return f"crashed Python ({signal.Signals(-status).name})"
