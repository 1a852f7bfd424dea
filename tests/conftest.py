"""Options that several suites share."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tensorflow", action="append", default=[], help="compare the op table with this version, too")
    parser.addoption("--update", action="store_true", help="write what is found into the fixtures, to be looked at")
