"""`nablint doctor`: what it finds in interpreters of every kind, and what it says is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from commandline import run, write

from nablint.cli import doctor
from nablint.report.doctor import Health, Project, complaints, lines

INSTALLED = (
    '{"python": "3.12.1", "distribution": "tensorflow", "tensorflow": "2.16.1", "keras": "3.3.3", "numpy": "1.26.4"}'
)
NONE = '{"python": "3.12.1", "distribution": "", "tensorflow": "", "keras": "", "numpy": ""}'
FINE = Project(
    "/env/python", "", "3.12.1", "tensorflow", "2.16.1", "3.3.3", "1.26.4", imported=True, backend="tensorflow"
)

PYTHONS = {
    "all there": (
        f"echo '{INSTALLED}'; echo '{{\"error\": \"\", \"keras\": \"3.3.3\", \"backend\": \"tensorflow\", "
        f"\"gpus\": [\"H100\"], \"cuda\": true}}'",
        replace(FINE, gpus=("H100",), cuda=True),
    ),
    "no TensorFlow": (
        f"echo '{NONE}'; echo '{{\"error\": \"ModuleNotFoundError: no\"}}'",
        Project("", python="3.12.1"),
    ),
    "it cannot be imported": (
        f"echo '{INSTALLED}'; echo '{{\"error\": \"ImportError: libcudart\"}}'",
        replace(FINE, backend="", error="ImportError: libcudart"),
    ),
    "it crashes": (
        f"echo '{INSTALLED}'; echo 'Illegal instruction' >&2; exit 4",
        replace(FINE, backend="", error="the process ended with status 4: Illegal instruction"),
    ),
    "it hangs": (
        f"echo '{INSTALLED}'; exec sleep 60",
        replace(FINE, backend="", error="importing it took more than 2 seconds"),
    ),
    "no Python": ("echo what >&2; exit 3", Project("", "the process ended with status 3: what.")),
}  # fmt: skip


@pytest.mark.parametrize(("script", "found"), PYTHONS.values(), ids=PYTHONS)
def test_interpreters(tmp_path: Path, script: str, found: Project) -> None:
    write(tmp_path, {"python": f"#!/bin/sh\n{script}\n"})
    (tmp_path / "python").chmod(0o755)
    asked = doctor.asked(tmp_path / "python", 2.0)
    assert asked == replace(found, interpreter=str(tmp_path / "python"))


def test_interpreter_that_is_not_there() -> None:
    assert doctor.asked(Path("/nowhere/python")).failure == "it cannot be run (No such file or directory)."


HEALTH = Health(
    "0.1.0", "/lib/nablint", "3.12.1, /bin/python", {"numpy": "2.4.6"}, "", {}, 3, "", "/cache", 7, "", "2.39", FINE
)

MISSING = {
    "nothing": (HEALTH, []),
    "a package": (replace(HEALTH, packages={"numpy": ""}), ["The package numpy is missing: install nablint anew, "]),
    "settings": (replace(HEALTH, mistake="no rule 'x'."), ["The settings are wrong: no rule 'x'."]),
    "cache": (replace(HEALTH, trouble="full."), ["No cache: full."]),
    "Git": (replace(HEALTH, git=""), ["Git was not found, "]),
    "interpreter": (
        replace(HEALTH, project=Project("/p", "it is odd.")),
        ["The project's Python cannot be asked: it is odd. Name another"],
    ),
    "TensorFlow": (replace(HEALTH, project=Project("/p")), ["There is no TensorFlow in /p. `nablint check` and `fix`"]),
    "import": (replace(HEALTH, project=replace(FINE, error="E: no")), ["TensorFlow cannot be imported in /env/python"]),
    "old": (
        replace(HEALTH, project=replace(FINE, tensorflow="2.13.0", keras="2.13.1")),
        ["TensorFlow 2.13.0 is older than 2.15, ", "There is Keras 2.13.1, but the setting keras-version is 3: set"],
    ),
    "backend": (replace(HEALTH, project=replace(FINE, backend="jax")), ["Keras runs on jax there"]),
}  # fmt: skip


@pytest.mark.parametrize(("health", "sentences"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_said(health: Health, sentences: list[str]) -> None:
    told = list(complaints(health))
    assert len(told) == len(sentences)
    for sentence, start in zip(told, sentences, strict=True):
        assert sentence.startswith(start)
    assert list(lines(health))[-max(len(told), 1) :] == (told or ["Nothing is missing."])


def test_settings_and_cache_are_told(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.nablint]\ninput-range = 5\n", "sub/a.py": ""})
    ran = run(tmp_path, "doctor", "sub", "--python", "/nowhere/python", cache=tmp_path / "cache")
    assert ran.status == 1
    assert f"settings    {tmp_path / 'pyproject.toml'}: input-range = 5.0\n" in ran.out
    assert f"cache       {tmp_path / 'cache'}: 0 texts known\n" in ran.out
    write(tmp_path, {"pyproject.toml": "[tool.nablint]\nselect = ["})
    ran = run(tmp_path, "doctor", "sub", "--python", "/nowhere/python", "--output-format", "json")
    assert [sentence.partition(":")[0] for sentence in json.loads(ran.out)["missing"]] == [
        "The settings are wrong", "The project's Python cannot be asked"]  # fmt: skip


@pytest.mark.tensorflow
def test_tensorflow_is_looked_at_in_its_own_process(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "nablint", "doctor", "--python", sys.executable]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    assert ran.stdout.endswith("\nNothing is missing.\n")
    assert "\nKeras       3." in ran.stdout
    assert ", on the backend tensorflow\n" in ran.stdout
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert not imported & {"tensorflow", "keras", "numpy", "libcst"}
