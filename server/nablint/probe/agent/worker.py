"""One ask, from the user's text to the last event, in a process that ends afterwards."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import adversary, wire
from .evaluate import evaluator
from .libs import keras
from .measure import Measured, bends, prepare, run
from .model import checks
from .subject import MIXED, Subject, UnfitError, load
from .train import trainings
from .trial import tried


def work(ask: dict[str, Any], emit: wire.Emit) -> None:
    """Streams what one ask is answered: stages, runs, training, and `done` with a failure or none."""
    started = time.monotonic()
    milliseconds: dict[str, float] = {}

    def mark(name: str) -> None:
        milliseconds.setdefault(name, round((time.monotonic() - started) * 1000, 1))

    failure = ""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # It would warn of each function that a probe traces.
    try:
        emit("stage", name="while its slice was run")
        subject = load(ask)
        emit("assumed", assumed=subject.assumed)
        for event in _results(subject, ask, emit):
            mark("first")
            if event in ("core", "matrix"):
                mark(event)
    except UnfitError as unfit:
        failure = str(unfit)
    except EOFError:
        failure = f"{ask['name']} reads from standard input, which is empty in a probe."
    except SystemExit as left:
        failure = f"The code of {ask['name']} ends the program: sys.exit({left.code!r})."
    except KeyboardInterrupt:
        failure = f"The code of {ask['name']} raises KeyboardInterrupt."
    except RecursionError:
        failure = f"{ask['name']} calls itself without end."
    except MemoryError:
        failure = f"{ask['name']} needs more memory than a probe may use (2 GiB)."
    except BaseException as error:
        failure = f"The code that {ask['name']} needs raises {wire.first_line(error)}"
    mark("all")
    emit("done", failure=failure, milliseconds=milliseconds)


def _results(subject: Subject, ask: dict[str, Any], emit: wire.Emit) -> Iterator[str]:
    """Emits one event after the other; yields a word after each, `core` once the most telling ones are out."""
    emit("stage", name="in eager mode")
    measured = prepare(subject)
    train = ask["train"]
    steps = trainings(subject) if train else iter(())
    for place, dtype, mode in _plan(ask, subject):
        if place > 1:
            if train:
                yield from _train(steps, emit)
                train = False
            yield "core"
        emit("stage", name=f"in {dtype}, mode {mode}")
        emit("run", **run(subject, measured, dtype, mode))
        yield "run"
    if train:
        yield from _train(steps, emit)
    yield "core"
    yield "matrix"
    if ask["extras"]:
        _extras(subject, measured, ask, steps, emit)


def _train(steps: Iterator[dict[str, Any]], emit: wire.Emit) -> Iterator[str]:
    """The first training."""
    emit("stage", name="in a training step")
    emit("training", **next(steps))
    yield "training"


def _extras(
    subject: Subject, measured: Measured, ask: dict[str, Any], steps: Iterator[dict[str, Any]], emit: wire.Emit
) -> None:
    """What is worth knowing, and worth no waiting."""
    emit("stage", name="at what static findings say of it")
    for trial in ask["trials"]:
        emit("tried", **tried(subject, trial))
    emit("stage", name="in a search for worse inputs")
    for dtype in adversary.DTYPES:
        for fields in _searched(subject, measured, dtype) if dtype in ask["dtypes"] else ():
            emit("breach", **fields)
    emit("stage", name="in a second derivative")
    for dtype in ask["dtypes"]:
        if dtype not in MIXED:
            emit("bends", dtype=dtype, curvature=bends(subject, measured, dtype))
    emit("stage", name="in training with a large learning rate")
    for fields in steps:
        emit("more training", **fields)
    emit("stage", name="while a model with it was saved and loaded")
    for fields in checks(subject) if ask["train"] else ():
        emit("check", **fields)


def _searched(subject: Subject, measured: Measured, dtype: str) -> list[dict[str, Any]]:
    """What the search finds; a function that raises has been quoted by its run."""
    try:
        return list(adversary.breaches(subject, measured, dtype))
    except Exception:
        return []


def _plan(ask: dict[str, Any], subject: Subject) -> list[tuple[int, str, str]]:
    """Eager first; then float32 under XLA; then, after training, all the rest."""
    order = sorted(ask["dtypes"], key=lambda dtype: dtype != "float32")
    steps = []
    for mode in ask["modes"]:
        for dtype in order:
            if dtype not in MIXED:
                steps.append((_PLACES.get(mode, 2) + (mode == "xla" and dtype != order[0]), dtype, mode))
            elif mode == "function" and subject.role != "loss":
                steps.append((2, dtype, mode))
    return sorted(steps, key=lambda step: step[0])


_PLACES = {"eager": 0, "xla": 1, "function": 2}


def warm(asked: Callable[[], bool]) -> None:
    """Runs each kind of thing that a probe runs, so that TensorFlow has loaded it; stops once `asked`."""
    x = np.ones((128, 8), np.float32)
    call = lambda x, _: x * x  # noqa: E731
    subject = Subject(lambda _: call, (8,), -1.0, 1.0, (0.0,), "activation", "tanh", (), ("x",), {})
    steps: list[Callable[[], Any]] = [lambda mode=mode: evaluator(subject, call, mode)(x, x)  # type: ignore[misc]
                                      for mode in ("eager", "function", "xla")]  # fmt: skip
    steps.append(lambda: next(trainings(subject)))
    for step in steps:
        if asked():
            return
        step()
    keras.backend.clear_session()
