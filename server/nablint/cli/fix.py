"""`nablint fix`: applies verified fixes until there are none left."""

from __future__ import annotations

from collections.abc import Iterable

import click

from nablint.cli.common import FAILED, Input, Wanted, colour, inputs, rule_options, settings_for
from nablint.cli.files import File, write
from nablint.cli.repair import Repaired, repaired
from nablint.finding import Safety
from nablint.report import diff, text
from nablint.report.checked import Trouble, counted


@click.command("fix")
@click.argument("paths", nargs=-1, type=click.Path(readable=False), required=True)
@rule_options
@click.option("--diff", "only_diff", is_flag=True, help="Print what would change and write nothing.")
@click.option("--unsafe-fixes", is_flag=True, help="Also apply fixes that change values or gradients.")
@click.option("--stdin-filename", default="stdin.py", metavar="NAME", help="What to call standard input (`-`).")
def command(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    extend: tuple[str, ...],
    ignore: tuple[str, ...],
    only_diff: bool,
    unsafe_fixes: bool,
    stdin_filename: str,
) -> None:
    """Repair what has a verified fix in PATHS: files, folders, notebooks, or `-` to filter standard input.

    Exit status: 0 nothing is left to find (with --diff: nothing to change), 1 otherwise, 2 the run itself failed.
    """
    wanted = Wanted(select, ignore, extend)
    safeties = frozenset(Safety) if unsafe_fixes else frozenset({Safety.SAFE})
    # Standard output may carry a file or a diff; what is said about it then goes the other way.
    aside = only_diff or "-" in paths
    done, left, status = 0, 0, 0
    for item in inputs(paths, stdin_filename, wanted):
        result, troubles = _repaired(item, wanted, safeties, only_diff)
        _tell(result, troubles, aside)
        done, left = done + len(result.applied), left + result.left
        status = max([status, *(FAILED if trouble.ours else 1 for trouble in troubles)])
    verb = "would be applied" if only_diff else "applied"
    remain = f"; {counted(left, 'finding')} left" if left else ""
    click.echo(f"{counted(done, 'fix')} {verb}{remain}.", err=aside)
    raise click.exceptions.Exit(max(status, int((done if only_diff else left) > 0)))


def _repaired(
    item: Input, wanted: Wanted, safeties: frozenset[Safety], only_diff: bool
) -> tuple[Repaired, list[Trouble]]:
    """The file repaired and put where it belongs, with all that went wrong."""
    if isinstance(item.content, Trouble):
        return Repaired(File.empty(item.content.path)), [item.content]
    result = repaired(item.content, settings_for(item.path.parent, Wanted(extend=wanted.extend)), wanted, safeties)
    sentence = _deliver(item, item.content, result.file, only_diff)
    failed = Trouble(item.content.path, sentence) if sentence else None
    return result, [trouble for trouble in (result.trouble, failed) if trouble]


def _deliver(item: Input, before: File, after: File, only_diff: bool) -> str:
    """Prints or writes the result; empty, or the sentence that says why it could not be written."""
    if only_diff:
        click.echo(diff.unified(before.path, before.text(), after.text()), nl=False)
    elif item.stdin:
        click.echo(after.text(), nl=False)
    elif after != before:
        return write(item.path, after)
    return ""


def _tell(result: Repaired, troubles: Iterable[Trouble], aside: bool) -> None:
    for done in result.applied:
        click.echo(f"{done.where}: {colour(done.rule, 'rule')}: {text.fix_title(done.fix)}", err=aside)
    for trouble in troubles:
        click.echo(f"nablint: {trouble.path}: {trouble.message}", err=True)
