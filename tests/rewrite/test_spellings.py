"""Every hazard in every spelling, one line each in spellings.txt: an expression, and what fixes make of it.

`NABLINT_ALL=1 pytest tests/rewrite` runs all lines; else one for each hazard and library.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nablint.analyse import analyse
from nablint.finding import Safety, apply_edits
from nablint.source import Source
from nablint.verify import offers
from rewrite.fixing import module

SECTIONS = (Path(__file__).parent / "spellings.txt").read_text(encoding="utf-8").split("\n\n")


def pairs(section: str) -> list[tuple[str, str]]:
    """The lines of one section."""
    found = (line.split("→") for line in section.splitlines() if "→" in line)
    return [(before.strip(), after.strip()) for before, after in found]


def first_of_each(section: str) -> list[tuple[str, str]]:
    """One line of the section for each library; its other lines are run where NABLINT_ALL is set."""
    return list({_library(before): (before, after) for before, after in reversed(pairs(section))}.values())


def _library(code: str) -> str:
    return "ops" if "ops." in code else "K" if "K." in code else "tf"


PAIRS = [pair for section in SECTIONS for pair in (pairs if "NABLINT_ALL" in os.environ else first_of_each)(section)]
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
