"""What `nablint doctor` found, in words, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from nablint.report import json

OLDEST = (2, 15)
"""The oldest TensorFlow that the probe is made for."""


@dataclass(frozen=True, slots=True)
class Project:
    """The Python that runs the user's code, and what of TensorFlow is in it."""

    interpreter: str
    failure: str = ""
    """Why it could not be asked, in a sentence; empty if it could."""
    python: str = ""
    distribution: str = ""
    """The package that brought TensorFlow: `tensorflow-cpu`, for one."""
    tensorflow: str = ""
    keras: str = ""
    numpy: str = ""
    imported: bool = False
    """Whether TensorFlow was imported there, so that what follows is known."""
    error: str = ""
    """What the import raised."""
    backend: str = ""
    gpus: tuple[str, ...] = ()
    cuda: bool = False
    """Whether this TensorFlow is built for GPUs of NVIDIA's."""


@dataclass(frozen=True, slots=True)
class Health:
    """All that was found."""

    version: str
    place: str
    """Where nablint itself lies."""
    python: str
    packages: Mapping[str, str]
    """What nablint rests on, by name; empty where it is missing."""
    configuration: str
    """The file that settings come from, if there is one."""
    settings: Mapping[str, object]
    """Those that are not at their default."""
    keras_version: int
    mistake: str
    """What is wrong with the settings, in a sentence."""
    cache: str
    records: int
    trouble: str
    """Why the cache cannot be used."""
    git: str
    project: Project = field(default_factory=lambda: Project(""))


def lines(health: Health) -> Iterator[str]:
    """A line for each thing found, and then each thing that is missing."""
    told = {name: version or "missing" for name, version in health.packages.items()}
    yield _row("nablint", f"{health.version}, in {health.place}")
    yield _row("Python", health.python)
    yield _row("packages", ", ".join(f"{name} {version}" for name, version in told.items()))
    yield _row("settings", _settings(health))
    yield _row("cache", f"{health.cache or 'none'}: {health.records:,} texts known" if not health.trouble else "off")
    yield _row("Git", health.git or "none found")
    yield ""
    yield from _project(health.project)
    yield ""
    missing = list(complaints(health))
    yield from missing or ["Nothing is missing."]


def complaints(health: Health) -> Iterator[str]:
    """A sentence for each thing that is missing, or not as it should be, with what to do about it."""
    for name, version in health.packages.items():
        if not version:
            yield f"The package {name} is missing: install nablint anew, with `pip install --force-reinstall`."
    if health.mistake:
        yield f"The settings are wrong: {health.mistake}"
    if health.trouble:
        yield f"No cache: {health.trouble}"
    if not health.git:
        yield "Git was not found, which `check --diff-base` asks what has changed; all else works without."
    yield from _complaints(health.project, health.keras_version)


def document(health: Health) -> str:
    """The same as one JSON object."""
    missing = list(complaints(health))
    whole: dict[str, Any] = {"version": json.VERSION, "nablint": health.version, **asdict(health), "missing": missing}
    return json.dumps({**whole, "version": json.VERSION}, indent=1)


def _project(project: Project) -> Iterator[str]:
    yield _row("project", project.interpreter)
    if project.failure:
        return
    yield _row("Python", project.python)
    origin = f" ({project.distribution})" if project.distribution not in ("", "tensorflow") else ""
    yield _row("TensorFlow", f"{project.tensorflow}{origin}" if project.tensorflow else "none")
    on = f", on the backend {project.backend}" if project.backend else ""
    yield _row("Keras", f"{project.keras}{on}" if project.keras else "none")
    yield _row("NumPy", project.numpy or "none")
    if project.imported and not project.error:
        without = "" if project.cuda else ": this TensorFlow is built without CUDA"
        yield _row("GPU", ", ".join(project.gpus) or f"none{without}; the probe needs none")


def _complaints(project: Project, keras_version: int) -> Iterator[str]:
    where = f"in {project.interpreter}"
    only = "`nablint check` and `fix` need none; `nablint probe` does."
    if project.failure:
        yield f"The project's Python cannot be asked: {project.failure} Name another with --python."
    elif not project.tensorflow:
        yield f"There is no TensorFlow {where}. {only} Install it there, or name another Python with --python."
    elif project.error:
        yield f"TensorFlow cannot be imported {where} ({project.error}). {only}"
    elif _number(project.tensorflow) < OLDEST:
        least = ".".join(map(str, OLDEST))
        yield f"TensorFlow {project.tensorflow} is older than {least}, the oldest that the probe is tried with."
    if project.imported and project.backend not in ("", "tensorflow"):
        yield f"Keras runs on {project.backend} there (KERAS_BACKEND or keras.json); nablint speaks of TensorFlow."
    major = _number(project.keras or str(keras_version))[0]
    if major != keras_version:
        yield f"There is Keras {project.keras}, but the setting keras-version is {keras_version}: set it to {major}."


def _settings(health: Health) -> str:
    values = ", ".join(f"{key} = {value!r}" for key, value in health.settings.items())
    return f"{health.configuration or 'no [tool.nablint] in any pyproject.toml'}: {values or 'all at their defaults'}"


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())


def _row(name: str, text: str) -> str:
    return f"{name:<11} {text}"
