"""The oracle against other TensorFlows: `python tests/ops/versions.py 2.16.2 2.15.1`, each in a new environment.

The rows are the same; where an older library computes otherwise, `Op.older` says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEEDED = ("libcst", "pytest")


def installed(version: str, folder: Path) -> Path:
    """The Python of a new environment with this TensorFlow."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run([python, "-m", "pip", "install", "-q", f"tensorflow-cpu=={version}", *NEEDED], check=True)
    return python


def compared(python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What the oracle prints under that Python; it ends with an error if there is a mismatch."""
    path = os.pathsep.join(str(ROOT / part) for part in ("server", "tests"))
    command = [str(python), str(ROOT / "tests" / "ops" / "oracle.py"), *words]
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False)


def main(versions: list[str]) -> int:
    worst = 0
    for version in versions:
        with tempfile.TemporaryDirectory() as folder:
            run = compared(installed(version, Path(folder)), "eager")
        print(f"TensorFlow {version}:\n{run.stdout}", flush=True)
        worst = max(worst, run.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
