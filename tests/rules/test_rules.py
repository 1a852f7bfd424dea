"""Every rule says what it says it says: its examples are its tests."""

from __future__ import annotations

import re

import pytest

from nablint.analyse import analyse
from nablint.finding import Finding, apply_edits
from nablint.report import rule as page
from nablint.report.limits import limits
from nablint.rule import Example, Rule
from nablint.rules import RULES
from nablint.source import Source
from nablint.verify import offered

NUMERIC = (
    "cancellation",
    "division-by-zero",
    "infinite-gradient",
    "invalid-value",
    "log-of-zero",
    "masked-nan-gradient",
    "overflow",
    "vanishing-epsilon",
)
CASES = [
    pytest.param(rule, example, id=f"{rule.name}-{i}") for rule in RULES for i, example in enumerate(rule.examples)
]


def module(code: str) -> Source:
    return Source("example.py", page.module(code))


def found_by(rule: Rule, source: Source) -> list[Finding]:
    return [finding for finding in analyse(source).findings if finding.rule == rule.name]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_bad_is_found_and_good_is_silent(rule: Rule, example: Example) -> None:
    assert found_by(rule, module(example.bad)), "the bad example is not found"
    assert analyse(module(example.good)).findings == ()


@pytest.mark.parametrize(("rule", "example"), [case for case in CASES if case.values[1].fixed])
def test_a_fix_turns_bad_into_good(rule: Rule, example: Example) -> None:
    bad = module(example.bad)
    analysis = analyse(bad)
    fixes = [fix for finding in found_by(rule, bad) for fix in offered(analysis, finding)]
    assert module(example.good).text in [apply_edits(bad, fix.edits).text for fix in fixes]


def test_names_are_unique_and_plain() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_pages_have_their_headings(rule: Rule) -> None:
    text = page.page(rule, limits=limits(rule))
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == list(page.HEADINGS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_pages_lead_to_pages(rule: Rule) -> None:
    names = re.findall(r"\]\(#([a-z-]+)\)", page.page(rule))
    assert names
    assert set(names) <= {other.name for other in RULES} - {rule.name}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.name in NUMERIC], ids=lambda rule: rule.name)
def test_what_breaks_in_numbers_says_where_in_every_dtype(rule: Rule) -> None:
    header, _, *rows = [line for line in limits(rule).splitlines() if line.startswith("|")]
    assert header == "|  | float16 | bfloat16 | float32 | float64 |"
    assert len(rows) == len(rule.examples)
