"""The panel and the report, without an editor: what is drawn, in which words, and how a report grows."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest


def test_view(subtests: pytest.Subtests) -> None:
    command = ["node", Path(__file__).with_name("view.mjs")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    cases: dict[str, str] = json.loads(done.stdout)
    assert len(cases) >= 11
    for name, verdict in cases.items():
        with subtests.test(name):
            assert verdict == "ok"
