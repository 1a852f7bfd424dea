"""Much of everything: looked at in bounded time, or left with a sentence. NABLINT_ALL makes it ten times as much."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from commandline import STEP, notebook, run, write

MANY = 10 if os.environ.get("NABLINT_ALL") else 1
HEAD = "import tensorflow as tf\n"
BAD = "def step{0}(x):\n    return tf.where(x > {0}, 1.0, 0.0)\n\n\n"

LOAD = {
    "200 files": (
        {f"a{n}.py": HEAD + BAD.format(n) for n in range(200 * MANY)},
        200 * MANY,
        "",
        20,
    ),
    "1,000 cells": (
        {"a.ipynb": notebook(HEAD, *(f"y{n} = {n}\n" for n in range(1_000 * MANY)), BAD.format(1))},
        1,
        "",
        10,
    ),
    "50,000 lines": (
        {"a.py": HEAD + "y = 1\n" * 50_000, "b.py": STEP},
        1,
        "a.py: has 50,001 lines, more than max-lines (15,000): not analysed.",
        5,
    ),
    "a line of 5 MB": (
        {"a.py": HEAD + f"y = '{'a' * 5_000_000}'\n", "b.py": STEP},
        1,
        "a.py:2:1: Line 2 has more than 500,000 characters; nablint does not analyse this file.",
        10,
    ),
    "2,000 functions": (
        {"a.py": HEAD + "".join(f"def f{n}(x): return x + {n}\n" for n in range(2_000 * min(MANY, 5))) + BAD.format(1)},
        1,
        "",
        20,
    ),
    "300 calls in each other": (
        {"a.py": HEAD + f"def f(x):\n    return {'tf.nn.relu(' * 300}x{')' * 300}\n\n\n" + BAD.format(1)},
        1,
        "a.py:2:1: This statement nests too deeply to be analysed.",
        10,
    ),
    "300 operators": (
        {"a.py": HEAD + f"def f(x):\n    return {'x + ' * 300}x\n\n\n" + BAD.format(1)},
        1,
        "",
        10,
    ),
    "90 blocks in each other": (
        {"a.py": HEAD + "".join(" " * n + f"if y > {n}:\n" for n in range(90)) + " " * 90 + "y = 1\n" + BAD.format(1)},
        1,
        "",
        10,
    ),
}
"""The files, how many findings there are, what is told beside it, and seconds of processor time that are plenty."""

if MANY > 1:
    LOAD["50,000 lines that are let in"] = (
        {"a.py": HEAD + "y = 1\n" * 50_000 + BAD.format(1), "pyproject.toml": "[tool.nablint]\nmax-lines = 99999\n"},
        1,
        "",
        20,
    )


@pytest.mark.parametrize(("files", "findings", "told", "seconds"), LOAD.values(), ids=LOAD)
def test_load(tmp_path: Path, files: dict[str, str], findings: int, told: str, seconds: float) -> None:
    write(tmp_path, files)
    began = time.process_time()
    ran = run(tmp_path, "check", "--jobs", "1", "--output-format", "github", "--select", "no-gradient", ".")
    spent = time.process_time() - began
    assert ran.status == 1
    assert ran.out.count("::warning ") == findings
    assert ran.err.removeprefix("nablint: ").startswith(told)
    assert len(ran.err.splitlines()) == bool(told)
    assert spent < seconds * MANY, f"{spent:.1f} s"
