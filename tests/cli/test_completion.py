"""Completion in shells, which is click's own: what is offered, and that the engine is not loaded for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nablint.cli import COMMANDS
from nablint.cli.common import rule_names

OFFERED = {
    "commands": ("", list(COMMANDS)),
    "a command": ("do", ["doctor"]),
    "an option": ("check --baselin", ["--baseline"]),
    "a format": ("check --output-format js", ["json", "json-lines"]),
    "a rule's name": ("rule over", ["overflow"]),
    "rules": ("check --select ", rule_names()),
    "the next rule": ("fix --ignore overflow,log-of", ["overflow,log-of-zero"]),
}


@pytest.mark.parametrize(("typed", "offered"), OFFERED.values(), ids=OFFERED)
def test_offered(typed: str, offered: list[str]) -> None:
    words = f"nablint {typed}"
    count = len(words.split(" ")) - 1
    environment = {**os.environ, "COMP_WORDS": words, "COMP_CWORD": str(count), "_NABLINT_COMPLETE": "bash_complete"}
    command = [sys.executable, "-X", "importtime", "-c", "from nablint.cli import main; main()"]
    ran = subprocess.run(command, env=environment, text=True, capture_output=True, check=True)
    assert [line.partition(",")[2] for line in ran.stdout.splitlines()] == offered
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}
    assert not imported & {"numpy", "libcst", "pygls", "rich"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_is_read_by_the_shell(shell: str, tmp_path: Path) -> None:
    environment = {**os.environ, "_NABLINT_COMPLETE": f"{shell}_source"}
    command = [sys.executable, "-c", "from nablint.cli import main; main()"]
    script = subprocess.run(command, env=environment, text=True, capture_output=True, check=True).stdout
    assert "_NABLINT_COMPLETE" in script
    if program := shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([program, "-n", tmp_path / "script"], check=True)
