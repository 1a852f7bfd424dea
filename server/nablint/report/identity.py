"""What makes a finding the same one when lines have moved: its file, rule, function and code, and not its line."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from nablint.finding import Finding
from nablint.report.checked import Checked

LONGEST = 120
"""Code beyond this many characters is cut: a baseline is read by people."""


class Identity(NamedTuple):
    """Equal for findings that a reader would call the same."""

    rule: str
    function: str
    code: str


def identity(checked: Checked, finding: Finding) -> Identity:
    code = " ".join(checked.source.slice(finding.span).split())
    return Identity(finding.rule, finding.function, code[:LONGEST])


def fingerprints(checked: Checked) -> Iterator[tuple[Finding, str]]:
    """Each finding with a digest that stays while only its line changes; twins are told apart by their order."""
    seen: Counter[Identity] = Counter()
    for finding in checked.findings:
        known = identity(checked, finding)
        seen[known] += 1
        whole = "\0".join((checked.source.path.replace("\\", "/"), *known, str(seen[known])))
        yield finding, hashlib.sha256(whole.encode()).hexdigest()[:32]
