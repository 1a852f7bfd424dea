"""`nablint explain`: the IR of a function with all that is known of it."""

from __future__ import annotations

from pathlib import Path

import click

from nablint.cli.common import Wanted, analysed, fail, settings_for
from nablint.cli.files import File, read
from nablint.report import explain
from nablint.report.checked import Trouble


@click.command("explain")
@click.argument("place", metavar="FILE:LINE")
def command(place: str) -> None:
    """Show the functions at a line as nablint reads them: every operation with its dtype, its proved range and where
    it breaks. In a notebook lines count through all code cells.
    """
    name, _, line = place.rpartition(":")
    if not name or not line.isdecimal() or int(line) < 1:
        fail(f"{place!r} is not of the form FILE:LINE.")
    path = Path(name)
    settings = settings_for(path.parent, Wanted())
    file = read(path, name)
    analysis = analysed(file, settings) if isinstance(file, File) else file
    if isinstance(analysis, Trouble):
        fail(f"{analysis.path} {analysis.message}")
    if analysis is None:
        fail(f"{name} does not mention TensorFlow or Keras, so nothing in it was read.")
    found = explain.at_line(analysis, int(line) - 1)
    if not found:
        fail(f"{name}:{line} is in no function that nablint can read.{explain.nearby(analysis)}")
    click.echo("\n\n".join(explain.explained(analysis, function) for function in found))
