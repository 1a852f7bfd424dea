"""Whether memory stays, over edits and over probes: `--edits=N`, `--probes=N`, or `--all` for 10,000 and 500."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench._wire import NABLINT, Wire
from tests.bench.keystroke import module
from tests.bench.memory import resident

from nablint.probe.client import Prober
from nablint.probe.protocol import Ask

EDITS, PROBES = (10_000, 500) if "--all" in sys.argv else (1_000, 50)
SAMPLES = 10
LINES = 200


def lines() -> Iterator[str]:
    yield told("the server", f"{count('edits', EDITS):,} edits", list(edited(count("edits", EDITS))))
    yield told("server and agent", f"{count('probes', PROBES):,} probes", list(probed(count("probes", PROBES))))


def told(who: str, what: str, sizes: Sequence[float]) -> str:
    """The growth from the first tenth, when all that is loaded lazily is there, to the end."""
    first, last = sizes[0], sizes[-1]
    growth = 100 * (last / first - 1)
    return f"memory of {who} over {what}: {first:.0f} MB → {last:.0f} MB, {growth:+.1f} % (≤ 10 %)"


def edited(number: int) -> Iterator[float]:
    """Megabytes after each tenth of the edits: a digit, a name or a line, at a place that moves."""
    text = module(LINES)
    wire = Wire(NABLINT)
    wire.initialize()
    uri = "file:///bench/long.py"
    wire.send(
        "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}}
    )
    for version in range(2, number + 2):
        line = version * 7 % LINES
        added = (f"# {version}\n", f"\n\ndef act{version}(x):\n    return tf.exp(x * {version}.0)\n\n\n")[version % 2]
        # Every second edit takes the last one back, so that the file does not grow.
        start = {"line": LINES, "character": 0}
        change = {"range": {"start": start, "end": {"line": LINES + 50, "character": 0}}, "text": added}
        wire.send(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change, digit(line, version)]},
        )
        wire.wait(lambda message, v=version: message.get("params", {}).get("version") == v)
        if (version - 1) % (number // SAMPLES) == 0:
            yield resident(wire)
    wire.process.kill()
    wire.process.wait()


def digit(line: int, version: int) -> dict[str, object]:
    """A comment of one character at the end of the first lines, put there or taken away."""
    at = {"line": 0, "character": 0}
    end = {"line": 0, "character": 0 if version % 2 == 0 else 1}
    return {"range": {"start": at, "end": end}, "text": "#" if version % 2 == 0 else ""}


def probed(number: int) -> Iterator[float]:
    with Prober(Path(sys.executable)) as prober:
        for index in range(1, number + 1):
            code = f"import tensorflow as tf\ndef f(x): return tf.tanh(x * {index}.0)\n"
            ask = Ask(code, "f", dtypes=("float32",), modes=("eager",), train=False, extras=False)
            report = prober.probe(ask)
            assert report.failure == "", report.failure
            if index % (number // SAMPLES) == 0:
                assert prober._agent is not None
                yield held("self") + held(prober._agent.process.pid)


def held(pid: int | str) -> float:
    """Megabytes of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def count(name: str, default: int) -> int:
    return next((int(arg.partition("=")[2]) for arg in sys.argv if arg.startswith(f"--{name}=")), default)
