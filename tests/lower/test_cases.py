"""What each form of code is lowered to, and that every span covers the text it should."""

import pytest

from lower.cases import Case, cases, described, rewrite


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_lowered(case: Case, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("update"):
        rewrite(case.page)
    else:
        assert described(case.code) == case.expected, "run `npm run update` and look at the difference"
