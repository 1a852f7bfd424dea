"""Keystroke → diagnostics inside VS Code's extension host, beside a server that does nothing, in one run."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

ROOT = Path(__file__).parents[2]


def lines() -> Iterator[str]:
    scripts = ROOT / "client" / "scripts"
    subprocess.run(["node", scripts / "setup.mjs", "vscode", "apt"], check=True)
    subprocess.run(["node", scripts / "package.mjs"], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        command = ["node", ROOT / "tests" / "bench" / "host" / "drive.mjs", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert outcome["ok"], outcome["error"]
    times = outcome["times"]
    ours, noop = (times[name] + times[f"{name} again"] for name in ("nablint", "noop"))
    a, b = quantiles(ours, n=20), quantiles(noop, n=20)
    yield (
        f"keystroke → diagnostics in VS Code's host: p50 {a[9]:.0f} ms, p95 {a[18]:.0f} ms; "
        f"a server that does nothing: p50 {b[9]:.0f} ms, p95 {b[18]:.0f} ms (≤ 25 ms above it)"
    )
