"""What the oracle counted, in one line at the end of the run."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    from ops.oracle import TOTAL

    if TOTAL.points:
        terminalreporter.write_line(f"op table: {TOTAL.line()}")
