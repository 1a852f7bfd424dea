"""Every row of the op table against TensorFlow, for each dtype, in eager mode and under XLA; and once in a graph."""

from __future__ import annotations

import pytest

from nablint.domains.dtype import FORMATS
from ops.oracle import TOTAL, conform

pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(600)]

RUNS = (
    *((dtype, "eager") for dtype in FORMATS),
    ("float32", "graph"),
    *((dtype, "xla") for dtype in FORMATS),
)


@pytest.mark.parametrize(("dtype", "mode"), RUNS)
def test_rows_agree_with_tensorflow(dtype: str, mode: str) -> None:
    tally = conform(dtypes=[dtype], modes=[mode])
    TOTAL.add(tally)
    assert tally.points > 100_000
    assert not tally.mismatches, "\n".join(tally.mismatches)
