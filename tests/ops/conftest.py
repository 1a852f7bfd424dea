"""Other versions of TensorFlow, which are compared only when they are asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "tensorflow_version" in metafunc.fixturenames:
        metafunc.parametrize("tensorflow_version", metafunc.config.getoption("--tensorflow"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Other versions are installed only when they are asked for."""
    return True if collection_path.name == "test_versions.py" and not config.getoption("--tensorflow") else None
