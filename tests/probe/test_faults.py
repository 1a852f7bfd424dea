"""Code that hangs, prints without end, exits or crashes: one sentence each, in time, and the next probe works."""

# ruff: noqa: E501 (a case is a line)

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nablint.probe.agent import wire
from nablint.probe.client import Prober, find_interpreter
from nablint.probe.interpreter import harmless
from nablint.probe.protocol import VERSION, Ask
from nablint.slice import cut
from nablint.source import Source
from probe.processes import alive, descendants, running, wait_for

pytestmark = pytest.mark.tensorflow

FAULTS = {
    "def f(x):\n    while True: pass": "f did not finish within 1.5 s in eager mode.",
    "def f(x): return tf.while_loop(lambda i: True, lambda i: (i + 1,), [0])": "f did not finish within 1.5 s",
    "def f(x):\n    while True: print('x' * 1000)": "f did not finish within 1.5 s in eager mode.",
    "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass\ndef f(x): return x": "f did not finish",
    "import sys\ndef f(x): sys.exit(3)": "The code of f ends the program: sys.exit(3).",
    "import os\ndef f(x): os._exit(3)": "The code of f ended the Python process with status 3 in eager mode.",
    "import ctypes\ndef f(x): return ctypes.string_at(0)": "The code of f crashed Python (SIGSEGV) in eager mode.",
    "import os\ndef f(x): os.abort()": "The code of f crashed Python (SIGABRT) in eager mode.",
    "import os\ndef f(x): os.kill(os.getpid(), 9)": "The code of f was killed by the system, most likely for want of memory, in eager mode.",
    "blob = bytearray(3 << 30)\ndef f(x): return x": "f needs more memory than a probe may use (2 GiB).",
    "alpha = float(input())\ndef f(x): return x": "f reads from standard input, which is empty in a probe.",
    "1 / 0\ndef f(x): return x": "The code that f needs raises ZeroDivisionError: division by zero",
    "import no_such_module\ndef f(x): return x": "The code that f needs raises ModuleNotFoundError: No module named 'no_such_module'",
    "def f(x: return x": "The code that f needs raises SyntaxError",
    "f = 3": "f is a int, not a function.",
    "def g(x): return x": "f is not there once its slice has run: f is missing.",
    "def g(): g()\ng()\ndef f(x): return x": "f calls itself without end.",
    "import os\nos.closerange(0, 100)\ndef f(x): return x": "The code of f ended the Python process with status 1",
    "open('big', 'wb').write(bytes(32 << 20))\ndef f(x): return x": "The code that f needs raises OSError: [Errno 27] File too large",
    "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\ndef f(x): return x": "f did not finish within 1.5 s while its slice was run.",
    "import subprocess, time\nmany = [subprocess.Popen(['sleep', '987653']) for _ in range(100)]\ntime.sleep(9)\ndef f(x): return x": "f started more processes than a probe may while its slice was run.",
    "class Odd(Exception):\n    def __str__(self): raise ValueError('no words')\nraise Odd\ndef f(x): return x": "The code that f needs raises Odd",
    "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0.1)\ntime.sleep(5)\ndef f(x): return x": "The code of f crashed Python (SIGALRM) while its slice was run.",
    "import json\njson.dumps = None\ndef f(x): return x": "The code of f ended the Python process with status 1",
    "import sys\nsys.stdout = sys.stderr = None\nsys.exit('bye')\ndef f(x): return x": "The code of f ends the program: sys.exit('bye').",
    "import os, shutil\nshutil.rmtree(os.getcwd())\nos.getcwd()\ndef f(x): return x": "The code that f needs raises FileNotFoundError",
    "import sys\nsys.modules.clear()\nimport nowhere\ndef f(x): return x": "The code that f needs raises",
    "raise KeyboardInterrupt\ndef f(x): return x": "The code of f raises KeyboardInterrupt.",
}  # fmt: skip


@pytest.mark.parametrize("code", FAULTS)
def test_fault(probe, code: str) -> None:
    started = time.monotonic()
    report = probe(code, timeout=1.5, dtypes=("float32",), modes=("eager",), train=False)
    assert report.failure.startswith(FAULTS[code])
    assert report.verdict == report.failure
    assert time.monotonic() - started < 2.5 + 1.0  # A second of slack for a busy machine.
    assert not running("sleep 98765")


def test_the_next_probe_works(probe) -> None:
    probe("import os\ndef f(x): os._exit(1)")
    assert probe("def f(x): return tf.tanh(x)", dtypes=("float32",), modes=("eager",), train=False).failure == ""


def test_what_raises_in_the_function_is_an_error_of_the_run(probe) -> None:
    report = probe(
        "def f(x): raise ValueError('not today\\nnor ever')", dtypes=("float32",), modes=("eager",), train=False
    )
    assert report.failure == ""
    assert report.runs[0].error == "ValueError: not today"


def test_prints_do_not_reach_the_channel(probe) -> None:
    code = (
        "import os, subprocess, sys\n"
        'print(\'{"kind": "done", "failure": "forged"}\')\n'
        "os.write(1, b'raw'); os.write(2, b'err'); sys.__stdout__.write('dunder')\n"
        "subprocess.run(['echo', 'child'])\n"
        "print('y' * 20000)\n"
        "def f(x): return x\n"
    )
    report = probe(code, dtypes=("float32",), modes=("eager",), train=False)
    assert report.failure == ""
    assert len(report.runs) == 1
    assert '"forged"' in report.prints
    assert "raw" in report.prints
    assert len(report.prints) == 10_000


def test_no_network_no_secrets_and_a_folder_of_its_own(probe, monkeypatch) -> None:
    code = (
        "import os, socket\n"
        "def tried():\n"
        "    try: socket.create_connection(('127.0.0.1', 9), 1)\n"
        "    except OSError as error: return type(error).__name__ + str(error.errno)\n"
        "print(os.getcwd(), tried())\n"
        "open('left.txt', 'w').write('x')\n"
        "def f(x): return x\n"
    )
    report = probe(code, dtypes=("float32",), modes=("eager",), train=False)
    folder, connection = report.prints.split()
    assert not Path(folder).exists()
    # With the network off not even the loopback device is up.
    assert not report.isolation["network_off"] or connection == "OSError101"


def test_secrets_are_dropped_by_name() -> None:
    kept = {"PATH": "a", "HOME": "b", "LANG": "c", "PWD": "d", "OLDPWD": "e"}
    secret = dict.fromkeys(
        (
            *("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "my_api_key", "GOOGLE_CREDENTIALS", "MYSQL_PWD"),
            *("SENTRY_DSN", "SESSION_COOKIE", "DATABASE_URL"),
        ),
        "x",
    )
    assert harmless({**kept, **secret}) == kept


def test_cancel_leaves_no_process(prober) -> None:
    """Not even one that the code started itself, in a session of its own."""
    code = (
        "import subprocess, time\n"
        "subprocess.Popen(['sleep', '987654'], start_new_session=True)\n"
        "def f(x):\n    while True: time.sleep(1)\n"
    )
    cancelled, moments = threading.Event(), []

    def cancel() -> None:
        wait_for(lambda: running("sleep 987654"))
        moments.append(time.monotonic())
        cancelled.set()

    thread = threading.Thread(target=cancel)
    thread.start()
    report = prober.probe(Ask(code, "f"), cancelled=cancelled)
    ended = time.monotonic()
    thread.join()
    assert report.failure == "Cancelled."
    assert ended - moments[0] < 1.0
    assert not running("sleep 987654")


def test_cancel_while_tensorflow_is_imported() -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    started = time.monotonic()
    with Prober(Path(sys.executable)) as prober:
        assert prober.probe(Ask("", "f"), cancelled=cancelled).failure == "Cancelled."
    assert time.monotonic() - started < 1.5


def test_one_process_a_probe_where_forking_is_not_safe() -> None:
    code = (
        "import tensorflow as tf\nprint('hello')\n"
        "def f(x):\n    while not tf.executing_eagerly(): pass\n    return tf.tanh(x)\n"
    )
    cancelled = threading.Event()
    with Prober(Path(sys.executable), spawn=True) as prober:
        ask = Ask(code, "f", dtypes=("float32",))
        prober.start()
        assert prober._agent is not None
        folder = prober._agent.folder
        report = prober.probe(ask, lambda _: cancelled.set(), cancelled)
        assert prober._agent is None
    assert not folder.exists()
    assert (report.failure, report.prints, [run.mode for run in report.runs]) == ("Cancelled.", "hello\n", ["eager"])
    assert (report.isolation["fork"], report.isolation["memory_limit"]) == (False, True)


def test_a_dead_agent_takes_its_children_along_and_is_started_again(prober, probe) -> None:
    probe("def f(x): return x", dtypes=("float32",), modes=("eager",), train=False)
    group = prober._agent.process.pid
    wait_for(lambda: bool(descendants(group)))
    (spare,) = descendants(group)
    os.kill(group, signal.SIGKILL)
    wait_for(lambda: not alive(spare))
    assert probe("def f(x): return x", dtypes=("float32",), modes=("eager",), train=False).failure == ""


def test_no_tensorflow(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = tmp_path / "bare/bin/python"
    with Prober(python) as prober:
        report = prober.probe(Ask("def f(x): return x\n", "f"))
    package = report.failure.split(" ")[0]
    assert package in ("NumPy", "TensorFlow")
    assert report.failure == f"{package} is not installed in {python}: choose the Python that trains your models."


MISSING = {
    "nothing": "There is no Python at {}: set the interpreter of your project.",
    "text": "{} cannot be started: Exec format error.",
    "silent": "{} ended before TensorFlow was imported: it said nothing",
}


@pytest.mark.parametrize("kind", MISSING)
def test_missing_interpreter(kind: str, tmp_path: Path) -> None:
    python = tmp_path / "python"
    if kind != "nothing":
        python.write_text("#!/bin/false\n" if kind == "silent" else "no program")
        python.chmod(0o755)
    with Prober(python) as prober:
        assert prober.probe(Ask("def f(x): return x\n", "f")).failure == MISSING[kind].format(python)


def test_an_agent_of_another_version(tmp_path: Path) -> None:
    """As where Nablint is updated while its server runs: the agent's files are new."""
    python = tmp_path / "python"
    ready = json.dumps({"kind": "ready", "protocol": VERSION + 1, "versions": {"python": "3"}, "isolation": {}})
    python.write_text(f"#!/bin/sh\necho '{ready}'\n")
    python.chmod(0o755)
    with Prober(python) as prober:
        report = prober.probe(Ask("def f(x): return x\n", "f"))
    assert report.failure == "Nablint was updated while it ran: restart it, so that it and its probe fit together."


def test_versions_of_the_protocol_are_one() -> None:
    assert wire.PROTOCOL == VERSION


def test_a_python_that_vanishes_is_told_and_found_again(tmp_path: Path, prober) -> None:
    """The environment of a project is removed and made anew while the editor is open."""
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    ask = Ask("def f(x): return x\n", "f")
    with Prober(python) as here:
        python.unlink()
        assert here.probe(ask).failure == f"There is no Python at {python}: set the interpreter of your project."
        python.write_text("#!/bin/false\n")
        python.chmod(0o755)
        assert here.probe(ask).failure.startswith(f"{python} ended before TensorFlow was imported")
        assert here._agent is None, "the next probe starts another"


def test_finds_the_interpreter(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    below = tmp_path / "src" / "deep"
    below.mkdir(parents=True)
    for name in (".venv", "elsewhere"):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "bin" / "python").touch()
    assert find_interpreter("", below) == tmp_path / ".venv/bin/python"
    assert find_interpreter("/opt/python", below) == Path("/opt/python")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "elsewhere"))
    assert find_interpreter("", below) == tmp_path / "elsewhere/bin/python"


SCRIPT = Path(__file__).parents[2] / "fixtures/probe/training_script.py"


@pytest.mark.parametrize("name", ["softplus_scaled", "make.swish", "Gate.call", "<lambda>"])
def test_only_the_slice_runs(name: str, prober, tmp_path: Path) -> None:
    """No training, no file, no plot: the sentinel is not written, and matplotlib need not exist."""
    sentinel = tmp_path / "sentinel"
    piece = cut(Source(str(SCRIPT), SCRIPT.read_text().replace("/tmp/nablint-sentinel", str(sentinel))), name)
    assert piece.refused == ""
    ask = Ask(piece.text, piece.name, str(SCRIPT), dtypes=("float32",), modes=("eager",), train=False)
    report = prober.probe(ask)
    assert (report.failure, len(report.runs)) == ("", 1)
    assert report.runs[0].error == ""
    assert not sentinel.exists()
