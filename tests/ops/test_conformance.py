"""Every row of the op table against TensorFlow, for each dtype and mode."""

from __future__ import annotations

import pytest

from nablint.domains.dtype import FORMATS
from ops.oracle import MODES, TOTAL, conform

pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(600)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", FORMATS)
def test_rows_agree_with_tensorflow(dtype: str, mode: str) -> None:
    tally = conform(dtypes=[dtype], modes=[mode])
    TOTAL.add(tally)
    assert tally.points > 100_000
    assert not tally.mismatches, "\n".join(tally.mismatches)
