"""What each form of code is lowered to, and that every span covers the text it should."""

import pytest

from lower.cases import Case, cases, described


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_lowered(case: Case) -> None:
    assert described(case.code) == case.expected
