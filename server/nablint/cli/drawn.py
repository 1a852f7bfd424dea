"""The page of `nablint probe --report`: where it goes, and what is said when it cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from nablint.cli.common import fail
from nablint.cli.files import put
from nablint.cli.targets import Target
from nablint.probe.protocol import Report
from nablint.report.page import Probed, page, template

Page = Callable[[Sequence[tuple[Target, Report]]], None]
"""Writes reports as a page, if one was asked for."""

MISSING = "This Nablint was installed without the page that --report fills: install it from a wheel."


def page_at(name: str) -> Page:
    """What writes the page there; a page that could not be written ends the run before anything is probed."""
    if not name:
        return lambda _done: None
    path, text = Path(name), template()
    if not text:
        fail(MISSING)
    if path.is_dir() or not path.absolute().parent.is_dir():
        fail(f"{name} cannot be written: {'it is a folder' if path.is_dir() else 'there is no such folder'}.")

    def write(done: Sequence[tuple[Target, Report]]) -> None:
        probed = [Probed(target.shown, target.line, report) for target, report in done]
        # Names of files need not be text; a page must be.
        if trouble := put(path, page(probed, text).encode("utf-8", "replace")):
            fail(f"{name} {trouble}")

    return write
