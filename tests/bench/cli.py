"""The command line on Keras' own source: two processes against one, the cache against ruff's, memory, and the start."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

BIN = Path(sys.executable).parent
RUNS = 7
SMALL = "import tensorflow as tf\n\n\ndef sharp(x):\n    return tf.math.log(1 + tf.math.exp(x))\n"


@dataclass(frozen=True, slots=True)
class Spent:
    """What one command took."""

    wall: float
    """Milliseconds."""
    cpu: float
    memory: float
    """Of the largest of its processes, in MB."""


def lines() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from starts(folder)
        yield from trees(folder)


def starts(folder: Path) -> Iterator[str]:
    """The start of small commands."""
    (folder / "small.py").write_text(SMALL)
    kept = {"NABLINT_CACHE_DIR": str(folder / "cache")}
    bare = often([sys.executable, "-c", "pass"], folder)
    version = often([BIN / "nablint", "--version"], folder)
    yield f"nablint --version: {version.cpu:.0f} ms of CPU, {version.wall:.0f} ms (≤ 120); Python alone {bare.cpu:.0f}"
    small = often([BIN / "nablint", "check", "--no-cache", "small.py"], folder)
    again = often([BIN / "nablint", "check", "small.py"], folder, kept)
    yield (
        f"check of one small file: {small.cpu:.0f} ms of CPU, {small.wall:.0f} ms (≤ 400), {small.memory:.0f} MB; "
        f"known to the cache: {again.cpu:.0f} ms of CPU, {again.wall:.0f} ms"
    )


def trees(folder: Path) -> Iterator[str]:
    """A whole source tree, cold and warm."""
    tree = keras(folder / "tree")
    layers = tree / "src" / "layers"
    cold = {jobs: spent([BIN / "nablint", "check", "--no-cache", "-j", str(jobs), "."], layers) for jobs in (1, 2)}
    gain = cold[1].wall / cold[2].wall
    yield (
        f"cold, {count(layers)} files: {cold[1].wall / 1000:.1f} s, on two processes {cold[2].wall / 1000:.1f} s, "
        f"{gain:.2f} × (≥ 1.7); CPU {cold[1].cpu / 1000:.1f} and {cold[2].cpu / 1000:.1f} s"
    )
    kept = {"NABLINT_CACHE_DIR": str(folder / "cache"), "RUFF_CACHE_DIR": str(folder / "ruff")}
    whole = spent([BIN / "nablint", "check", "-j", "2", "."], tree, kept)
    yield (
        f"cold, all {count(tree)} files, two processes: {count(tree) / whole.wall * 1000:.0f} files/s, "
        f"{whole.memory:.0f} MB in the largest process (≤ 300)"
    )
    warm = often([BIN / "nablint", "check", "."], tree, kept)
    ruff = [BIN / "ruff", "check", "--isolated"]
    usual = often([*ruff, "."], tree, kept)
    silent = often([*ruff, "--select", "E9", "."], tree, kept)
    yield (
        f"cache warm: {warm.wall:.0f} ms ({warm.cpu:.0f} of CPU), ruff check {usual.wall:.0f} ms ({usual.cpu:.0f}): "
        f"{warm.wall / usual.wall:.2f} × (≤ 3); ruff with rules that find nothing {silent.wall:.0f} ms"
    )


def count(tree: Path) -> int:
    return sum(1 for _ in tree.rglob("*.py"))


def keras(target: Path) -> Path:
    """A copy of the installed Keras, its Python files only."""
    spec = importlib.util.find_spec("keras")
    places = spec.submodule_search_locations if spec else None
    assert places, "Keras is not installed"
    shutil.copytree(places[0], target, ignore=shutil.ignore_patterns("*.pyc", "__pycache__"))
    return target


def often(command: list[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> Spent:
    """The median of some runs, after one that warms up."""
    spent(command, folder, environment)
    runs = [spent(command, folder, environment) for _ in range(RUNS)]
    return Spent(median(r.wall for r in runs), median(r.cpu for r in runs), max(r.memory for r in runs))


def spent(command: list[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> Spent:
    whole = {**{k: v for k, v in os.environ.items() if not k.startswith("NABLINT_")}, **(environment or {})}
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), command
    return Spent(wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024)
