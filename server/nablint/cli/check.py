"""`nablint check`: what breaks, in the files and folders named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from nablint.cli.common import FAILED, Wanted, checked, colour, inputs, rule_options, settings_for
from nablint.finding import Finding
from nablint.report import text
from nablint.report.checked import Checked

FORMATS = ("text", "json", "json-lines", "github")


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(readable=False), required=True)
@rule_options
@click.option("--output-format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--stdin-filename", default="stdin.py", metavar="NAME", help="What to call standard input (`-`).")
@click.option("--statistics", is_flag=True, help="Only count the findings of each rule.")
@click.option("--add-ignores", is_flag=True, help="Write a comment that ignores it beside each finding.")
@click.option("--exit-zero", is_flag=True, help="Exit with status 0 whatever is found.")
def command(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    output_format: str,
    stdin_filename: str,
    statistics: bool,
    add_ignores: bool,
    exit_zero: bool,
) -> None:
    """Show where the activations in PATHS break: files, folders, notebooks, or `-` for standard input.

    Exit status: 0 nothing found, 1 findings or code that could not be checked, 2 the run itself failed.
    """
    wanted = Wanted(select, ignore)
    if add_ignores:
        from nablint.cli.ignores import add

        add(inputs(paths, stdin_filename, wanted), wanted)
    offer = not statistics and output_format != "github"
    results = (
        checked(item.content, settings_for(item.path.parent, wanted), offer=offer)
        for item in inputs(paths, stdin_filename, wanted)
    )
    statuses = {0}
    for line in _report(_told(results, statuses), "statistics" if statistics else output_format):
        click.echo(line)
    status = max(statuses)
    raise click.exceptions.Exit(0 if exit_zero and status < FAILED else status)


def _told(results: Iterable[Checked], statuses: set[int]) -> Iterator[Checked]:
    """The results as they come; troubles are told at once, whatever the format, and the exit status is noted."""
    for result in results:
        for index, trouble in enumerate(result.troubles):
            statuses.add(FAILED if trouble.ours else 1)
            click.echo(f"nablint: {text.trouble_line(result, index)}", err=True)
        statuses.add(1 if result.findings else 0)
        yield result


def _report(results: Iterable[Checked], output_format: str) -> Iterator[str]:
    if output_format == "text":
        yield from _text(results)
    elif output_format == "statistics":
        yield from text.statistics(finding for result in results for finding in result.findings)
    elif output_format == "github":
        from nablint.report import github

        yield from (line for result in results for line in github.lines(result))
    else:
        from nablint.report import json

        whole = output_format == "json"
        yield from (json.document(results),) if whole else (line for result in results for line in json.lines(result))


def _text(results: Iterable[Checked]) -> Iterator[str]:
    files, troubles = 0, 0
    findings: list[Finding] = []
    for result in results:
        files, troubles = files + 1, troubles + len(result.troubles)
        findings += result.findings
        for finding in result.findings:
            yield "\n".join(text.finding_lines(result, finding, colour)) + "\n"
    yield text.summary(files, findings, troubles)
