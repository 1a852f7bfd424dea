"""`nablint rule`: a rule's page, or all names."""

from __future__ import annotations

import click

from nablint import config
from nablint.cli.common import completed_rules, fail


@click.command("rule")
@click.argument("name", required=False, shell_complete=completed_rules)
def command(name: str | None) -> None:
    """Show the page of the rule NAME: what it finds, why it hurts, how it is fixed. Without NAME: all rules."""
    # Imported here: a shell that completes the name waits for no engine.
    from nablint.report import rule as page
    from nablint.report.limits import limits
    from nablint.rules import RULES

    rules = {rule.name: rule for rule in RULES}
    if name is None:
        click.echo(page.index(RULES))
    elif name in rules:
        click.echo(page.page(rules[name], limits=limits(rules[name])))
    else:
        fail(f"there is no rule {name!r}.{config.did_you_mean(name, rules)}")
