"""What several commands share: settings of a file, analysis of a file, colours, options."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from nablint import config
from nablint.cli import walk
from nablint.cli.files import File, decoded, read
from nablint.config import ConfigError, Settings
from nablint.report.checked import Checked, Trouble, unreadable
from nablint.report.text import shown

if TYPE_CHECKING:
    from nablint.analyse import Analysis
    from nablint.cli.manifest import Entry
    from nablint.finding import Finding

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

FAILED = 2
"""The exit status of a run that itself failed."""

MENTIONS = ("tensorflow", "keras", "tf.")
"""Text without any of these holds no activation, and is not parsed."""

_COLOURS = {"error": "red", "warning": "yellow", "information": "blue", "rule": "magenta", "fix": "green"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says about rules, over what the configuration says."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend: tuple[str, ...] = ()
    """Rules beside those selected."""

    def over(self, settings: Settings) -> Settings:
        """A selection replaces the configured one; what extends it and what is ignored comes on top."""
        select = self.select or settings.select
        # Where nothing is selected all rules run, and there is nothing to extend.
        select = (*select, *self.extend) if select else ()
        extended = () if self.select else settings.extend_select
        return replace(settings, select=select, extend_select=extended, ignore=(*settings.ignore, *self.ignore))

    def includes(self, rule: str) -> bool:
        return rule not in self.ignore and (not self.select or rule in self.select or rule in self.extend)


@dataclass(frozen=True, slots=True)
class Input:
    """One file of a run."""

    content: File | Trouble
    path: Path
    """Where it lies; for standard input, where it is said to lie."""
    stdin: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """One file that a run is about."""

    shown: str
    """Its path as the user is to read it."""
    path: Path
    raw: bytes | None = None
    """What it holds, if that is not to be read from where it lies."""
    stdin: bool = False
    entry: Entry | None = None
    """Of a manifest: who checks the file reads it."""


def rule_options(command: F) -> F:
    """Adds `--select`, `--extend-select` and `--ignore`."""
    more = "These rules, too, where the settings select some."
    options = (
        _rules("--select", help="Only these rules."),
        _rules("--extend-select", "extend", help=more),
        _rules("--ignore", help="All but these rules."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _rules(*names: str, help: str) -> Callable[[F], F]:
    return click.option(
        *names, multiple=True, callback=_names, metavar="RULES", help=help, shell_complete=completed_rules
    )


def completed_rules(_ctx: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """The rules that a shell offers, also behind a comma."""
    before, comma, begun = typed.rpartition(",")
    return [f"{before}{comma}{name}" for name in rule_names() if name.startswith(begun)]


def settings_for(folder: Path, wanted: Wanted) -> Settings:
    """The settings for files of a folder; a mistake in them ends the run with one sentence."""
    try:
        settings = wanted.over(config.load(folder))
        config.check_rules(settings, config.rule_names())
    except ConfigError as error:
        fail(str(error))
    return settings


def rule_names() -> list[str]:
    """The names of all rules, read from the folder: to import the rules is to import the engine."""
    folder = Path(config.__file__).parent / "rules"
    return sorted(file.stem.replace("_", "-") for file in folder.glob("[!_]*.py"))


def inputs(paths: Iterable[str], stdin_name: str, wanted: Wanted) -> Iterator[Input]:
    """Every file of the run, read; `-` is standard input."""
    for item in named(paths, stdin_name, wanted):
        content = read(item.path, item.shown) if item.raw is None else decoded(item.raw, item.shown)
        yield Input(content, item.path, stdin=item.stdin)


def named(paths: Iterable[str], stdin_name: str, wanted: Wanted) -> Iterator[Named]:
    """Every file of the run; `-` is standard input. A path that is not there ends it with a sentence."""
    names = tuple(paths)
    for name in names:
        if name != "-" and not Path(name).exists():
            fail(f"{name}: there is no such file or folder.")
    if "-" in names:
        yield Named(stdin_name, Path(stdin_name), sys.stdin.buffer.read(), stdin=True)
    roots = [Path(name) for name in names if name != "-"]
    for file in walk.files(roots, lambda folder: settings_for(folder, wanted).exclude):
        # A name need not be text; what is shown of it must be.
        yield Named(str(file).encode(errors="replace").decode(), file)


def analysed(file: File, settings: Settings, previous: Analysis | None = None) -> Analysis | Trouble | None:
    """What is known of a file, None if it is not about TensorFlow, or the sentence that says why it is not analysed."""
    if not any(word in file.source.text for word in MENTIONS):
        return None
    if len(file.source.lines) > settings.max_lines:
        lines = f"{len(file.source.lines):,}"
        return Trouble(file.path, f"has {lines} lines, more than max-lines ({settings.max_lines:,}): not analysed.")
    # Imported here: NumPy and LibCST cost more than reading a file that does not need them.
    from nablint.analyse import analyse
    from nablint.siblings import SHARED

    return guarded(file.path, lambda: analyse(file.source, settings, previous, SHARED))


def checked(file: File | Trouble, settings: Settings, *, offer: bool) -> Checked:
    """The findings of one file, with the fixes that are offered if `offer`."""
    if isinstance(file, Trouble):
        return unreadable(file)
    analysis = analysed(file, settings)
    if analysis is None:
        return Checked(file.source, notebook=file.notebook)
    if isinstance(analysis, Trouble):
        return Checked(file.source, troubles=(analysis,), notebook=file.notebook)
    troubles = tuple(Trouble(file.path, problem.message, problem.span.start) for problem in analysis.errors)
    findings = guarded(file.path, lambda: with_fixes(analysis)) if offer else analysis.findings
    if isinstance(findings, Trouble):
        return Checked(file.source, analysis.findings, (*troubles, findings), file.notebook)
    return Checked(file.source, findings, troubles, file.notebook)


def with_fixes(analysis: Analysis) -> tuple[Finding, ...]:
    """The findings with none but verified fixes."""
    if not any(finding.fixes for finding in analysis.findings):
        return analysis.findings
    from nablint.verify import offered

    return tuple(replace(f, fixes=offered(analysis, f) if f.fixes else ()) for f in analysis.findings)


def guarded(path: str, make: Callable[[], T]) -> T | Trouble:
    """What `make` gives. An exception there is our own mistake: a sentence is told, and the run goes on."""
    try:
        return make()
    except Exception as error:
        logging.getLogger("nablint").debug("%s", path, exc_info=True)
        reason = f"{type(error).__name__}: {error}"
        return Trouble(path, f"made nablint itself fail ({reason}). Please report it.", ours=True)


def colour(text: str, name: str) -> str:
    """The text in a terminal's colours; `click.echo` takes them out again where there is no terminal."""
    if name == "path":
        return click.style(text, bold=True)
    return click.style(text, fg=_COLOURS[name]) if name in _COLOURS else text


def warn(sentence: str) -> None:
    """Tells something about the run, beside its output."""
    click.echo(f"nablint: {shown(sentence)}", err=True)


def fail(sentence: str) -> NoReturn:
    """Ends the run with a sentence and exit status 2."""
    warn(sentence)
    raise click.exceptions.Exit(FAILED)


def _names(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Rule names, whether given by repeating the option or between commas."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())
