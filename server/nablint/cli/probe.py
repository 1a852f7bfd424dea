"""`nablint probe`: activations, run in TensorFlow, told as the results come."""

from __future__ import annotations

import ast
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import click

from nablint.cli.common import FAILED, fail
from nablint.cli.drawn import Page, page_at
from nablint.cli.engine import cluster_options, scheduler_of
from nablint.cli.progress import Bar
from nablint.cli.scan import cores
from nablint.cli.targets import Options, Target, every, single
from nablint.probe.client import Prober, find_interpreter
from nablint.probe.plan import answered
from nablint.probe.protocol import DTYPES, POLICIES, Report, Run, Training
from nablint.report import json
from nablint.report import probe as words
from nablint.report.checked import Trouble

CANCELLED = 130
"""The exit status after Ctrl-C, as shells have it."""

MOST_AGENTS = 4
"""Each imports TensorFlow, and holds some 500 MB of it."""


@click.command("probe")
@click.argument("targets", metavar="FILE[::FUNCTION]...", nargs=-1, required=True)
@click.option("--python", default="", metavar="PATH", help="The Python that has TensorFlow. [default: the project's]")
@click.option(
    "--dtype",
    "dtypes",
    multiple=True,
    type=click.Choice(DTYPES + POLICIES),
    help="Only this dtype or policy; may be repeated.",
)
@click.option("--arg", "arguments", multiple=True, metavar="NAME=VALUE", help="An argument; may be repeated.")
@click.option("--shape", default="", metavar="SIZES", help="The shape of an input, such as 8,4: the batch first.")
@click.option("--no-train", is_flag=True, help="Leave out training, saving and loading.")
@click.option("--timeout", default=20.0, show_default=True, metavar="SECONDS", help="The longest that one may run.")
@click.option("--jobs", default=0, metavar="N", help="How many run at once. [default: by the cores]")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--report", default="", metavar="FILE.html", help="Write a page with the curves, for any browser.")
@cluster_options
def command(
    targets: tuple[str, ...],
    python: str,
    dtypes: tuple[str, ...],
    arguments: tuple[str, ...],
    shape: str,
    no_train: bool,
    timeout: float,
    jobs: int,
    output_format: str,
    report: str,
    engine: str,
    scheduler: str,
) -> None:
    """Run activations in TensorFlow, and nothing else of their files: in four dtypes, eager, traced and compiled, and
    with some training steps. A file or a folder stands for every activation, loss and layer in it.

    Exit status: 0 all train, 1 something fails, 2 the run itself failed.
    """
    options = Options(dtypes or DTYPES + POLICIES, not no_train, _arguments(arguments, shape))
    where = scheduler_of(engine, scheduler)
    written = page_at(report)
    if len(targets) == 1 and "::" in targets[0] and not where:
        raise click.exceptions.Exit(_one(single(targets[0], options), python, timeout, output_format, written))
    found = list(every(targets, options))
    if not found:
        fail("There is no activation, loss or layer in what was named.")
    raise click.exceptions.Exit(_many(found, python, timeout, jobs, output_format, where, written))


def _arguments(pairs: tuple[str, ...], shape: str) -> dict[str, Any]:
    """What `--arg` and `--shape` say; a value that is no Python literal is a text."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            fail(f"{pair!r} is not of the form NAME=VALUE.")
        try:
            found[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            found[name] = value
    if shape:
        sizes = shape.split(",")
        if not all(size.strip().isdigit() for size in sizes):
            fail(f"{shape!r} is not a shape: give sizes such as 8,4.")
        found["shape"] = tuple(map(int, sizes))
    return found


def _one(target: Target, python: str, timeout: float, output_format: str, written: Page) -> int:
    """Tells of one function as it is probed."""
    tell = _streamed if output_format == "text" else _quiet
    if output_format == "text":
        click.echo(words.HEADER)
    with Prober(find_interpreter(python, target.path.resolve().parent)) as prober, _interruptible() as cancelled:
        report = prober.probe(target.plan.ask, tell, cancelled, timeout)
    report = answered(target.plan, report, target.name)
    if output_format == "json":
        click.echo(words.document(report))
    elif report.failure:
        click.echo(f"nablint: {report.failure}", err=True)
    else:
        click.echo("\n".join(words.conclusion(report)))
    written([(target, report)])
    if cancelled.is_set():
        return CANCELLED
    return FAILED if report.failure else int(words.breaks(report))


def _many(
    found: list[Target | Trouble],
    python: str,
    timeout: float,
    jobs: int,
    output_format: str,
    scheduler: str,
    written: Page,
) -> int:
    """Tells a line for each function as its probe ends; as JSON, all of them at the end, in the order of the files."""
    targets = [one for one in found if isinstance(one, Target)]
    troubles = [one for one in found if isinstance(one, Trouble)]
    for trouble in troubles:
        click.echo(f"nablint: {trouble.path} {trouble.message}", err=True)
    reports: dict[int, Report] = {}
    bar = Bar(len(targets))
    with _interruptible() as cancelled:
        if scheduler:
            from nablint.cli.probed import probed

            results = probed(targets, python, timeout, scheduler)
        else:
            results = _probed(targets, python, timeout, jobs, cancelled)
        for index, report in results:
            reports[index] = report
            bar.step()
            if output_format == "text":
                bar.hide()
                click.echo(words.line(targets[index].shown, targets[index].line, report))
        bar.hide()
    done = [(targets[index], reports[index]) for index in sorted(reports)]
    if output_format == "json":
        entries = [words.entry(target.shown, target.line, report) for target, report in done]
        click.echo(json.dumps({"version": json.VERSION, "probes": entries}, indent=1))
    else:
        click.echo(words.summary([report for _, report in done]))
    written(done)
    if cancelled.is_set():
        return CANCELLED
    return int(bool(troubles) or any(report.failure or words.breaks(report) for _, report in done))


def _probed(
    targets: list[Target], python: str, timeout: float, jobs: int, cancelled: threading.Event
) -> Iterator[tuple[int, Report]]:
    """Each report with the place of its target, as it is done; several agents, and each does one after the other."""
    with ExitStack() as stack:
        agents: dict[Path, SimpleQueue[Prober]] = {}
        size = min(jobs or cores(), MOST_AGENTS, len(targets))
        for interpreter in {_interpreter(target, python) for target in targets}:
            agents[interpreter] = SimpleQueue()
            for _ in range(size):
                agents[interpreter].put(stack.enter_context(Prober(interpreter)))

        def work(index: int) -> tuple[int, Report]:
            target = targets[index]
            if target.plan.refused or cancelled.is_set():
                failure = target.plan.refused or "Cancelled."
                return index, Report(target.name, failure=failure, verdict=failure)
            queue = agents[_interpreter(target, python)]
            prober = queue.get()
            try:
                report = prober.probe(target.plan.ask, _quiet, cancelled, timeout)
            finally:
                queue.put(prober)
            return index, answered(target.plan, report, target.name)

        pool = stack.enter_context(ThreadPoolExecutor(max(1, size)))
        for future in as_completed([pool.submit(work, index) for index in range(len(targets))]):
            yield future.result()


def _interpreter(target: Target, python: str) -> Path:
    return find_interpreter(python, target.path.resolve().parent)


def _streamed(event: Run | Training | Report) -> None:
    """Prints a run the moment it is known; the rest would stand in the midst of the table, so it follows."""
    if isinstance(event, Run):
        click.echo(words.row(event))


def _quiet(_event: Run | Training | Report) -> None:
    """Nothing: the whole report follows."""


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """An event that Ctrl-C sets, so that the probe ends in order instead of in the middle of something."""
    cancelled = threading.Event()
    before: Callable[..., object] | int | None = signal.signal(signal.SIGINT, lambda *_: cancelled.set())
    try:
        yield cancelled
    finally:
        signal.signal(signal.SIGINT, before)
