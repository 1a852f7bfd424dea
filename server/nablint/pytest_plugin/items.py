"""What `--nablint` collects: an item for each activation, and one for what is found outside of them all."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nablint import api, config
from nablint.analyse import Analysed, Analysis
from nablint.cli.common import analysed
from nablint.cli.files import File, read
from nablint.cli.walk import SUFFIXES
from nablint.finding import Finding
from nablint.report import text
from nablint.report.checked import Checked, Trouble
from nablint.source import NOWHERE, Span


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Generator[None, Any, list[pytest.Collector]]:
    collectors: list[pytest.Collector] = yield
    if file_path.suffix not in SUFFIXES:
        return collectors
    if not any(file_path.match(pattern) for pattern in parent.config.getini("python_files")):
        # A file that is named on the command line would be imported as a test, and what it trains with it.
        collectors = [one for one in collectors if not isinstance(one, pytest.Module)]
    return [*collectors, Activations.from_parent(parent, path=file_path)]


class BreaksError(Exception):
    """Something breaks; the text is what to show."""


class Activations(pytest.File):
    """One file, as far as it is about TensorFlow."""

    def collect(self) -> Iterator[pytest.Item]:
        try:
            settings = config.load(self.path.parent)
        except config.ConfigError as error:
            raise self.CollectError(str(error)) from None
        file = read(self.path, os.path.relpath(self.path, self.config.invocation_params.dir))
        known = analysed(file, settings) if isinstance(file, File) else file
        if isinstance(known, Trouble):
            raise self.CollectError(f"{known.path} {known.message}")
        if isinstance(file, File) and known is not None:
            yield from self._items(known, api.found(file, known))

    def _items(self, known: Analysis, checked: Checked) -> Iterator[pytest.Item]:
        trained = [function for function in known.functions if function.may_train]
        told = {function.span: list[Finding]() for function in trained}
        outside: list[Finding] = []
        for finding in checked.findings:
            told.get(_around(finding.span, told), outside).append(finding)
        for function in trained:
            part = replace(checked, findings=tuple(told[function.span]), troubles=())
            yield Activation.from_parent(self, name=_name(function), checked=part, line=function.span.start[0])
        if outside or checked.troubles:
            yield Item.from_parent(self, name="file", checked=replace(checked, findings=tuple(outside)))


class Item(pytest.Item):
    """Passes if nothing was found."""

    def __init__(self, *, checked: Checked, line: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.checked = checked
        self.line = line

    def runtest(self) -> None:
        checked = self.checked
        words = ["\n".join(text.finding_lines(checked, finding)) for finding in checked.findings]
        words += [text.trouble_line(checked, index) for index in range(len(checked.troubles))]
        if words:
            raise BreaksError("\n\n".join(words))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, BreaksError | AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.line, self.name


class Activation(Item):
    """Passes if nothing was found in one activation and, with `--nablint-probe`, nothing breaks in TensorFlow."""

    def runtest(self) -> None:
        super().runtest()
        if self.config.getoption("nablint_probe"):
            api.assert_activation(f"{self.path}::{self.name}")


def _name(function: Analysed) -> str:
    """As `probe` takes it: a lambda is told by its place."""
    line, column = function.span.start
    return f"{function.name}:{line + 1}:{column + 1}" if function.name == "<lambda>" else function.name


def _around(span: Span, functions: Iterable[Span]) -> Span:
    """The innermost of these functions around a place, or nowhere."""
    return max((one for one in functions if one.covers(span)), default=NOWHERE)
