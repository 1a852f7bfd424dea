"""Where a rule's page is."""

from __future__ import annotations

RULES_PAGE = "server/RULES.md"
"""Relative to the root of the repository."""


def rule_url(rule: str) -> str:
    """A reference to the rule's section of the page of all rules."""
    return f"{RULES_PAGE}#{rule}"
