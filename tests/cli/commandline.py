"""Runs nablint as a user does, in a folder of its own: the one place where the tests call the command line."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
from click.testing import CliRunner

from nablint import config, report
from nablint.cli import group, walk

STEP = "import tensorflow as tf\n\n\ndef step(x):\n    return tf.where(x > 0, 1.0, 0.0)\n"
SOFTPLUS = "import tensorflow as tf\n\n\ndef sharp(x):\n    return tf.math.log(1 + tf.math.exp(x))  # sharp\n"
FIXED = SOFTPLUS.replace("tf.math.log(1 + tf.math.exp(x))", "tf.math.softplus(x)")
CAREFUL = "import tensorflow as tf\n\n\ndef soft(x):\n    return tf.math.softplus(x)\n"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left behind."""

    status: int
    out: str
    err: str


def run(folder: Path, *arguments: str, stdin: str | bytes = "", cache: Path | None = None) -> Ran:
    """`nablint ARGUMENTS` in `folder`; without a cache unless one is given."""
    config.forget()
    walk.forget()
    before = Path.cwd()
    where = {"NABLINT_NO_CACHE": None, "NABLINT_CACHE_DIR": str(cache)} if cache else {"NABLINT_NO_CACHE": "1"}
    os.chdir(folder)
    try:
        result = CliRunner(env=where).invoke(group, list(arguments), input=stdin, catch_exceptions=False)
    finally:
        os.chdir(before)
    return Ran(result.exit_code, result.stdout, result.stderr)


def check(folder: Path, *arguments: str, stdin: str | bytes = "") -> dict[str, Any]:
    """What `nablint check --output-format json` says, after a look at its shape."""
    return shaped(run(folder, "check", "--output-format", "json", *arguments, stdin=stdin).out)


def shaped(text: str) -> dict[str, Any]:
    """The object that the text spells, which must be as the schema says and be JSON for every reader."""
    found: dict[str, Any] = json.loads(text, parse_constant=_refused)
    _validator()(found)
    return found


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """The folder with these files in it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def notebook(*cells: str, language: str = "python") -> str:
    """An .ipynb file: a text cell first, then these code cells, each with an output."""
    title = {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "text"]}
    code = [
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["é\n"]}],
            "source": cell.splitlines(keepends=True),
        }
        for cell in cells
    ]
    metadata = {"kernelspec": {"display_name": "x", "language": language, "name": "x"}}
    whole = {"cells": [title, *code], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


@cache
def _validator() -> Any:
    schema = Path(report.__file__).with_name("check.schema.json")
    return fastjsonschema.compile(json.loads(schema.read_text(encoding="utf-8")))


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
