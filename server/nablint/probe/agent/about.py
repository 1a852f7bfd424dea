"""Run by its path in the user's Python: one line of JSON with what is installed, and one with what TensorFlow sees."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib import import_module, metadata
from typing import Any

DISTRIBUTIONS = ("tensorflow", "tensorflow-cpu", "tensorflow-macos", "tf-nightly", "tf-nightly-cpu")


def main() -> None:
    # Libraries write to standard output, too; the answers go where nothing else does.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # Names of files beside this one are not to hide modules of the same name.
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != os.path.dirname(os.path.abspath(__file__))]
    for look in (installed, seen):
        channel.write(json.dumps(look()) + "\n")
        channel.flush()


def installed() -> dict[str, str]:
    found = {name: version for name in (*DISTRIBUTIONS, "keras", "numpy") if (version := _version(name))}
    tensorflow = next((name for name in DISTRIBUTIONS if name in found), "")
    return {
        "python": platform.python_version(),
        "distribution": tensorflow,
        "tensorflow": found.get(tensorflow, ""),
        "keras": found.get("keras", ""),
        "numpy": found.get("numpy", ""),
    }


def seen() -> dict[str, object]:
    """What an import tells; an error of it is told in its own words."""
    try:
        tf = import_module("tensorflow")
        keras = tf.keras
        gpus = [_named(tf, device) for device in tf.config.list_physical_devices("GPU")]
        backend = keras.config.backend() if hasattr(keras, "config") else "tensorflow"
        keras_version = getattr(keras, "__version__", "") or getattr(keras, "version", lambda: "")()
    except BaseException as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {
        "error": "",
        "tensorflow": tf.__version__,
        "keras": str(keras_version),
        "backend": backend,
        "gpus": gpus,
        "cuda": bool(tf.test.is_built_with_cuda()),
    }


def _named(tf: Any, device: Any) -> str:
    details = tf.config.experimental.get_device_details(device)
    return str(details.get("device_name", device.name))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
