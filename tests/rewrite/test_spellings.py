"""Every hazard in every spelling, one line each in spellings.txt: an expression, and what fixes make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nablint.analyse import analyse
from nablint.finding import Safety, apply_edits
from nablint.source import Source
from nablint.verify import offers
from rewrite.fixing import module

LINES = (Path(__file__).parent / "spellings.txt").read_text(encoding="utf-8").splitlines()
PAIRS = [tuple(part.strip() for part in line.split("→")) for line in LINES if "→" in line]
DRIFT = 4
"""In ulps of float32: how much farther from the truth a fixed value may be where the old one was right."""


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=[before for before, _ in PAIRS])
def test_the_first_fix(before: str, after: str) -> None:
    found, drift = mended(module(before))
    assert found is not None, "no fix is offered"
    *lines, last = after.split("; ")
    assert found.text == module("\n".join([*lines, f"return {last}"])).text
    assert drift <= DRIFT


def mended(source: Source) -> tuple[Source | None, float]:
    """The source after the first fix that is offered, and after the safe ones that follow; and the largest drift."""
    result, drift, wanted = None, 0.0, frozenset(Safety)
    while True:
        analysis = analyse(source)
        fixes = (fix for finding in analysis.findings for fix in offers(analysis, finding))
        fix = next((fix for fix in fixes if fix.safety in wanted), None)
        if fix is None:
            return result, drift
        result = source = apply_edits(source, fix.edits)
        drift, wanted = max(drift, fix.drift or 0.0), frozenset({Safety.SAFE})
