"""Every hazard in every spelling, one line each in spellings.txt: an expression, and what the first fix makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rewrite.fixing import fixed, module

LINES = (Path(__file__).parent / "spellings.txt").read_text(encoding="utf-8").splitlines()
PAIRS = [tuple(part.strip() for part in line.split("→")) for line in LINES if line]


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=[before for before, _ in PAIRS])
def test_the_first_fix(before: str, after: str) -> None:
    found = fixed(module(before))
    assert found is not None, "no fix is offered"
    assert found.text == module(after).text
