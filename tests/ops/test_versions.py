"""The op table against other TensorFlows: `pytest tests/ops --tensorflow 2.16.2`; collected with that option alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.versions import compared, installed

pytestmark = [pytest.mark.tensorflow, pytest.mark.timeout(900)]


def test_rows_agree_with_an_older_tensorflow(tensorflow_version: str, tmp_path: Path) -> None:
    run = compared(installed(tensorflow_version, tmp_path), "eager")
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-1000:]
    assert " 0 mismatches" in run.stdout
