"""Every row of the op table against TensorFlow, for each dtype and mode.

Here XLA compiles rows of several elements in two dtypes, and graphs are rewritten in one, for the sake of time;
`python tests/ops/oracle.py` compares everything in all of them.
"""

from __future__ import annotations

import pytest

from nablint.domains.dtype import FORMATS
from nablint.ops import ROWS
from nablint.ops.op import Kind
from ops.oracle import TOTAL, conform

pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(600)]

POINTWISE = [op.name for op in ROWS if op.kind is Kind.ELEMENTWISE]
RUNS = (
    *((dtype, "eager") for dtype in FORMATS),
    ("float32", "graph"),
    *((dtype, "xla") for dtype in FORMATS),
)
WHOLE = ("float16", "float32")


@pytest.mark.xdist_group("oracle")
@pytest.mark.parametrize(("dtype", "mode"), RUNS)
def test_rows_agree_with_tensorflow(dtype: str, mode: str) -> None:
    rows = POINTWISE if mode == "xla" and dtype not in WHOLE else ()
    tally = conform(rows, dtypes=[dtype], modes=[mode])
    TOTAL.add(tally)
    assert tally.points > 100_000
    assert not tally.mismatches, "\n".join(tally.mismatches)
