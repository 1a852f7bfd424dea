"""Imports TensorFlow, then answers asks: by forking where that is safe, else one ask for this one process."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import sys
from typing import Any

from . import isolation, wire


def serve(channel: int, spawn: bool) -> None:
    emit = wire.emitter(channel)
    if sys.version_info < (3, 9):  # noqa: UP036  # The user's Python, not ours.
        emit("unusable", message=f"{sys.executable} is Python {sys.version.split()[0]}; the probe needs 3.9.")
        return
    # One OpenBLAS thread, because a process with several cannot be forked.
    os.environ.update(OPENBLAS_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
    network_off = isolation.leave_network()
    try:
        libs = importlib.import_module(f"{__package__}.libs")
        _load_measures()
    except Exception as error:
        emit("unusable", message=_why_unusable(error))
        return
    fork = not spawn and sys.platform.startswith("linux") and len(os.listdir("/proc/self/task")) == 1
    emit(
        "ready", protocol=wire.PROTOCOL, versions=libs.versions(), isolation={"fork": fork, "network_off": network_off}
    )
    if fork:
        gc.freeze()
        importlib.import_module(f"{__package__}.zygote").Zygote(channel).loop()
    else:
        _serve_one(channel)


def _serve_one(channel: int) -> None:
    worker = importlib.import_module(f"{__package__}.worker")
    line = sys.stdin.buffer.readline()
    if not line:
        return
    ask: dict[str, Any] = json.loads(line)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    emit = wire.emitter(channel)
    emit("isolation", memory_limit=isolation.limit_resources())
    worker.work(ask, emit)
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(0)


def _load_measures() -> None:
    """Imports what every child needs, and what TensorFlow would otherwise load lazily in each of them."""
    importlib.import_module(f"{__package__}.worker")
    for name in ("keras.src.trainers.trainer", "tensorflow.python.eager.polymorphic_function.polymorphic_function"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _why_unusable(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name in ("tensorflow", "keras", "numpy"):
        package = {"tensorflow": "TensorFlow", "keras": "Keras", "numpy": "NumPy"}[error.name]
        return f"{package} is not installed in {sys.executable}: choose the Python that trains your models."
    return f"TensorFlow cannot be imported in {sys.executable}: {wire.first_line(error)}"
