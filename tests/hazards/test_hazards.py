"""Every hazard in every spelling is found, nothing near it that is careful, and TensorFlow confirms each witness."""

from __future__ import annotations

from typing import Any

import pytest

from hazards.lines import HERE, Line, absent, found, module, table
from nablint.rules import RULES

SILENT = [
    line for line in (HERE / "silent.txt").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
]
NUMBERS = range(1, 68)
SPELLINGS = ("tf", "ops", "K")


@pytest.mark.parametrize("line", table(), ids=lambda line: line.id)
def test_found(line: Line) -> None:
    assert tuple(sorted({finding.rule for finding in found(line.module, line.input_range)})) == line.rules


@pytest.mark.parametrize("code", SILENT)
def test_silent(code: str) -> None:
    assert found(module(code)) == ()


def test_every_hazard_stands_in_every_spelling_or_says_why_not() -> None:
    there = {(line.number, line.spelling) for line in table()}
    assert there.isdisjoint(absent())
    assert there | set(absent()) == {(number, spelling) for number in NUMBERS for spelling in SPELLINGS}


def test_every_rule_has_a_hazard() -> None:
    told = {rule for line in table() for rule in line.rules}
    assert {rule.name for rule in RULES} - told == {"unused-ignore"}
    assert len(SILENT) >= 150


@pytest.mark.tensorflow
def test_tensorflow_confirms_every_witness() -> None:
    from witness.test_confirmed import agrees, run

    wrong, seen = [], set()
    for line in table():
        names: dict[str, Any] = {}
        for finding in found(line.module, line.input_range):
            # What two lines of a hazard say alike in one spelling is asked once.
            said = line.number, line.spelling, finding.rule, finding.message
            if finding.witness is not None and said not in seen:
                seen.add(said)
                function = named(names, line, finding.function)
                value, slope = run(function, finding.witness)
                if not agrees(finding, finding.witness, value, slope):
                    wrong.append((line.code, finding.rule, finding.witness, value, slope))
    assert wrong == []


def named(names: dict[str, Any], line: Line, name: str) -> Any:
    """The function of that name in the line's module, which runs once."""
    if not names:
        exec(line.module, names)
    return names[name]
