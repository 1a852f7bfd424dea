"""`nablint check --watch`: the check again whenever a file changes that it could depend on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click
from watchfiles import Change, DefaultFilter, watch

from nablint import config
from nablint.cli import walk
from nablint.cli.common import fail

WATCHED = (*walk.SUFFIXES, config.FILE, ".gitignore")

PAUSE = 250
"""Milliseconds without a change after which the first check begins."""


def watched(paths: Iterable[str], check: Callable[[], object]) -> NoReturn:
    """Checks now and after each change, until Ctrl-C."""
    roots = tuple(paths)
    if "-" in roots:
        fail("standard input cannot be watched.")
    begun = False
    # Ctrl-C may come while it waits, while it checks, or between the two.
    with suppress(KeyboardInterrupt):
        # The first check comes once the watch is on, so that no change falls between the two.
        for changes in watch(*_there(roots), watch_filter=_matters, yield_on_timeout=True, rust_timeout=PAUSE):
            if changes or not begun:
                begun = True
                _again(check)
    raise click.exceptions.Exit(0)


def _again(check: Callable[[], object]) -> None:
    config.forget()
    walk.forget()
    if sys.stdout.isatty():
        click.clear()
    # It says why it ends: settings are half typed, say. The next change may mend it.
    with suppress(click.exceptions.Exit):
        check()
    click.echo("Watching for changes; Ctrl-C ends it.", err=True)


def _there(roots: Iterable[str]) -> list[Path]:
    """What can be watched; the folders of files, since editors put a new file in the place of the old one."""
    folders = (Path(root) if Path(root).is_dir() else Path(root).parent for root in roots)
    return list(dict.fromkeys(folders)) or [Path()]


_usual = DefaultFilter()


def _matters(change: Change, path: str) -> bool:
    return path.endswith(WATCHED) and _usual(change, path)
