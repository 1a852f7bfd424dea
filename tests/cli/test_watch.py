"""`nablint check --watch`: the check again after each change that matters, whatever happens between."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commandline import CAREFUL, STEP, run, write
from watchfiles import Change

from nablint.cli import watch

NOTHING = "Nothing found in 1 file."
WAITS = "Watching for changes; Ctrl-C ends it."


@contextmanager
def watching(folder: Path) -> Iterator[tuple[subprocess.Popen[str], queue.Queue[str]]]:
    """A watch over the folder, and the lines that it prints."""
    command = [sys.executable, "-u", "-m", "nablint", "check", "--watch", "--no-cache", "."]
    told: queue.Queue[str] = queue.Queue()
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ}
    ) as process:
        stream = process.stdout
        assert stream
        reader = threading.Thread(target=lambda: [told.put(line.rstrip("\n")) for line in stream])
        reader.start()
        try:
            yield process, told
        finally:
            process.kill()
            reader.join()


def heard(told: queue.Queue[str]) -> list[str]:
    """What is printed up to the next pause."""
    lines: list[str] = []
    while not lines or lines[-1] != WAITS:
        lines.append(told.get(timeout=60))
    return lines


def test_watch(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": CAREFUL})
    with watching(tmp_path) as (process, told):
        assert heard(told) == [NOTHING, WAITS]
        # A half-typed configuration ends no watch, and neither does a file of another kind begin a check.
        write(tmp_path, {"notes.txt": "x", "pyproject.toml": "[tool.nablint]\nselect = ["})
        assert "cannot be read: Invalid value" in heard(told)[0]
        write(tmp_path, {"pyproject.toml": "", "a.py": STEP})
        while not any("no-gradient" in line for line in heard(told)):
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


MATTERS = {
    "a.py": True,
    "a.ipynb": True,
    "pyproject.toml": True,
    ".gitignore": True,
    "a.txt": False,
    ".a.py.x1y2": False,
    ".git/a.py": False,
    "node_modules/a.py": False,
}


@pytest.mark.parametrize(("name", "matters"), MATTERS.items(), ids=MATTERS)
def test_what_matters(name: str, matters: bool) -> None:
    assert watch._matters(Change.modified, f"/project/{name}") is matters


def test_standard_input_cannot_be_watched(tmp_path: Path) -> None:
    ran = run(tmp_path, "check", "--watch", "-")
    assert (ran.status, ran.err) == (2, "nablint: standard input cannot be watched.\n")
