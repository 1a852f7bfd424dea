"""`pytest --nablint`: a test for each activation. Without the flag nothing happens, and next to nothing is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("nablint")
    group.addoption("--nablint", action="store_true", help="check each activation of the files that are collected")
    group.addoption("--nablint-probe", action="store_true", help="the same, and run each one in TensorFlow")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("nablint") or config.getoption("nablint_probe"):
        from nablint.pytest_plugin import items

        config.pluginmanager.register(items, "nablint-items")
