"""One ask, from the user's text to the last event, in a process that ends afterwards."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import wire
from .evaluate import evaluator
from .libs import keras
from .measure import prepare, run
from .subject import Subject, UnfitError, load
from .train import one_step


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
            if event == "core":
                mark("core")
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
    for place, dtype, mode in _plan(ask):
        if place == 2 and train:
            yield from _train(subject, emit)
            train = False
        if place >= 2:
            yield "core"
        emit("stage", name=f"in {dtype}, mode {mode}")
        emit("run", **run(subject, measured, dtype, mode))
        yield "run"
    if train:
        yield from _train(subject, emit)
    yield "core"


def _train(subject: Subject, emit: wire.Emit) -> Iterator[str]:
    emit("stage", name="in a training step")
    emit("training", **one_step(subject))
    yield "training"


def _plan(ask: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Eager first; then float32 in the other modes, because that is what trains; then, after training, the rest."""
    order = sorted(ask["dtypes"], key=lambda dtype: dtype != "float32")
    eager = [(0, dtype, "eager") for dtype in order if "eager" in ask["modes"]]
    others = [mode for mode in ask["modes"] if mode != "eager"]
    return sorted(eager + [(1 + (dtype != order[0]), dtype, mode) for mode in others for dtype in order],
                  key=lambda step: step[0])  # fmt: skip


def warm(asked: Callable[[], bool]) -> None:
    """Runs each kind of thing that a probe runs, so that TensorFlow has loaded it; stops once `asked`."""
    x = np.ones((128, 8), np.float32)
    subject = Subject(lambda _: lambda x, _: x * x, 8, -1.0, 1.0, (0.0,), "activation", "tanh", ())
    steps: list[Callable[[], Any]] = [lambda mode=mode: evaluator(subject.make(""), mode)(x, x)  # type: ignore[misc]
                                      for mode in ("eager", "function", "xla")]  # fmt: skip
    steps.append(lambda: one_step(subject))
    for step in steps:
        if asked():
            return
        step()
    keras.backend.clear_session()
