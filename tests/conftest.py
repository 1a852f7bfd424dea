"""Options that several suites share; and what the oracle counted, in one line, however many workers counted."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

os.environ["NABLINT_NO_CACHE"] = "1"
"""Tests of the cache say where it lies; all others see what this very code finds."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tensorflow", action="append", default=[], help="compare the op table with this version, too")
    parser.addoption("--edits", type=int, default=0, help="so many random edits in tests/lsp/test_shadow.py")
    parser.addoption("--update", action="store_true", help="write what is found into the fixtures, to be looked at")


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
