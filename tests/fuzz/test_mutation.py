"""Half-written code gets an answer, and the same one whatever was there before."""

from __future__ import annotations

import random

from fuzz.mutation import broken, fixtures


def test_mutated_fixtures_are_looked_at_without_harm() -> None:
    assert list(broken(fixtures(), 60, random.Random(5))) == []
