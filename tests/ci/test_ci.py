"""What other people's CI reads of ours: the hooks of pre-commit, run by pre-commit, and the steps of the action."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.commandline import CAREFUL, FIXED, SOFTPLUS, STEP, write

ROOT = Path(__file__).parents[2]
HOOKS = ROOT / ".pre-commit-hooks.yaml"
ACTION = ROOT / ".github" / "actions" / "check"
BIN = Path(sys.executable).parent


def shell(folder: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in `folder` with our environment's programs, as steps of a job run: with `bash -e`."""
    path = os.pathsep.join((environment.pop("FIRST", str(BIN)), str(BIN), os.environ["PATH"]))
    everything = {**os.environ, "PATH": path, **environment}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command],
        cwd=folder,
        env=everything,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_pre_commit_takes_the_hooks_as_they_are() -> None:
    done = shell(ROOT, f"pre-commit validate-manifest {HOOKS.name}")
    assert done.returncode == 0, done.stdout


def test_the_hooks_run(tmp_path: Path) -> None:
    """As local hooks in the language `system`: to install them pre-commit would ask for packages."""
    hooks = [{**hook, "language": "system"} for hook in yaml.safe_load(HOOKS.read_text(encoding="utf-8"))]
    config = yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]})
    write(tmp_path, {"sharp.py": SOFTPLUS, "careful.py": CAREFUL, "notes.txt": STEP, ".pre-commit-config.yaml": config})
    shell(tmp_path, "git init -q && git add -A")
    home = {"PRE_COMMIT_HOME": str(tmp_path / ".cache"), "NABLINT_NO_CACHE": "1"}
    found = shell(tmp_path, "pre-commit run --all-files", **home)
    assert (found.returncode, found.stdout.count("warning overflow")) == (1, 1)
    assert "notes.txt" not in found.stdout
    assert (tmp_path / "sharp.py").read_text() == FIXED
    again = shell(tmp_path, "git add -A && pre-commit run --all-files", **home)
    assert again.returncode == 0, again.stdout


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    return found


def test_the_action_says_what_github_wants_to_know() -> None:
    found = action()
    assert {"name", "description", "inputs", "runs"} <= {*found}
    assert found["runs"]["using"] == "composite"
    assert all({"description", "default"} == {*one} for one in found["inputs"].values())
    for step in found["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an input in the text of a command could be a command"
        used = {name for value in step["env"].values() for name in re.findall(r"inputs\.(\w+)", value)}
        assert used <= {*found["inputs"]}


def given(step: dict[str, Any], inputs: dict[str, str]) -> dict[str, str]:
    """The variables of a step, with the inputs in their places."""
    known = {name: one["default"] for name, one in action()["inputs"].items()} | inputs
    return {key: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda m: known[m[1]], v) for key, v in step["env"].items()}


RUNS = {
    "findings": ({"paths": "sharp.py step.py", "options": "--select overflow"}, 1, ["file=sharp.py"]),
    "a command": ({"paths": "careful.py; touch broken; $(touch broken)"}, 2, []),
}


@pytest.mark.parametrize(("inputs", "status", "annotations"), RUNS.values(), ids=RUNS)
def test_the_steps_of_the_action(tmp_path: Path, inputs: dict[str, str], status: int, annotations: list[str]) -> None:
    write(tmp_path, {"sharp.py": SOFTPLUS, "careful.py": CAREFUL, "step.py": STEP})
    _, summarise, check = action()["runs"]["steps"]
    more = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "NABLINT_NO_CACHE": "1"}
    summed = shell(tmp_path, summarise["run"], **given(summarise, inputs), **more)
    assert summed.returncode == (2 if status == 2 else 0)
    checked = shell(tmp_path, check["run"], **given(check, inputs), **more)
    assert checked.returncode == status, checked.stderr
    told = [re.split(",| ", line)[1] for line in checked.stdout.splitlines() if line.startswith("::")]
    assert told == annotations
    assert ("sharp.py" in (tmp_path / "summary.md").read_text()) == bool(annotations)
    assert not (tmp_path / "broken").exists()


PYTHON = """#!/bin/sh
echo "$@" >> "$RUNNER_TEMP/asked"
[ "$2" = venv ] && mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
exit 0
"""
"""Stands in for Python: to install for real takes a registry, and half a minute."""


def test_the_action_installs_nablint(tmp_path: Path) -> None:
    """From the folder of the action, into an environment of its own, which the steps that follow then find."""
    write(tmp_path, {"python": PYTHON})
    (tmp_path / "python").chmod(0o755)
    install = action()["runs"]["steps"][0]
    places = {"RUNNER_TEMP": str(tmp_path), "GITHUB_PATH": str(tmp_path / "path"), "GITHUB_ACTION_PATH": str(ACTION)}
    done = shell(tmp_path, install["run"], **given(install, {"python": str(tmp_path / "python")}), **places)
    assert done.returncode == 0, done.stderr
    venv, pip = (tmp_path / "asked").read_text().splitlines()
    assert venv == f"-m venv {tmp_path}/nablint"
    assert pip.startswith("-m pip install ")
    assert Path(pip.split()[-1]).resolve() == ROOT
    assert (tmp_path / "path").read_text() == f"{tmp_path}/nablint/bin\n"
