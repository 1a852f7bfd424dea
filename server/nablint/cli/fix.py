"""`nablint fix`: applies verified fixes until there are none left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from nablint.cli.cache import Cache, records_in
from nablint.cli.common import FAILED, Named, Wanted, colour, named, rule_options, settings_for, warn
from nablint.cli.files import File, decoded, read, write
from nablint.cli.progress import Bar
from nablint.cli.scan import cache_folder, cores, run_options, scan
from nablint.finding import Safety
from nablint.report import diff, text
from nablint.report.checked import Checked, Trouble, counted

if TYPE_CHECKING:
    from nablint.cli.repair import Applied


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for."""

    wanted: Wanted
    safeties: frozenset[Safety]
    only_diff: bool
    search: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    applied: tuple[Applied, ...] = ()
    left: int = 0
    """How many findings are left."""
    troubles: tuple[Trouble, ...] = ()


@click.command("fix")
@click.argument("paths", nargs=-1, type=click.Path(readable=False), required=True)
@rule_options
@click.option("--diff", "only_diff", is_flag=True, help="Print what would change and write nothing.")
@click.option("--unsafe-fixes", is_flag=True, help="Also apply fixes that change values or gradients.")
@click.option("--search", is_flag=True, help="Where no fix is known, look for a form that does not break (2 s each).")
@click.option("--stdin-filename", default="stdin.py", metavar="NAME", help="What to call standard input (`-`).")
@run_options
def command(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    extend: tuple[str, ...],
    ignore: tuple[str, ...],
    only_diff: bool,
    unsafe_fixes: bool,
    search: bool,
    stdin_filename: str,
    jobs: int,
    no_cache: bool,
    cache_dir: str,
) -> None:
    """Repair what has a verified fix in PATHS: files, folders, notebooks, or `-` to filter standard input.

    Exit status: 0 nothing is left to find (with --diff: nothing to change), 1 otherwise, 2 the run itself failed.
    """
    safeties = frozenset(Safety) if unsafe_fixes else frozenset({Safety.SAFE})
    options = Options(Wanted(select, ignore, extend), safeties, only_diff, search)
    # Standard output may carry a file or a diff; what is said about it then goes the other way.
    aside = only_diff or "-" in paths
    done, left, status = 0, 0, 0
    items = list(named(paths, stdin_filename, options.wanted))
    with records_in(cache_folder(cache_dir, no_cache), warn) as records:
        for outcome in _outcomes(items, options, records, jobs or cores()):
            _tell(outcome, aside)
            done, left = done + len(outcome.applied), left + outcome.left
            status = max([status, *(FAILED if trouble.ours else 1 for trouble in outcome.troubles)])
    verb = "would be applied" if only_diff else "applied"
    remain = f"; {counted(left, 'finding')} left" if left else ""
    click.echo(f"{counted(done, 'fix')} {verb}{remain}.", err=aside)
    raise click.exceptions.Exit(max(status, int((done if only_diff else left) > 0)))


def _outcomes(items: list[Named], options: Options, records: Cache, jobs: int) -> Iterator[Outcome]:
    """What becomes of each file. All are checked as by `check`, and only those with findings are worked on."""
    bar = Bar(len(items))
    every = Wanted(extend=options.wanted.extend)
    found = scan(items, every, records, jobs, offer=False, each=bar.step)
    for item, checked in zip(items, found, strict=True):
        concerns = item.stdin or any(options.wanted.includes(finding.rule) for finding in checked.findings)
        outcome = _repaired(item, options) if concerns else Outcome(troubles=_unread(checked))
        if outcome != Outcome():
            bar.hide()
        yield outcome
    bar.hide()


def _unread(checked: Checked) -> tuple[Trouble, ...]:
    """Why a file as a whole was not checked; broken statements are for `check` to tell."""
    return tuple(trouble for trouble in checked.troubles if trouble.position is None)


def _repaired(item: Named, options: Options) -> Outcome:
    """The file repaired and put where it belongs."""
    # Imported here: most files need none of the engine.
    from nablint.cli.repair import repaired

    file = read(item.path, item.shown) if item.raw is None else decoded(item.raw, item.shown)
    if isinstance(file, Trouble):
        return Outcome(troubles=(file,))
    settings = settings_for(item.path.parent, Wanted(extend=options.wanted.extend))
    result = repaired(file, settings, options.wanted, options.safeties, search=options.search)
    sentence = _deliver(item, file, result.file, options.only_diff)
    failed = Trouble(file.path, sentence) if sentence else None
    return Outcome(result.applied, result.left, tuple(trouble for trouble in (result.trouble, failed) if trouble))


def _deliver(item: Named, before: File, after: File, only_diff: bool) -> str:
    """Prints or writes the result; empty, or the sentence that says why it could not be written."""
    if only_diff:
        click.echo(diff.unified(before.path, before.text(), after.text()), nl=False)
    elif item.stdin:
        click.echo(after.text(), nl=False)
    elif after != before:
        return write(item.path, after)
    return ""


def _tell(outcome: Outcome, aside: bool) -> None:
    for done in outcome.applied:
        click.echo(f"{done.where}: {colour(done.rule, 'rule')}: {text.fix_title(done.fix)}", err=aside)
    _tell_troubles(outcome.troubles)


def _tell_troubles(troubles: Iterable[Trouble]) -> None:
    for trouble in troubles:
        warn(f"{trouble.path}: {trouble.message}")
