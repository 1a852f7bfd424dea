"""Findings that a project lives with for now, in a file: only what comes on top is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from nablint.report.checked import Checked
from nablint.report.identity import Identity, identity

VERSION = 1

Known = Mapping[str, Counter[Identity]]
"""By path: how often each finding is known."""


def counted(checked: Checked) -> Counter[Identity]:
    """The findings of one file, as another state of the file will know them."""
    return Counter(identity(checked, finding) for finding in checked.findings)


def added(checked: Checked, known: Counter[Identity]) -> Checked:
    """The file with those findings only that are not known; of several alike, the last are the new ones."""
    left = known.copy()
    return replace(checked, findings=tuple(f for f in checked.findings if not _is_known(left, identity(checked, f))))


def written(known: Known) -> str:
    """The file: sorted, a finding a line, so that version control shows well what came and went."""
    entries = [
        {"path": path, **one._asdict(), "count": count}
        for path in sorted(known)
        for one, count in sorted(known[path].items())
    ]
    lines = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in entries)
    findings = f"[\n{lines}\n ]" if entries else "[]"
    return f'{{\n "version": {VERSION},\n "findings": {findings}\n}}\n'


def read(text: str) -> Known:
    """The findings in such a file; a ValueError with a phrase if it is none."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON: {error}") from None
    if not isinstance(whole, dict) or whole.get("version") != VERSION:
        raise ValueError(f"is not a baseline of version {VERSION}")
    known: dict[str, Counter[Identity]] = {}
    try:
        for entry in whole["findings"]:
            one = Identity(entry["rule"], entry["function"], entry["code"])
            known.setdefault(entry["path"], Counter())[one] += int(entry.get("count", 1))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"has an entry that is none: {type(error).__name__} {error}") from None
    return known


def _is_known(left: Counter[Identity], one: Identity) -> bool:
    left[one] -= 1
    return left[one] >= 0
