"""`nablint scaffold`: a pytest file for one activation."""

from __future__ import annotations

from pathlib import Path

import click

from nablint.cli.common import Wanted, analysed, fail, settings_for
from nablint.cli.files import File, read, write
from nablint.report.checked import Trouble
from nablint.scaffold import scaffold
from nablint.source import Source


@click.command("scaffold")
@click.argument("target", metavar="FILE::FUNCTION")
@click.option("-o", "--output", metavar="PATH", default="", help="A file or a folder. [default: beside FILE]")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--stdout", is_flag=True, help="Print the test and write nothing.")
def command(target: str, output: str, force: bool, stdout: bool) -> None:
    """Write a pytest file for one activation: finite value and gradient over the input range, the gradient against a
    numerical one, dtypes, mixed precision, saving and loading, and the inputs at which it breaks now.

    Nothing of FILE is run. Exit status: 0 written, 2 not.
    """
    name, _, function = target.rpartition("::")
    if not name or not function:
        fail(f"{target!r} is not of the form FILE::FUNCTION.")
    made, place = _made(Path(name), function, Path(output) if output else None)
    if stdout:
        click.echo(made, nl=False)
        return
    if sentence := _written(place, made, force=force):
        fail(sentence)
    click.echo(f"{place} is written: run it with `pytest {place}`.")


def _made(path: Path, function: str, output: Path | None) -> tuple[str, Path]:
    """The test's text and its place; what cannot be tested ends the run with a sentence."""
    file = read(path, str(path))
    known = analysed(file, settings_for(path.parent, Wanted())) if isinstance(file, File) else file
    if isinstance(known, Trouble):
        fail(f"{known.path} {known.message}")
    if known is None:
        fail(f"{path} is not about TensorFlow or Keras.")
    is_folder = output is None or output.is_dir()
    folder = (output or path.parent) if is_folder else output.parent  # type: ignore[union-attr]
    made = scaffold(known, function, folder)
    if made.refused:
        fail(made.refused)
    return made.text, folder / made.file if is_folder or output is None else output


def _written(place: Path, text: str, *, force: bool) -> str:
    """Empty, or the sentence that says why nothing was written."""
    if force and place.exists():
        sentence = write(place, File(Source(str(place), text)))
        return f"{place} {sentence}" if sentence else ""
    try:
        # `x` refuses what is there, links included, in one step with the creation.
        with place.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        return f"{place} is there already: name another with --output, or write over it with --force."
    except OSError as error:
        return f"{place} cannot be written: {error.strerror or error}."
    return ""
