"""Source in, findings out: the whole pipeline, readable from top to bottom."""

from __future__ import annotations

from dataclasses import dataclass

from nablint.config import Settings
from nablint.facts import Facts
from nablint.finding import Finding
from nablint.ir import Function
from nablint.source import Source, Span


@dataclass(frozen=True, slots=True)
class Problem:
    """A place that Python cannot read, in one sentence."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Analysed:
    """One function of the user's, at its place in the file."""

    name: str
    span: Span
    name_span: Span
    paths: tuple[Function, ...]
    """Its paths; their spans are relative to the statement, which begins on `line`."""
    line: int
    facts: tuple[Facts, ...]
    """Of each path."""


@dataclass(frozen=True)
class Analysis:
    """All that is known of one source."""

    source: Source
    settings: Settings
    findings: tuple[Finding, ...]
    """In the order of the text, spans absolute."""
    functions: tuple[Analysed, ...]
    """Those that may be activations, losses or layers: where a code lens stands."""
    errors: tuple[Problem, ...]


def analyse(source: Source, settings: Settings = Settings(), previous: Analysis | None = None) -> Analysis:  # noqa: B008
    """Everything found in `source`; statements that are as they were in `previous` are not looked at again."""
    return Analysis(source, settings, (), (), ())
