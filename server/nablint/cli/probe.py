"""`nablint probe`: one activation, run in TensorFlow, told as the results come."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from nablint import config
from nablint.cli.common import FAILED, Wanted, analysed, fail, settings_for
from nablint.cli.files import File, read
from nablint.config import Settings
from nablint.probe.client import Prober, find_interpreter
from nablint.probe.protocol import Ask, Report, Run, Training
from nablint.report import probe as words
from nablint.report.checked import Trouble
from nablint.slice import cut

CANCELLED = 130
"""The exit status after Ctrl-C, as shells have it."""

DTYPES = ("float16", "bfloat16", "float32", "float64")


@click.command("probe")
@click.argument("target", metavar="FILE::FUNCTION")
@click.option("--python", default="", metavar="PATH", help="The Python that has TensorFlow. [default: the project's]")
@click.option("--dtype", "dtypes", multiple=True, type=click.Choice(DTYPES), help="Only this dtype; may be repeated.")
@click.option("--no-train", is_flag=True, help="Leave out the training step.")
@click.option("--timeout", default=20.0, show_default=True, metavar="SECONDS", help="The longest that it may run.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    target: str, python: str, dtypes: tuple[str, ...], no_train: bool, timeout: float, output_format: str
) -> None:
    """Run one activation in TensorFlow, and nothing else of its file: in four dtypes, eager, traced and compiled, with
    one training step.

    Exit status: 0 it trains, 1 something fails, 2 it could not be probed.
    """
    name, _, function = target.partition("::")
    if not name or not function:
        fail(f"{target!r} is not of the form FILE::FUNCTION.")
    ask = _ask(Path(name), name, function, dtypes or DTYPES, train=not no_train)
    interpreter = find_interpreter(python, Path(name).resolve().parent)
    tell = _streamed if output_format == "text" else _quiet
    if output_format == "text":
        click.echo(words.HEADER)
    with Prober(interpreter) as prober, _interruptible() as cancelled:
        report = prober.probe(ask, tell, cancelled, timeout)
    if output_format == "json":
        click.echo(words.document(report))
    elif report.failure:
        click.echo(f"nablint: {report.failure}", err=True)
    raise click.exceptions.Exit(_status(report, cancelled))


def _ask(path: Path, shown: str, function: str, dtypes: tuple[str, ...], *, train: bool) -> Ask:
    """What to ask of the agent; a function that cannot be cut out of its file ends the run with a sentence."""
    settings = settings_for(path.parent, Wanted())
    file = read(path, shown)
    if isinstance(file, Trouble):
        fail(f"{file.path} {file.message}")
    needed = cut(file.source, function)
    if needed.refused:
        fail(f"{needed.refused}{_alternatives(file, settings, function)}")
    limit = settings.input_range
    return Ask(needed.text, needed.name, str(path.resolve()), dtypes, train=train, limit=limit)


def _alternatives(file: File, settings: Settings, function: str) -> str:
    """A sentence with the names that could have been meant, or nothing."""
    analysis = analysed(file, settings)
    if analysis is None or isinstance(analysis, Trouble):
        return ""
    names = [found.name for found in analysis.functions]
    return config.did_you_mean(function, names) or (f" The file has {', '.join(names)}." if names else "")


def _streamed(event: Run | Training | Report) -> None:
    """Prints a run the moment it is known; the rest would stand in the midst of the table, so it follows."""
    match event:
        case Run():
            click.echo(words.row(event))
        case Report() if not event.failure:
            click.echo("\n".join(words.conclusion(event)))


def _quiet(_event: Run | Training | Report) -> None:
    """Nothing: the whole report follows."""


def _status(report: Report, cancelled: threading.Event) -> int:
    if cancelled.is_set():
        return CANCELLED
    return FAILED if report.failure else int(words.breaks(report))


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """An event that Ctrl-C sets, so that the probe ends in order instead of in the middle of something."""
    cancelled = threading.Event()
    before: Callable[..., object] | int | None = signal.signal(signal.SIGINT, lambda *_: cancelled.set())
    try:
        yield cancelled
    finally:
        signal.signal(signal.SIGINT, before)
