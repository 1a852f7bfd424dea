"""Probes by a cluster: each worker has an agent of its own, in a Python of its own machine that has TensorFlow."""

from __future__ import annotations

import atexit
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nablint.cli.cluster import spread
from nablint.cli.pool import Died, Known
from nablint.cli.targets import Target
from nablint.probe.client import Prober, find_interpreter
from nablint.probe.plan import answered
from nablint.probe.protocol import Ask, Report


@dataclass(frozen=True, slots=True)
class Job:
    """One probe, for whoever has time."""

    ask: Ask
    python: str
    timeout: float


def probed(targets: Sequence[Target], python: str, timeout: float, scheduler: str) -> Iterator[tuple[int, Report]]:
    """Each report with the place of its target, in order."""
    # The wait for a cluster is ended by the exception alone.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    items: Iterator[Job | Known[Report]] = (_item(target, python, timeout) for target in targets)
    reports: Iterator[Report | Died] = spread(asked, items, scheduler, most=1)  # type: ignore[arg-type]
    for index, report in enumerate(reports):
        target = targets[index]
        if isinstance(report, Died):
            report = _refused(target, "It ended the process of every worker that tried it.")
        yield index, report if target.plan.refused else answered(target.plan, report, target.name)


def asked(job: Job) -> Report:
    """On a worker: what its agent says."""
    return _prober(find_interpreter(job.python, Path(job.ask.path).parent)).probe(job.ask, timeout=job.timeout)


def _item(target: Target, python: str, timeout: float) -> Job | Known[Report]:
    if target.plan.refused:
        return Known(_refused(target, target.plan.refused))
    return Job(target.plan.ask, python, timeout)


def _refused(target: Target, sentence: str) -> Report:
    return Report(target.name, failure=sentence, verdict=sentence)


@lru_cache(maxsize=4)
def _prober(interpreter: Path) -> Prober:
    prober = Prober(interpreter)
    atexit.register(prober.close)
    return prober
