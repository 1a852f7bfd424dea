"""`nablint doctor`: what is there to work with, and what is missing."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import click

import nablint
from nablint import __version__, config
from nablint.cli.cache import Cache, location
from nablint.cli.common import rule_names
from nablint.config import ConfigError, Settings
from nablint.probe.interpreter import find_interpreter, harmless
from nablint.report import doctor
from nablint.report.doctor import Health, Project

PACKAGES = ("click", "libcst", "lsprotocol", "numpy", "pathspec", "pygls", "rich", "watchfiles")
ABOUT = Path(nablint.__file__).parent / "probe" / "agent" / "about.py"
SECONDS = 120.0
"""The longest that an import of TensorFlow may take: from a disk on a network, minutes go by."""


@click.command("doctor")
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False))
@click.option("--python", default="", metavar="PATH", help="The Python that has TensorFlow. [default: the project's]")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(folder: str, python: str, output_format: str) -> None:
    """Tell what nablint works with in FOLDER: its own parts, the settings, and the Python with TensorFlow, which is
    imported there, in a process of its own.

    Exit status: 0 nothing is missing, 1 something is.
    """
    interpreter = find_interpreter(python, Path(folder).resolve())
    health = replace(_own(Path(folder)), project=asked(interpreter))
    click.echo(doctor.document(health) if output_format == "json" else "\n".join(doctor.lines(health)))
    raise click.exceptions.Exit(int(any(doctor.complaints(health))))


def asked(interpreter: Path, seconds: float = SECONDS) -> Project:
    """What the interpreter says of itself; TensorFlow is imported there, never here."""
    shown = str(interpreter)
    environment = {**harmless(os.environ), "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            [shown, str(ABOUT)],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except OSError as error:
        return Project(shown, f"it cannot be run ({error.strerror or error}).")
    except subprocess.TimeoutExpired as late:
        return _answered(shown, late.stdout or b"", f"importing it took more than {seconds:g} seconds")
    reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    return _answered(shown, done.stdout, f"the process ended with status {done.returncode}: {reason}")


def _answered(shown: str, output: bytes, otherwise: str) -> Project:
    """The answers put together; `otherwise` says why there is none."""
    answers = [json.loads(line) for line in output.decode().splitlines()]
    if not answers:
        return Project(shown, f"{otherwise}.")
    installed, seen = answers[0], answers[1] if len(answers) > 1 else {"error": otherwise}
    if not installed["tensorflow"] and seen["error"]:
        return Project(shown, **installed)
    known = {name: value for name, value in {**installed, **seen}.items() if value or name not in installed}
    return Project(shown, **{**installed, **known, "gpus": tuple(seen.get("gpus", ()))}, imported=True)


def _own(folder: Path) -> Health:
    """What there is without the project's Python."""
    settings, file, mistake = Settings(), None, ""
    try:
        file = config.file_for(folder)
        settings = config.load(folder)
        config.check_rules(settings, rule_names())
    except ConfigError as error:
        mistake = str(error)
    troubles: list[str] = []
    place = location()
    with closing(Cache(place, troubles.append)) as cache:
        records = cache.count()
    values = [(item.key, getattr(settings, item.name), item.default) for item in config.declared()]
    return Health(
        version=__version__,
        place=str(Path(nablint.__file__).parent),
        python=f"{platform.python_version()}, {sys.executable}",
        packages={name: _version(name) for name in PACKAGES},
        configuration=str(file or ""),
        settings={key: value for key, value, default in values if value != default},
        keras_version=settings.keras_version,
        mistake=mistake,
        cache=str(place or ""),
        records=records,
        trouble="".join(troubles),
        git=_git(),
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _git() -> str:
    found = shutil.which("git")
    if not found:
        return ""
    done = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip().removeprefix("git version ")
