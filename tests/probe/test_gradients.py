"""The numerical check judges no correct gradient wrong, and finds the wrong ones: a part of the tables each."""

import pytest

from probe.judging import judged
from probe.tables import KNOWN, POINTS, mutants, right

pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore")]  # TensorFlow and Keras warn of themselves.


def test_the_tables_are_large() -> None:
    assert len(set(right())) >= 200
    assert len(set(mutants())) >= 100
    assert len(KNOWN) >= 60


@pytest.mark.parametrize("code", right()[::4])
def test_right(code: str) -> None:
    found = judged(code)
    assert (list(found.points[found.wrong]), found.upstream) == ([], True)


@pytest.mark.parametrize("expression", POINTS)
def test_single_points(expression: str) -> None:
    found = judged(f"def f(x): return {expression}\n")
    assert list(zip(found.points[found.wrong], found.given[found.wrong], strict=True)) == [POINTS[expression]]
    assert not found.stretch


@pytest.mark.parametrize("code", list(mutants())[::5])
def test_wrong(code: str) -> None:
    assert judged(code).stretch
