"""`nablint check --add-ignores`: a comment beside each finding, so that only what comes later is told."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import click

from nablint.analyse import Analysis
from nablint.cli.common import Input, Wanted, analysed, guarded, settings_for
from nablint.cli.files import File, write
from nablint.config import Settings
from nablint.report.checked import Trouble, counted


def add(items: Iterable[Input], wanted: Wanted) -> None:
    """Writes the comments; what cannot be read or checked is told by the check that follows."""
    total = 0
    for item in items:
        if item.stdin or isinstance(item.content, Trouble):
            continue
        settings = settings_for(item.path.parent, wanted)
        found = guarded(item.content.path, partial(silenced, item.content, settings))
        if isinstance(found, Trouble):
            continue
        file, count = found
        sentence = write(item.path, file) if count else ""
        if sentence:
            click.echo(f"nablint: {file.path}: {sentence}", err=True)
        total += 0 if sentence else count
    click.echo(f"{counted(total, 'finding')} ignored from now on.", err=True)


def silenced(file: File, settings: Settings) -> tuple[File, int]:
    """The file with its findings ignored, and how many they were."""
    from nablint.verify import ignoring

    analysis, count = analysed(file, settings), 0
    left = list(analysis.findings) if isinstance(analysis, Analysis) else []
    while left and isinstance(analysis, Analysis):
        finding = left.pop()
        fix = ignoring(analysis, finding) if finding in analysis.findings else None
        if fix:
            file, count = file.edited(fix.edits), count + 1
            analysis = analysed(file, settings, analysis)
    return file, count
