"""What the oracle counted, in one line at the end of the run, however many workers counted."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "tensorflow_version" in metafunc.fixturenames:
        metafunc.parametrize("tensorflow_version", metafunc.config.getoption("--tensorflow"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Other versions are installed only when they are asked for."""
    return True if collection_path.name == "test_versions.py" and not config.getoption("--tensorflow") else None


COUNTED: list[dict[str, Any]] = []
"""What each worker compared: the rows by name, how many points, how many mismatches."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    oracle = sys.modules.get("ops.oracle")
    if oracle is None or not oracle.TOTAL.points:
        return
    total = oracle.TOTAL
    counted = {"rows": sorted(total.rows), "points": total.points, "mismatches": len(total.mismatches)}
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["oracle"] = counted
    else:
        COUNTED.append(counted)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    counted = getattr(node, "workeroutput", {}).get("oracle")
    if counted:
        COUNTED.append(counted)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not COUNTED:
        return
    rows = {row for counted in COUNTED for row in counted["rows"]}
    points, mismatches = (sum(counted[what] for counted in COUNTED) for what in ("points", "mismatches"))
    terminalreporter.write_line(
        f"op table: {len(rows)} rows, {points:,} points compared with TensorFlow, {mismatches} mismatches"
    )
