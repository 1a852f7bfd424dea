"""The article's failures, in training scripts of our own: each is found for what it is, and its cure is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import check

SEED = Path(__file__).parents[2] / "fixtures" / "seed"

EXPECTED = {
    "step.py": ("no-gradient", "gate", "warning", {}),
    "softplus.py": (
        "overflow",
        "sharp_softplus",
        "warning",
        {"float16": 1.109375, "bfloat16": 8.875, "float32": 8.8722839, "float64": 70.978271},
    ),
    "mixed_dtypes.py": ("mixed-dtype", "scaled_tanh", "error", {}),
}
"""By file: the rule, the function, the severity, the thresholds."""


def test_seed() -> None:
    found = check(SEED, ".")
    assert (found["files"], found["errors"]) == (4, [])
    by_path = {finding["path"]: finding for finding in found["findings"]}
    assert len(found["findings"]) == len(by_path)
    assert by_path.keys() == EXPECTED.keys()
    for path, (rule, function, severity, thresholds) in EXPECTED.items():
        finding = by_path[path]
        assert (finding["rule"], finding["function"], finding["severity"]) == (rule, function, severity)
        assert finding["thresholds"] == pytest.approx(thresholds, rel=1e-4)
