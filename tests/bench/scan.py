"""A cold scan of installed Python trees beside flake8, Fixit and semgrep: the same files, one process each.

`--all` scans every file instead of a sample.
"""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.cli import BIN, Spent, spent

SAMPLE = 60
SEED = 7
TREES = (("keras", "src"), ("tensorflow", "python"))
OTHERS = ("flake8", "fixit", "semgrep")
PATTERN = """rules:
  - id: division
    languages: [python]
    message: a division
    severity: INFO
    pattern: $X / $Y
"""
Commands = dict[str, list[str | Path]]


def lines() -> Iterator[str]:
    others = installed()
    for package, part in TREES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            count = sample(package, part, folder / "tree")
            (folder / "rule.yml").write_text(PATTERN)
            yield compared(f"{package}/{part}", count, folder, commands(others))


def compared(tree: str, count: int, folder: Path, wanted: Commands) -> str:
    """What each takes for the same files, by CPU time, and how many times as many files nablint reads."""
    speeds = {name: count / taken.cpu * 1000 for name, taken in run(folder, wanted)}
    own = speeds.pop("nablint")
    said = ", ".join(f"{name} {speed:.1f} ({own / speed:.2f} ×)" for name, speed in speeds.items())
    return (
        f"cold scan of {count} files of {tree}, files/s of CPU: nablint {own:.1f}; {said or 'nothing to compare with'}"
    )


def run(folder: Path, wanted: Commands) -> Iterator[tuple[str, Spent]]:
    for name, command in wanted.items():
        try:
            yield name, spent(command, folder, {"SEMGREP_SEND_METRICS": "off"})
        except AssertionError:
            print(f"{name} did not run")


def commands(others: Path | None) -> Commands:
    found: Commands = {"nablint": [BIN / "nablint", "check", "--no-cache", "-j", "1", "tree"]}
    if others is None:
        return found
    flags = ["--config", "rule.yml", "-j", "1", "--quiet", "--metrics", "off", "--disable-version-check"]
    return found | {
        "flake8": [others / "flake8", "--isolated", "-j", "1", "tree"],
        "fixit": [others / "fixit", "lint", "tree"],
        "semgrep": [others / "semgrep", "scan", *flags, "--no-git-ignore", "tree"],
    }


def sample(package: str, part: str, target: Path) -> int:
    """Copies some files of an installed package, always the same ones; how many."""
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec else None
    assert places, f"{package} is not installed"
    root = Path(places[0]) / part
    files = sorted(path for path in root.rglob("*.py") if not path.name.endswith("_test.py"))
    if "--all" not in sys.argv:
        files = random.Random(SEED).sample(files, SAMPLE)
    for path in files:
        place = target / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    return len(files)


def installed() -> Path | None:
    """The others, in an environment of their own that is made once; None if they cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nablint-bench"
    if not (cache / "made").exists():
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", cache], check=False).returncode == 0
        pip = [cache / "bin" / "pip", "install", "-q", *OTHERS]
        if not made or subprocess.run(pip, check=False).returncode != 0:
            return None
        (cache / "made").touch()
    return cache / "bin"
