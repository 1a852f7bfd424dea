"""`nablint check`: what breaks, in the files and folders named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click

from nablint.cli.cache import Cache, records_in
from nablint.cli.common import FAILED, Named, Wanted, fail, inputs, named, rule_options, warn
from nablint.cli.engine import cluster_options, scheduler_of
from nablint.cli.files import put
from nablint.cli.listed import listed
from nablint.cli.manifest import manifest
from nablint.cli.output import FORMATS, STATISTICS, WITHOUT_FIXES
from nablint.cli.progress import Bar
from nablint.cli.scan import cache_folder, cores, run_options, scan
from nablint.finding import Severity
from nablint.report import text
from nablint.report.checked import Checked

BASELINE = "nablint-baseline.json"

Keep = Callable[[Checked], Checked]
"""What is told of what was found."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about a run, beside its paths."""

    wanted: Wanted
    stdin_filename: str
    files_from: str
    output_format: str
    output_file: str
    statistics: bool
    min_severity: str
    diff_base: str
    baseline: str
    write_baseline: bool
    add_ignores: bool
    exit_zero: bool
    jobs: int
    no_cache: bool
    cache_dir: str
    manifest: str
    parquet: str
    engine: str
    scheduler: str

    @property
    def offer(self) -> bool:
        """Whether the run tells of fixes, which must then be verified."""
        return not (self.statistics or self.write_baseline or self.output_format in WITHOUT_FIXES)


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(readable=False))
@rule_options
@click.option(
    "--min-severity",
    type=click.Choice([severity.value for severity in reversed(Severity)]),
    default="information",
    show_default=True,
    help="Tell nothing below this.",
)
@click.option("--output-format", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("-o", "--output-file", metavar="FILE", default="", help="Write there instead of printing.")
@click.option("--stdin-filename", default="stdin.py", metavar="NAME", help="What to call standard input (`-`).")
@click.option("--files-from", default="", metavar="LIST", help="A file with a path on each line; `-` reads them in.")
@click.option(
    "--manifest", default="", metavar="LIST", help="Files and members of archives, as `sha256sum` lists them."
)
@click.option("--diff-base", default="", metavar="REV", help="Only what was added since this Git revision.")
@click.option("--baseline", default="", metavar="FILE", help="Leave out the findings in this file.")
@click.option("--write-baseline", is_flag=True, help=f"Write all findings to that file. [default: {BASELINE}]")
@click.option("--parquet", default="", metavar="FILE", help="Also write all findings there, as a table.")
@click.option("--statistics", is_flag=True, help="Only count the findings of each rule.")
@click.option("--add-ignores", is_flag=True, help="Write a comment that ignores it beside each finding.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@click.option("--exit-zero", is_flag=True, help="Exit with status 0 whatever is found.")
@run_options
@cluster_options
def command(paths: tuple[str, ...], watch: bool, **given: object) -> None:
    """Show where the activations in PATHS break: files, folders, notebooks, or `-` for standard input.

    Exit status: 0 nothing found, 1 findings or code that could not be checked, 2 the run itself failed.
    """
    wanted = Wanted(*(given.pop(name) for name in ("select", "ignore", "extend")))  # type: ignore[arg-type]
    options = Options(wanted, **given)  # type: ignore[arg-type]
    if not (paths or options.files_from or options.manifest):
        raise click.MissingParameter(param_hint="PATHS", param_type="argument")
    if watch:
        from nablint.cli.watch import watched

        watched(paths, lambda: checked_once(paths, options))
    raise click.exceptions.Exit(checked_once(paths, options))


def checked_once(paths: tuple[str, ...], options: Options) -> int:
    """Checks everything and tells it; the exit status."""
    if options.add_ignores:
        from nablint.cli.ignores import add

        add(inputs(paths, options.stdin_filename, options.wanted), options.wanted)
    items = [*named(paths, options.stdin_filename, options.wanted), *listed(options.files_from)]
    items += manifest(options.manifest)
    with records_in(cache_folder(options.cache_dir, options.no_cache), warn) as records:
        status = _run(items, options, records)
    return 0 if options.exit_zero and status < FAILED else status


def _run(items: list[Named], options: Options, records: Cache) -> int:
    keeps = [_severe(Severity(options.min_severity))]
    if options.diff_base:
        from nablint.cli.changes import since

        items, keep = since(options.diff_base, items, lambda old: _scan(old, options, records, Bar(0), offer=False))
        keeps.append(keep)
    bar = Bar(len(items))
    results = _scan(items, options, records, bar, offer=options.offer)
    if options.write_baseline:
        from nablint.cli.baseline import write

        statuses = {0}
        known = _told((_kept(result, keeps) for result in results), statuses, bar)
        click.echo(write(Path(options.baseline or BASELINE), known))
        return FAILED if FAILED in statuses else 0
    if options.baseline:
        from nablint.cli.baseline import beyond

        keeps.append(beyond(Path(options.baseline)))
    statuses = {0}
    told = _told((_kept(result, keeps) for result in results), statuses, bar)
    if options.parquet:
        from nablint.cli.parquet import kept

        told = kept(told, Path(options.parquet))
    report = STATISTICS if options.statistics else FORMATS[options.output_format]
    _deliver(report(told), options.output_file, bar)
    return max(statuses)


def _scan(items: list[Named], options: Options, records: Cache, bar: Bar, *, offer: bool) -> Iterator[Checked]:
    jobs = options.jobs or cores()
    try:
        scheduler = scheduler_of(options.engine, options.scheduler)
        yield from scan(items, options.wanted, records, jobs, offer=offer, each=bar.step, scheduler=scheduler)
    finally:
        bar.hide()


def _severe(least: Severity) -> Keep:
    order = list(Severity)
    wanted = frozenset(order[: order.index(least) + 1])
    return lambda checked: replace(checked, findings=tuple(f for f in checked.findings if f.severity in wanted))


def _kept(result: Checked, keeps: Iterable[Keep]) -> Checked:
    if not result.findings:
        return result
    for keep in keeps:
        result = keep(result)
    return result


def _told(results: Iterable[Checked], statuses: set[int], bar: Bar) -> Iterator[Checked]:
    """The results as they come; troubles are told at once, whatever the format, and the exit status is noted."""
    for result in results:
        for index, trouble in enumerate(result.troubles):
            statuses.add(FAILED if trouble.ours else 1)
            bar.hide()
            warn(text.trouble_line(result, index))
        statuses.add(1 if result.findings else 0)
        yield result


def _deliver(lines: Iterable[str], output_file: str, bar: Bar) -> None:
    """Prints the lines as they come, or writes them all at the end."""
    if output_file:
        whole = "".join(f"{click.unstyle(line)}\n" for line in lines)
        if sentence := put(Path(output_file), whole.encode()):
            fail(f"{output_file} {sentence}")
        return
    for line in lines:
        bar.hide()
        click.echo(line)
