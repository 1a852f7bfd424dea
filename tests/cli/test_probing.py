"""`nablint probe`: told as it comes, ended at once, and nothing else of the file is run."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commandline import STEP, run, write

SCRIPT = STEP + "\n\nopen('trained', 'w').close()\nraise SystemExit('this was run')\n"
HANGS = "import tensorflow as tf\n\n\ndef hangs(x):\n    while True:\n        pass\n    return tf.exp(x)\n"

WRONG_COMMENT = "import tensorflow as tf\n# nablint: probe(alpha)\ndef f(x, alpha):\n    return tf.exp(alpha * x)\n"

REFUSED = {
    "no function": (["a.py::stp"], "Did you mean 'step'?"),
    "no function named": (["a.py::"], "'a.py::' is not of the form FILE::FUNCTION."),
    "nothing to probe": (["c.py"], "There is no activation, loss or layer in what was named."),
    "no such folder": (["nowhere"], "nowhere: there is no such file or folder."),
    "no argument": (["--arg", "alpha", "a.py::step"], "'alpha' is not of the form NAME=VALUE."),
    "no shape": (["--shape", "a,b", "a.py::step"], "'a,b' is not a shape: give sizes such as 8,4."),
    "a comment of another form": (["d.py::f"], "The comment in line 2 is not of the form `# nablint: probe("),
    "no file": (["nowhere.py::f"], "nowhere.py cannot be read: No such file or directory."),
    "no text": (["b.py::f"], "b.py is not text: it holds zero bytes."),
    "no interpreter": (["--python", "/nowhere/python", "a.py::step"], "/nowhere/python"),
}


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_probed(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    files = {"a.py": SCRIPT, "b.py": b"\0", "c.py": "import tensorflow as tf\n", "d.py": WRONG_COMMENT}
    write(tmp_path, files)
    ran = run(tmp_path, "probe", *arguments)
    assert ran.status == 2
    assert sentence in ran.err
    assert len(ran.err.splitlines()) == 1


def probe(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "-m", "nablint", "probe", "--python", sys.executable, *arguments]
    environment = {**os.environ, "NABLINT_TEST": folder.name}
    return subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.tensorflow
@pytest.mark.timeout(120)
def test_probe_runs_the_function_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": SCRIPT})
    asked = ("--output-format", "json", "--report", "out.html", "--dtype", "float32", "a.py::step")
    out, err = probe(tmp_path, *asked).communicate(timeout=100)
    report = json.loads(out)
    assert err == ""
    assert {(one["mode"], one["gradient"]) for one in report["runs"]} == {
        ("eager", "none"), ("function", "none"), ("xla", "none"),
    }  # fmt: skip
    assert report["training"]["unmoved"]
    assert report["verdict"].startswith("Gradient is None")
    assert sorted(os.listdir(tmp_path)) == ["a.py", "out.html"]
    assert "Gradient is None" in (tmp_path / "out.html").read_text(encoding="utf-8")


@pytest.mark.tensorflow
@pytest.mark.timeout(180)
def test_probe_runs_all_of_a_folder(tmp_path: Path) -> None:
    """Every activation, loss and layer in it; nothing that trains stands in the way of the others."""
    files = {
        "src/a.py": SCRIPT,
        "src/b.py": "import tensorflow as tf\n\n\ndef tame(x):\n    return tf.tanh(x)\n\n\nfrom mine import *\n\n\n"
        "def lost(x):\n    return tf.exp(x) * GAIN\n\n\n"
        "LAYER = tf.keras.layers.Dense(1, activation=lost)\n",
        "src/c.txt": "def f(x): return x",
    }
    write(tmp_path, files)
    child = probe(tmp_path, "--dtype", "float32", "--no-train", "--jobs", "1", "src")
    out, err = child.communicate(timeout=170)
    lines = out.splitlines()
    assert (child.returncode, err) == (1, "")
    assert sorted(line.split(":")[0] for line in lines[:-1]) == ["? src/b.py", "✓ src/b.py", "✗ src/a.py"]
    assert lines[-1] == "3 probed: 1 train, 1 fail, 1 not probed."


@pytest.mark.tensorflow
@pytest.mark.timeout(120)
def test_interrupt_ends_it_at_once(tmp_path: Path) -> None:
    """Ctrl-C while a function hangs: one sentence, the shell's status, and no process that stays."""
    write(tmp_path, {"a.py": HANGS})
    child = probe(tmp_path, "--timeout", "90", "a.py::hangs")
    assert child.stdout is not None
    child.stdout.readline()  # The table begins, so the signal is expected from here on.
    time.sleep(6)
    assert processes_of(tmp_path), "nothing runs that could be ended"
    began = time.monotonic()
    os.kill(child.pid, signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert time.monotonic() - began < 5
    assert (child.returncode, err) == (130, "nablint: Cancelled.\n")
    assert not processes_of(tmp_path)


@pytest.mark.tensorflow
@pytest.mark.timeout(120)
def test_function_that_hangs(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": HANGS})
    child = probe(tmp_path, "--timeout", "1", "a.py::hangs")
    _, err = child.communicate(timeout=100)
    assert child.returncode == 2
    assert err.startswith("nablint: hangs did not finish within 1 s")


def processes_of(folder: Path) -> list[str]:
    """Processes that carry the mark which `probe` gave them, wherever they hang now."""
    mark = f"NABLINT_TEST={folder.name}".encode()
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in environment.read_bytes().split(b"\0"):
                found.append(environment.parent.name)
    return found
