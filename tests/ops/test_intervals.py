"""Any box, any point in it: the value lies in the row's range."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from nablint.domains.dtype import FORMATS
from nablint.domains.interval import Interval, anything
from nablint.evaluate import evaluate
from nablint.gradient import expand
from nablint.interpret import intervals
from nablint.ir import Apply, Function, Param
from nablint.ops import ROWS
from nablint.ops.op import Kind, Op

BOUNDED = [
    op
    for op in ROWS
    if op.operands and op.examples and not op.variadic and op.kind is not Kind.SHAPES
    and (op.interval is not anything or op.image.lo > -math.inf or op.image.hi < math.inf)
]  # fmt: skip
NUMBERS = st.one_of(
    st.floats(-120, 120, width=32),
    st.floats(width=32),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 6.0, 88.7, 1e-40, 1e-38, 3e38, math.inf, -math.inf]),
)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[Interval, list[float]]:
    """A range, and five of its points."""
    ends = sorted(draw(st.lists(NUMBERS.filter(lambda x: not math.isnan(x)), min_size=2, max_size=2)))
    box = Interval(ends[0], ends[1], draw(st.booleans()))
    inner = [draw(st.floats(min(0.0, 1.0), 1.0)) for _ in range(3)]
    wide = [ends[0] * (1 - t) + ends[1] * t if all(map(math.isfinite, ends)) else ends[0] for t in inner]
    points = [*ends, *(min(max(w, ends[0]), ends[1]) for w in wide)]
    return box, [math.nan if box.nan and draw(st.integers(0, 5)) == 0 else p for p in points]


@pytest.mark.parametrize("op", BOUNDED, ids=lambda op: op.name)
@settings(max_examples=12, phases=[Phase.generate], deadline=None, derandomize=True)
@given(data=st.data())
def test_values_lie_in_the_range(op: Op, data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(tuple(FORMATS)))
    given_boxes = [
        (Interval(0.0, 1.0), [0.0, 1.0, 0.0, 1.0, 1.0]) if word in op.truths else data.draw(boxes())
        for word in op.operands
    ]
    attrs = tuple(sorted(data.draw(st.sampled_from(op.examples)).items()))
    count = len(given_boxes)
    fn = Function(op.name, (*map(Param, op.operands), Apply(op.name, tuple(range(count)), attrs)), count)
    shape = (5,) if op.kind is Kind.ELEMENTWISE else (1, 1, 5)
    arrays = {i: np.array(points).reshape(shape) for i, (_, points) in enumerate(given_boxes)}
    arrays = {i: a > 0 if op.operands[i] in op.truths else a for i, a in arrays.items()}
    bound = intervals(fn, dtype, {i: box.rounded(FORMATS[dtype], 0) for i, (box, _) in enumerate(given_boxes)})[count]
    for mode in ("eager", "xla"):
        whole = expand(fn)
        value = evaluate(whole, dtype, mode, arrays)[whole.result]
        assert value is not None
        for point, found in zip(
            zip(*(a.ravel() for a in arrays.values()), strict=False), np.ravel(value), strict=False
        ):
            assert float(found) in bound, f"{op.name}{point} = {found} in {mode}, outside {bound}"
