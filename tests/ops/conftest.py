"""What the oracle counted, in one line at the end of the run, however many workers counted."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

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
